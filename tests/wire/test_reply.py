"""What the bank says to a station, only that station reads, and only as the answer to its question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.values import StationClass
from kiosk.wire.keys import draw_station_identity
from kiosk.wire.limits import MAX_REPLY
from kiosk.wire.reply import Reply, Word, open_reply, seal_reply

BOOTH, OTHER = (draw_station_identity(name, StationClass.QA) for name in ("booth-1", "booth-2"))
KEY = BOOTH.opening_key()
ABOUT = bytes(range(32))
SEALED = seal_reply(Reply(Word.REFUSED, b"a signed note"), ABOUT, BOOTH.key_id, KEY.public())


def test_the_station_reads_what_was_said() -> None:
    assert open_reply(SEALED, ABOUT, BOOTH.key_id, KEY) == Reply(Word.REFUSED, b"a signed note")


def test_a_stations_sealing_key_is_the_same_every_time_and_no_others() -> None:
    assert BOOTH.opening_key().public().key_id == KEY.public().key_id != OTHER.opening_key().public().key_id


def test_another_station_reads_nothing() -> None:
    with pytest.raises(PacketRefused):
        open_reply(SEALED, ABOUT, OTHER.key_id, OTHER.opening_key())
    with pytest.raises(PacketRefused):
        open_reply(SEALED, ABOUT, BOOTH.key_id, OTHER.opening_key())


def test_the_answer_to_another_question_is_none() -> None:
    with pytest.raises(PacketRefused):
        open_reply(SEALED, bytes(32), BOOTH.key_id, KEY)


@pytest.mark.parametrize("content", [b"", b"later", b"x" * 3_000], ids=len)
def test_the_length_tells_an_eavesdropper_nothing(content: bytes) -> None:
    for word in Word:
        assert len(seal_reply(Reply(word, content), ABOUT, BOOTH.key_id, KEY.public())) == len(SEALED)


@settings(max_examples=150)
@given(st.integers(0, len(SEALED) * 8 - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(PacketRefused):
        open_reply(bytes(changed), ABOUT, BOOTH.key_id, KEY)


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda rest: b"IDRS\0\1" + rest))
def test_whatever_the_bytes_only_packet_refused_comes_out(data: bytes) -> None:
    with pytest.raises(PacketRefused):
        open_reply(data, ABOUT, BOOTH.key_id, KEY)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_whatever_is_sealed_only_packet_refused_comes_out(plain: bytes) -> None:
    header = SEALED[10 : 10 + int.from_bytes(SEALED[6:10], "big")]
    sealed = SEALED[: 10 + len(header)] + KEY.public().seal(plain, b"identity-desk reply 1\0" + header)
    with pytest.raises(PacketRefused):
        open_reply(sealed, ABOUT, BOOTH.key_id, KEY)


def test_more_than_a_reply_is_not_opened() -> None:
    with pytest.raises(PacketRefused):
        open_reply(SEALED + bytes(MAX_REPLY), ABOUT, BOOTH.key_id, KEY)
