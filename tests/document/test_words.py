"""States, spellings, printed dates and labels: text against text."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.document.kinds import KINDS, kind_named
from kiosk.document.printed import Label, PrintedLine, address_after, canonical, dates_in, is_like_an_address, label_for, label_of
from kiosk.document.states import is_state
from kiosk.document.transliterate import spellings
from kiosk.document.viz import bind, printed_fields

TODAY = date(2026, 7, 1)


@pytest.mark.parametrize("code", ["UTO", "D", "USA", "GBD", "XXA", "RKS", "EUE", "UNO", "YUG"])
def test_codes_in_use_are_states(code: str) -> None:
    assert is_state(code)


@pytest.mark.parametrize("code", ["GBB", "AZF", "MLD", "DEUT", "", "U", "XYZ"])
def test_misread_codes_are_no_states(code: str) -> None:
    assert not is_state(code)


@pytest.mark.parametrize(
    ("printed", "mrz"),
    [
        ("MÜLLER", "MUELLER"),
        ("MÜLLER", "MULLER"),
        ("D’ARCY", "DARCY"),
        ("ARVÉN-SOLLBERG", "ARVEN SOLLBERG"),
        ("ÞURÍÐUR ÖSP", "THURIDUR OESP"),
        ("ESPAÑOLA", "ESPANOLA"),
        ("GROẞ", "GROSS"),
        ("ШЕВЧЕНКО", "SHEVCHENKO"),
        ("ΝΙΚΟΣ", "NIKOS"),
        ("İPEK", "IPEK"),
        ("Łukasz", "LUKASZ"),
    ],
)
def test_a_printed_name_has_its_icao_spelling(printed: str, mrz: str) -> None:
    assert mrz in spellings(printed)


@given(st.text(max_size=30))
def test_spellings_hold_only_letters_of_the_mrz(name: str) -> None:
    assert all(set(spelling) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ ") for spelling in spellings(name))


@pytest.mark.parametrize(
    "text",
    ["09.02.1969", "09/02/1969", "9-2-1969", "09 02 1969", "1969-02-09", "09 FEB 1969", "09 FEB/FEV 69", "9 Februar 1969", "09 FEV 1969"],
)
def test_common_date_prints_are_understood(text: str) -> None:
    assert any(date(1969, 2, 9) in days for days in dates_in(text, TODAY))


def test_a_misread_o_for_zero_does_not_hide_a_month() -> None:
    assert any(date(2017, 10, 30) in days for days in dates_in("30 0CT 2017", TODAY))


@pytest.mark.parametrize("text", ["", "99.99.1999", "12345678", "31.02.2020", "A1B2C3", "1.2"])
def test_what_is_no_date_yields_none(text: str) -> None:
    assert dates_in(text, TODAY) == ()


@given(st.text(max_size=40))
def test_no_text_upsets_the_date_finder(text: str) -> None:
    for days in dates_in(text, TODAY):
        assert days


def test_look_alikes_compare_equal() -> None:
    assert canonical("KODOOOODE") == canonical("K0D0000DE")
    assert canonical("AB-12 3") == canonical("ab123")
    assert canonical("A") != canonical("C")


def line(text: str, x: float, y: float, confidence: float = 0.99, high: float = 20) -> PrintedLine:
    wide = 12 * len(text)
    quad = np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high]], np.float32)
    return PrintedLine(text, confidence, quad)


def test_a_value_belongs_to_the_label_close_above_it() -> None:
    lines = (
        line("Date of birth / Naissance", 100, 100),
        line("03 MAY 1977", 100, 124),
        line("Date of issue", 400, 100),
        line("30 OCT 2017", 400, 124),
    )
    assert label_for(lines, 1) is Label.BIRTH
    assert label_for(lines, 3) is Label.ISSUE


def test_a_value_belongs_to_the_label_at_its_left_and_to_none_far_away() -> None:
    lines = (line("Valid until:", 100, 100), line("15.04.2031", 260, 100), line("01.01.2020", 100, 500))
    assert label_for(lines, 1) is Label.EXPIRY
    assert label_for(lines, 2) is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Geburtsdatum", Label.BIRTH),
        ("Date d'expiration", Label.EXPIRY),
        ("Date of expiry", Label.EXPIRY),
        ("Fecha de expedición", Label.ISSUE),
        ("Passport No.", Label.NUMBER),
        ("Surname / Nom", Label.SURNAME),
        ("Loĝloko", Label.ADDRESS),
        ("Valide le", Label.ISSUE),
        ("Valid from / Valide à partir du", Label.ISSUE),
        ("Valid from - until", Label.EXPIRY),
        ("Valid until / Valide jusqu'au", Label.EXPIRY),
        ("Surname, given names / Nom, prénoms", Label.NAME),
        ("Control Number", Label.OTHER),
        ("ERIKSSON", None),
    ],
)
def test_labels_are_known_in_several_languages(text: str, label: Label | None) -> None:
    assert label_of(text) is label


@pytest.mark.parametrize("text", ["24 AMAUROT LANE, 1180 NEPHELO", "Musterstraße 12, 10115 Berlin"])
def test_street_and_town_read_like_an_address(text: str) -> None:
    assert is_like_an_address(text)


@pytest.mark.parametrize("text", ["09 FEB 1969", "PLACE OF BIRTH ZENITH", "1234 5678", "IDENTITY CARD 2020", ""])
def test_other_lines_do_not(text: str) -> None:
    assert not is_like_an_address(text)


def test_an_address_goes_on_below_in_the_same_print_until_something_else_stands_there() -> None:
    lines = (line("12 MORE STREET", 100, 50), line("AMAUROT", 102, 74), line("UT 2041", 101, 98), line("Class: B", 100, 190))
    assert address_after(lines, 0) == (1, 2)
    assert address_after((lines[0], line("M", 300, 74), line("AMAUROT", 102, 74, high=34)), 0) == ()
    assert address_after((lines[0], line("Date of birth", 100, 74), lines[2]), 0) == ()
    assert address_after((*lines[:3], line("BLUE", 100, 122)), 0) == (1, 2), "three lines at most"


def test_a_licences_address_is_all_its_lines_and_nothing_of_the_next_field() -> None:
    kind = next(kind for kind in KINDS if kind.code == "aamva-licence")
    lines = (line("8 12 MORE STREET", 100, 50), line("AMAUROT UT", 101, 74), line("15 SEX M", 100, 98))
    bound = bind(lines, kind, (1000, 630))
    assert [item.text for item in bound if item.label is Label.ADDRESS] == ["12 MORE STREET", "AMAUROT UT"]


def licence_values(label: Label, *lines: PrintedLine) -> list[str]:
    return [item.text for item in bind(lines, kind_named("aamva-licence"), (1000, 630)) if item.label is label]


def test_a_field_number_that_stuck_to_a_house_number_is_none_of_it() -> None:
    numbered = (line("1 TALBOT", 100, 26), line("2 LIAM R.", 101, 50))
    assert licence_values(Label.ADDRESS, *numbered, line("8123 STREET ADDRESS", 100, 98)) == ["123 STREET ADDRESS"]
    assert "123 STREET ADDRESS" not in licence_values(Label.ADDRESS, *numbered, line("8123 STREET ADDRESS", 130, 98))


def test_a_licences_address_without_field_number_is_told_by_its_town() -> None:
    printed = (
        line("FNIMA", 100, 50),
        line("2570 24TH STREET", 101, 74),
        line("ANYTOWN, CA 95818", 100, 98),
        line("DOB 08/31/1977", 100, 122),
    )
    assert licence_values(Label.ADDRESS, *printed) == ["2570 24TH STREET", "ANYTOWN, CA 95818"]


def test_a_date_is_no_number_and_nobody_is_born_in_the_future() -> None:
    lines = (line("Passport No.", 100, 50), line("01.01.2002", 100, 74), line("Date of birth", 100, 150), line("12 AUG 74", 100, 174))
    kind = kind_named("icao-passport")
    printed = printed_fields(bind(lines, kind, (1250, 880)), lines, kind, date(2026, 7, 1))
    assert printed.number == ""
    assert printed.birth == date(1974, 8, 12)
