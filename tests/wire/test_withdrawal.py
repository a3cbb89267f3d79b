"""A withdrawal and its receipt on the wire: what is altered, another's, or nonsense is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.values import ConsentPurpose, SessionId, StationClass
from kiosk.wire.asked import read_asked
from kiosk.wire.hpke import OpeningKey
from kiosk.wire.keys import draw_bank_identity, draw_station_identity
from kiosk.wire.lookup import LOOKUP
from kiosk.wire.succession import TrustedBank
from kiosk.wire.withdrawal import WITHDRAWAL, Withdrawal, Withdrawn, make_receipt, make_withdrawal, open_withdrawal, read_receipt
from tests.fakes.branch import NOW

BANK = draw_bank_identity()
ANSWERS = TrustedBank(BANK.public()).answers
BOOTH = draw_station_identity("booth-1", StationClass.PRODUCTION)
KEY = OpeningKey(BANK.mlkem, BANK.x25519)
SESSION = SessionId("ab" * 16)
TOLD = Withdrawal(SESSION, ConsentPurpose.RECOGNISE_LATER, NOW)
MESSAGE = make_withdrawal(TOLD, BOOTH, BANK.public())
ASKED = read_asked(WITHDRAWAL, MESSAGE)
RECEIPT = make_receipt(ASKED, TOLD, Withdrawn.DESTROYED, NOW, BANK.answers)


def test_a_withdrawal_opens_at_the_bank_and_its_receipt_at_the_station() -> None:
    assert open_withdrawal(ASKED, BOOTH.enrolled(), KEY) == TOLD
    assert read_receipt(RECEIPT, ASKED.about, SESSION, ANSWERS) is Withdrawn.DESTROYED
    assert b"recognise-later" not in MESSAGE


def test_a_withdrawal_is_no_question_about_an_account() -> None:
    with pytest.raises(PacketRefused):
        read_asked(LOOKUP, MESSAGE)
    with pytest.raises(PacketRefused):
        open_withdrawal(replace(ASKED, kind=LOOKUP), BOOTH.enrolled(), KEY)


@given(at=st.integers(0, len(MESSAGE) - 1), bit=st.integers(0, 7))
def test_a_withdrawal_with_one_bit_turned_is_refused(at: int, bit: int) -> None:
    bent = bytearray(MESSAGE)
    bent[at] ^= 1 << bit
    with pytest.raises(PacketRefused):
        open_withdrawal(read_asked(WITHDRAWAL, bytes(bent)), BOOTH.enrolled(), KEY)


@given(at=st.integers(0, len(RECEIPT) - 1), bit=st.integers(0, 7))
def test_a_receipt_with_one_bit_turned_is_refused(at: int, bit: int) -> None:
    bent = bytearray(RECEIPT)
    bent[at] ^= 1 << bit
    with pytest.raises(PacketRefused):
        read_receipt(bytes(bent), ASKED.about, SESSION, ANSWERS)


def test_a_receipt_counts_for_its_own_withdrawal_session_and_bank() -> None:
    with pytest.raises(PacketRefused):
        read_receipt(RECEIPT, bytes(32), SESSION, ANSWERS)
    with pytest.raises(PacketRefused):
        read_receipt(RECEIPT, ASKED.about, SessionId("cd" * 16), ANSWERS)
    with pytest.raises(PacketRefused):
        read_receipt(RECEIPT, ASKED.about, SESSION, TrustedBank(draw_bank_identity().public()).answers)


@given(st.binary(max_size=300))
def test_nonsense_is_refused_and_nothing_else_happens(data: bytes) -> None:
    for start in (b"", b"IDWD\0\1", b"IDWR\0\1"):
        with pytest.raises(PacketRefused):
            read_asked(WITHDRAWAL, start + data)
        with pytest.raises(PacketRefused):
            read_receipt(start + data, ASKED.about, SESSION, ANSWERS)
