"""Contact details as they are typed: which letters can still become an address, and which never will. PURE.

A check never says that an address exists: it says that nothing in it is impossible. E-mail follows RFC 5321's limits and the shape people
know (no quoted names, no addresses in brackets); telephone numbers E.164 (at most 15 digits), with or without the country's code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, assert_never

from kiosk.record import ContactDetails
from kiosk.values import Masked

LONGEST: Final = 200
"""Characters a field takes; the wire takes 4,096."""
LOCAL_MAX: Final = 64
DOMAIN_LABEL_MAX: Final = 63
PHONE_DIGITS: Final = (7, 15)
NOTHING: Final[Masked[str]] = Masked("")
_LOCAL_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~")
_DOMAIN_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
KEEP_ZERO: Final = frozenset({"+39"})
"""Italy's numbers begin with their zero from abroad as well (ITU-T E.164, national plans)."""
_PHONE_GAPS: Final = frozenset(" -/().\u00a0")


class ContactField(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"


class Typed(StrEnum):
    """How far a field is."""

    EMPTY = "empty"
    GOING = "going"
    """Not complete, and nothing wrong so far."""
    RIGHT = "right"
    WRONG = "wrong"
    """Whatever comes after, something must be taken away."""


class Why(StrEnum):
    """What is missing or wrong."""

    EMAIL_SIGN = "email-sign"
    EMAIL_TWO = "email-two"
    EMAIL_DOT = "email-dot"
    EMAIL_UNFINISHED = "email-unfinished"
    PHONE_SIGN = "phone-sign"
    PHONE_SHORT = "phone-short"
    PHONE_LONG = "phone-long"
    ADDRESS_SIGN = "address-sign"


_WRONG_SIGN: Final = {
    ContactField.EMAIL: Why.EMAIL_SIGN,
    ContactField.PHONE: Why.PHONE_SIGN,
    ContactField.ADDRESS: Why.ADDRESS_SIGN,
}


@dataclass(frozen=True, slots=True)
class Check:
    """why: None where nothing is missing or wrong."""

    typed: Typed
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """What was typed so far. prefilled: the address is the document's and nobody has touched it yet; code: the dialling code the telephone
    field began with, `+49 `, which by itself is nothing typed."""

    email: Masked[str] = NOTHING
    phone: Masked[str] = NOTHING
    address: Masked[str] = NOTHING
    prefilled: bool = False
    code: str = ""

    def text(self, field: ContactField) -> Masked[str]:
        match field:
            case ContactField.EMAIL:
                return self.email
            case ContactField.PHONE:
                return self.phone
            case ContactField.ADDRESS:
                return self.address
            case _:
                assert_never(field)

    def typed(self, field: ContactField, text: Masked[str]) -> "ContactDraft":
        """Return the draft with another text in one field, cut at what a field takes."""
        cut = Masked(text.reveal()[:LONGEST])
        match field:
            case ContactField.EMAIL:
                return replace(self, email=cut)
            case ContactField.PHONE:
                return replace(self, phone=cut)
            case ContactField.ADDRESS:
                return replace(self, address=cut, prefilled=False)
            case _:
                assert_never(field)


def judged(draft: ContactDraft, field: ContactField) -> Check:
    """Return how far a field of the draft is."""
    text = draft.text(field).reveal()
    if field is ContactField.PHONE and draft.code and text.strip() == draft.code.strip():
        return Check(Typed.EMPTY)
    return check(field, text)


def check(field: ContactField, text: str) -> Check:
    """Return how far this text is as such a field."""
    if not text.strip():
        return Check(Typed.EMPTY)
    if len(text) > LONGEST or any(ord(sign) < 32 for sign in text):
        return Check(Typed.WRONG, _WRONG_SIGN[field])
    match field:
        case ContactField.EMAIL:
            return _check_email(text.strip())
        case ContactField.PHONE:
            return _check_phone(text.strip())
        case ContactField.ADDRESS:
            return Check(Typed.RIGHT)
        case _:
            assert_never(field)


def _check_email(text: str) -> Check:
    local, at, domain = text.partition("@")
    if not set(local) <= _LOCAL_SIGNS or len(local) > LOCAL_MAX or (at and not local):
        return Check(Typed.WRONG, Why.EMAIL_SIGN)
    if "@" in domain:
        return Check(Typed.WRONG, Why.EMAIL_TWO)
    if not set(domain) <= _DOMAIN_SIGNS:
        return Check(Typed.WRONG, Why.EMAIL_SIGN)
    labels = domain.split(".")
    if local.startswith(".") or ".." in local or (at and local.endswith(".")) or "" in labels[:-1]:
        return Check(Typed.WRONG, Why.EMAIL_DOT)
    if any(label.startswith("-") or len(label) > DOMAIN_LABEL_MAX for label in labels) or any(label.endswith("-") for label in labels[:-1]):
        return Check(Typed.WRONG, Why.EMAIL_SIGN)
    last = labels[-1]
    complete = at and len(labels) > 1 and len(last) > 1 and last.isalpha()
    return Check(Typed.RIGHT) if complete else Check(Typed.GOING, Why.EMAIL_UNFINISHED)


def _check_phone(text: str) -> Check:
    signs = text.removeprefix("+")
    digits = "".join(_digits(signs))
    if any(not sign.isdecimal() and sign not in _PHONE_GAPS for sign in signs):
        return Check(Typed.WRONG, Why.PHONE_SIGN)
    least, most = PHONE_DIGITS
    if len(digits) > most:
        return Check(Typed.WRONG, Why.PHONE_LONG)
    return Check(Typed.GOING, Why.PHONE_SHORT) if len(digits) < least else Check(Typed.RIGHT)


def _digits(text: str) -> Iterator[str]:
    """Every script's digits as the ones a telephone has."""
    return (str(int(sign)) for sign in text if sign.isdecimal())


def details_of(draft: ContactDraft) -> ContactDetails | None:
    """Return what is complete and can be used, None unless the bank can reach the customer by it and nothing in it is wrong."""
    checks = {field: judged(draft, field).typed for field in ContactField}
    if not set(checks.values()) <= {Typed.EMPTY, Typed.RIGHT}:
        return None
    if Typed.RIGHT not in (checks[ContactField.EMAIL], checks[ContactField.PHONE]):
        return None
    return _tidy(draft)


def usable_of(draft: ContactDraft) -> ContactDetails | None:
    """Return what of an unfinished draft can be used, for whoever goes on with the case; None if nothing can."""

    def kept(field: ContactField) -> Masked[str]:
        return draft.text(field) if judged(draft, field).typed is Typed.RIGHT else NOTHING

    usable = ContactDraft(kept(ContactField.EMAIL), kept(ContactField.PHONE), kept(ContactField.ADDRESS), code=draft.code)
    return _tidy(usable) if usable.email.reveal() or usable.phone.reveal() else None


def _tidy(draft: ContactDraft) -> ContactDetails:
    return ContactDetails(
        phone=Masked(_tidy_phone(draft.phone.reveal().strip(), draft.code.strip())),
        email=Masked(draft.email.reveal().strip()),
        address=Masked(" ".join(draft.address.reveal().split())),
    )


def _tidy_phone(phone: str, code: str) -> str:
    """Return it as +digits, or as digits where no country was named. Behind a code that was filled in, the zero with which a number is
    dialled at home is dropped, but for states where it belongs to the number."""
    if not phone or phone == code:
        return ""
    own = "".join(_digits(phone.removeprefix(code))) if code and phone.startswith(code) else ""
    if own.startswith("0") and code not in KEEP_ZERO:
        return code + own.lstrip("0")
    return ("+" if phone.startswith("+") else "") + "".join(_digits(phone))
