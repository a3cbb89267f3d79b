"""What the bank says is signed, about one packet, and spelled one way."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.values import SessionId
from kiosk.wire.receipt import Receipt, Refusal, RefusalCode, sign_receipt, sign_refusal, verify_receipt, verify_refusal

KEY = Ed25519PrivateKey.generate()
DIGEST = bytes(range(32))
AT = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)
RECEIPT = Receipt(SessionId("ab" * 16), DIGEST, "booth-1", AT, 41)
SIGNED = sign_receipt(RECEIPT, KEY)
REFUSAL = Refusal(DIGEST, RefusalCode.NOT_PRODUCTION, AT)
REFUSED = sign_refusal(REFUSAL, KEY)


def test_a_receipt_verifies_against_its_packet_and_bank() -> None:
    assert verify_receipt(SIGNED, DIGEST, (KEY.public_key(),)) == RECEIPT


def test_a_refusal_verifies_against_its_packet_and_bank() -> None:
    assert verify_refusal(REFUSED, DIGEST, (KEY.public_key(),)) == REFUSAL


@pytest.mark.parametrize("code", RefusalCode)
def test_every_refusal_code_can_be_said(code: RefusalCode) -> None:
    assert verify_refusal(sign_refusal(replace(REFUSAL, code=code), KEY), DIGEST, (KEY.public_key(),)).code is code


def test_another_banks_receipt_is_refused() -> None:
    with pytest.raises(PacketRefused):
        verify_receipt(SIGNED, DIGEST, (Ed25519PrivateKey.generate().public_key(),))


def test_a_receipt_about_another_packet_is_refused() -> None:
    with pytest.raises(PacketRefused):
        verify_receipt(SIGNED, bytes(32), (KEY.public_key(),))


def test_a_refusal_is_no_receipt_and_a_receipt_no_refusal() -> None:
    with pytest.raises(PacketRefused):
        verify_receipt(REFUSED, DIGEST, (KEY.public_key(),))
    with pytest.raises(PacketRefused):
        verify_refusal(SIGNED, DIGEST, (KEY.public_key(),))


@settings(max_examples=200)
@given(st.integers(0, len(SIGNED) * 8 - 1))
def test_no_bit_of_a_receipt_can_be_changed(bit: int) -> None:
    changed = bytearray(SIGNED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PacketRefused):
        verify_receipt(bytes(changed), DIGEST, (KEY.public_key(),))


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: b"IDRC\0\1" + rest))
def test_whatever_the_bytes_only_packet_refused_comes_out(data: bytes) -> None:
    with pytest.raises(PacketRefused):
        verify_receipt(data, DIGEST, (KEY.public_key(),))
    with pytest.raises(PacketRefused):
        verify_refusal(data, DIGEST, (KEY.public_key(),))


@pytest.mark.parametrize(
    "statement",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"at":"2026-03-04T12:05:00.000000Z","code":"never-heard-of","digest":"' + DIGEST.hex().encode() + b'"}',
        b'{"at":"yesterday","code":"malformed","digest":"' + DIGEST.hex().encode() + b'"}',
        b'{"at":"2026-03-04T12:05:00.000000Z","code":"malformed","digest":"' + DIGEST.hex().upper().encode() + b'"}',
        b'{"at":"2026-03-04T12:05:00.000000Z","code":"malformed","digest":"00"}',
        b'{"at":"2026-03-04T12:05:00.000000Z","code":"malformed","digest":"' + DIGEST.hex().encode() + b'","why":"x"}',
    ],
)
def test_a_signed_statement_of_another_shape_is_refused(statement: bytes) -> None:
    signed = b"IDRF\0\1" + statement
    with pytest.raises(PacketRefused):
        verify_refusal(signed + KEY.sign(b"identity-desk refusal\0" + signed), DIGEST, (KEY.public_key(),))


@pytest.mark.parametrize("position", [0, -1])
def test_a_receipt_from_before_the_ledgers_beginning_is_refused(position: int) -> None:
    with pytest.raises(PacketRefused):
        verify_receipt(sign_receipt(replace(RECEIPT, position=position), KEY), DIGEST, (KEY.public_key(),))


def test_a_receipt_of_a_later_version_is_refused_and_not_guessed_at() -> None:
    signed = SIGNED[:4] + b"\0\3" + SIGNED[6:-64]
    with pytest.raises(PacketRefused, match="version"):
        verify_receipt(signed + KEY.sign(b"identity-desk receipt\0" + signed), DIGEST, (KEY.public_key(),))
