"""Which plural form a whole number takes: the cardinal rules of the Unicode CLDR for the seven languages. PURE, no Qt.

Whole numbers alone are counted on a screen, so the rules for fractions are left out.
"""

from collections.abc import Callable
from typing import Final

FORMS: Final = {
    "en": ("one", "other"),
    "de": ("one", "other"),
    "fr": ("one", "many", "other"),
    "es": ("one", "many", "other"),
    "ar": ("zero", "one", "two", "few", "many", "other"),
    "hi": ("one", "other"),
    "zh": ("other",),
}
"""Every form a counted phrase must have, by language."""


def plural_form(language: str, number: int) -> str:
    """Return the form's name. number: at least 0. Raises KeyError for a language without a rule.

    Source: CLDR 44, supplemental plurals (unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules).
    """
    return _RULES[language](number)


def _one(number: int) -> str:
    return "one" if number == 1 else "other"


def _up_to_one(number: int) -> str:
    return "one" if number in (0, 1) else "other"


def _french(number: int) -> str:
    return "many" if number and number % 1_000_000 == 0 else _up_to_one(number)


def _spanish(number: int) -> str:
    return "many" if number and number % 1_000_000 == 0 else _one(number)


def _arabic(number: int) -> str:
    if number <= 2:
        return ("zero", "one", "two")[number]
    if 3 <= number % 100 <= 10:
        return "few"
    return "many" if number % 100 >= 11 else "other"


_RULES: Final[dict[str, Callable[[int], str]]] = {
    "en": _one,
    "de": _one,
    "fr": _french,
    "es": _spanish,
    "ar": _arabic,
    "hi": _up_to_one,
    "zh": lambda number: "other",
}
