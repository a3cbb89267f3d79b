"""The courier, with the real store, the real wire and connectors that say what the test wants."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.bank.connector import Reached
from kiosk.bank.courier import Attempted, Courier, CourierEnded, CourierReport, PassFailed
from kiosk.faults import DiskFull
from kiosk.outbox import Accepted, Answer, Delivery, DeliveryState, Refused, Unreachable
from kiosk.policy import SyncPolicy
from kiosk.values import SessionId
from kiosk.vault.kept import DueDelivery
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.wire.packet import Packet
from tests.fakes.branch import Branch, draw_branch
from tests.wire.specimens import PICTURES, numbered

NOW = datetime(2026, 3, 4, 12, 10, tzinfo=UTC)
POLICY = SyncPolicy()
DOWN = Unreachable("no-connection")


@dataclass
class Script:
    """Answers as told, by packet id; whoever is not named is accepted. Remembers what it was brought."""

    answers: dict[str, Answer | Exception] = field(default_factory=dict)
    brought: list[SessionId] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    wait_for_close: bool = False

    def deliver(self, packet: Packet) -> Answer:
        self.brought.append(packet.packet_id)
        self.arrived.set()
        if self.wait_for_close:
            self.closed.wait()
            return Unreachable("stopped")
        answer = self.answers.get(packet.packet_id, Accepted(b"receipt"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def probe(self) -> Reached:
        return Reached()

    def close(self) -> None:
        self.closed.set()


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


@contextmanager
def outbox(folder: Path, branch: Branch, cases: int) -> Iterator[Store]:
    """A store with cases 1 to `cases` kept a second apart, all due."""
    with open_store(folder, KeyFile(folder / "master.key")) as store:
        for number in range(1, cases + 1):
            record = numbered(number)
            packet = branch.packet(record, PICTURES)
            store.keep_case(record, packet.sealed, packet.digest, NOW - timedelta(minutes=1, seconds=-number))
        yield store


def courier(store: Store, script: Script, reports: list[CourierReport], now: datetime = NOW, jitter: float = 1.0) -> Courier:
    return Courier(store, script, POLICY, lambda: now, reports.append, lambda: jitter)


def ids(*numbers: int) -> list[SessionId]:
    return [SessionId(f"{number:032x}") for number in numbers]


def test_everything_due_is_brought_oldest_first_and_receipted(tmp_path: Path, branch: Branch) -> None:
    script, reports = Script(), list[CourierReport]()
    with outbox(tmp_path, branch, 3) as store:
        attempted = courier(store, script, reports).run_once(NOW)
        assert store.counts().receipted == 3
        assert store.receipt(ids(2)[0]) == b"receipt"
    assert script.brought == ids(1, 2, 3)
    assert list(attempted) == reports
    assert [one.delivery.state for one in attempted] == [DeliveryState.RECEIPTED] * 3


def test_nothing_is_brought_before_it_is_due(tmp_path: Path, branch: Branch) -> None:
    script = Script()
    with outbox(tmp_path, branch, 1) as store:
        assert courier(store, script, []).run_once(NOW - timedelta(minutes=2)) == ()
    assert script.brought == []


def test_a_poisoned_packet_is_set_aside_and_blocks_no_other(tmp_path: Path, branch: Branch) -> None:
    script = Script({ids(1)[0]: Refused("malformed")})
    with outbox(tmp_path, branch, 3) as store:
        courier(store, script, []).run_once(NOW)
        assert (store.counts().receipted, store.counts().set_aside) == (2, 1)
        assert store.delivery(ids(1)[0]).last_problem == "malformed"


def test_one_that_fails_waits_by_its_back_off_and_the_others_go_on(tmp_path: Path, branch: Branch) -> None:
    script = Script({ids(1)[0]: Unreachable("timed-out")})
    with outbox(tmp_path, branch, 3) as store:
        courier(store, script, []).run_once(NOW)
        waiting = store.delivery(ids(1)[0])
        assert store.counts().receipted == 2
    assert waiting == Delivery(ids(1)[0], DeliveryState.WAITING, 1, NOW + timedelta(seconds=2), "timed-out")


def test_jitter_halves_the_wait_at_most(tmp_path: Path, branch: Branch) -> None:
    with outbox(tmp_path, branch, 1) as store:
        courier(store, Script({ids(1)[0]: DOWN}), [], jitter=0.0).run_once(NOW)
        assert store.delivery(ids(1)[0]).due_at == NOW + timedelta(seconds=1)


def test_a_bank_that_is_down_is_not_asked_a_third_time_in_one_pass(tmp_path: Path, branch: Branch) -> None:
    script = Script(dict.fromkeys(ids(*range(1, 7)), DOWN))
    with outbox(tmp_path, branch, 6) as store:
        courier(store, script, []).run_once(NOW)
        assert store.counts().waiting == 6
        assert script.brought == ids(1, 2)
        courier(store, script, []).run_once(NOW)
    assert script.brought == ids(1, 2, 3, 4)


def test_two_failures_that_are_not_in_a_row_do_not_end_the_pass(tmp_path: Path, branch: Branch) -> None:
    script = Script({ids(1)[0]: DOWN, ids(3)[0]: DOWN})
    with outbox(tmp_path, branch, 4) as store:
        courier(store, script, []).run_once(NOW)
        assert store.counts().receipted == 2


def test_a_packet_is_brought_once_a_pass_even_if_its_wait_is_over_by_then(tmp_path: Path, branch: Branch) -> None:
    script = Script({ids(1)[0]: DOWN})
    with outbox(tmp_path, branch, 1) as store:
        late = courier(store, script, [], now=NOW - timedelta(hours=1))
        late.run_once(NOW)
    assert script.brought == ids(1)


def test_a_damaged_packet_is_set_aside_and_every_other_is_brought(tmp_path: Path, branch: Branch) -> None:
    script, reports = Script(), list[CourierReport]()
    with outbox(tmp_path, branch, 3) as store:
        store._db.execute("UPDATE packets SET sealed = zeroblob(400) WHERE session = ?", (ids(1)[0],))
        courier(store, script, reports).run_once(NOW)
        assert (store.counts().receipted, store.counts().set_aside) == (2, 1)
        assert store.delivery(ids(1)[0]) == Delivery(ids(1)[0], DeliveryState.SET_ASIDE, 0, NOW, "seal-broken")
    assert script.brought == ids(2, 3)
    assert [report for report in reports if isinstance(report, PassFailed)] == []


def test_a_delivery_put_off_before_the_clock_was_turned_back_is_brought_at_once(tmp_path: Path, branch: Branch) -> None:
    script = Script()
    with outbox(tmp_path, branch, 1) as store:
        a_year_ahead = NOW + timedelta(days=365)
        courier(store, Script({ids(1)[0]: DOWN}), [], now=a_year_ahead).run_once(a_year_ahead)
        courier(store, script, []).run_once(NOW)
        assert store.counts().receipted == 1
    assert script.brought == ids(1)


class FullDisk:
    """A store on a disk that is full when the answer is to be written down."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.full = True

    def due(self, now: datetime, limit: int, policy: SyncPolicy) -> tuple[DueDelivery, ...]:
        return self._store.due(now, limit, policy)

    def settle(self, session: SessionId, answer: Answer, now: datetime, policy: SyncPolicy, jitter: float) -> Delivery:
        if self.full:
            raise DiskFull("the disk is full")
        return self._store.settle(session, answer, now, policy, jitter)


def test_an_answer_that_cannot_be_written_down_is_reported_and_the_packet_brought_again(tmp_path: Path, branch: Branch) -> None:
    script, reports = Script(), list[CourierReport]()
    with outbox(tmp_path, branch, 2) as store:
        full = FullDisk(store)
        bringing = Courier(full, script, POLICY, lambda: NOW, reports.append, lambda: 1.0)
        assert bringing.run_once(NOW) == ()
        assert reports == [PassFailed("DiskFull")]
        full.full = False
        assert len(bringing.run_once(NOW)) == 2
        assert store.counts().receipted == 2
    assert script.brought == ids(1, 1, 2)


class Reports:
    """Lets a test wait for a report instead of for time to pass."""

    def __init__(self) -> None:
        self.all: list[CourierReport] = []
        self._came = threading.Condition()

    def __call__(self, report: CourierReport) -> None:
        with self._came:
            self.all.append(report)
            self._came.notify_all()

    def wait_for(self, count: int) -> None:
        with self._came:
            assert self._came.wait_for(lambda: len(self.all) >= count, 30)


PATIENT = replace(POLICY, first_retry_s=3600.0)
"""With this the thread looks by itself only every hour: what happens in the test happens because it was woken."""


def test_the_thread_brings_what_is_there_and_what_it_is_woken_for(tmp_path: Path, branch: Branch) -> None:
    script, reports = Script(), Reports()
    with outbox(tmp_path, branch, 1) as store:
        bringing = Courier(store, script, PATIENT, lambda: NOW, reports)
        bringing.start()
        reports.wait_for(1)
        record = numbered(2)
        packet = branch.packet(record, PICTURES)
        store.keep_case(record, packet.sealed, packet.digest, NOW)
        bringing.wake()
        reports.wait_for(2)
        assert bringing.stop()
        assert store.counts().receipted == 2
    assert reports.all[-1] == CourierEnded(by_bug=False)


def test_stopping_gives_up_what_is_under_way_and_leaves_it_for_later(tmp_path: Path, branch: Branch) -> None:
    script, reports = Script(wait_for_close=True), Reports()
    with outbox(tmp_path, branch, 1) as store:
        bringing = Courier(store, script, PATIENT, lambda: NOW, reports)
        bringing.start()
        assert script.arrived.wait(30)
        assert bringing.stop(30)
        assert store.delivery(ids(1)[0]) == Delivery(ids(1)[0], DeliveryState.WAITING, 0, NOW - timedelta(seconds=59), "")
    assert reports.all == [CourierEnded(by_bug=False)]


def test_a_stop_that_falls_just_before_the_thread_listens_again_is_not_lost(tmp_path: Path, branch: Branch) -> None:
    class StoppedAtThatMoment(threading.Event):
        def clear(self) -> None:
            bringing._stopping.set()
            self.set()
            super().clear()

    reports = Reports()
    with outbox(tmp_path, branch, 0) as store:
        bringing = Courier(store, Script(), PATIENT, lambda: NOW, reports)
        bringing._wake = StoppedAtThatMoment()
        bringing.start()
        reports.wait_for(1)
    assert reports.all == [CourierEnded(by_bug=False)]


def test_a_courier_that_was_never_started_stops(tmp_path: Path, branch: Branch) -> None:
    with outbox(tmp_path, branch, 0) as store:
        assert courier(store, Script(), []).stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_ends_the_thread_loudly(tmp_path: Path, branch: Branch) -> None:
    script, reports = Script({ids(1)[0]: ZeroDivisionError("a bug")}), Reports()
    with outbox(tmp_path, branch, 1) as store:
        bringing = Courier(store, script, PATIENT, lambda: NOW, reports)
        bringing.start()
        reports.wait_for(1)
        bringing.stop(30)
    assert reports.all == [CourierEnded(by_bug=True)]


def test_a_report_tells_what_the_store_holds_already(tmp_path: Path, branch: Branch) -> None:
    """Told only after it is written down: a screen that shows a receipt is never ahead of the disk."""
    seen: list[DeliveryState] = []
    with outbox(tmp_path, branch, 1) as store:

        def look(report: CourierReport) -> None:
            assert isinstance(report, Attempted)
            seen.append(store.delivery(report.delivery.session).state)

        Courier(store, Script(), POLICY, lambda: NOW, look, lambda: 1.0).run_once(NOW)
    assert seen == [DeliveryState.RECEIPTED]


def test_without_telling_otherwise_the_jitter_is_drawn_between_none_and_all(tmp_path: Path, branch: Branch) -> None:
    with outbox(tmp_path, branch, 1) as store:
        Courier(store, Script({ids(1)[0]: DOWN}), POLICY, lambda: NOW, lambda _: None).run_once(NOW)
        wait = store.delivery(ids(1)[0]).due_at - NOW
    assert timedelta(seconds=1) <= wait <= timedelta(seconds=2)
