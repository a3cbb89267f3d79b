"""Numbers that carry their own check: what each catches is proved by enumeration in tests/document/test_national_numbers.py."""

import re
from datetime import date

from kiosk.document.kind import NumberCheck

_VERHOEFF_D = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6), (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1), (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4), (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_VERHOEFF_P = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2), (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1), (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip
_MOD_11_2_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOD_11_2_DIGITS = "10X98765432"
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_ITALIAN_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""Values of A..Z (and of the digits 0..9, as A..J) in odd places of a codice fiscale (DM 12 March 1974)."""

_PATTERNS = {
    NumberCheck.VERHOEFF: r"[2-9]\d{11}",
    NumberCheck.MOD_11_2: r"[1-9]\d{16}[\dX]",
    NumberCheck.ESTONIAN: r"[1-8]\d{10}",
    NumberCheck.SPANISH: r"(?:\d{8}|[XYZ]\d{7})[A-Z]",
    NumberCheck.ITALIAN: r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]",
    NumberCheck.PAN: r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]",
}


def fits(number: str, check: NumberCheck) -> bool:
    """Return whether a number (capitals and digits, no blanks) has the form of its kind and the check it carries."""
    if check is NumberCheck.NONE:
        return True
    if not number.isascii() or re.fullmatch(_PATTERNS[check], number) is None:
        return False
    match check:
        case NumberCheck.VERHOEFF:
            return _verhoeff(number) == 0
        case NumberCheck.MOD_11_2:
            return _MOD_11_2_DIGITS[sum(int(d) * w for d, w in zip(number, _MOD_11_2_WEIGHTS, strict=False)) % 11] == number[-1]
        case NumberCheck.ESTONIAN:
            return _estonian(number[:10]) == int(number[10]) and born(number, check) is not None
        case NumberCheck.SPANISH:
            digits = number[:-1].translate(str.maketrans("XYZ", "012"))
            return _SPANISH_LETTERS[int(digits) % 23] == number[-1]
        case NumberCheck.ITALIAN:
            return _italian(number[:15]) == number[15]
        case _:
            return True


def born(number: str, check: NumberCheck) -> date | None:
    """Return the birth date a number contains, None where it contains none or no such day."""
    if check is NumberCheck.MOD_11_2 and re.fullmatch(_PATTERNS[check], number):
        return _day(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    if check is NumberCheck.ESTONIAN and re.fullmatch(_PATTERNS[check], number):
        century = 1800 + 100 * ((int(number[0]) - 1) // 2)
        return _day(century + int(number[1:3]), int(number[3:5]), int(number[5:7]))
    return None


def sex_of(number: str, check: NumberCheck) -> str:
    """Return M or F where a number says so, else an empty text."""
    if check is NumberCheck.MOD_11_2 and re.fullmatch(_PATTERNS[check], number):
        return "M" if int(number[16]) % 2 else "F"
    if check is NumberCheck.ESTONIAN and re.fullmatch(_PATTERNS[check], number):
        return "M" if int(number[0]) % 2 else "F"
    return ""


def completed(start: str, check: NumberCheck) -> str:
    """Return a number with its check character put after it. Raises ValueError where no character fits (wrong form)."""
    for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        if fits(start + character, check):
            return start + character
    raise ValueError("no check character fits")


def _verhoeff(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total = _VERHOEFF_D[total][_VERHOEFF_P[place % 8][int(digit)]]
    return total


def _estonian(first_ten: str) -> int:
    for start in (1, 3):
        rest = sum(int(digit) * ((start + place - 1) % 9 + 1) for place, digit in enumerate(first_ten)) % 11
        if rest < 10:
            return rest
    return 0


def _italian(first_fifteen: str) -> str:
    total = 0
    for place, character in enumerate(first_fifteen, 1):
        value = int(character) if character.isdigit() else ord(character) - ord("A")
        total += _ITALIAN_ODD[value] if place % 2 else value
    return chr(ord("A") + total % 26)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
