"""What the bank's office lets people do: two for what weighs, everything written down, nothing published that was not agreed to."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from kiosk.faults import NotPermitted, StoreDamaged
from kiosk.intake.ceremony import bank_keys, open_bank, retire_key, roll_keys
from kiosk.intake.fleet import FLEET, Fleet, Published
from kiosk.intake.office.office import Office
from kiosk.intake.office.proposals import Kind, Outcome, State
from kiosk.intake.office.terms import AuditQuery, Unfit, WhichPicture
from kiosk.trust.case_files import ReadFor
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Masked, OperatorId, SessionId, StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent, AuditSound
from kiosk.vault.trust_rows import OperatorRow
from kiosk.wire.signed_update import UpdateKind, UpdateRefused, genuine_update, sign_update
from kiosk.wire.watch_list import Watched, WatchList, watch_list_from_text, watch_list_to_text, watched_values
from tests.console.bank import copied_bank, office_over
from tests.fakes.branch import NOW
from tests.vault.specimen import store_in

CASES = 30
WHY = Masked("a reason of some length")


class Bank:
    """An office with some cases and three people, each freshly signed in."""

    def __init__(self, office: Office, sessions: list[SessionId]) -> None:
        self.office = office
        self.sessions = sessions
        self.analyst = SignedIn(OperatorId("ines"), Role.ANALYST, NOW)
        self.supervisor = SignedIn(OperatorId("omar"), Role.SUPERVISOR, NOW)
        self.auditor = SignedIn(OperatorId("vera"), Role.AUDITOR, NOW)
        with office.store.trust_rows() as rows:
            for one in (self.analyst, self.supervisor, self.auditor):
                rows.add_operator(OperatorRow(one.name, one.role.value, Masked(b"secret"), 0, None, NOW))

    def events(self) -> list[tuple[str, str]]:
        return [(line.event, line.who) for line in self.office.search_audit(self.auditor, AuditQuery(), 500, NOW)]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    sessions = copied_bank(tmp_path / "bank", CASES)
    with store_in(tmp_path / "office") as store, office_over(store, tmp_path / "bank") as office:
        yield Bank(office, sessions)


def test_an_outcome_of_one_person_counts_for_nothing_and_of_two_it_counts(bank: Bank) -> None:
    made = bank.office.propose_outcome(bank.analyst, bank.sessions[0], Outcome.CONFIRMED_FRAUD, WHY, NOW)
    assert bank.office.agreements.fraud() == frozenset()
    settled = bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    assert settled.state is State.AGREED
    assert bank.office.agreements.fraud() == {bank.sessions[0]}
    assert (AuditEvent.CASE_LABELLED, "omar") in bank.events()


def test_nobody_agrees_with_himself_nor_later_than_two_minutes_after_signing_in(bank: Bank) -> None:
    made = bank.office.propose_outcome(bank.supervisor, bank.sessions[0], Outcome.FALSE_ALARM, WHY, NOW)
    for second, at in ((bank.supervisor, NOW), (bank.analyst, NOW + timedelta(minutes=3)), (bank.auditor, NOW)):
        with pytest.raises(NotPermitted):
            bank.office.agree(second, made.number, made.digest, at)
    assert bank.office.agreements.outcomes(agreed=True) == {}
    assert (AuditEvent.TWO_REFUSED, "omar") in bank.events()


def test_the_second_person_agrees_to_what_was_shown_or_to_nothing(bank: Bank) -> None:
    made = bank.office.propose_outcome(bank.analyst, bank.sessions[0], Outcome.FALSE_ALARM, WHY, NOW)
    with pytest.raises(Unfit):
        bank.office.agree(bank.supervisor, made.number, "0" * 64, NOW)
    bank.office.turn_down(bank.supervisor, made.number, NOW)
    with pytest.raises(Unfit):
        bank.office.agree(bank.supervisor, made.number, made.digest, NOW)


def test_a_role_that_was_changed_since_the_proposal_agrees_to_nothing(bank: Bank) -> None:
    made = bank.office.propose_outcome(bank.analyst, bank.sessions[0], Outcome.FALSE_ALARM, WHY, NOW)
    with bank.office.store.trust_rows() as rows:
        rows.replace_operator(OperatorRow(bank.analyst.name, Role.AUDITOR.value, Masked(b"secret"), 0, None, NOW))
    with pytest.raises(NotPermitted):
        bank.office.agree(bank.supervisor, made.number, made.digest, NOW)


def test_who_disposed_of_a_case_at_the_station_does_not_settle_it(bank: Bank) -> None:
    case, by = next(
        (session, content.record.disposition.by) for _, session, content in bank.office.records() if content.record.disposition is not None
    )
    teller = SignedIn(by, Role.ANALYST, NOW)
    with bank.office.store.trust_rows() as rows:
        rows.add_operator(OperatorRow(by, Role.ANALYST.value, Masked(b"secret"), 0, None, NOW))
    with pytest.raises(Unfit):
        bank.office.propose_outcome(teller, case, Outcome.GENUINE, WHY, NOW)
    made = bank.office.propose_outcome(bank.supervisor, case, Outcome.GENUINE, WHY, NOW)
    with pytest.raises(Unfit):
        bank.office.agree(teller, made.number, made.digest, NOW)


def test_a_watch_list_entry_is_published_signed_by_two_names_and_holds_no_value(bank: Bank) -> None:
    case = bank.sessions[3]
    made = bank.office.propose_watch(bank.analyst, case, Watched.DOCUMENT, 1.0, WHY, NOW)
    assert bank.office.fleet.newest(StationClass.DEMO) == ()
    bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    (published,) = bank.office.fleet.newest(StationClass.DEMO)
    update = genuine_update(published.envelope, bank.office.publishing.answers())
    assert not isinstance(update, UpdateRefused)
    assert update.by == ("ines", "omar")
    record = next(content.record for _, session, content in bank.office.records() if session == case)
    values = dict(watched_values(record))
    assert watch_list_from_text(update.payload).speaks_of(iter(values.items())) == 1.0
    assert values[Watched.DOCUMENT].split("|")[1] not in update.payload.casefold()


class Raced:
    """Stations and updates that another console publishes to just before this one does."""

    def __init__(self, fleet: Fleet, first: Published) -> None:
        self._fleet, self._first = fleet, [first]

    def publish(self, updates: Sequence[Published]) -> bool:
        while self._first:
            assert self._fleet.publish([self._first.pop()])
        return self._fleet.publish(updates)

    def __getattr__(self, name: str) -> object:
        return getattr(self._fleet, name)


def test_where_another_console_published_first_the_agreement_stands_and_is_published_by_the_next_look(bank: Bank, tmp_path: Path) -> None:
    text = watch_list_to_text(WatchList(Masked(bytes(32)), {}))
    with closing((opened := open_bank(tmp_path / "bank")).store):
        envelope = sign_update(UpdateKind.WATCHLIST, 9, StationClass.DEMO, NOW, text, opened.keys.identity.answers, ())
    fleet = bank.office.fleet
    bank.office.publishing.fleet = cast(Fleet, Raced(fleet, Published(UpdateKind.WATCHLIST, 9, StationClass.DEMO, envelope, NOW, 99)))
    made = bank.office.propose_watch(bank.analyst, bank.sessions[3], Watched.DOCUMENT, 1.0, WHY, NOW)
    assert bank.office.agree(bank.supervisor, made.number, made.digest, NOW).state is State.AGREED
    assert bank.office.keep_up(NOW) >= 0
    (newest,) = fleet.newest(StationClass.DEMO)
    update = genuine_update(newest.envelope, bank.office.publishing.answers())
    assert not isinstance(update, UpdateRefused)
    assert (newest.version, len(watch_list_from_text(update.payload).entries)) == (10, 1)


def test_a_removed_entry_is_gone_from_the_next_version(bank: Bank) -> None:
    added = bank.office.propose_watch(bank.analyst, bank.sessions[3], Watched.DOCUMENT, 1.0, WHY, NOW)
    bank.office.agree(bank.supervisor, added.number, added.digest, NOW)
    (entry,) = bank.office.agreements.watch_entries()
    removed = bank.office.propose_removal(bank.analyst, entry.entry, WHY, NOW)
    bank.office.agree(bank.supervisor, removed.number, removed.digest, NOW)
    (newest,) = bank.office.fleet.newest(StationClass.DEMO)
    update = genuine_update(newest.envelope, bank.office.publishing.answers())
    assert not isinstance(update, UpdateRefused)
    assert (newest.version, dict(watch_list_from_text(update.payload).entries)) == (2, {})


def test_what_was_agreed_to_and_never_reached_the_file_of_updates_is_published_by_the_next_start(tmp_path: Path) -> None:
    sessions = copied_bank(tmp_path / "bank", CASES)
    with store_in(tmp_path / "office") as store:
        with office_over(store, tmp_path / "bank") as office:
            bank = Bank(office, sessions)
            made = office.propose_policy(bank.analyst, next_policy(bank), "tested", WHY, NOW)
            office.agree(bank.supervisor, made.number, made.digest, NOW)
            assert office.publishing.publish_agreed(NOW) == 0
        for file in (tmp_path / "bank").glob(f"{FLEET}*"):
            file.unlink()
        with office_over(store, tmp_path / "bank") as office:
            assert office.fleet.newest(StationClass.DEMO) == ()
            assert office.publishing.publish_agreed(NOW) == 1
            assert [one.version for one in office.fleet.newest(StationClass.DEMO)] == [2]


def test_a_watch_list_after_the_file_of_updates_was_lost_is_newer_than_what_stations_have(tmp_path: Path) -> None:
    sessions = copied_bank(tmp_path / "bank", CASES)

    def listed(bank: Bank, case: SessionId) -> None:
        made = bank.office.propose_watch(bank.analyst, case, Watched.DOCUMENT, 1.0, WHY, NOW)
        bank.office.agree(bank.supervisor, made.number, made.digest, NOW)

    with store_in(tmp_path / "office") as store:
        with office_over(store, tmp_path / "bank") as office:
            bank = Bank(office, sessions)
            cases = [one for one in sessions if Watched.DOCUMENT in dict(watched_values(office._content(one).record))]
            listed(bank, cases[0])
            listed(bank, cases[1])
            (before,) = office.fleet.newest(StationClass.DEMO)
        for file in (tmp_path / "bank").glob(f"{FLEET}*"):
            file.unlink()
        with office_over(store, tmp_path / "bank") as office:
            office.publishing.publish_agreed(NOW)
            bank.office = office
            listed(bank, cases[2])
            (after,) = office.fleet.newest(StationClass.DEMO)
    assert after.version > before.version


def test_a_text_that_is_no_policy_or_not_newer_is_not_even_proposed(bank: Bank) -> None:
    for text in ("", "version = 2", bank.office.publishing.policy_text(), next_policy(bank).replace("[score]", "[scores]")):
        with pytest.raises(Unfit):
            bank.office.propose_policy(bank.analyst, text, "", WHY, NOW)
    assert bank.office.proposals(bank.analyst, NOW) == ((), ())


def test_of_two_policies_of_one_version_the_second_is_not_agreed_to_and_stops_nothing(bank: Bank) -> None:
    one = bank.office.propose_policy(bank.analyst, next_policy(bank), "tested", WHY, NOW)
    other = bank.office.propose_policy(bank.analyst, next_policy(bank) + "# other\n", "tested", WHY, NOW)
    bank.office.agree(bank.supervisor, one.number, one.digest, NOW)
    with pytest.raises(Unfit):
        bank.office.agree(bank.supervisor, other.number, other.digest, NOW)
    assert bank.office.proposal(bank.analyst, other.number, NOW).state is State.WAITING


def test_a_policy_agreed_to_that_can_follow_no_more_keeps_no_watch_list_from_the_stations(bank: Bank) -> None:
    """Two agreements at one moment, or a file of updates brought back: the start and every later publication still go through."""
    late = bank.office.propose_policy(bank.analyst, next_policy(bank), "tested", WHY, NOW)
    newer = next_policy(bank).replace("\nversion = 2", "\nversion = 3")
    ahead = bank.office.propose_policy(bank.analyst, newer, "tested", WHY, NOW)
    bank.office.agree(bank.supervisor, ahead.number, ahead.digest, NOW)
    bank.office._rows.settle(late.number, State.AGREED, bank.supervisor.name, NOW)
    detail = f"policy:{late.number}:first={late.by}:{late.digest}"
    bank.office.store.note(AuditEntry(NOW, AuditEvent.PROPOSAL_AGREED, who=bank.supervisor.name, detail=detail))
    assert bank.office.publishing.publish_agreed(NOW) == 0
    watched = bank.office.propose_watch(bank.analyst, bank.sessions[3], Watched.DOCUMENT, 1.0, WHY, NOW)
    bank.office.agree(bank.supervisor, watched.number, watched.digest, NOW)
    assert [one.proposal for one in bank.office.fleet.newest(StationClass.DEMO)] == [ahead.number, watched.number]


def test_what_was_turned_down_at_the_same_moment_teaches_nothing(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bank.office.propose_outcome(bank.analyst, bank.sessions[0], Outcome.CONFIRMED_FRAUD, WHY, NOW)
    bank.office.turn_down(bank.analyst, made.number, NOW)
    monkeypatch.setattr(bank.office, "_waiting", lambda number: made)  # read before the other one settled it
    with pytest.raises(Unfit):
        bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    assert {event for event, _ in bank.events()}.isdisjoint({AuditEvent.PROPOSAL_AGREED, AuditEvent.CASE_LABELLED})


def test_a_version_that_was_published_under_a_retired_key_is_not_proposed_again(tmp_path: Path) -> None:
    """Stations have it, so they would take no other of that version."""
    sessions = copied_bank(tmp_path / "bank", CASES)
    with store_in(tmp_path / "office") as store:
        with office_over(store, tmp_path / "bank") as office:
            bank = Bank(office, sessions)
            text = next_policy(bank)
            made = office.propose_policy(bank.analyst, text, "tested", WHY, NOW)
            office.agree(bank.supervisor, made.number, made.digest, NOW)
        old = bank_keys(tmp_path / "bank").sealing_key_id
        roll_keys(tmp_path / "bank", NOW)
        retire_key(tmp_path / "bank", old)
        with office_over(store, tmp_path / "bank") as office, pytest.raises(Unfit):
            office.propose_policy(bank.analyst, text, "tested", WHY, NOW)


def test_a_policy_every_station_would_roll_back_is_not_proposed(bank: Bank) -> None:
    open_hand = re.sub(r"required = \[[^]]*\]", "required = []", next_policy(bank))
    open_hand = re.sub(r"\noffset = .*", "\noffset = -15.0", open_hand)
    with pytest.raises(Unfit, match="nothing at all was measured"):
        bank.office.propose_policy(bank.analyst, open_hand, "", WHY, NOW)


def test_no_number_of_outcomes_moves_a_policy(bank: Bank) -> None:
    """A poisoned label, or twenty of them agreed to by two, publish nothing."""
    for session in bank.sessions[:20]:
        made = bank.office.propose_outcome(bank.supervisor, session, Outcome.FALSE_ALARM, WHY, NOW)
        bank.office.agree(bank.analyst, made.number, made.digest, NOW)
    assert bank.office.fleet.newest(StationClass.DEMO) == ()
    assert bank.office.publishing.published(UpdateKind.POLICY) == ()


def test_every_look_is_a_line_before_anything_is_shown(bank: Bank) -> None:
    bank.office.queue(bank.analyst, 10, NOW)
    bank.office.open_case(bank.auditor, bank.sessions[1], ReadFor.AUDIT, NOW)
    bank.office.picture(bank.analyst, bank.sessions[0], WhichPicture.PAGE, ReadFor.FRAUD, NOW)
    with pytest.raises(LookupError):
        bank.office.picture(bank.analyst, bank.sessions[0], WhichPicture.LIVE, ReadFor.FRAUD, NOW)
    with pytest.raises(NotPermitted):
        bank.office.picture(bank.auditor, bank.sessions[0], WhichPicture.PAGE, ReadFor.AUDIT, NOW)
    written = bank.events()
    assert written[:6] == [
        (AuditEvent.AUDIT_SEARCHED, "vera"),
        (AuditEvent.DENIED, "vera"),
        (AuditEvent.PICTURE_SHOWN, "ines"),
        (AuditEvent.PICTURE_SHOWN, "ines"),
        (AuditEvent.CASE_OPENED, "vera"),
        (AuditEvent.QUEUE_LISTED, "ines"),
    ]
    assert isinstance(bank.office.check_log(bank.auditor, NOW), AuditSound)


def test_a_settled_case_leaves_the_queue_and_those_tied_to_fraud_rise(bank: Bank) -> None:
    before = bank.office.queue(bank.analyst, 100, NOW)
    first = next(row for row in before if row.ties)
    made = bank.office.propose_outcome(bank.analyst, first.session, Outcome.CONFIRMED_FRAUD, WHY, NOW)
    bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    after = {row.session: row.score for row in bank.office.queue(bank.analyst, 100, NOW)}
    assert first.session not in after
    was = {row.session: row.score for row in before}
    assert any(score > was.get(session, 0) for session, score in after.items())


def test_a_proposal_says_why_or_is_none(bank: Bank) -> None:
    with pytest.raises(Unfit):
        bank.office.propose_outcome(bank.analyst, bank.sessions[0], Outcome.GENUINE, Masked("  ok "), NOW)
    made = bank.office.propose_outcome(bank.analyst, bank.sessions[0], Outcome.GENUINE, Masked("Jane Doe called"), NOW)
    assert made.kind is Kind.OUTCOME
    for line in bank.office.search_audit(bank.auditor, AuditQuery(), 100, NOW):
        assert "Jane" not in line.detail


def next_policy(bank: Bank) -> str:
    return bank.office.publishing.policy_text().replace("\nversion = 1", "\nversion = 2")


def test_a_row_that_somebody_wrote_into_the_file_is_no_agreement(bank: Bank) -> None:
    """Who has the file and not the keys turns a proposal of one person into an agreement of two; the bank signs nothing by it."""
    session = next(one for one in bank.sessions if Watched.DOCUMENT in dict(watched_values(bank.office._content(one).record)))
    waits = bank.office.propose_watch(bank.analyst, session, Watched.DOCUMENT, 1.0, WHY, NOW)
    outcome = bank.office.propose_outcome(bank.analyst, session, Outcome.CONFIRMED_FRAUD, WHY, NOW)
    for one in (waits, outcome):
        assert bank.office._rows.settle(one.number, State.AGREED, OperatorId("omar"), NOW)
    assert bank.office.agreements.watch_entries() == ()
    assert bank.office.agreements.fraud() == frozenset()
    assert bank.office.publishing.publish_agreed(NOW) == 0


def test_nothing_is_signed_by_a_log_that_was_tampered_with(bank: Bank) -> None:
    session = next(one for one in bank.sessions if Watched.DOCUMENT in dict(watched_values(bank.office._content(one).record)))
    waits = bank.office.propose_watch(bank.analyst, session, Watched.DOCUMENT, 1.0, WHY, NOW)
    bank.office._rows.settle(waits.number, State.AGREED, OperatorId("omar"), NOW)
    said = f"{waits.kind}:{waits.number}:first=ines:{waits.digest}"
    db = bank.office.store._db
    triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'audit' AND type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    db.execute("UPDATE audit SET event = 'proposal-agreed', who = 'omar', detail = ? WHERE number = 1", (said,))
    with pytest.raises(StoreDamaged):
        bank.office.publishing.publish_agreed(NOW)
    assert bank.office.publishing.published(UpdateKind.WATCHLIST) == ()
