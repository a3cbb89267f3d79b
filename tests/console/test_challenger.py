"""A second policy in the shadow: computed beside the one in force, acting nowhere, promoted by two people; and what the office watches."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.intake.ceremony import bank_keys, open_bank
from kiosk.intake.office.case_watch import CaseWatch
from kiosk.intake.office.challenger import Difference, difference, genuine_challenger, sign_challenger
from kiosk.intake.office.office import Office
from kiosk.intake.office.proposals import Outcome, State
from kiosk.intake.office.terms import Unfit
from kiosk.intake.reception import Reception
from kiosk.journey.measured import asked_of
from kiosk.record import EvidencePictures, SessionRecord
from kiosk.risk.facts import assessed
from kiosk.risk.policy_file import Act
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.trust.risk_policy import policy_from_text, shipped_policy
from kiosk.values import Masked, OperatorId, SessionId, StationClass
from kiosk.vault.trust_rows import OperatorRow
from kiosk.wire.keys import draw_bank_identity, draw_station_identity, enrolment_to_text
from kiosk.wire.packet import make_packet
from kiosk.wire.signed_update import UpdateKind, UpdateRefused, genuine_update
from tests.console.bank import copied_bank, office_over
from tests.fakes.branch import NOW
from tests.vault.specimen import store_in

WHY = Masked("as the committee decided")
CASES = 30


class Bank:
    def __init__(self, office: Office, sessions: list[SessionId]) -> None:
        self.office, self.sessions = office, sessions
        self.analyst = SignedIn(OperatorId("ines"), Role.ANALYST, NOW)
        self.supervisor = SignedIn(OperatorId("omar"), Role.SUPERVISOR, NOW)
        with office.store.trust_rows() as rows:
            for one in (self.analyst, self.supervisor):
                if rows.operator(one.name) is None:
                    rows.add_operator(OperatorRow(one.name, one.role.value, Masked(b"secret"), 0, None, NOW))

    def stricter(self, version: int = 2) -> str:
        """A policy that refers what the shipped one lets through, but for the calmest cases."""
        text = self.office.publishing.policy_text().replace("\nversion = 1", f"\nversion = {version}")
        return text.replace("offset = ", "offset = 3.5 # was ", 1)

    def run(self, text: str) -> int:
        made = self.office.propose_challenger(self.analyst, text, "tested", WHY, NOW)
        self.office.agree(self.supervisor, made.number, made.digest, NOW)
        return made.number

    def receive_all_again(self) -> None:
        """Let the challenger see the cases this bank holds as if they came now."""
        number = self.office.watch.rows.newest()
        assert number is not None
        with self.office.store.transaction() as db:
            db.execute("UPDATE challengers SET mark = 0 WHERE number = ?", (number[0],))

    def step(self) -> None:
        while self.office.watch.step():
            pass


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    sessions = copied_bank(tmp_path / "bank", CASES)
    with store_in(tmp_path / "office") as store, office_over(store, tmp_path / "bank") as office:
        yield Bank(office, sessions)


def test_a_challenger_runs_once_two_agreed_and_no_station_gets_it(bank: Bank) -> None:
    made = bank.office.propose_challenger(bank.analyst, bank.stricter(), "tested", WHY, NOW)
    assert bank.office.watch.challenger() is None
    bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    runs = bank.office.watch.challenger()
    assert runs is not None and (runs.number, runs.policy.version, runs.by) == (made.number, 2, ("ines", "omar"))
    assert bank.office.fleet.newest(StationClass.DEMO) == ()
    assert bank.office.publishing.policy_in_force().version == 1
    _, envelope = bank.office.watch.rows.newest() or (0, b"")
    assert isinstance(genuine_update(envelope, bank.office.publishing.answers()), UpdateRefused)


def test_it_is_counted_where_it_differs_by_what_and_why_and_each_case_once(bank: Bank) -> None:
    number = bank.run(bank.stricter())
    rows = bank.office.watch.rows
    assert rows.counted(number).mark == CASES and rows.moves(number) == ()  # what was held before is the back-test's
    bank.receive_all_again()
    bank.step()
    bank.step()
    counted, policy = rows.counted(number), policy_from_text(bank.stricter())
    assert (counted.mark, counted.looked_at + counted.without) == (CASES, CASES)
    records = {session: content.record for _, session, content in bank.office.records()}
    expected = {
        session: found
        for place, (session, record) in enumerate(records.items(), 1)
        if record.risk is not None and (found := difference(place, record, policy)) is not None  # type: ignore[arg-type]
    }
    kept = rows.newest_cases(number, 1_000)
    assert {one.session for one in kept} == set(expected) and len(kept) >= 5
    assert dict(Counter((one.before, one.after) for one in expected.values())) == {(a, b): n for a, b, n in rows.moves(number)}
    assert sum(rows.sides(number)) == len(kept)
    assert all(reason and times for reason, _, times in rows.reasons(number))


def test_a_worker_that_is_killed_or_another_one_beside_counts_no_case_twice(bank: Bank) -> None:
    number = bank.run(bank.stricter())
    bank.receive_all_again()
    rows = bank.office.watch.rows
    before = rows.counted(number)
    bank.step()
    after, kept = rows.counted(number), rows.newest_cases(number, 1_000)
    stale = Difference(1, bank.sessions[0], "nothing", "refer", True, ("x",))
    assert not rows.keep(number, before, replace(before, mark=1, looked_at=1), [stale])
    assert (rows.counted(number), rows.newest_cases(number, 1_000)) == (after, kept)


def test_what_is_not_signed_by_this_bank_or_altered_is_computed_nowhere(bank: Bank) -> None:
    stranger = draw_bank_identity()
    number = bank.run(bank.stricter())
    _, envelope = bank.office.watch.rows.newest() or (0, b"")
    forged = sign_challenger(number, bank.stricter(), NOW, (OperatorId("ines"), OperatorId("omar")), stranger.answers)
    for bad in (envelope[:-5], envelope.replace(b"3.5", b"9.5"), envelope.replace(b"omar", b"oman"), forged, b"", b"{}"):
        assert genuine_challenger(bad, bank.office.publishing.answers()) is None
        with bank.office.store.transaction() as db:
            db.execute("UPDATE challengers SET envelope = ?, mark = 0", (bad,))
        assert bank.office.watch.challenger() is None
        bank.step()
        assert bank.office.watch.rows.counted(number).looked_at == 0


def test_an_agreement_whose_signing_was_cut_off_runs_from_the_next_start(tmp_path: Path) -> None:
    sessions = copied_bank(tmp_path / "bank", CASES)
    with store_in(tmp_path / "office") as store:
        with office_over(store, tmp_path / "bank") as office:
            bank = Bank(office, sessions)
            bank.run(bank.stricter())
            with store.transaction() as db:
                db.execute("DELETE FROM challengers")
        with office_over(store, tmp_path / "bank") as office:
            assert office.watch.challenger() is None
            office.publishing.publish_agreed(NOW)
            assert office.watch.challenger() is not None
            assert office.publishing.publish_agreed(NOW) == 0


def test_promoting_takes_two_again_and_ends_the_shadow(bank: Bank) -> None:
    number = bank.run(bank.stricter())
    runs = bank.office.watch.challenger()
    assert runs is not None
    made = bank.office.propose_policy(bank.analyst, runs.text, "in the shadow", WHY, NOW)
    assert bank.office.publishing.policy_in_force().version == 1
    bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    assert bank.office.publishing.policy_in_force().digest == runs.policy.digest
    (published,) = bank.office.fleet.newest(StationClass.DEMO)
    assert published.kind is UpdateKind.POLICY
    bank.receive_all_again()
    bank.step()
    assert bank.office.watch.rows.counted(number).looked_at == 0  # nothing left to be compared with


def test_no_challenger_with_a_hole_or_a_contradiction_or_an_old_version_is_proposed(bank: Bank) -> None:
    good = bank.stricter()
    for text in (good.replace("[[band]]", "[[bond]]"), good + good.partition("[[rule]]")[2], bank.office.publishing.policy_text(), ""):
        with pytest.raises(Unfit):
            bank.office.propose_challenger(bank.analyst, text, "", WHY, NOW)
    bank.run(good)
    late = bank.office.propose_challenger(bank.analyst, bank.stricter(), "", WHY, NOW)
    made = bank.office.propose_policy(bank.analyst, bank.stricter(3), "", WHY, NOW)
    bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    with pytest.raises(Unfit):
        bank.office.agree(bank.supervisor, late.number, late.digest, NOW)
    assert bank.office.proposal(bank.analyst, late.number, NOW).state is State.WAITING


class Station:
    """An enrolled station of its own, whose records say what a test lets them say."""

    def __init__(self, folder: Path) -> None:
        from kiosk.intake.ceremony import enrol

        self.identity = draw_station_identity("desk-9", StationClass.DEMO)
        enrol(folder, enrolment_to_text(self.identity), StationClass.DEMO, NOW)
        self.folder, self._count = folder, 0

    def bring(self, record: SessionRecord) -> SessionId:
        self._count += 1
        session = SessionId(f"{self._count:032x}")
        record = replace(record, session=session, station=replace(record.station, station="desk-9", station_class=StationClass.DEMO))
        bank = open_bank(self.folder)
        with closing(bank.store):
            packet = make_packet(record, EvidencePictures(None, None, None), self.identity, bank_keys(self.folder))
            Reception(bank.store, bank.keys, replace(bank.acceptance, per_station_per_minute=10_000), lambda: NOW).receive(
                packet.sealed, packet.packet_id
            )
        return session


def test_a_station_that_says_another_answer_than_its_readings_give_is_named(tmp_path: Path) -> None:
    """It sends doubtful readings and says that its policy asked for nothing: a program that was altered, or a record written by hand."""
    copied_bank(tmp_path / "bank", CASES)
    station, honest = Station(tmp_path / "bank"), None
    with store_in(tmp_path / "office") as store, office_over(store, tmp_path / "bank") as office:
        honest = next(content.record for _, _, content in office.records() if content.record.risk and content.record.risk.wanted)
        assert honest.risk is not None
        office_records = replace(honest, disposition=None)
        station.bring(office_records)
        lie = replace(honest.risk, wanted=Act.STEP_UP, step_ups=(), probability=0.001, reasons=())
        lying = station.bring(replace(office_records, risk=lie))
        while office.watch.step():
            pass
        cases, counts = office.watch.not_following()
    assert [(one.session, one.station) for one in cases] == [(lying, "desk-9")]
    assert counts == {"desk-9": 1}


def test_drift_is_told_of_the_reading_that_moved_and_of_one_that_is_no_longer_measured(tmp_path: Path) -> None:
    """40 honest cases, then 40 whose liveness cues fell and whose document time nobody measures any more."""
    copied_bank(tmp_path / "bank", 1)
    station = Station(tmp_path / "bank")
    with store_in(tmp_path / "office") as store, office_over(store, tmp_path / "bank") as office:
        record = next(content.record for _, _, content in office.records())
        assert record.risk is not None
        for number in range(80):
            late = number >= 40
            signals = tuple(
                replace(one, value=one.value - 3.0 if late and one.name == "identity.liveness-cues" else one.value + 0.001 * (number % 7))
                if one.name.startswith("identity.liveness-cues")
                else one
                for one in record.risk.signals
                if not (late and one.name == "behaviour.document-time")
            )
            risk = assessed(shipped_policy(), asked_of(record.purpose), signals, (), ())
            station.bring(replace(record, risk=replace(risk, stepped_up=risk.step_ups), disposition=None))
        bank = open_bank(tmp_path / "bank")
        with closing(bank.store):
            watch = CaseWatch(
                office.records,
                bank.store.log_size,
                office.watch.rows,
                office.publishing.known_policies,
                office.publishing.answers,
                reference=40,
            )
            assert watch.drifts() == ()
            while watch.step():
                pass
            drifted = {one.name for one in watch.drifts() if one.has_drifted}
            found = {one.name: one for one in watch.drifts()}
    assert {"identity.liveness-cues", "behaviour.document-time"} <= drifted
    assert "endpoint.debugger" in found and "endpoint.debugger" not in drifted
    assert found["behaviour.document-time"].absent_now > 0.9 and found["behaviour.document-time"].absent_was < 0.1


def test_a_calibrated_score_is_called_steady_and_one_that_says_nothing_of_frauds_is_not(bank: Bank) -> None:
    assert bank.office.calibration(bank.analyst, NOW)[0].state == "unknown"
    records = {session: content.record for _, session, content in bank.office.records()}
    chosen = [session for session, record in records.items() if record.risk is not None and record.disposition is None][:12]
    for session in chosen:
        made = bank.office.propose_outcome(bank.analyst, session, Outcome.CONFIRMED_FRAUD, WHY, NOW)
        bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    every = bank.office.calibration(bank.analyst, NOW)[0]
    assert len(chosen) >= 8
    assert (every.found.labelled, every.found.found, every.state) == (len(chosen), len(chosen), "drifting")
    assert "more than the score says" in every.says


def test_a_model_notice_takes_two_and_reaches_the_stations_signed(bank: Bank) -> None:
    for model, digest, says in (("A B", "0" * 64, "new"), ("prints", "0" * 63, "new"), ("prints", "0" * 64, "  ")):
        with pytest.raises(Unfit):
            bank.office.propose_model_notice(bank.analyst, model, digest, says, WHY, NOW)
    made = bank.office.propose_model_notice(bank.analyst, "face-print-2", "0f" * 32, "Install it by Friday.", WHY, NOW)
    assert bank.office.fleet.newest(StationClass.DEMO) == ()
    bank.office.agree(bank.supervisor, made.number, made.digest, NOW)
    (published,) = bank.office.fleet.newest(StationClass.DEMO)
    update = genuine_update(published.envelope, bank.office.publishing.answers())
    assert not isinstance(update, UpdateRefused)
    assert (update.kind, update.by) == (UpdateKind.MODEL, ("ines", "omar")) and "face-print-2" in update.payload
