"""What the booth offers so that less is typed, and that an offer is never more than an offer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.journey.contact import ContactDraft, ContactField, Typed, check, details_of, judged, usable_of
from kiosk.journey.contact_offers import DIALLING, DOMAINS, MOST_OFFERED, dialling_code, locals_of, offers
from kiosk.values import Masked

ANNA = ("ERIKSSON", "ANNA MARIA")


def email(text: str) -> ContactDraft:
    return ContactDraft(email=Masked(text))


def phone(text: str, code: str = "+44 ") -> ContactDraft:
    return ContactDraft(phone=Masked(text), code=code)


def test_an_empty_line_offers_what_people_of_this_name_write() -> None:
    assert offers(email(""), ContactField.EMAIL, ANNA, "en") == ("anna.eriksson", "annaeriksson", "a.eriksson", "anna")


def test_what_is_begun_offers_the_name_that_goes_on_and_the_usual_ends() -> None:
    offered = offers(email("ann"), ContactField.EMAIL, ANNA, "de")
    assert offered == ("anna.eriksson", "ann@gmail.com", "ann@gmx.de", "ann@web.de")


def test_after_the_sign_only_ends_that_begin_so_are_offered() -> None:
    assert offers(email("anna@g"), ContactField.EMAIL, ANNA, "de") == ("anna@gmail.com", "anna@gmx.de")
    assert offers(email("anna@gmail.com"), ContactField.EMAIL, ANNA, "de") == ()
    assert offers(email("@g"), ContactField.EMAIL, ANNA, "de") == ()


def test_names_are_spelt_in_the_letters_an_address_may_have() -> None:
    assert locals_of("MÜLLER-LÜDENSCHEIDT", "JÖRG") == (
        "joerg.muellerluedenscheidt",
        "joergmuellerluedenscheidt",
        "j.muellerluedenscheidt",
        "joerg",
    )
    assert locals_of("GARÇÃO", "") == ("garcao",)
    assert locals_of("王", "小明") == ()


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20), st.sampled_from([*DOMAINS, "xx"]))
def test_an_offer_goes_on_from_what_was_typed_and_never_makes_it_wrong(typed: str, last: str, given_names: str, language: str) -> None:
    draft = email("").typed(ContactField.EMAIL, Masked(typed))
    offered = offers(draft, ContactField.EMAIL, (last, given_names), language)
    assert len(offered) <= MOST_OFFERED
    for one in offered:
        assert one.lower().startswith(typed.lower())
        assert len(one) > len(typed)
        assert check(ContactField.EMAIL, one).typed in (Typed.GOING, Typed.RIGHT)


@pytest.mark.parametrize("field", [ContactField.PHONE, ContactField.ADDRESS])
def test_nothing_is_offered_where_nothing_can_be_guessed(field: ContactField) -> None:
    assert offers(ContactDraft(), field, ANNA, "en") == ()


@pytest.mark.parametrize(("state", "code"), [("GBR", "+44 "), ("D<<", "+49 "), ("D", "+49 "), ("CHN", "+86 "), ("UTO", ""), ("", "")])
def test_the_documents_state_fills_in_its_dialling_code(state: str, code: str) -> None:
    assert dialling_code(state) == code


def test_every_code_can_begin_a_telephone_number() -> None:
    for state in DIALLING:
        assert check(ContactField.PHONE, f"{dialling_code(state)}2079460").typed is Typed.RIGHT


def test_a_code_alone_is_nothing_typed_and_nothing_given() -> None:
    assert judged(phone("+44 "), ContactField.PHONE).typed is Typed.EMPTY
    assert details_of(phone("+44 ")) is None
    assert usable_of(phone("+44 ")) is None
    both = ContactDraft(email=Masked("anna@example.org"), phone=Masked("+44 "), code="+44 ")
    given_ = details_of(both)
    assert given_ is not None
    assert given_.phone == Masked("")


@pytest.mark.parametrize(
    ("typed", "code", "number"),
    [
        ("+44 2079460000", "+44 ", "+442079460000"),
        ("+44 02079460000", "+44 ", "+442079460000"),
        ("+39 0669812345", "+39 ", "+390669812345"),
        ("+46 2079460000", "+44 ", "+462079460000"),
        ("2079460000", "+44 ", "2079460000"),
        ("+٤٤ ٢٠٧٩٤٦٠٠٠٠", "+44 ", "+442079460000"),
        ("02079460000", "", "02079460000"),
    ],
)
def test_a_number_behind_the_code_is_the_one_that_can_be_dialled(typed: str, code: str, number: str) -> None:
    given_ = details_of(phone(typed, code))
    assert given_ is not None
    assert given_.phone == Masked(number)


def test_one_way_to_be_reached_is_enough() -> None:
    assert details_of(email("anna@example.org")) is not None
    assert details_of(phone("+44 2079460000")) is not None
    assert details_of(ContactDraft(address=Masked("12 Harbour Road"))) is None
