"""The pages of the teller's window beside the cases, and who is shown which. PURE, no Qt.

Not being shown a page is a courtesy: whether somebody may do what stands on it is asked where it is done
(`kiosk/assembly/desk_offices.py`).
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from kiosk.frame import Pixels
from kiosk.trust.permissions import Action, Role, may
from kiosk.values import SessionId

if TYPE_CHECKING:
    from kiosk.trust.course import Course
    from kiosk.trust.customer_receipt import ReceiptFacts
    from kiosk.trust.day_book import DayBook
    from kiosk.trust.override_queue import Override
    from kiosk.trust.station_sheet import LogLine, LogVerdict, StationSheet
    from kiosk.trust.training import LessonsMissing, Progress, TestResult


class Room(StrEnum):
    CASES = "cases"
    QUEUE = "queue"
    DAY = "day"
    LOG = "log"
    STATION = "station"
    TRAINING = "training"


NEEDS: Final[Mapping[Room, Action]] = {
    Room.CASES: Action.LIST_CASES,
    Room.QUEUE: Action.REVIEW_OVERRIDES,
    Room.DAY: Action.RECONCILE_DAY,
    Room.LOG: Action.READ_AUDIT,
    Room.STATION: Action.VIEW_STATION,
    Room.TRAINING: Action.TAKE_TRAINING,
}
ROOM_ICONS: Final[Mapping[Room, str]] = {
    Room.CASES: "person",
    Room.QUEUE: "eye",
    Room.DAY: "clock",
    Room.LOG: "file",
    Room.STATION: "camera",
    Room.TRAINING: "book",
}


def rooms_of(role: Role, *, training_due: bool = False) -> tuple[Room, ...]:
    """Return the pages somebody of this role is shown, in order. training_due: they may only learn first."""
    if training_due:
        return (Room.TRAINING,)
    return tuple(room for room in Room if may(role, NEEDS[room]))


class SpotPicture(Protocol):
    """A picture to be judged. name: of its explanation; genuine: whether it is what it seems."""

    @property
    def name(self) -> str: ...
    @property
    def pixels(self) -> Pixels: ...
    @property
    def genuine(self) -> bool: ...


class OfficePort(Protocol):
    """What the pages ask. All are called away from the UI thread and may take their time; each may raise a `Fault`."""

    def receipt(self, session: SessionId) -> "ReceiptFacts": ...
    def overrides(self) -> "tuple[Override, ...]": ...
    def reviewed(self, session: SessionId) -> "tuple[Override, ...]": ...
    def day(self, day: date) -> "DayBook": ...
    def close_day(self, day: date) -> "DayBook": ...
    def log(self, limit: int) -> "tuple[LogLine, ...]": ...
    def verify_log(self) -> "LogVerdict": ...
    def station_sheet(self) -> "StationSheet": ...
    def choose_camera(self, address: int | str) -> None: ...
    def course(self) -> "Course": ...
    def my_training(self) -> "Progress": ...
    def lesson_done(self, lesson: str) -> "Progress": ...
    def take_test(self, answers: Mapping[str, int]) -> "TestResult | LessonsMissing": ...
    def everybodys_training(self) -> "tuple[Progress, ...]": ...
    def spot_pictures(self) -> tuple[SpotPicture, ...]: ...
    def start_practice(self, language: str) -> None: ...
    @property
    def practises(self) -> bool:
        """Whether this build has simulated people, for practice and for pictures to be judged. Answers at once."""
        ...

    @property
    def teaches(self) -> bool:
        """Whether there is a course here: not in practice itself, where a certificate would be worth nothing. Answers at once."""
        ...
