"""What a teller types, checked as it is typed: amounts, currencies, accounts, phones, e-mail. PURE, no Qt."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from kiosk.record import HighValueTransaction
from kiosk.values import Masked
from ui.scenes import Words

CURRENCIES: Final = (
    "AED", "AUD", "BHD", "CAD", "CHF", "CNY", "CZK", "DKK", "EGP", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "IQD", "ISK",
    "JOD", "JPY", "KES", "KRW", "KWD", "LBP", "LYD", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "OMR", "PHP", "PKR", "PLN", "QAR",
    "RON", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD", "UAH", "USD", "VND", "ZAR",
)  # fmt: skip
"""ISO 4217 codes offered; any other three letters are refused."""

MINOR_DIGITS: Final = dict.fromkeys(("ISK", "JPY", "KRW", "VND"), 0) | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
"""Digits after the point by ISO 4217; 2 for all others."""

LARGEST_MINOR: Final = 10**15
LONGEST_TEXT: Final = 140
IBAN_SHAPE: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one field."""

    words: Words


def minor_digits(currency: str) -> int:
    return MINOR_DIGITS.get(currency, 2)


def parse_amount(text: str, currency: str) -> int | Wrong:
    """Return whole minor units. One point or comma before the minor digits; spaces and apostrophes may group thousands."""
    digits = minor_digits(currency)
    plain = re.sub(r"[\s'\u2019\u00a0\u202f]", "", text)
    if not plain:
        return Wrong(Words("form.missing"))
    example = "1250" if digits == 0 else f"1250.{'0' * digits}"
    wrong = Wrong(Words("form.amount-wrong", (("example", example),)))
    # ASCII digits only: what is signed must be what was read.
    if not re.fullmatch(r"[0-9]+([.,][0-9]+)?", plain):
        return wrong
    whole, _, part = plain.replace(",", ".").partition(".")
    if len(part) > digits or (digits == 3 and part and len(part) != 3):
        return wrong
    try:
        minor = int((Decimal(f"{whole}.{part or '0'}") * 10**digits).to_integral_exact())
    except InvalidOperation:
        return Wrong(Words("form.amount-large"))
    if minor == 0:
        return Wrong(Words("form.amount-zero"))
    return Wrong(Words("form.amount-large")) if minor > LARGEST_MINOR else minor


def amount_figures(minor: int, currency: str) -> str:
    """Return an amount plainly, in the currency's main unit: `24500.00`."""
    digits = minor_digits(currency)
    whole, part = divmod(minor, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)


def parse_currency(text: str) -> str | Wrong:
    code = text.strip().upper()
    return code if code in CURRENCIES else Wrong(Words("form.currency-wrong"))


def parse_account(text: str) -> str | Wrong:
    """Return an account number without spaces. What has the shape of an IBAN must also have its check digits (ISO 13616, mod 97)."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if not plain:
        return Wrong(Words("form.missing"))
    if IBAN_SHAPE.fullmatch(plain):
        moved = plain[4:] + plain[:4]
        number = int("".join(str(int(letter, 36)) for letter in moved))
        return plain if number % 97 == 1 else Wrong(Words("form.account-wrong"))
    return plain if re.fullmatch(r"[A-Z0-9]{4,34}", plain) else Wrong(Words("form.account-wrong"))


def parse_required(text: str) -> str | Wrong:
    plain = " ".join(text.split())
    if not plain:
        return Wrong(Words("form.missing"))
    return Wrong(Words("form.too-long")) if len(plain) > LONGEST_TEXT else plain


def parse_phone(text: str) -> str | Wrong:
    """Return an international number as +digits (E.164: at most 15), empty if nothing was typed: a phone is not required."""
    plain = re.sub(r"[\s()./-]", "", text)
    if not plain:
        return ""
    return plain if re.fullmatch(r"\+[1-9][0-9]{6,14}", plain) else Wrong(Words("form.phone-wrong"))


def parse_email(text: str) -> str | Wrong:
    """Return an address that could be one, empty if nothing was typed. Only sending a message would prove it."""
    plain = text.strip()
    if not plain:
        return ""
    fits = re.fullmatch(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+", plain) and len(plain) <= 254
    return plain if fits else Wrong(Words("form.email-wrong"))


def parse_optional(text: str) -> str | Wrong:
    plain = " ".join(text.split())
    return Wrong(Words("form.too-long")) if len(plain) > LONGEST_TEXT else plain


def parse_transaction(amount: str, currency: str, payee: str, debit_account: str) -> HighValueTransaction | None:
    """Return the transaction, None while anything is wrong."""
    code = parse_currency(currency)
    if isinstance(code, Wrong):
        return None
    minor, to, account = parse_amount(amount, code), parse_required(payee), parse_account(debit_account)
    if isinstance(minor, Wrong) or isinstance(to, Wrong) or isinstance(account, Wrong):
        return None
    return HighValueTransaction(minor, code, Masked(to), Masked(account))
