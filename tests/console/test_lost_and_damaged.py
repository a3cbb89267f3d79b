"""A bank that lost a file, retired a key or holds a case that does not open goes on, and says what it passes over and what mends it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.faults import StoreDamaged
from kiosk.intake.analysis.fact import Label, Truth
from kiosk.intake.ceremony import bank_keys, open_bank, retire_key, roll_keys
from kiosk.intake.command import main
from kiosk.intake.console.asked import Asked, Page, PageMaker
from kiosk.intake.console.drawn import Templates
from kiosk.intake.console.key_desk import KeyDesk
from kiosk.intake.console.pages_monitors import show_monitors
from kiosk.intake.console.pages_shadow import show_challenger
from kiosk.intake.console.pages_watch import show_fleet
from kiosk.intake.console.visits import Visit
from kiosk.intake.fleet import FLEET, Published
from kiosk.intake.office.calibration import ScoreCalibration
from kiosk.intake.office.office import Office
from kiosk.intake.office.proposals import Outcome
from kiosk.intake.reissue import distrust_key, distrusted_keys, sign_again
from kiosk.intake.results import Results
from kiosk.record import SessionRecord
from kiosk.trust.permissions import Action, Role
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import Masked, OperatorId, SessionId, StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.files import STORE_NAME
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.vault.trust_rows import OperatorRow
from kiosk.vault.two_people import Agreed
from kiosk.wire.heartbeat import Report, Running
from kiosk.wire.keys import key_id
from kiosk.wire.signed_update import Update, UpdateKind, genuine_update, sign_update
from kiosk.wire.watch_list import Watched, watched_values
from tests.console.bank import copied_bank, office_over
from tests.fakes.branch import NOW
from tests.vault.specimen import key_file, store_in

CASES = 30
TO = StationClass.DEMO
WHY = Masked("as the committee decided")
ANALYST = SignedIn(OperatorId("ines"), Role.ANALYST, NOW)
SUPERVISOR = SignedIn(OperatorId("omar"), Role.SUPERVISOR, NOW)


class Bank:
    def __init__(self, folder: Path, sessions: list[SessionId], people: Store) -> None:
        self.folder, self.sessions, self.people = folder, sessions, people
        with people.trust_rows() as rows:
            for one in (ANALYST, SUPERVISOR):
                rows.add_operator(OperatorRow(one.name, one.role.value, Masked(b"secret"), 0, None, NOW))

    @contextmanager
    def office(self) -> Iterator[Office]:
        with office_over(self.people, self.folder) as opened:
            yield opened

    def damage(self, *sessions: SessionId) -> None:
        """Alter one byte of what rests of these cases."""
        with closing(sqlite3.connect(self.folder / "ledger.sqlite")) as db, db:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE tbl_name = 'contents' AND type = 'trigger'").fetchall():
                db.execute(f"DROP TRIGGER {name}")
            for session in sessions:
                (position,) = db.execute("SELECT position FROM packets WHERE packet_id = ?", (session,)).fetchone()
                (sealed,) = db.execute("SELECT sealed FROM contents WHERE position = ?", (position,)).fetchone()
                altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
                db.execute("UPDATE contents SET sealed = ? WHERE position = ?", (altered, position))

    def with_document(self, office: Office, count: int) -> list[SessionId]:
        return [one for one in self.sessions if Watched.DOCUMENT in dict(watched_values(office._content(one).record))][:count]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    sessions = copied_bank(tmp_path / "bank", CASES)
    with store_in(tmp_path / "office") as people:
        yield Bank(tmp_path / "bank", sessions, people)


def policy(office: Office, version: int) -> str:
    return office.publishing.policy_text().replace(f"\nversion = {version - 1}", f"\nversion = {version}")


def agree_policy(office: Office, text: str) -> None:
    made = office.propose_policy(ANALYST, text, "tested", WHY, NOW)
    office.agree(SUPERVISOR, made.number, made.digest, NOW)


def agree_notice(office: Office, says: str, now: datetime = NOW) -> None:
    made = office.propose_model_notice(ANALYST, "face-match", "ab" * 32, says, WHY, now)
    office.agree(replace(SUPERVISOR, at=now), made.number, made.digest, now)


def watch(office: Office, session: SessionId) -> None:
    made = office.propose_watch(ANALYST, session, Watched.DOCUMENT, 1.0, WHY, NOW)
    office.agree(SUPERVISOR, made.number, made.digest, NOW)


def in_force(office: Office) -> dict[UpdateKind, int]:
    return {one.kind: one.version for one in office.fleet.newest(TO)}


def roll_and_retire(folder: Path) -> None:
    old = bank_keys(folder).sealing_key_id
    roll_keys(folder, NOW)
    retire_key(folder, old)


# --- the challenger ----------------------------------------------------------------------------------------------------------


def begin_challenger(office: Office) -> int:
    made = office.propose_challenger(ANALYST, policy(office, 2), "tested", WHY, NOW)
    office.agree(SUPERVISOR, made.number, made.digest, NOW)
    return made.number


def test_a_challenger_goes_on_under_the_bank_s_next_key_with_what_it_counted(bank: Bank) -> None:
    with bank.office() as office:
        number = begin_challenger(office)
        office.watch.rows.begin_anew(number)
        while office.watch.step():
            pass
        counted = office.watch.rows.counted(number)
    assert counted.mark == CASES
    roll_and_retire(bank.folder)
    with bank.office() as office:
        office.keep_up(NOW)
        runs = office.watch.challenger()
        assert runs is not None and (runs.number, runs.by) == (number, ("ines", "omar"))
        assert (office.watch.rows.counted(number), office.watch.unvouched()) == (counted, None)


def test_a_challenger_nobody_vouches_for_is_said_to_have_ended(bank: Bank) -> None:
    with bank.office() as office:
        assert office.watch.unvouched() is None
        number = begin_challenger(office)
        with office.store.transaction() as db:
            db.execute("UPDATE challengers SET envelope = ?", (b"another's",))
        assert office.watch.challenger() is None and office.watch.unvouched() == number
        office.keep_up(NOW)
        assert office.watch.unvouched() is None, "the agreement is in the log: it is signed again by that"


def page(office: Office, made: PageMaker) -> str:
    asked = Asked(office, NOW, Visit("t", NOW, NOW, SUPERVISOR), SUPERVISOR, {}, {}, {}, KeyDesk(), None)
    answer = made(asked)
    assert isinstance(answer, Page)
    return Templates().fill(answer.template, asked, answer.values)


def test_the_pages_say_that_a_challenger_has_ended(bank: Bank) -> None:
    with bank.office() as office:
        number = begin_challenger(office)
        assert "has ended" not in page(office, show_challenger) + page(office, show_monitors)
        with office.store.transaction() as db:
            db.execute("UPDATE challengers SET envelope = ?", (b"another's",))
        assert f'<a href="/proposals/{number}">number {number}</a> has ended' in page(office, show_challenger)
        assert f"Challenger number {number} has ended" in page(office, show_monitors)


def test_the_page_of_stations_names_one_that_knows_more_than_the_bank_and_what_mends_it(bank: Bank) -> None:
    with bank.office() as office:
        station = next(iter(office.stations(SUPERVISOR, NOW)))[0]
        running = (Running(UpdateKind.WATCHLIST, 41),)
        report = Report(NOW, NOW, "0.2.0", "idle", "", "", running)
        office.fleet.heard(station.key_id, station.name, replace(report, at=NOW + timedelta(seconds=1)), NOW + timedelta(seconds=1))
        assert "app.py intake number-from watchlist 41" in page(office, show_fleet)


# --- numbers -----------------------------------------------------------------------------------------------------------------


def test_after_the_updates_file_was_lost_numbers_go_on_and_what_is_in_force_is_published_once_more(bank: Bank) -> None:
    with bank.office() as office:
        for session in bank.with_document(office, 3):
            watch(office, session)
        agree_policy(office, policy(office, 2))
        agree_policy(office, policy(office, 3))
        before, text = in_force(office), office.publishing.policy_text()
        (entry, *_) = office.agreements.watch_entries()
        removed = office.propose_removal(ANALYST, entry.entry, WHY, NOW)
        office.agree(SUPERVISOR, removed.number, removed.digest, NOW)
        assert (before, in_force(office)[UpdateKind.WATCHLIST]) == ({UpdateKind.POLICY: 3, UpdateKind.WATCHLIST: 3}, 4)
    for part in bank.folder.glob(f"{FLEET}*"):
        part.unlink()
    with bank.office() as office:
        office.keep_up(NOW)
        assert in_force(office) == {UpdateKind.POLICY: 3, UpdateKind.WATCHLIST: 5}
        assert office.publishing.policy_text() == text
        assert office.keep_up(NOW) >= 0 and in_force(office)[UpdateKind.WATCHLIST] == 5, "once"


def test_an_emptied_list_is_published_again_too_where_the_file_was_lost(bank: Bank) -> None:
    with bank.office() as office:
        made = office.propose_outcome(ANALYST, bank.with_document(office, 1)[0], Outcome.CONFIRMED_FRAUD, WHY, NOW)
        office.agree(SUPERVISOR, made.number, made.digest, NOW)
        again = office.propose_outcome(ANALYST, made.session, Outcome.GENUINE, WHY, NOW)
        office.agree(SUPERVISOR, again.number, again.digest, NOW)
        assert in_force(office) == {UpdateKind.WATCHLIST: 2}
    for part in bank.folder.glob(f"{FLEET}*"):
        part.unlink()
    with bank.office() as office:
        office.keep_up(NOW)
        assert in_force(office) == {UpdateKind.WATCHLIST: 3}


def test_what_is_agreed_to_reaches_stations_after_the_office_was_lost_and_the_updates_were_not(bank: Bank, tmp_path: Path) -> None:
    """Proposals are numbered from 1 again, and what was published goes by those numbers."""
    with bank.office() as office:
        agree_notice(office, "first")
        agree_policy(office, policy(office, 2))
    with store_in(tmp_path / "another office") as people, Bank(bank.folder, bank.sessions, people).office() as office:
        agree_policy(office, policy(office, 3))
        agree_notice(office, "second")
        assert in_force(office) == {UpdateKind.POLICY: 3, UpdateKind.MODEL: 2}
        (_, notice), *_ = office.publishing.published(UpdateKind.MODEL)
        assert '"says":"second"' in notice.payload
        assert office.publishing.publish_agreed(NOW) == 0, "once"


def test_a_notice_that_is_given_again_is_published_again(bank: Bank) -> None:
    with bank.office() as office:
        for says in ("one", "another", "one"):
            agree_notice(office, says)
        assert in_force(office) == {UpdateKind.MODEL: 3}


def copied(bank: Bank, folder: Path) -> Store:
    """Put the office's store there as it is now, as a backup does, and open it."""
    shutil.copytree(bank.folder.parent / "office", folder, ignore=shutil.ignore_patterns(f"{STORE_NAME}*"))
    with closing(sqlite3.connect(bank.folder.parent / "office" / STORE_NAME)) as db, closing(sqlite3.connect(folder / STORE_NAME)) as to:
        db.backup(to)
    (folder / STORE_NAME).chmod(0o600)
    return open_store(folder, key_file(bank.folder.parent / "office"))


def test_an_office_restored_from_a_backup_publishes_no_old_notice_above_the_newer_one(bank: Bank, tmp_path: Path) -> None:
    with bank.office() as office:
        agree_notice(office, "old")
        restored = copied(bank, tmp_path / "backup")
        agree_notice(office, "new", NOW + timedelta(seconds=1))
        assert in_force(office) == {UpdateKind.MODEL: 2}
    with restored, office_over(restored, bank.folder) as office:
        for _ in range(2):
            office.keep_up(NOW + timedelta(seconds=2))
            assert in_force(office) == {UpdateKind.MODEL: 2}
        agree_notice(office, "newest", NOW + timedelta(seconds=3))
        assert in_force(office) == {UpdateKind.MODEL: 3}, "that was somebody's decision"


def test_no_policy_takes_a_number_that_was_lost(bank: Bank) -> None:
    with bank.office() as office:
        agree_policy(office, policy(office, 2))
        agree_policy(office, policy(office, 3))
        text = office.publishing.policy_text().replace("offset = ", "offset = 0.1 # was ", 1)
    for part in bank.folder.glob(f"{FLEET}*"):
        part.unlink()
    with bank.office() as office:
        problems = office.publishing.policy_problems(text)
        assert problems == ("version: it is 3; version 3 was published, so it must be higher",)


def test_a_version_whose_line_was_cut_off_is_written_down_by_the_next_start(bank: Bank) -> None:
    with bank.office() as office, closing((opened := open_bank(bank.folder)).store):
        envelope = sign_update(UpdateKind.MODEL, 7, TO, NOW, "{}", opened.keys.identity.answers, (OperatorId("ines"), OperatorId("omar")))
        office.fleet.publish([Published(UpdateKind.MODEL, 7, TO, envelope, NOW, 70)])
        office.keep_up(NOW)
        office.keep_up(NOW)
        lines = [line for line in office.store.audit_lines() if line.event == AuditEvent.UPDATE_PUBLISHED]
        assert [(line.who, line.detail) for line in lines] == [("omar", "model:7:70")]


def test_two_people_set_from_which_version_on_numbers_are_free(tmp_path: Path) -> None:
    copied_bank(tmp_path / "bank", 1)

    def both(store: Store, action: Action) -> Agreed | None:
        now = datetime.now(UTC)
        people = (SignedIn(OperatorId("ada"), Role.ADMINISTRATOR, now), SignedIn(OperatorId("olga"), Role.COMPLIANCE_OFFICER, now))
        with store.trust_rows() as rows:
            for one in people:
                rows.add_operator(OperatorRow(one.name, one.role.value, Masked(b"secret"), 0, None, now))
        agreed = Authority(store).agree(*people, action, now)
        return agreed if isinstance(agreed, Agreed) else None

    from kiosk.intake.office.office import open_office_store

    words = ["number-from", "watchlist", "41", "--folder", str(tmp_path / "bank")]
    assert main(words) == 1, "nobody was asked"
    assert main(words, ask_two=both) == 0
    with open_office_store(tmp_path / "bank") as people, office_over(people, tmp_path / "bank") as office:
        assert office.publishing.newest_version(UpdateKind.WATCHLIST) == 41
        assert office.publishing.newest_version(UpdateKind.POLICY) == 0


@pytest.mark.parametrize("version", ["0", "-1", "x", "1000000001", "9" * 30])
def test_no_number_without_room_above_it_is_set(version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["number-from", "watchlist", version, "--folder", str(tmp_path)])


# --- keys --------------------------------------------------------------------------------------------------------------------


def test_what_a_distrusted_key_signed_is_shown_as_that_and_goes_for_nothing(bank: Bank) -> None:
    with bank.office() as office, closing((opened := open_bank(bank.folder)).store):
        stolen = opened.keys.identity
        agree_policy(office, policy(office, 2))
    roll_keys(bank.folder, NOW)
    with closing((opened := open_bank(bank.folder)).store), bank.office() as office:
        sign_again(office.fleet, opened.keys, NOW, ())
        text = policy(office, 3)
        envelope = sign_update(UpdateKind.POLICY, 3, TO, NOW, text, stolen.answers, (OperatorId("a"), OperatorId("b")))
        for to in (StationClass.QA, TO):
            office.fleet.publish([Published(UpdateKind.POLICY, 3, to, envelope, NOW, 900 + list(StationClass).index(to))])
        assert office.publishing.policy_in_force().version == 3, "the key still counts"
        distrust_key(office.fleet, opened.keys, stolen.public().answers_key_id, (StationClass.QA, TO), (ANALYST.name, SUPERVISOR.name), NOW)
        assert office.publishing.policy_in_force().version == 2
        assert office.publishing.unbelieved(UpdateKind.POLICY) == (3,), "once, for all classes"
        assert stolen.public().answers_key_id not in {key_id(key) for key in office.publishing.answers()}
        assert office.publishing.policy_problems(text) != (), "the number is taken all the same"


def test_a_key_that_is_rolled_and_retired_raises_no_alarm(bank: Bank) -> None:
    with bank.office() as office:
        agree_policy(office, policy(office, 2))
        agree_policy(office, policy(office, 3))
        stolen = (opened := open_bank(bank.folder)).keys.identity
        opened.store.close()
    old = bank_keys(bank.folder).sealing_key_id
    roll_keys(bank.folder, NOW)
    with closing((opened := open_bank(bank.folder)).store), bank.office() as office:
        sign_again(office.fleet, opened.keys, NOW, ())
    retire_key(bank.folder, old)
    with bank.office() as office:
        office.keep_up(NOW)
        assert office.publishing.policy_in_force().version == 3
        assert all(office.publishing.unbelieved(kind) == () for kind in UpdateKind)
        envelope = sign_update(UpdateKind.POLICY, 4, TO, NOW, policy(office, 4), stolen.answers, (ANALYST.name, SUPERVISOR.name))
        office.fleet.publish([Published(UpdateKind.POLICY, 4, TO, envelope, NOW, 900)])
        assert office.publishing.unbelieved(UpdateKind.POLICY) == (4,), "that one is newer, and a thief's"


def test_a_console_that_was_left_running_publishes_nothing_under_the_key_of_before(bank: Bank) -> None:
    with bank.office() as office:
        agree_notice(office, "one")
        roll_keys(bank.folder, NOW)
        agree_notice(office, "another")
        assert in_force(office) == {UpdateKind.MODEL: 1}
        assert "this console publishes nothing until it is started again" in page(office, show_monitors)
    with bank.office() as office:
        office.keep_up(NOW)
        (lies,) = office.fleet.newest(TO)
        update = genuine_update(lies.envelope, (office.publishing.answers()[0],))
        assert isinstance(update, Update) and (update.version, '"says":"another"' in update.payload) == (2, True)
        assert "started again" not in page(office, show_monitors)


def test_distrust_outlives_the_updates_file_and_names_what_mends_it(bank: Bank) -> None:
    old = bank_keys(bank.folder)
    roll_keys(bank.folder, NOW)
    with bank.office() as office, closing((opened := open_bank(bank.folder)).store):
        version = distrust_key(office.fleet, opened.keys, old.answers_key_id, (TO,), (ANALYST.name, SUPERVISOR.name), NOW)
        line = f"revocation:{version}:key={old.answers_key_id}"
        office.store.note(AuditEntry(NOW, AuditEvent.UPDATE_PUBLISHED, who=SUPERVISOR.name, detail=line))
        assert office.publishing.lost_revocations() == ()
    for part in bank.folder.glob(f"{FLEET}*"):
        part.unlink()
    with bank.office() as office, closing((opened := open_bank(bank.folder)).store):
        assert len(office.publishing.answers()) == 1, "only the key in force"
        assert office.publishing.lost_revocations() == (old.answers_key_id,)
        by = (ANALYST.name, SUPERVISOR.name)
        again = distrust_key(office.fleet, opened.keys, old.answers_key_id, (TO,), by, NOW, newest=version, known=(old.answers_key_id,))
        assert again == version + 1 and distrusted_keys(office.fleet, opened.keys) == {old.answers_key_id}


def test_monitors_are_shown_and_say_so_where_the_analysis_does_not_open(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def results() -> Results | None:
        raise StoreDamaged("the results are no store")

    with bank.office() as office:
        monkeypatch.setattr(office.analysis, "_find_results", results)
        assert "analysis cannot be asked (the results are no store)" in page(office, show_monitors)


# --- damaged cases -----------------------------------------------------------------------------------------------------------


def test_a_damaged_case_is_counted_and_named_and_the_others_are_watched(bank: Bank) -> None:
    bank.damage(bank.sessions[4])
    with bank.office() as office:
        number = begin_challenger(office)
        office.watch.rows.begin_anew(number)
        while office.watch.step():
            pass
        office.analysis.refresh(())
        assert office.watch.unreadable() == (1, (bank.sessions[4],))
        assert office.analysis.passed_over() == 1
        seen = {session for _, session, content in office.records() if content is not None}
        assert seen == {*bank.sessions} - {bank.sessions[4]}
        assert office.watch.rows.counted(number).mark == CASES
        assert office.analysis.summary(bank.sessions[4]) is None and office.analysis.summary(bank.sessions[5]) is not None


def test_a_confirmed_fraud_that_does_not_open_keeps_no_update_and_no_page_from_anybody(bank: Bank) -> None:
    with bank.office() as office:
        damaged, whole, watched = bank.with_document(office, 3)
        for session in (damaged, whole):
            made = office.propose_outcome(ANALYST, session, Outcome.CONFIRMED_FRAUD, WHY, NOW)
            office.agree(SUPERVISOR, made.number, made.digest, NOW)
    bank.damage(damaged)
    with bank.office() as office:
        office.keep_up(NOW)
        watch(office, watched)
        assert office.publishing.unread_frauds() == 1
        assert len(office.agreements.watch_entries()) == 1 and in_force(office)[UpdateKind.WATCHLIST] == 4
        everybody = office.calibration(replace(SUPERVISOR, at=NOW), NOW)
        assert everybody[0].found.labelled <= 1


def test_a_settled_case_that_does_not_open_for_once_is_read_later_and_keeps_no_other_waiting(bank: Bank) -> None:
    with bank.office() as office:
        record = next(content.record for _, _, content in office.records() if content is not None and content.record.risk is not None)
    away, asked = {SessionId("a" * 32)}, []

    def opened(session: SessionId) -> SessionRecord:
        asked.append(session)
        if session in away:
            raise StoreDamaged("it does not open")
        return record

    labels = tuple(Label(SessionId(letter * 32), Truth.FRAUD, ANALYST.name, SUPERVISOR.name, 0.0) for letter in "abc")
    scores = ScoreCalibration(opened)
    assert [scores.read_some(labels, 1) for _ in range(4)] == [1, 1, 1, 0]
    assert asked == [one.case for one in labels] + [labels[0].case]
    assert scores.of(labels)[0].found.labelled == 2
    away.clear()
    assert scores.read_some(labels, 1) == 0
    assert scores.of(labels)[0].found.labelled == 3
