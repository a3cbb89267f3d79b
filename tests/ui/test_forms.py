"""What a teller types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.record import HighValueTransaction
from kiosk.values import Masked
from ui.forms import (
    CURRENCIES,
    LARGEST_MINOR,
    MINOR_DIGITS,
    Wrong,
    amount_figures,
    parse_account,
    parse_amount,
    parse_currency,
    parse_email,
    parse_phone,
    parse_required,
    parse_transaction,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1250", "EUR", 125000),
        ("1250.5", "EUR", 125050),
        ("1250,50", "EUR", 125050),
        ("24 500.00", "EUR", 2450000),
        ("24'500", "CHF", 2450000),
        ("0.01", "USD", 1),
        ("1250", "JPY", 1250),
        ("1250.125", "KWD", 1250125),
    ],
)
def test_an_amount_is_read_in_whole_minor_units(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


NO_AMOUNTS = ("", " ", "0", "0.00", "-5", "+5", "1.2.3", "1e9", "1,234.5", "1250.505", "abc", "٣", "１２", "1" * 40, ".5", "5.")


@pytest.mark.parametrize("text", NO_AMOUNTS)
def test_what_is_no_amount_of_euros_is_refused(text: str) -> None:
    assert isinstance(parse_amount(text, "EUR"), Wrong)


def test_half_a_yen_is_refused() -> None:
    assert isinstance(parse_amount("1250.5", "JPY"), Wrong)


def test_a_thousand_in_a_currency_of_three_digits_is_not_taken_for_one() -> None:
    """1.25 dinars could be 1 dinar 250 fils or a slip: all three digits or none."""
    assert isinstance(parse_amount("1.25", "KWD"), Wrong)


@given(st.integers(min_value=1, max_value=LARGEST_MINOR), st.sampled_from(CURRENCIES))
def test_an_amount_written_out_is_read_back_the_same(minor: int, currency: str) -> None:
    assert parse_amount(amount_figures(minor, currency), currency) == minor


@given(st.text(max_size=60), st.sampled_from(CURRENCIES))
def test_any_text_is_an_amount_or_refused_and_never_raises(text: str, currency: str) -> None:
    parsed = parse_amount(text, currency)
    assert isinstance(parsed, Wrong) or 0 < parsed <= LARGEST_MINOR


def test_an_amount_is_written_out_for_a_person_to_check() -> None:
    assert amount_figures(2450000, "EUR") == "24500.00"
    assert amount_figures(1250, "JPY") == "1250"
    assert amount_figures(1, "KWD") == "0.001"


def test_currencies_are_known_ones() -> None:
    assert parse_currency(" eur ") == "EUR"
    assert isinstance(parse_currency("XXX"), Wrong)
    assert set(MINOR_DIGITS) <= set(CURRENCIES)


@pytest.mark.parametrize("account", ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000", "00471108150"])
def test_account_numbers_with_right_check_digits_are_taken(account: str) -> None:
    assert parse_account(account) == account.replace(" ", "")


@pytest.mark.parametrize("account", ["", "GB82 WEST 1234 5698 7654 33", "DE89370400440532013001", "12", "a b?", "4" * 35])
def test_wrong_account_numbers_are_refused(account: str) -> None:
    assert isinstance(parse_account(account), Wrong)


@given(st.integers(min_value=0, max_value=21), st.integers(min_value=1, max_value=9))
def test_no_single_wrong_digit_of_an_iban_is_taken(place: int, more: int) -> None:
    iban = "DE89370400440532013000"
    if place < 2:
        return
    wrong = iban[:place] + str((int(iban[place]) + more) % 10) + iban[place + 1 :]
    assert isinstance(parse_account(wrong), Wrong)


def test_a_phone_has_a_country_code() -> None:
    assert parse_phone("+44 (20) 7946-0000") == "+442079460000"
    assert parse_phone("") == ""
    assert isinstance(parse_phone("020 7946 0000"), Wrong)
    assert isinstance(parse_phone("+44 phone"), Wrong)


def test_an_email_could_be_one() -> None:
    assert parse_email("anna@example.com") == "anna@example.com"
    assert parse_email("") == ""
    for wrong in ("anna", "anna@", "@example.com", "anna@example", "an na@example.com", "anna@example..com"):
        assert isinstance(parse_email(wrong), Wrong)


@given(st.text(max_size=300))
def test_no_text_makes_a_check_raise(text: str) -> None:
    for check in (parse_phone, parse_email, parse_account, parse_required, parse_currency):
        check(text)


def test_a_transaction_comes_only_when_all_is_right() -> None:
    assert parse_transaction("", "EUR", "Harbour Yard", "00471108150") is None
    assert parse_transaction("5", "EUR", " ", "00471108150") is None
    assert parse_transaction("5", "EUR", "Harbour Yard", "GB82WEST12345698765433") is None
    assert parse_transaction("5", "EUR", "Harbour Yard", "00471108150") == HighValueTransaction(
        500, "EUR", Masked("Harbour Yard"), Masked("00471108150")
    )
