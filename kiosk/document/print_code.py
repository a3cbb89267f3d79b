"""Does the code on a document without MRZ say what its print says?

A field agrees where both were read and are the same, is contradicted where both were read and differ beyond what a reader confuses, and
is not mentioned where one of them was not read. A code is as easily made as print: agreement catches an altered side, not a forged card.
"""

from collections.abc import Sequence
from datetime import date
from difflib import SequenceMatcher

from kiosk.document.aamva import AamvaParsed
from kiosk.document.codes import AadhaarCode, CodeContent
from kiosk.document.printed import canonical
from kiosk.document.reading import Finding, FindingCode, Weight
from kiosk.document.transliterate import spellings
from kiosk.document.viz import PrintedFields
from kiosk.values import Masked

SURE = 0.93
"""Mean character probability from which the print may contradict."""
SAME_NAME = 0.82


def compared(codes: Sequence[CodeContent], printed: PrintedFields) -> tuple[Finding, ...]:
    """Return one finding per field that both the first known code and the print give."""
    for content in codes:
        match content:
            case AamvaParsed():
                return _licence(content, printed)
            case AadhaarCode():
                return _aadhaar(content, printed)
    return ()


def _licence(code: AamvaParsed, printed: PrintedFields) -> tuple[Finding, ...]:
    return tuple(
        finding
        for finding in (
            _number(code.number, printed),
            _day("birth_date", code.birth, printed.birth, printed),
            _day("expiry_date", code.expiry, printed.expiry, printed),
            _name("surname", code.surname, printed.surname, printed),
            _name("given_names", code.given_names, printed.given_names, printed),
        )
        if finding is not None
    )


def _aadhaar(code: AadhaarCode, printed: PrintedFields) -> tuple[Finding, ...]:
    found = []
    if printed.number:
        same = printed.number.endswith(code.last_digits)
        found.append(_finding("number", same, f"{code.last_digits} / {printed.number}", printed))
    name = printed.name or f"{printed.given_names} {printed.surname}".strip()
    found += [finding for finding in (_name("surname", code.name, name, printed), _day("birth_date", code.birth, printed.birth, printed))
              if finding is not None]  # fmt: skip
    return tuple(found)


def _number(coded: str, printed: PrintedFields) -> Finding | None:
    if not printed.number:
        return None
    one, other = canonical(coded), canonical(printed.number)
    return _finding("number", one == other, f"{coded} / {printed.number}", printed)


def _day(about: str, coded: date | None, seen: date | None, printed: PrintedFields) -> Finding | None:
    return None if coded is None or seen is None else _finding(about, coded == seen, f"{coded} / {seen}", printed)


def _name(about: str, coded: str, seen: str, printed: PrintedFields) -> Finding | None:
    if not coded or not seen:
        return None
    ways = [(one, other) for one in spellings(coded) for other in spellings(seen)]
    same = any(_alike(one, other) or one.startswith(other) or other.startswith(one) for one, other in ways)
    return _finding(about, same, f"{coded} / {seen}", printed)


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SAME_NAME


def _finding(about: str, same: bool, seen: str, printed: PrintedFields) -> Finding:
    against = Weight.CONTRADICTS if printed.confidence >= SURE else Weight.DOUBTS
    return Finding(FindingCode.BARCODE_AGREES, Weight.AGREES if same else against, about, printed.confidence, Masked(seen[:200]))
