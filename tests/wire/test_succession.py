"""A key is followed by the one it signed over to, and by no other."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.values import StationClass
from kiosk.wire.keys import bank_public_keys_to_text, draw_bank_identity, draw_station_identity
from kiosk.wire.succession import (
    TrustedBank,
    bank_succession_from_text,
    bank_succession_to_text,
    station_succession_from_text,
    station_succession_to_text,
)
from tests.wire.specimens import NOON

FIRST, SECOND, THIRD = (draw_bank_identity() for _ in range(3))
TO_SECOND, TO_THIRD = bank_succession_to_text(FIRST, SECOND.public(), NOON), bank_succession_to_text(SECOND, THIRD.public(), NOON)
OLD, NEW = (draw_station_identity("booth-1", StationClass.QA) for _ in range(2))
OVER = station_succession_to_text(OLD, NEW)


def test_a_bank_is_followed_along_its_whole_chain_and_old_answers_still_count() -> None:
    bank, used = TrustedBank(FIRST.public()).followed([TO_SECOND, TO_THIRD])
    assert used == (TO_SECOND, TO_THIRD)
    assert bank.current.sealing_key_id == THIRD.public().sealing_key_id
    assert [key.public_bytes_raw() for key in bank.answers] == [one.public().answers.public_bytes_raw() for one in (THIRD, SECOND, FIRST)]


def test_a_station_set_up_in_between_starts_where_it_was_set_up() -> None:
    bank, used = TrustedBank(SECOND.public()).followed([TO_SECOND, TO_THIRD])
    assert used == (TO_THIRD,) and bank.current.sealing_key_id == THIRD.public().sealing_key_id


def test_nobody_is_followed_that_the_key_before_did_not_sign_over_to() -> None:
    stranger = draw_bank_identity()
    forged = json.loads(TO_SECOND) | {"proof": json.loads(bank_succession_to_text(stranger, SECOND.public(), NOON))["proof"]}
    swapped = json.loads(TO_SECOND) | json.loads(bank_public_keys_to_text(stranger.public())) | {"kind": "bank-succession"}
    texts = [bank_succession_to_text(stranger, SECOND.public(), NOON), _spelled(forged), _spelled(swapped), TO_THIRD, "", "{}", "\ud800"]
    bank, used = TrustedBank(FIRST.public()).followed(texts)
    assert used == () and bank.current.sealing_key_id == FIRST.public().sealing_key_id


def test_a_station_goes_on_under_the_key_it_signed_over_to() -> None:
    assert station_succession_from_text(OVER).proved_by(OLD.enrolled()).key_id == NEW.key_id


def test_a_succession_counts_for_that_station_alone() -> None:
    other = draw_station_identity("booth-1", StationClass.QA)
    with pytest.raises(PacketRefused):
        station_succession_from_text(OVER).proved_by(other.enrolled())


@pytest.mark.parametrize("new", [draw_station_identity("booth-2", StationClass.QA), draw_station_identity("booth-1", StationClass.DEMO)])
def test_name_and_class_stay_with_the_station(new) -> None:
    with pytest.raises(PacketRefused):
        station_succession_from_text(station_succession_to_text(OLD, new)).proved_by(OLD.enrolled())


def test_a_thief_of_a_card_cannot_make_it_anybodys_successor() -> None:
    thief = draw_station_identity("booth-1", StationClass.QA)
    forged = json.loads(OVER) | {"card": json.loads(station_succession_to_text(thief, thief))["card"]}
    with pytest.raises(PacketRefused):
        station_succession_from_text(_spelled(forged)).proved_by(OLD.enrolled())


MEMBERS = ("old", "card", "proof", "at", "answers", "mlkem768", "x25519", "format", "kind")
READERS: tuple[Callable[[str], object], ...] = (
    lambda text: bank_succession_from_text(text, FIRST.public()),
    lambda text: station_succession_from_text(text).proved_by(OLD.enrolled()),
)


@settings(max_examples=200)
@given(
    st.sampled_from([0, 1]), st.sampled_from(["old", "card", "proof", "at", "answers", "mlkem768", "x25519", "format", "kind"]), st.data()
)
def test_a_changed_member_is_refused_and_nothing_else_comes_out(which: int, member: str, data: st.DataObject) -> None:
    members = json.loads((TO_SECOND, OVER)[which])
    drawn = data.draw(st.text(max_size=50) | st.binary(max_size=40).map(lambda raw: raw.hex()) | st.integers(0, 9) | st.none())
    if members.get(member) == drawn:
        return
    with pytest.raises(PacketRefused):
        READERS[which](_spelled(members | {member: drawn}))


@settings(max_examples=200)
@given(st.sampled_from([0, 1]), st.text(max_size=200))
def test_whatever_the_text_only_packet_refused_comes_out(which: int, text: str) -> None:
    with pytest.raises(PacketRefused):
        READERS[which](text)


def _spelled(members: dict[str, object]) -> str:
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
