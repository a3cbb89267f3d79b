"""What two people at the bank agreed to reaches a station with its next heartbeat, takes effect between two customers, and falls back
when it is wrong; the bank is told."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from kiosk.assembly.feedback import Feedback
from kiosk.bank.http import HttpConnector
from kiosk.bank.link import Problem
from kiosk.intake.acceptance import DEMONSTRATION
from kiosk.intake.fleet import Fleet, LastHeard, Published, open_fleet
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.journey import events as ev
from kiosk.outbox import Unreachable
from kiosk.trust.risk_policy import SHIPPED, shipped_policy
from kiosk.trust.sensing import Past
from kiosk.trust.station_updates import DIED, StationUpdates
from kiosk.values import Channel, Masked, OperatorId, StationClass
from kiosk.vault.audit import AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.update_rows import UpdateRow, UpdateState
from kiosk.wire.heartbeat import Lacking, Report, Running
from kiosk.wire.signed_update import UpdateKind, sign_update, spell_revocation
from kiosk.wire.succession import TrustedBank
from kiosk.wire.watch_list import Watched, WatchList, document_value, watch_hash, watch_list_to_text
from tests.fakes.branch import NOW, QUICK, Branch, draw_branch
from tests.journey.build import fields, opening
from tests.station.crew_parts import manned
from tests.vault.specimen import everything_in, store_in

BY = (OperatorId("ines"), OperatorId("omar"))
TEXT = SHIPPED.read_text(encoding="utf-8")
BRANCH = draw_branch()


def policy(version: int) -> str:
    return TEXT.replace("\nversion = 1\n", f"\nversion = {version}\n")


class Bank:
    """A bank that serves, and publishes what a test says."""

    def __init__(self, fleet: Fleet, url: str, branch: Branch) -> None:
        self.fleet, self.url, self.branch = fleet, url, branch
        self._proposals = 0

    def sign(self, kind: UpdateKind, version: int, payload: str, to: StationClass = StationClass.DEMO) -> bytes:
        return sign_update(kind, version, to, NOW, payload, self.branch.bank.answers, BY)

    def publish(self, kind: UpdateKind, version: int, payload: str) -> bytes:
        self._proposals += 1
        envelope = self.sign(kind, version, payload)
        self.fleet.publish([Published(kind, version, StationClass.DEMO, envelope, NOW, self._proposals)])
        return envelope

    def heard(self) -> LastHeard:
        (one,) = self.fleet.stations()
        return one

    def runs(self, kind: UpdateKind) -> Running:
        return next(one for one in self.heard().report.running if one.kind is kind)


class Desk:
    """One station: its store, its reducer, its heartbeat, stepped by hand."""

    def __init__(self, store: Store, bank: Bank, start: datetime) -> None:
        self.store = store
        self.rig = manned()
        self.bugs: list[str] = []
        self._moment = start
        self.connector = HttpConnector(bank.url, bank.branch.demo, TrustedBank(bank.branch.bank.public()), QUICK)
        self.updates = StationUpdates(store, lambda: (bank.branch.bank.public().answers,), StationClass.DEMO)
        self.feedback = Feedback(self.rig.station, self.updates, self.connector, shipped_policy(), self.now, self.bugs.append, "0.2.0")
        self.feedback._go_by(self.updates.begin(NOW))  # what `start` does beside its thread
        self.rig.station.witness(self.feedback.counted.witness)

    def now(self) -> datetime:
        self._moment += timedelta(milliseconds=1)
        return self._moment

    def next_customer(self) -> int:
        """End whatever case there is, begin another and return the version of the policy it goes by."""
        self.rig.does([ev.CancelTouched()])
        self.rig.station.begin(Channel.BOOTH, opening(), "en", None)
        self.rig.station.pump()
        return self.version()

    def version(self) -> int:
        assert self.rig.station.context.risk is not None
        return self.rig.station.context.risk.version

    def events(self) -> list[str]:
        return [line.event for line in self.store.audit_lines()]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with BRANCH.store(tmp_path) as ledger, open_fleet(tmp_path) as fleet:
        app = create_app(ledger, BRANCH.keys(), DEMONSTRATION, lambda: NOW + timedelta(minutes=1), fleet=fleet)
        with serve_in_thread(app) as running:
            yield Bank(fleet, running.url, BRANCH)


@pytest.fixture
def open_desk(tmp_path: Path, bank: Bank) -> Iterator[Callable[[], Desk]]:
    """Opens the station; again, as after a restart."""
    stores: list[Store] = []

    def open_it() -> Desk:
        for store in stores[-1:]:
            store.close()
        stores.append(store_in(tmp_path / "station"))
        return Desk(stores[-1], bank, NOW + timedelta(seconds=len(stores)))

    yield open_it
    for store in stores[-1:]:
        store.close()


OpenDesk = Callable[[], Desk]


def test_a_published_policy_counts_from_the_next_customer_and_the_one_in_front_keeps_the_old(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    assert desk.next_customer() == 1
    bank.publish(UpdateKind.POLICY, 2, policy(2))
    assert desk.feedback.tell() == 15.0
    assert desk.version() == 1
    desk.rig.does([ev.ConsentGiven("1")])
    assert desk.version() == 1
    assert desk.next_customer() == 2
    assert bank.runs(UpdateKind.POLICY) == Running(UpdateKind.POLICY, 2)
    assert AuditEvent.UPDATE_APPLIED in desk.events()


def test_what_was_good_is_in_force_again_after_a_restart(bank: Bank, open_desk: OpenDesk) -> None:
    bank.publish(UpdateKind.POLICY, 2, policy(2))
    open_desk().feedback.tell()
    assert open_desk().next_customer() == 2


def test_one_that_died_while_it_was_tried_is_rolled_back_at_the_start_and_the_bank_is_told(bank: Bank, open_desk: OpenDesk) -> None:
    bank.publish(UpdateKind.POLICY, 2, policy(2))
    desk = open_desk()
    desk.feedback.tell()
    envelope = bank.sign(UpdateKind.POLICY, 3, policy(3))
    desk.updates.offer((envelope,), NOW)
    again = open_desk()
    assert again.next_customer() == 2
    again.feedback.tell()
    assert bank.runs(UpdateKind.POLICY) == Running(UpdateKind.POLICY, 2, f"rolled-back:{DIED}", 3)
    assert AuditEvent.UPDATE_ROLLED_BACK in again.events()


def test_a_policy_that_would_let_through_what_nobody_measured_is_rolled_back(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    open_hand = re.sub(r"required = \[[^]]*\]", "required = []", policy(2))
    open_hand = re.sub(r"\noffset = .*", "\noffset = -15.0", open_hand)
    bank.publish(UpdateKind.POLICY, 2, open_hand)
    desk.feedback.tell()
    assert desk.next_customer() == 1
    assert bank.runs(UpdateKind.POLICY) == Running(UpdateKind.POLICY, 0, "rolled-back:self-test", 2)


def test_a_bad_one_is_not_sent_again_and_the_next_good_one_mends_it(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    bank.publish(UpdateKind.POLICY, 2, "version = 2")
    desk.feedback.tell()
    assert bank.runs(UpdateKind.POLICY).trouble == "content"
    lacking = desk.connector.heartbeat(bank.heard().report)
    assert isinstance(lacking, Lacking) and lacking.updates == ()
    bank.publish(UpdateKind.POLICY, 3, policy(3))
    desk.feedback.tell()
    assert desk.next_customer() == 3
    assert bank.runs(UpdateKind.POLICY) == Running(UpdateKind.POLICY, 3)


def test_nothing_is_taken_that_is_forged_altered_halved_older_or_for_others(bank: Bank, open_desk: OpenDesk) -> None:
    desk, stranger = open_desk(), draw_branch()
    good = bank.sign(UpdateKind.POLICY, 5, policy(5))
    desk.feedback.take((good,))
    assert desk.next_customer() == 5
    newer = bank.sign(UpdateKind.POLICY, 6, policy(6))
    for bad in (
        sign_update(UpdateKind.POLICY, 6, StationClass.DEMO, NOW, policy(6), stranger.bank.answers, BY),
        newer[: len(newer) // 2],
        newer.replace(b"EUR", b"USD"),
        bank.sign(UpdateKind.POLICY, 4, policy(4)),
        bank.sign(UpdateKind.POLICY, 5, policy(5) + "# another\n"),
        bank.sign(UpdateKind.POLICY, 6, policy(6), to=StationClass.PRODUCTION),
        bank.sign(UpdateKind.POLICY, 6, policy(7)),
        sign_update(UpdateKind.POLICY, 6, StationClass.DEMO, NOW + timedelta(days=1), policy(6), bank.branch.bank.answers, BY),
        b"",
    ):
        desk.feedback.take((bad,))
        assert desk.next_customer() == 5
    desk.feedback.take((newer,))
    assert desk.next_customer() == 6
    assert desk.bugs == []


def test_a_refused_one_of_the_version_in_force_does_not_take_its_place(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.feedback.take((bank.sign(UpdateKind.POLICY, 4, policy(4)), bank.sign(UpdateKind.POLICY, 5, policy(5))))
    for bad in (
        bank.sign(UpdateKind.POLICY, 5, policy(5) + "# another\n"),
        bank.sign(UpdateKind.POLICY, 5, policy(5), to=StationClass.PRODUCTION),
    ):
        desk.feedback.take((bad,))
    assert desk.events().count("update-refused") == 2
    assert open_desk().next_customer() == 5


def test_of_two_contents_of_one_version_in_one_answer_the_one_that_was_tried_is_in_force(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    open_hand = re.sub(r"required = \[[^]]*\]", "required = []", policy(2))
    open_hand = re.sub(r"\noffset = .*", "\noffset = -15.0", open_hand)
    tried, other = bank.sign(UpdateKind.POLICY, 2, policy(2)), bank.sign(UpdateKind.POLICY, 2, open_hand)
    accepted = desk.updates.offer((tried, other, tried), NOW)
    assert [one.payload for one in accepted] == [policy(2)]
    desk.updates.stands(accepted[0], NOW)
    found = desk.updates.policy_in_force()
    assert found is not None and found[0].payload == policy(2)
    assert desk.events().count("update-refused") == 1


def test_the_bank_is_told_of_a_good_one_that_is_not_gone_by_any_more(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.feedback.take((bank.sign(UpdateKind.POLICY, 2, policy(2)), bank.sign(UpdateKind.POLICY, 3, policy(3))))
    named = spell_revocation([(UpdateKind.POLICY, sha256(policy(3).encode()).hexdigest())])
    desk.feedback.take((bank.sign(UpdateKind.REVOCATION, 1, named),))
    says = next(one for one in desk.updates.running() if one.kind is UpdateKind.POLICY)
    assert says == Running(UpdateKind.POLICY, 2, "passed-over", 3), "3 is neither in force nor wanted again"
    desk.feedback.take((bank.sign(UpdateKind.POLICY, 4, "no policy"),))
    says = next(one for one in desk.updates.running() if one.kind is UpdateKind.POLICY)
    assert says == Running(UpdateKind.POLICY, 2, "content", 4), "what should replace it failed"


def test_a_genuine_update_for_another_class_that_somebody_put_into_the_file_is_not_gone_by(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.feedback.take((bank.sign(UpdateKind.POLICY, 2, policy(2)),))
    envelope = bank.sign(UpdateKind.POLICY, 9, policy(9), to=StationClass.PRODUCTION)
    with desk.store.update_rows() as rows:
        rows.keep(UpdateRow("policy", 9, UpdateState.GOOD, sha256(policy(9).encode()).hexdigest(), "", envelope, NOW))
    assert open_desk().next_customer() == 2


def test_what_a_revocation_names_falls_back_to_the_one_before(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.feedback.take((bank.sign(UpdateKind.POLICY, 2, policy(2)), bank.sign(UpdateKind.POLICY, 3, policy(3))))
    assert desk.next_customer() == 3
    named = spell_revocation([(UpdateKind.POLICY, sha256(policy(3).encode()).hexdigest())])
    desk.feedback.take((bank.sign(UpdateKind.REVOCATION, 1, named),))
    assert desk.next_customer() == 2


def test_a_watch_list_speaks_in_the_cases_that_begin_after_it_came(bank: Bank, open_desk: OpenDesk, tmp_path: Path) -> None:
    desk, key = open_desk(), Masked(b"w" * 32)
    seen = fields()
    ((of, value),) = document_value(seen.issuing_state, seen.number)
    listed = WatchList(key, {watch_hash(key, of, value): (Watched.DOCUMENT, 1.0)})
    past = Past(desk.store, watch_list=desk.feedback.watch_list)

    def strength() -> float | None:
        return next((one.value for one in past.signals(seen, None, NOW) if one.name == "context.watchlist"), None)

    desk.next_customer()
    bank.publish(UpdateKind.WATCHLIST, 1, watch_list_to_text(listed))
    desk.feedback.tell()
    assert strength() is None
    desk.next_customer()
    assert strength() == 1.0
    assert "watchlist 1" in desk.rig.station.context.models
    assert value.split("|")[1].upper().encode() not in everything_in(tmp_path / "station").upper()


def test_a_silent_bank_changes_nothing(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()

    class Silent:
        def heartbeat(self, report: Report) -> Unreachable:
            return Unreachable(Problem.NO_CONNECTION)

    silent = Feedback(desk.rig.station, desk.updates, Silent(), shipped_policy(), desk.now, desk.bugs.append, "0.2.0")
    assert silent.tell() == 15.0
    assert desk.next_customer() == 1


def test_the_bank_hears_how_the_station_is_and_a_beat_from_the_past_changes_no_figure(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    desk.next_customer()
    desk.feedback.tell()
    heard = bank.heard()
    assert (heard.report.state, heard.report.software, heard.behind) == ("busy", "0.2.0", 0)
    assert isinstance(desk.connector.heartbeat(replace(heard.report, at=NOW - timedelta(days=1), state="idle")), Lacking)
    assert (bank.heard().report.state, bank.heard().behind) == ("busy", 1)


def test_a_station_nobody_enrolled_is_told_nothing(bank: Bank, open_desk: OpenDesk) -> None:
    desk = open_desk()
    stranger = HttpConnector(bank.url, draw_branch().demo, TrustedBank(bank.branch.bank.public()), QUICK)
    desk.feedback.tell()
    assert isinstance(stranger.heartbeat(bank.heard().report), Unreachable)
    assert len(bank.fleet.stations()) == 1


def test_what_is_refused_with_every_heartbeat_is_a_line_once(bank: Bank, open_desk: OpenDesk) -> None:
    """A clock that is behind refuses an update as not yet due, every 15 seconds; half an update comes as often as somebody sends it."""
    desk = open_desk()
    desk.feedback.take((bank.sign(UpdateKind.POLICY, 2, policy(2)),))
    early = sign_update(UpdateKind.POLICY, 6, StationClass.DEMO, NOW + timedelta(days=1), policy(6), bank.branch.bank.answers, BY)
    other = bank.sign(UpdateKind.POLICY, 2, policy(2) + "# another\n")
    for _ in range(20):
        desk.feedback.take((early, early[: len(early) // 2], other))
    refused = [line.detail.split(":")[-1] for line in desk.store.audit_lines() if line.event == "update-refused"]
    assert sorted(refused) == ["malformed", "not-yet", "two-of-one-version"]
    assert desk.next_customer() == 2
