"""A sealed value opens with its key at its place, and nowhere and with nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.faults import SealBroken
from kiosk.values import Masked
from kiosk.vault.sealing import Place, derive, seal, unseal

KEY = Masked(bytes(range(32)))
NONCE = bytes(range(12))
PLACE = Place("cases", "0123", "record", "the kept record")
PLACES = st.builds(Place, *[st.text(max_size=6)] * 4)


@given(st.binary(max_size=200), PLACES)
def test_what_is_sealed_at_a_place_opens_there(plain: bytes, place: Place) -> None:
    assert unseal(KEY, seal(KEY, NONCE, plain, place), place) == plain


@given(st.binary(max_size=40), st.data())
def test_any_flipped_bit_breaks_the_seal(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, NONCE, plain, PLACE))
    at = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[at // 8] ^= 1 << at % 8
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(sealed), PLACE)


@given(st.binary(max_size=40), st.integers(0, 68))
def test_any_shorter_value_breaks_the_seal(plain: bytes, keep: int) -> None:
    sealed = seal(KEY, NONCE, plain, PLACE)
    with pytest.raises(SealBroken):
        unseal(KEY, sealed[: min(keep, len(sealed) - 1)], PLACE)


@given(st.binary(max_size=200))
def test_any_bytes_that_were_never_sealed_break_the_seal(content: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, content, PLACE)


@given(PLACES, PLACES)
def test_a_value_moved_to_another_place_breaks_the_seal(place: Place, other: Place) -> None:
    sealed = seal(KEY, NONCE, b"x", place)
    if place == other:
        assert unseal(KEY, sealed, other) == b"x"
        return
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, other)


@pytest.mark.parametrize(
    "other",
    [
        Place("case", "s0123", "record", "the kept record"),
        Place("cases", "0123r", "ecord", "the kept record"),
        Place("cases", "", "0123record", "the kept record"),
    ],
)
def test_letters_moved_over_the_border_between_two_parts_make_another_place(other: Place) -> None:
    assert other.associated() != PLACE.associated()


def test_another_key_breaks_the_seal() -> None:
    with pytest.raises(SealBroken):
        unseal(Masked(bytes(32)), seal(KEY, NONCE, b"x", PLACE), PLACE)


def test_keys_for_two_uses_are_two_keys_and_neither_is_the_master() -> None:
    keys = {derive(KEY, "wrap case keys").reveal(), derive(KEY, "audit head").reveal(), KEY.reveal()}
    assert len(keys) == 3


def test_a_derived_key_is_the_same_today_and_in_years() -> None:
    """A changed derivation would lock every station out of its store."""
    assert derive(KEY, "wrap case keys").reveal().hex() == "71a50a93edec82b4ab33ac07446f1417d9f0142458a9f05250761533f3979014"


def test_the_sealed_layout_is_the_same_today_and_in_years() -> None:
    assert seal(KEY, NONCE, b"x", PLACE).hex() == "01000102030405060708090a0b3f184b7545a2ee762b5e61f9263d7dab06"


@pytest.mark.parametrize(("key", "nonce"), [(bytes(16), NONCE), (bytes(32), bytes(11)), (b"", NONCE)])
def test_a_key_or_nonce_of_the_wrong_size_is_a_bug(key: bytes, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal(Masked(key), nonce, b"x", PLACE)


def test_a_broken_seal_does_not_say_what_was_in_it() -> None:
    with pytest.raises(SealBroken) as broken:
        unseal(KEY, seal(KEY, NONCE, b"ERIKSSON", PLACE)[:-1] + b"\0", PLACE)
    assert str(broken.value) == "cases.record: the seal does not open"
