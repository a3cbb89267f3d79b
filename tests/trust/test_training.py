"""Training: a certificate is earned, signed, kept, and asked for where the policy says so."""

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.assembly.desk_offices import COURSE
from kiosk.faults import NotPermitted, SettingsRefused
from kiosk.policy import TrainingPolicy
from kiosk.trust.course import load_course
from kiosk.trust.permissions import Action, Role
from kiosk.trust.presence import Authority, Disagreed, DisagreedBecause, SignedIn
from kiosk.trust.training import LessonsMissing, TestResult, Training
from kiosk.values import Masked, OperatorId
from kiosk.vault.audit import AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from tests.vault.specimen import NOW, SESSION, store_in

TESS = SignedIn(OperatorId("tess"), Role.TELLER, NOW)
SAM = SignedIn(OperatorId("sam"), Role.SUPERVISOR, NOW)
CLASS = load_course(COURSE)
STRICT = TrainingPolicy(required_for=("teller", "supervisor"))
RIGHT = {question.name: question.right for question in CLASS.questions}


def school(store: Store, policy: TrainingPolicy = STRICT) -> tuple[Training, Authority]:
    with store.trust_rows() as rows:
        for who in (TESS, SAM):
            rows.add_operator(OperatorRow(who.name, who.role.value, Masked(b"secret"), 0, None, NOW))
    authority = Authority(store, policy)
    return Training(store, authority, CLASS, policy), authority


def graduate(training: Training, who: SignedIn) -> TestResult:
    for lesson in CLASS.lessons:
        training.lesson_done(who, lesson.name, NOW)
    result = training.take_test(who, RIGHT, NOW)
    assert isinstance(result, TestResult)
    return result


def test_whoever_needs_a_certificate_and_has_none_can_do_nothing_but_learn(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        training, authority = school(store)
        assert training.mine(TESS, NOW).due
        with pytest.raises(NotPermitted, match="training-due"):
            authority.require(TESS, Action.KEEP_CASE, NOW)
        result = graduate(training, TESS)
        assert (result.score, result.wrong) == (100, ())
        authority.require(TESS, Action.KEEP_CASE, NOW)
        assert not training.mine(TESS, NOW).due


def test_a_certificate_expires(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        training, authority = school(store)
        graduate(training, TESS)
        last_day = NOW + timedelta(days=365)
        authority.require(TESS, Action.KEEP_CASE, last_day - timedelta(seconds=1))
        with pytest.raises(NotPermitted):
            authority.require(TESS, Action.KEEP_CASE, last_day)
        assert training.mine(TESS, last_day).due


def test_the_test_is_for_whoever_did_every_lesson(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        training, _ = school(store)
        training.lesson_done(TESS, "capture", NOW)
        assert training.take_test(TESS, RIGHT, NOW) == LessonsMissing(("forgery", "phishing", "privacy"))


def test_eight_of_ten_pass_and_seven_do_not_and_both_are_in_the_log(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        training, _ = school(store)
        graduate(training, SAM)
        for lesson in CLASS.lessons:
            training.lesson_done(TESS, lesson.name, NOW)
        names = [question.name for question in CLASS.questions]
        for open_ones, score in ((3, 70), (2, 80)):
            result = training.take_test(TESS, {name: RIGHT[name] for name in names[open_ones:]}, NOW)
            assert isinstance(result, TestResult)
            assert (result.score, result.wrong, result.certificate is not None) == (score, tuple(names[:open_ones]), score == 80)
        told = [(line.event, line.detail) for line in store.audit_lines() if line.who == "tess" and line.event != AuditEvent.LESSON_DONE]
        assert told == [("test-failed", "2026-1:score=70"), ("certified", "2026-1:score=80")]


def test_a_certificate_written_into_the_file_by_hand_is_none(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        training, authority = school(store)
        graduate(training, SAM)
        with store.transaction() as db:
            db.execute(
                "INSERT INTO certificates (name, course, passed_at, expires_at, score, key, signature) "
                "SELECT 'tess', course, passed_at, expires_at, score, key, signature FROM certificates"
            )
        assert training.mine(TESS, NOW).certificate is None
        with pytest.raises(NotPermitted):
            authority.require(TESS, Action.KEEP_CASE, NOW)


def test_a_certificate_is_neither_changed_nor_taken_back(tmp_path: Path) -> None:
    import sqlite3

    with store_in(tmp_path / "s") as store:
        graduate(school(store)[0], SAM)
        for statement in ("UPDATE certificates SET score = 1", "DELETE FROM certificates"):
            with store.turn() as db, pytest.raises(sqlite3.IntegrityError):
                db.conn.execute(statement)


def test_a_second_person_needs_a_certificate_too(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        training, authority = school(store)
        graduate(training, TESS)
        assert authority.agree(TESS, SAM, Action.OVERRIDE, NOW, SESSION) == Disagreed(DisagreedBecause.SECOND_MAY_NOT)


def test_the_supervisor_sees_how_far_everybody_is_and_a_teller_does_not(tmp_path: Path) -> None:
    with store_in(tmp_path / "s") as store:
        training, _ = school(store, TrainingPolicy(required_for=("teller",)))
        training.lesson_done(TESS, "privacy", NOW)
        seen = {one.name: (one.role, sorted(one.lessons), one.due) for one in training.everybodys(SAM, NOW)}
        assert seen == {"tess": ("teller", ["privacy"], True), "sam": ("supervisor", [], False)}
        with pytest.raises(NotPermitted):
            training.everybodys(TESS, NOW)


@pytest.mark.parametrize("spelled", ["", "version = 1", 'version = "1"\nspots-wanted = 1\nlesson = []\nquestion = []', "\0"])
def test_what_is_no_course_is_refused(tmp_path: Path, spelled: str) -> None:
    (tmp_path / "course.toml").write_text(spelled)
    with pytest.raises(SettingsRefused):
        load_course(tmp_path / "course.toml")
