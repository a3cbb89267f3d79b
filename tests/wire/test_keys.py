"""Keys as text: exactly back, or refused."""

import json
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kiosk.faults import PacketRefused
from kiosk.values import StationClass
from kiosk.wire.keys import (
    bank_identity_from_text,
    bank_identity_to_text,
    bank_public_keys_from_text,
    bank_public_keys_to_text,
    draw_bank_identity,
    draw_station_identity,
    enrolment_from_text,
    enrolment_to_text,
    station_identity_from_text,
    station_identity_to_text,
)

BANK = draw_bank_identity()
BOOTH = draw_station_identity("Schalter 1 – Hauptstraße", StationClass.QA)

READERS: tuple[Callable[[str], object], ...] = (
    station_identity_from_text,
    enrolment_from_text,
    bank_identity_from_text,
    bank_public_keys_from_text,
)
MEMBERS = ("name", "class", "signing", "verifying", "proof", "mlkem768", "answers", "x25519", "format")
TEXTS = (station_identity_to_text(BOOTH), enrolment_to_text(BOOTH), bank_identity_to_text(BANK), bank_public_keys_to_text(BANK.public()))


def test_a_stations_identity_survives_as_text() -> None:
    again = station_identity_from_text(station_identity_to_text(BOOTH))
    assert (again.name, again.station_class, again.key_id) == ("Schalter 1 – Hauptstraße", StationClass.QA, BOOTH.key_id)
    assert station_identity_to_text(again) == station_identity_to_text(BOOTH)


def test_an_enrolment_tells_name_class_and_key_and_nothing_private() -> None:
    text = enrolment_to_text(BOOTH)
    enrolled = enrolment_from_text(text)
    assert (enrolled.name, enrolled.station_class, enrolled.key_id) == (BOOTH.name, BOOTH.station_class, BOOTH.key_id)
    assert json.loads(station_identity_to_text(BOOTH))["signing"] not in text


def test_the_banks_keys_survive_as_text() -> None:
    again = bank_identity_from_text(bank_identity_to_text(BANK))
    public = bank_public_keys_from_text(bank_public_keys_to_text(BANK.public()))
    assert again.public().sealing_key_id == public.sealing_key_id == BANK.public().sealing_key_id
    assert again.public().answers_key_id == public.answers_key_id == BANK.public().answers_key_id


def test_a_line_break_an_editor_left_does_no_harm() -> None:
    assert bank_public_keys_from_text(TEXTS[3] + "\r\n").sealing_key_id == BANK.public().sealing_key_id


def test_keys_do_not_print_themselves() -> None:
    private = [json.loads(TEXTS[0])["signing"], *(json.loads(TEXTS[2])[name] for name in ("mlkem768-seed", "x25519", "answers"))]
    for shown in (repr(BOOTH), str(BANK), f"{BANK!r}"):
        assert not any(secret in shown for secret in private)


@pytest.mark.parametrize("change", [("name", "booth-2"), ("class", "production")])
def test_an_enrolment_changed_on_the_way_is_refused(change: tuple[str, str]) -> None:
    members = json.loads(enrolment_to_text(BOOTH)) | dict([change])
    with pytest.raises(PacketRefused):
        enrolment_from_text(_spelled(members))


def test_enrolling_somebody_elses_key_as_ones_own_is_refused() -> None:
    other = json.loads(enrolment_to_text(draw_station_identity("booth-9", StationClass.QA)))
    members = json.loads(enrolment_to_text(BOOTH)) | {"verifying": other["verifying"]}
    with pytest.raises(PacketRefused):
        enrolment_from_text(_spelled(members))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "é", "\ud800", "[" * 5_000, "x" * 9_000, '{"kind":"bank-keys","format":1}'])
def test_a_text_that_is_no_key_is_refused(reader: Callable[[str], object], text: str) -> None:
    with pytest.raises(PacketRefused):
        reader(text)


@pytest.mark.parametrize("reader", READERS)
def test_a_key_of_another_kind_is_refused(reader: Callable[[str], object]) -> None:
    for text in TEXTS:
        if text != TEXTS[READERS.index(reader)]:
            with pytest.raises(PacketRefused):
                reader(text)


@settings(max_examples=300)
@given(
    st.sampled_from(range(4)),
    st.sampled_from(["name", "class", "signing", "verifying", "proof", "mlkem768", "answers", "x25519", "format"]),
    st.data(),
)
def test_a_changed_member_is_refused_or_a_key_but_never_another_error(which: int, member: str, data: st.DataObject) -> None:
    members = json.loads(TEXTS[which])
    before = members.get(member)
    members[member] = data.draw(st.text(max_size=50) | st.binary(max_size=40).map(lambda raw: raw.hex()) | st.integers(0, 9) | st.none())
    assume(members[member] != before)
    try:
        READERS[which](_spelled(members))
    except PacketRefused:
        return
    assert member in ("name", "signing", "answers", "x25519", "class", "format") and which in (0, 2, 3)


@pytest.mark.parametrize("name", ["", "x" * 65, "line\nbreak", "\u202eback"])
def test_a_station_cannot_have_a_name_a_person_could_misread(name: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        draw_station_identity(name, StationClass.QA)


def _spelled(members: dict[str, object]) -> str:
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
