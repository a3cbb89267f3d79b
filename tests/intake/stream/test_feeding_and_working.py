"""From the outbox to the results: each case has its effect once, whatever the stream forgets, repeats or makes up."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.faults import KeyUnavailable, PacketRefused, StoreUnavailable
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.analysis_role import AnalysisRole, make_role, open_role, published_role
from kiosk.intake.outbox import Sealed, Waiting, first_broken
from kiosk.intake.reception import Reception
from kiosk.intake.results import Trouble
from kiosk.intake.sqlite_results import SqliteResults
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.intake.stream.feeder import FED_AT_ONCE, Fed, Feeder
from kiosk.intake.stream.in_process import InProcessStream
from kiosk.intake.stream.jetstream import JetStream
from kiosk.intake.stream.ports import Stream, StreamAway
from kiosk.intake.stream.worker import Worked, Worker
from kiosk.measure.own_nats import OwnNats
from kiosk.values import SessionId
from kiosk.wire.packet import Content
from tests.fakes.branch import NOW, Branch, draw_branch
from tests.wire.specimens import PICTURES, numbered


@pytest.fixture(scope="module")
def branch() -> Branch:
    return draw_branch()


def extract(content: Content, case: Sealed) -> tuple[bytes, bytes]:
    return b"fact of %s" % content.record.session.encode(), b""


class Bench:
    """A bank with an intake and one analysis role; packets can be brought and worked off."""

    def __init__(self, branch: Branch, folder: Path) -> None:
        self.branch = branch
        self.ledger = branch.store(folder)
        self.role: AnalysisRole = make_role(folder / "analysis", folder)
        self.results = SqliteResults(folder / "analysis" / "results.sqlite")
        keys = replace(branch.keys(), analysis=published_role(folder))
        self.reception = Reception(self.ledger, keys, PRODUCTION, lambda: NOW)
        self._brought = 0

    def bring(self, count: int) -> None:
        for _ in range(count):
            self._brought += 1
            packet = self.branch.packet(numbered(self._brought), PICTURES)
            self.reception.receive(packet.sealed, packet.packet_id)

    def worker(self, stream: Stream, role: AnalysisRole | None = None) -> Worker:
        return Worker(self.ledger, self.results, stream, role or self.role, extract, lambda: NOW)

    def facts(self) -> list[bytes]:
        return sorted(entry.content for entry in self.results.entries(0, 10_000))


@pytest.fixture
def bench(branch: Branch, tmp_path: Path) -> Bench:
    return Bench(branch, tmp_path)


def facts(count: int) -> list[bytes]:
    return sorted(b"fact of %s" % numbered(number).session.encode() for number in range(1, count + 1))


def settle_everything(bench: Bench, stream: Stream) -> None:
    feeder, worker = Feeder(bench.ledger, stream), bench.worker(stream)
    while bench.ledger.queued_count():
        feeder.step()
        worker.step(0.3)


def test_every_case_has_its_effect_once_and_leaves_the_outbox(bench: Bench, stream: Stream) -> None:
    bench.bring(40)
    settle_everything(bench, stream)
    assert bench.facts() == facts(40)
    assert stream.standing().cases == 0
    lines = list(bench.ledger.openings())
    assert [line.position for line in lines] == list(range(1, 41))
    assert {line.role for line in lines} == {bench.role.key_id}
    assert first_broken(iter(lines)) is None


def test_what_a_stream_repeats_or_makes_up_has_no_effect(bench: Bench, stream: Stream) -> None:
    bench.bring(3)
    settle_everything(bench, stream)
    stream.feed([Waiting(position, SessionId("0" * 32)) for position in (1, 2, 2, 77, 3)], stream.standing().sequence)
    worker, taken = bench.worker(stream), 0
    while taken < 5:
        worked = worker.step(1.0)
        taken += worked.taken
        assert (worked.kept, worked.unreadable) == (0, 0)
    assert bench.facts() == facts(3)
    assert len(list(bench.ledger.openings())) == 3


def test_the_stream_of_a_process_that_ended_is_filled_again_by_the_next(bench: Bench) -> None:
    bench.bring(5)
    first = InProcessStream()
    assert Feeder(bench.ledger, first).step() == Fed(5, refilled=False)
    bench.worker(first)  # and dies before it worked
    second = InProcessStream()
    assert Feeder(bench.ledger, second).step() == Fed(5, refilled=True)
    settle_everything(bench, second)
    assert bench.facts() == facts(5)


def test_what_a_stream_lost_without_a_word_is_fed_again_once_it_says_it_has_nothing(bench: Bench) -> None:
    bench.bring(5)
    stream = InProcessStream()
    feeder = Feeder(bench.ledger, stream)
    feeder.step()
    stream.done(stream.take(2, 1.0))  # as if two had been lost
    worker = bench.worker(stream)
    worker.step(1.0)
    assert (bench.ledger.queued_count(), stream.standing().cases) == (2, 0)
    assert feeder.step() == Fed(2, refilled=True)
    worker.step(1.0)
    assert bench.facts() == facts(5)
    assert feeder.step() == Fed(0, refilled=False)


def test_cases_that_are_being_worked_on_are_not_fed_again(bench: Bench, stream: Stream) -> None:
    bench.bring(3)
    feeder = Feeder(bench.ledger, stream)
    feeder.step()
    stream.take(3, 1.0)
    assert [feeder.step() for _ in range(3)] == [Fed(0, refilled=False)] * 3


def test_more_than_one_lot_is_fed_in_order(bench: Bench) -> None:
    from tests.intake.test_store_contract import entry, packet

    ledger = bench.ledger
    for number in range(1, FED_AT_ONCE + 11):
        incoming = replace(packet(number), station_key=bench.branch.booth.key_id, grant=b"grant")
        ledger.hold(incoming, entry)
    stream = InProcessStream()
    feeder = Feeder(ledger, stream)
    assert [feeder.step().cases for _ in range(3)] == [FED_AT_ONCE, 10, 0]
    assert [one.position for one in stream.take(1_000, 0.1)] == list(range(1, FED_AT_ONCE + 11))


def test_a_broker_that_lost_all_it_ever_acknowledged_is_filled_again(
    bench: Bench, nats: OwnNats, jetstreams: Callable[[], JetStream]
) -> None:
    bench.bring(20)
    stream = jetstreams()
    feeder, worker = Feeder(bench.ledger, stream), bench.worker(stream)
    assert feeder.step() == Fed(20, refilled=False)
    before = worker.step(1.0).kept
    nats.kill()
    with pytest.raises(StreamAway):
        feeder.step()
    nats.wipe()
    nats.start()
    bench.bring(5)
    fresh = jetstreams()
    left = 25 - before
    assert Feeder(bench.ledger, fresh).step() == Fed(left, refilled=True)
    settle_everything(bench, fresh)
    assert bench.facts() == facts(25)


def test_a_broker_put_back_to_an_older_state_is_noticed_by_its_sequence(
    bench: Bench, nats: OwnNats, jetstreams: Callable[[], JetStream], tmp_path: Path
) -> None:
    bench.bring(4)
    Feeder(bench.ledger, jetstreams()).step()
    nats.stop()
    nats.copy_store(tmp_path / "older")
    nats.start()
    bench.bring(4)
    Feeder(bench.ledger, jetstreams()).step()
    nats.kill()
    nats.put_back(tmp_path / "older")
    nats.start()
    stream = jetstreams()
    assert Feeder(bench.ledger, stream).step() == Fed(8, refilled=True)
    settle_everything(bench, stream)
    assert bench.facts() == facts(8)


def test_a_ledger_that_goes_away_in_the_middle_gives_the_cases_back(bench: Bench) -> None:
    class Away(SqliteIntakeStore):
        away = True

        def settle(self, positions: object) -> int:
            if self.away:
                raise StoreUnavailable("gone")
            return super().settle(positions)  # type: ignore[arg-type]

    bench.bring(2)
    stream = InProcessStream()
    Feeder(bench.ledger, stream).step()
    with Away(bench.ledger._path) as ledger:
        worker = Worker(ledger, bench.results, stream, bench.role, extract, lambda: NOW)
        with pytest.raises(StoreUnavailable):
            worker.step(1.0)
        ledger.away = False
        assert worker.step(5.0) == Worked(taken=2, kept=0, unreadable=0)
    assert (bench.facts(), bench.ledger.queued_count()) == (facts(2), 0)


def test_a_case_granted_to_another_key_is_left_waiting_and_said(bench: Bench, tmp_path: Path) -> None:
    bench.bring(1)
    other = make_role(tmp_path / "other", tmp_path / "other")
    stream = InProcessStream()
    Feeder(bench.ledger, stream).step()
    with pytest.raises(KeyUnavailable, match="another analysis key"):
        bench.worker(stream, other).step(1.0)
    assert (bench.ledger.queued_count(), bench.facts()) == (1, [])


def test_a_content_that_does_not_open_is_kept_with_its_trouble_and_not_tried_for_ever(bench: Bench) -> None:
    from tests.intake.test_store_contract import entry, packet

    good = bench.role
    bench.bring(1)
    grant = bench.ledger.open_waiting([1], good.key_id, "test", NOW)[0].grant
    incoming = replace(packet(7), station_key=bench.branch.booth.key_id, grant=grant)
    bench.ledger.hold(incoming, entry)
    stream = InProcessStream()
    settle_everything(bench, stream)
    assert [one.trouble for one in bench.results.entries(0, 10)] == [Trouble.NONE, Trouble.SEAL]
    assert bench.ledger.queued_count() == 0


def test_a_case_whose_facts_cannot_be_spelled_is_kept_with_its_trouble(bench: Bench) -> None:
    def refuses(content: Content, case: Sealed) -> tuple[bytes, bytes]:
        raise PacketRefused("a number that cannot be spelled")

    bench.bring(1)
    stream = InProcessStream()
    Feeder(bench.ledger, stream).step()
    worker = Worker(bench.ledger, bench.results, stream, bench.role, refuses, lambda: NOW)
    assert worker.step(1.0) == Worked(taken=1, kept=1, unreadable=1)
    assert [one.trouble for one in bench.results.entries(0, 10)] == [Trouble.CONTENT]


def test_the_role_opens_nothing_after_the_case_was_settled(bench: Bench) -> None:
    bench.bring(1)
    settle_everything(bench, InProcessStream())
    assert bench.ledger.open_waiting([1], bench.role.key_id, "test", NOW) == []
    held = bench.ledger.content(numbered(1).session)
    assert held is not None
    with pytest.raises(KeyUnavailable):
        bench.role.content_key(b"", numbered(1).session, held[1])


def test_a_roles_key_is_never_replaced_and_opens_the_same_every_time(tmp_path: Path) -> None:
    made = make_role(tmp_path / "analysis", tmp_path)
    published = published_role(tmp_path)
    assert published is not None
    assert open_role(tmp_path / "analysis").key_id == made.key_id == published.key_id
    with pytest.raises(KeyUnavailable, match="never replaced"):
        make_role(tmp_path / "analysis", tmp_path)
    assert published_role(tmp_path / "nowhere") is None
