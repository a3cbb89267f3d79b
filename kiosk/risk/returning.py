"""A returning customer of a high-value transaction: is the person in front the one whose account pays?

Document holder, account holder and the face enrolled for that account must all be the live face's. Anything less, and a person looks.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kiosk.document.reading import DocumentFields
from kiosk.face.verdict import MatchVerdict


class NoEnrolledFaceBecause(StrEnum):
    NOT_ENROLLED = "not-enrolled"
    REVOKED = "revoked"
    UNKNOWN_ACCOUNT = "unknown-account"
    BANK_SILENT = "bank-silent"
    ANSWER_WRONG = "answer-wrong"
    OTHER_MODEL = "other-model"
    """The enrolled print was made by another model: the two cannot be compared."""


@dataclass(frozen=True, slots=True)
class NoEnrolledFace:
    because: NoEnrolledFaceBecause


@dataclass(frozen=True, slots=True)
class HolderCompared:
    """holder_agrees: the document's holder is the account's; match: the live face against the face enrolled for the account."""

    holder_agrees: bool
    match: MatchVerdict


Returning = NoEnrolledFace | HolderCompared


@dataclass(frozen=True, slots=True)
class Holder:
    """Who an account belongs to, as the document of its opening said it in its MRZ."""

    surname: str
    given_names: str
    birth_date: date | None


def is_holder(fields: DocumentFields | None, holder: Holder) -> bool:
    """Return whether a document names this holder: the day of birth, the surname, and the given names as far as both have room for them.

    An MRZ cuts what is too long at its end, each layout elsewhere; nothing else is forgiven. A birth date that one of them lacks is none.
    """
    if fields is None or holder.birth_date is None or fields.birth_date.reveal() != holder.birth_date:
        return False
    return fields.surname.reveal() == holder.surname != "" and _same_start(fields.given_names.reveal(), holder.given_names)


def _same_start(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return bool(shorter) and longer.startswith(shorter) and (len(shorter) == len(longer) or len(shorter) >= _LEAST_START)


_LEAST_START = 8
"""Letters that must agree where one of two names was cut."""
