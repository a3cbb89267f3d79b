"""What stands on the desk's other pages in the gallery and the tests: an office that answers at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from kiosk.frame import Pixels
from kiosk.record import Decision
from kiosk.trust.course import Course, load_course
from kiosk.trust.customer_receipt import ReceiptFacts
from kiosk.trust.day_book import DayBook, Difference, DifferenceKind
from kiosk.trust.override_queue import Override
from kiosk.trust.station_sheet import CameraChoice, LogLine, LogVerdict, ModelLine, StationSheet
from kiosk.trust.training import Certificate, LessonsMissing, Progress, TestResult
from kiosk.values import Masked, OperatorId, SessionId, StationClass
from ui.phrases import RESOURCES
from ui.specimen_pictures import NOW, card_pixels, portrait_pixels
from ui.specimens import SESSION

COURSE = RESOURCES / "training" / "course.toml"


@dataclass(frozen=True, slots=True, eq=False)
class StillSpot:
    name: str
    pixels: Pixels
    genuine: bool


class OpenOffices:
    """Answers everybody everything. due: a certificate is asked for and missing; agrees: whether the log is sound and the day agrees."""

    def __init__(self, language: str = "en", *, due: bool = False, agrees: bool = False) -> None:
        self.language, self.due, self.agrees = language, due, agrees
        self.practises, self.teaches = True, True
        self.lessons: set[str] = set()
        self.certificate: Certificate | None = None
        self.reviews: list[SessionId] = []
        self.closed: list[date] = []
        self.chosen: list[int | str] = []
        self.receipts: list[SessionId] = []
        self.practised: list[str] = []
        self._course = load_course(Path(COURSE))

    def receipt(self, session: SessionId) -> ReceiptFacts:
        self.receipts.append(session)
        return receipt_facts(self.language, session)

    def overrides(self) -> tuple[Override, ...]:
        found = (
            Override(SESSION, NOW.wall, OperatorId("t.berg"), OperatorId("a.omar"), "approve", "refer", "known-customer", False),
            Override(SessionId("a1" * 16), NOW.wall, OperatorId("m.lind"), OperatorId(""), "decline", "approve", "under-pressure", True),
        )
        return () if self.agrees else tuple(one for one in found if one.session not in self.reviews)

    def reviewed(self, session: SessionId) -> tuple[Override, ...]:
        self.reviews.append(session)
        return self.overrides()

    def day(self, day: date) -> DayBook:
        differences = (
            Difference(SessionId("0b" * 16), DifferenceKind.SET_ASIDE, "bad-signature"),
            Difference(SessionId("0c" * 16), DifferenceKind.NOT_SENT, "no-connection"),
            Difference(SessionId("0d" * 16), DifferenceKind.VANISHED),
        )
        last = self.closed[-1:] == [day]
        by, at = (OperatorId("m.lind"), NOW.wall.isoformat()) if last else (None, "")
        if self.agrees:
            return DayBook(day, opened=14, kept=12, ended=2, sent=12, receipted=12, differences=(), closed_by=by, closed_at=at)
        return DayBook(day, opened=14, kept=11, ended=2, sent=11, receipted=9, differences=differences, closed_by=by, closed_at=at)

    def close_day(self, day: date) -> DayBook:
        self.closed.append(day)
        return self.day(day)

    def log(self, limit: int) -> tuple[LogLine, ...]:
        events = (
            ("signed-in", "m.lind", "", "supervisor:totp"),
            ("case-kept", "", SESSION, "5f0c" * 16),
            ("case-decided", "m.lind", SESSION, "approve:against=refer:reason=known-customer"),
            ("denied", "t.berg", "", "read-audit:not-allowed"),
            ("receipt-kept", "", SESSION, "12:9f31"),
        )
        lines = (LogLine(number, NOW.wall.isoformat(), *events[number % len(events)]) for number in range(240, 200, -1))
        return tuple(lines)[:limit]

    def verify_log(self) -> LogVerdict:
        return LogVerdict(240, 0, "", "c3" * 32) if self.agrees else LogVerdict(240, 117, "altered", "c3" * 32)

    def station_sheet(self) -> StationSheet:
        models = (ModelLine("BlazeFace short range", "Apache-2.0", ""), ModelLine("dlib ResNet-29", "CC0", "" if self.agrees else "digest"))
        cameras = (CameraChoice(0, "Integrated Camera"), CameraChoice(2, "Desk Camera HD"))
        key = "4f1c 77aa 90b2 0d3e"
        camera = self.chosen[-1] if self.chosen else 0
        trouble = "" if self.agrees else "no-connection"
        return StationSheet(
            "desk-1",
            "Utopia Harbour",
            "demo",
            "0.1.0",
            "branch-1",
            "tpm",
            key,
            key,
            key,
            key,
            trouble,
            models,
            cameras,
            camera,
        )

    def choose_camera(self, address: int | str) -> None:
        self.chosen.append(address)

    def course(self) -> Course:
        return self._course

    def my_training(self) -> Progress:
        due = self.due and self.certificate is None
        return Progress(OperatorId("m.lind"), "teller", frozenset(self.lessons), self.certificate, due)

    def lesson_done(self, lesson: str) -> Progress:
        self.lessons.add(lesson)
        return self.my_training()

    def take_test(self, answers: Mapping[str, int]) -> TestResult | LessonsMissing:
        score = self._course.score(answers)
        if score >= 80:
            self.certificate = Certificate(OperatorId("m.lind"), "2026-1", NOW.wall, NOW.wall + timedelta(days=365), score)
        return TestResult(score, self._course.wrong(answers), self.certificate)

    def everybodys_training(self) -> tuple[Progress, ...]:
        held = Certificate(OperatorId("a.omar"), "2026-1", NOW.wall, NOW.wall + timedelta(days=365), 90)
        return (
            Progress(OperatorId("a.omar"), "supervisor", frozenset(lesson.name for lesson in self._course.lessons), held, False),
            Progress(OperatorId("m.lind"), "supervisor", frozenset({"capture", "privacy"}), None, True),
            Progress(OperatorId("t.berg"), "teller", frozenset({"capture"}), None, True),
        )

    def spot_pictures(self) -> tuple[StillSpot, ...]:
        gray = np.asarray(np.repeat(card_pixels().mean(2, keepdims=True), 3, 2), np.uint8)
        return (
            StillSpot("doc-genuine", card_pixels(), True),
            StillSpot("doc-copy", gray, False),
            StillSpot("face-genuine", portrait_pixels(), True),
        )

    def start_practice(self, language: str) -> None:
        self.practised.append(language)


def receipt_facts(language: str, session: SessionId = SESSION, *, later: bool = True) -> ReceiptFacts:
    return ReceiptFacts(
        session=session,
        branch="Utopia Harbour",
        station_class=StationClass.DEMO,
        at=NOW.wall,
        language=language,
        purpose="account-opening",
        holder=Masked("Anna Maria Eriksson"),
        document="uto-card",
        document_read=True,
        faces_compared=True,
        liveness_checked=True,
        decision=Decision.APPROVE,
        recognise_later=later,
        kept_days=30,
    )
