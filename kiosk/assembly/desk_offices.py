"""The desk's other pages: receipt, supervisor's queue, end of day, audit log, station, training. Each asks who does it, here, where it is
done; a page that is not drawn is a courtesy, a refusal here is the rule.
"""

import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

from kiosk.assembly.equipment import Equipment
from kiosk.bank.connector import Reached
from kiosk.camera.chosen import ChosenCamera
from kiosk.camera.webcam import list_cameras
from kiosk.faults import ModelRefused, NotPermitted, PracticeUnavailable
from kiosk.frame import Pixels
from kiosk.station.ports import Clock
from kiosk.trust.audit_books import AuditBooks
from kiosk.trust.course import Course, load_course
from kiosk.trust.customer_receipt import CustomerReceipts, ReceiptFacts
from kiosk.trust.day_book import DayBook, DayBooks
from kiosk.trust.override_queue import Override, OverrideQueue
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Presence, SignedIn
from kiosk.trust.station_sheet import CameraChoice, LogLine, LogVerdict, ModelLine, StationSheet
from kiosk.trust.training import LessonsMissing, Progress, TestResult, Training
from kiosk.values import SessionId
from kiosk.vault import books
from kiosk.vault.audit import AuditBroken, AuditEntry, AuditEvent
from models.catalogue import open_catalogue

APP: Final = Path(__file__).resolve().parents[2] / "app.py"
COURSE: Final = Path(__file__).resolve().parents[2] / "resources" / "training" / "course.toml"


class Spot(Protocol):
    """A picture to be judged in training. name: of its explanation; genuine: whether it is what it seems."""

    @property
    def name(self) -> str: ...
    @property
    def pixels(self) -> Pixels: ...
    @property
    def genuine(self) -> bool: ...


def no_pictures() -> tuple[Spot, ...]:
    """A build without simulated people has none: the lesson is what it says."""
    return ()


class DeskOffices:
    """Called away from the UI thread. camera: None where the station's source cannot be changed (a recording). pictures: draws those
    of training. teaches: whether a course is taken here."""

    def __init__(
        self,
        equipment: Equipment,
        presence: Presence,
        clock: Clock,
        camera: ChosenCamera | None,
        models: Path,
        course: Course | None = None,
        pictures: Callable[[], tuple[Spot, ...]] = no_pictures,
        *,
        teaches: bool = True,
    ) -> None:
        self._equipment, self._presence, self._clock = equipment, presence, clock
        self._camera, self._models, self._pictures = camera, models, pictures
        self.teaches = teaches
        store, authority, policy = equipment.store, presence.authority, equipment.context.policy
        self._receipts = CustomerReceipts(store, authority, policy.retention)
        self._queue, self._days = OverrideQueue(store, authority), DayBooks(store, authority)
        self._audit = AuditBooks(store)
        self._training = Training(store, authority, course or load_course(COURSE), policy.training)

    # --- the customer's paper --------------------------------------------------------------------------------------------------

    def receipt(self, session: SessionId) -> ReceiptFacts:
        """Raises NotPermitted, LookupError, SealBroken."""
        now = self._now()
        return self._receipts.facts(self._presence.require(Action.PRINT_RECEIPT, now, session), session, now)

    # --- the supervisor --------------------------------------------------------------------------------------------------------

    def overrides(self) -> tuple[Override, ...]:
        """Raises NotPermitted."""
        now = self._now()
        return self._queue.waiting(self._presence.require(Action.REVIEW_OVERRIDES, now), now)

    def reviewed(self, session: SessionId) -> tuple[Override, ...]:
        """Raises NotPermitted, also for one's own decision."""
        now = self._now()
        who = self._presence.require(Action.REVIEW_OVERRIDES, now, session)
        self._queue.reviewed(who, session, now)
        return self._queue.waiting(who, now)

    def day(self, day: date) -> DayBook:
        """day: in the branch's own time zone. Raises NotPermitted."""
        now = self._local_now()
        return self._days.read(self._presence.require(Action.RECONCILE_DAY, now), day, now)

    def close_day(self, day: date) -> DayBook:
        """Raises NotPermitted."""
        now = self._local_now()
        return self._days.close(self._presence.require(Action.RECONCILE_DAY, now), day, now)

    # --- the auditor -----------------------------------------------------------------------------------------------------------

    def log(self, limit: int) -> tuple[LogLine, ...]:
        """Return the last lines, newest first. Raises NotPermitted."""
        self._presence.require(Action.READ_AUDIT, self._now())
        lines = books.newest_lines(self._equipment.store, limit)
        return tuple(LogLine(line.number, line.at, line.event, line.who, line.session, line.detail) for line in lines)

    def verify_log(self) -> LogVerdict:
        """Look at every line, node and signature. Raises NotPermitted."""
        now = self._now()
        verdict = self._audit.verify(self._presence.require(Action.VERIFY_AUDIT, now), now)
        head = self._equipment.store.audit_head()
        shown = "" if head is None else head.root.hex()
        if isinstance(verdict, AuditBroken):
            return LogVerdict(0 if head is None else head.lines, verdict.line, verdict.because.value, shown)
        return LogVerdict(verdict.lines, 0, "", shown)

    # --- the administrator -----------------------------------------------------------------------------------------------------

    def station_sheet(self) -> StationSheet:
        """Raises NotPermitted. Asks the bank once, so it may take the request's time-out."""
        self._presence.require(Action.VIEW_STATION, self._now())
        equipment, context = self._equipment, self._equipment.context
        bank = equipment.bank.trusted().current
        probed = equipment.connector.probe()
        return StationSheet(
            station=context.station.station,
            branch=context.station.branch,
            station_class=equipment.station_class.value,
            software=context.station.software,
            policy=context.policy.version,
            key_store=context.station.key_store,
            station_key=equipment.identity.key_id,
            audit_key=equipment.store.audit_key().hex()[:32],
            bank_sealing_key=bank.sealing_key_id,
            bank_answers_key=bank.answers_key_id,
            bank_trouble="" if isinstance(probed, Reached) else probed.code,
            models=self._model_lines(),
            cameras=tuple(CameraChoice(camera.address, camera.name) for camera in list_cameras()),
            camera="" if self._camera is None else self._camera.address,
        )

    def choose_camera(self, address: int | str) -> None:
        """Use this camera until the program ends; branch.toml says which one it begins with. Raises NotPermitted."""
        now = self._now()
        who = self._presence.require(Action.CHOOSE_CAMERA, now)
        if self._camera is None:
            raise NotPermitted("a recording is played: there is no camera to choose")
        self._equipment.store.note(AuditEntry(now, AuditEvent.CAMERA_CHOSEN, who=who.name, detail=_code(address)))
        self._camera.choose(address)

    def _model_lines(self) -> tuple[ModelLine, ...]:
        try:
            return tuple(ModelLine(one.title, one.licence, one.trouble) for one in open_catalogue(self._models).installed())
        except ModelRefused as refused:
            return (ModelLine("model pack", "", str(refused)),)

    # --- training --------------------------------------------------------------------------------------------------------------

    def course(self) -> Course:
        return self._training.course

    def my_training(self) -> Progress:
        """Raises NotPermitted."""
        now = self._now()
        return self._training.mine(self._learner(now), now)

    def lesson_done(self, lesson: str) -> Progress:
        """Raises NotPermitted, LookupError."""
        now = self._now()
        return self._training.lesson_done(self._learner(now), lesson, now)

    def take_test(self, answers: Mapping[str, int]) -> TestResult | LessonsMissing:
        """Raises NotPermitted."""
        now = self._now()
        return self._training.take_test(self._learner(now), answers, now)

    def everybodys_training(self) -> tuple[Progress, ...]:
        """Raises NotPermitted."""
        now = self._now()
        return self._training.everybodys(self._presence.require(Action.VIEW_TRAINING, now), now)

    def spot_pictures(self) -> tuple[Spot, ...]:
        """Return pictures to be judged, other ones every time; none where this build has no simulated people. Raises NotPermitted,
        ModelRefused."""
        self._learner(self._now())
        return self._pictures()

    def start_practice(self, language: str) -> None:
        """Open the practice window as a program of its own, beside this one. Raises NotPermitted, PracticeUnavailable."""
        self._learner(self._now())
        if not self.practises:
            raise PracticeUnavailable("this build has no simulated people")
        command = [sys.executable, str(APP), "practice", "--language", language, "--models", str(self._models.absolute())]
        try:
            subprocess.Popen(command, cwd=APP.parent, stdin=subprocess.DEVNULL, start_new_session=True)
        except OSError as trouble:
            raise PracticeUnavailable(f"the practice program does not start: {trouble.strerror}") from trouble

    @property
    def practises(self) -> bool:
        """Whether this build has simulated people: without them there is neither practice nor are there pictures to be judged."""
        return self._pictures is not no_pictures and find_spec("kiosk.actor") is not None

    def _learner(self, now: datetime) -> SignedIn:
        return self._presence.require(Action.TAKE_TRAINING, now)

    def _now(self) -> datetime:
        return self._clock.now().wall

    def _local_now(self) -> datetime:
        """A day is the branch's: it begins at midnight there."""
        return self._now().astimezone()


def _code(address: int | str) -> str:
    """An audit detail is a code: a path keeps its letters and digits."""
    return "camera=" + "".join(character if character.isalnum() else "-" for character in str(address))[:64]
