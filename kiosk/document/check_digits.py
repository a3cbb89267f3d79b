"""The check digit of machine-readable travel documents (ICAO Doc 9303-3, section 4.9).

What it catches, exactly (proved by enumeration in tests/document/test_check_digits.py):

* 7, 3 and 1 have no factor in common with 10, so replacing one character is noticed **unless the two characters' values are equal
  modulo 10**. Digits have the values 0-9: one wrong digit among digits is always noticed.
* Letters have the values 10 (A) to 35 (Z) and the filler 0. So these groups are blind to each other:
  `0 < A K U`, `1 B L V`, `2 C M W`, `3 D N X`, `4 E O Y`, `5 F P Z`, `6 G Q`, `7 H R`, `8 I S`, `9 J T`.
  Of the confusions readers make, 0/O, 1/I, 8/B, 5/S, 2/Z and 6/G: only 6/G goes unnoticed; and 0/< and M/W and P/F.
* Swapping two neighbours is noticed unless their values differ by a multiple of 5 (weights differ by 4, 2 and 6).
"""

WEIGHTS = (7, 3, 1)
"""Repeating from the left."""

_VALUES = {"<": 0} | {str(digit): digit for digit in range(10)} | {chr(ord("A") + i): 10 + i for i in range(26)}


def character_value(character: str) -> int:
    """Return 0-35 for `<`, `0`-`9`, `A`-`Z`. Raises KeyError for anything else."""
    return _VALUES[character]


def check_digit(text: str) -> str:
    """Return the digit that belongs after text (characters of the MRZ alphabet; KeyError otherwise)."""
    total = sum(_VALUES[character] * WEIGHTS[i % 3] for i, character in enumerate(text))
    return str(total % 10)


def check_digit_fits(text: str, digit: str) -> bool:
    """Return whether digit belongs to text. A filler counts as 0 only where nothing was written (all fillers)."""
    if digit == "<":
        return not text.strip("<")
    return digit == check_digit(text)
