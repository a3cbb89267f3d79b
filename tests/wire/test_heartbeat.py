"""Heartbeats and their answers: what was said is what arrives, and nothing else is believed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.values import Masked, OperatorId, SessionId, StationClass
from kiosk.wire.asked import read_asked
from kiosk.wire.heartbeat import (
    HEARTBEAT,
    Figures,
    Lacking,
    Report,
    Running,
    make_heartbeat,
    make_lacking,
    open_heartbeat,
    read_lacking,
    report_from_bytes,
    report_to_bytes,
)
from kiosk.wire.hpke import OpeningKey
from kiosk.wire.signed_update import UpdateKind, sign_update
from kiosk.wire.watch_list import Watched, WatchList, watch_hash, watch_list_from_text, watch_list_to_text
from tests.fakes.branch import NOW, draw_branch

BRANCH = draw_branch()
RUNNING = (Running(UpdateKind.POLICY, 3), Running(UpdateKind.WATCHLIST, 6, "rolled-back:self-test", 7))
REPORT = Report(NOW, NOW - timedelta(hours=2), "0.2.0", "idle", "", "timed-out", RUNNING, Figures(waiting=4, live=9, oldest_s=77))
NUMBER = SessionId("5" * 32)
OPENER = OpeningKey(BRANCH.bank.mlkem, BRANCH.bank.x25519)
STATION = BRANCH.demo
UPDATE = sign_update(UpdateKind.POLICY, 4, StationClass.DEMO, NOW, "a policy", BRANCH.bank.answers, (OperatorId("a"), OperatorId("b")))


def said() -> bytes:
    return make_heartbeat(REPORT, NUMBER, STATION, BRANCH.bank.public())


def test_the_bank_reads_what_the_station_said() -> None:
    assert open_heartbeat(read_asked(HEARTBEAT, said()), STATION.enrolled(), OPENER) == REPORT


def test_figures_travel_under_seal() -> None:
    assert b"0.2.0" not in said() and b"timed-out" not in said()


def test_another_station_cannot_speak_for_it() -> None:
    with pytest.raises(PacketRefused):
        open_heartbeat(read_asked(HEARTBEAT, said()), BRANCH.qa.enrolled(), OPENER)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_refused(at: int, bit: int) -> None:
    altered = bytearray(said())
    altered[at % len(altered)] ^= 1 << bit
    with pytest.raises(PacketRefused):
        open_heartbeat(read_asked(HEARTBEAT, bytes(altered)), STATION.enrolled(), OPENER)


@given(junk=st.binary(max_size=400))
def test_junk_is_refused_and_nothing_else_escapes(junk: bytes) -> None:
    keys = (BRANCH.bank.public().answers,)
    for read in (lambda sent: read_asked(HEARTBEAT, sent), report_from_bytes, lambda sent: read_lacking(sent, b"", keys)):
        for sent in (junk, b"IDHB\0\1" + junk, b"IDHA\0\1" + junk):
            with pytest.raises(PacketRefused):
                read(sent)


@pytest.mark.parametrize(
    "broken",
    [
        replace(REPORT, camera="Jane Doe of 12 Quay Street"),
        replace(REPORT, software="x" * 65),
        replace(REPORT, figures=Figures(waiting=-1)),
        replace(REPORT, figures=Figures(waiting=True)),
        replace(REPORT, running=(Running(UpdateKind.POLICY, 3), Running(UpdateKind.POLICY, 4))),
    ],
)
def test_a_report_says_codes_and_figures_or_is_not_made(broken: Report) -> None:
    with pytest.raises(PacketRefused):
        report_to_bytes(broken)


def answer(updates: tuple[bytes, ...] = (UPDATE,), about: bytes = b"\1" * 32) -> bytes:
    return make_lacking(about, Lacking(NOW, 15, updates, more=False), BRANCH.bank.answers)


def test_the_station_gets_the_updates_the_bank_named() -> None:
    keys = (BRANCH.bank.public().answers,)
    assert read_lacking(answer(), b"\1" * 32, keys) == Lacking(NOW, 15, (UPDATE,), more=False)
    assert read_lacking(answer(()), b"\1" * 32, keys).updates == ()


def test_half_an_update_or_an_answer_to_another_heartbeat_is_refused() -> None:
    keys = (BRANCH.bank.public().answers,)
    whole = answer()
    for sent in (whole[:-1], whole[: -len(UPDATE) // 2], whole[: -len(UPDATE) - 4], whole + b"\0", whole[:-1] + b"\0"):
        with pytest.raises(PacketRefused):
            read_lacking(sent, b"\1" * 32, keys)
    with pytest.raises(PacketRefused):
        read_lacking(whole, b"\2" * 32, keys)


def test_an_answer_another_bank_signed_is_refused() -> None:
    with pytest.raises(PacketRefused):
        read_lacking(answer(), b"\1" * 32, (draw_branch().bank.public().answers,))


KEY = Masked(b"k" * 32)
LIST = WatchList(KEY, {watch_hash(KEY, Watched.PHONE, "995550100"): (Watched.PHONE, 0.7)})


def test_a_watch_list_speaks_of_what_stands_on_it_and_names_nothing() -> None:
    again = watch_list_from_text(watch_list_to_text(LIST))
    assert again.speaks_of(iter([(Watched.PHONE, "995550100"), (Watched.EMAIL, "x")])) == 0.7
    assert again.speaks_of(iter([(Watched.EMAIL, "995550100")])) == 0.0
    assert "995550100" not in watch_list_to_text(LIST)


@given(text=st.text(max_size=200))
def test_what_is_no_watch_list_is_refused(text: str) -> None:
    with pytest.raises(PacketRefused):
        watch_list_from_text(text)
    with pytest.raises(PacketRefused):
        watch_list_from_text(watch_list_to_text(LIST) + text) if text else watch_list_from_text(watch_list_to_text(LIST)[:-1])
