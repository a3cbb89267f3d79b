"""Who was trained: lessons done, tests passed, certificates that expire, and what is held back from whoever needs one and has none.

1. A certificate is earned by the test alone, and only after every lesson of the course in force.
2. It is signed, kept in the vault, and named in the audit log; so is a test that was not passed.
3. Where the policy asks a role for one, whoever has none that is valid now may do nothing but learn. The table is asked first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.policy import TrainingPolicy
from kiosk.trust.course import Course
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import OperatorId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.training_rows import Certificate

__all__ = ["Certificate", "LessonsMissing", "Progress", "TestResult", "Training", "is_valid"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one person. due: the policy asks their role for a valid certificate and there is none; certificate: the newest, valid or not."""

    name: OperatorId
    role: str
    lessons: frozenset[str]
    certificate: Certificate | None
    due: bool


@dataclass(frozen=True, slots=True)
class TestResult:
    """wrong: names of the questions that were answered wrongly; certificate: None when it was not passed."""

    __test__ = False

    score: int
    wrong: tuple[str, ...]
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class LessonsMissing:
    """The test is for whoever did every lesson."""

    lessons: tuple[str, ...]


class Training:
    def __init__(self, store: Store, authority: Authority, course: Course, policy: TrainingPolicy) -> None:
        self._store, self._authority, self._course, self._policy = store, authority, course, policy

    @property
    def course(self) -> Course:
        return self._course

    def mine(self, who: SignedIn, now: datetime) -> Progress:
        """Raises NotPermitted."""
        self._authority.require(who, Action.TAKE_TRAINING, now)
        return self._progress(who.name, who.role.value, now)

    def everybodys(self, who: SignedIn, now: datetime) -> tuple[Progress, ...]:
        """Raises NotPermitted."""
        self._authority.require(who, Action.VIEW_TRAINING, now)
        with self._store.trust_rows() as rows:
            people = [row for name in rows.operator_names() if (row := rows.operator(name)) is not None and row.active]
        return tuple(self._progress(row.name, row.role, now) for row in people)

    def lesson_done(self, who: SignedIn, lesson: str, now: datetime) -> Progress:
        """Raises NotPermitted, LookupError for a lesson the course does not have."""
        self._authority.require(who, Action.TAKE_TRAINING, now)
        if lesson not in {one.name for one in self._course.lessons}:
            raise LookupError("no such lesson")
        with self._store.training_rows() as rows:
            if rows.keep_lesson(who.name, self._course.version, lesson, now):
                self._store.note(AuditEntry(now, AuditEvent.LESSON_DONE, who=who.name, detail=f"{self._course.version}:{lesson}"))
        return self._progress(who.name, who.role.value, now)

    def take_test(self, who: SignedIn, answers: Mapping[str, int], now: datetime) -> TestResult | LessonsMissing:
        """answers: number of the chosen option by the question's name. Raises NotPermitted."""
        self._authority.require(who, Action.TAKE_TRAINING, now)
        course = self._course
        done = self._progress(who.name, who.role.value, now).lessons
        missing = tuple(lesson.name for lesson in course.lessons if lesson.name not in done)
        if missing:
            return LessonsMissing(missing)
        score = course.score(answers)
        if score < self._policy.pass_percent:
            self._store.note(AuditEntry(now, AuditEvent.TEST_FAILED, who=who.name, detail=f"{course.version}:score={score}"))
            return TestResult(score, course.wrong(answers), None)
        certificate = Certificate(who.name, course.version, now, now + timedelta(days=self._policy.valid_days), score)
        with self._store.training_rows() as rows:
            rows.keep_certificate(certificate)
            self._store.note(AuditEntry(now, AuditEvent.CERTIFIED, who=who.name, detail=f"{course.version}:score={score}"))
        return TestResult(score, course.wrong(answers), certificate)

    def _progress(self, name: OperatorId, role: str, now: datetime) -> Progress:
        with self._store.training_rows() as rows:
            signed = rows.newest_certificate(name)
            lessons = rows.lessons(name, self._course.version)
        certificate = None if signed is None else signed.certificate
        due = role in self._policy.required_for and not is_valid(certificate, now)
        return Progress(name, role, lessons, certificate, due)


def is_valid(certificate: Certificate | None, now: datetime) -> bool:
    """A certificate of an older course stays valid until it expires: a course that was renewed turns nobody away on that day."""
    return certificate is not None and certificate.passed_at <= now < certificate.expires_at
