"""Nothing less than a proved receipt destroys pictures, and what the bank signed against itself is called by its name."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.values import SessionId
from kiosk.wire.hash_tree import EMPTY_ROOT, TreeHead
from kiosk.wire.keys import draw_bank_identity
from kiosk.wire.log_proof import Asked, Lie, Proven, judge, proven_receipt, read_proven
from kiosk.wire.receipt import Receipt, receipt_leaf, sign_head, sign_receipt
from tests.fakes.memory_log import MemoryLog, numbered_entries

AT = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)
BANK, NEXT = draw_bank_identity(), draw_bank_identity()
KEYS = (BANK.public().answers,)
DIGEST = bytes(range(32))
PACKET = SessionId("0123456789abcdef" * 2)
BEFORE = MemoryLog(numbered_entries(20)).head()
RECEIPT = sign_receipt(Receipt(PACKET, DIGEST, "booth-1", AT, 21), BANK.answers)
LOG = MemoryLog(numbered_entries(20))
LOG.add(receipt_leaf(RECEIPT))


def asked(known: TreeHead = BEFORE) -> Asked:
    return Asked(PACKET, DIGEST, "booth-1", known)


def answer(known: int = BEFORE.size) -> bytes:
    return proven_receipt(RECEIPT, 21, LOG.head(), sign_head(LOG.head(), AT, BANK.answers), known, LOG.node).to_bytes()


def test_a_receipt_in_a_log_that_grew_is_proved() -> None:
    found = judge(answer(), asked(), KEYS)
    assert isinstance(found, Proven)
    assert (found.receipt.position, found.head.head) == (21, LOG.head())


def test_a_receipt_proves_itself_to_a_station_that_knows_no_head_yet() -> None:
    assert isinstance(judge(answer(0), asked(TreeHead(0, EMPTY_ROOT)), KEYS), Proven)


def test_a_receipt_is_proved_again_when_the_log_has_grown_on() -> None:
    later = MemoryLog(numbered_entries(20))
    later.add(receipt_leaf(RECEIPT))
    for leaf in (b"\1" * 32, b"\2" * 32, b"\3" * 32):
        later.add(leaf)
    again = proven_receipt(RECEIPT, 21, later.head(), sign_head(later.head(), AT, NEXT.answers), 21, later.node).to_bytes()
    assert isinstance(judge(again, asked(LOG.head()), (*KEYS, NEXT.public().answers)), Proven)


@settings(max_examples=300)
@given(st.integers(0, len(answer()) * 8 - 1))
def test_no_bit_of_an_answer_can_be_changed(bit: int) -> None:
    changed = bytearray(answer())
    changed[bit // 8] ^= 1 << bit % 8
    try:
        found = judge(bytes(changed), asked(), KEYS)
    except PacketRefused:
        return
    assert isinstance(found, Lie)


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda rest: b"IDPR\0\1" + rest))
def test_whatever_the_bytes_only_packet_refused_comes_out(data: bytes) -> None:
    with pytest.raises(PacketRefused):
        judge(data, asked(), KEYS)


@settings(max_examples=100)
@given(st.integers(0, len(answer()) - 1))
def test_an_answer_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(PacketRefused):
        read_proven(answer()[:length])


def test_a_head_of_nothing_cannot_prove_anything() -> None:
    empty = sign_head(TreeHead(0, EMPTY_ROOT), AT, BANK.answers)
    shown = read_proven(answer(0))
    assert judge(replace(shown, head=empty).to_bytes(), asked(TreeHead(0, EMPTY_ROOT)), KEYS) is Lie.NOT_IN_LOG
