"""What stands on the keys of the on-screen keyboard, in each language. PURE data, no Qt.

Latin layouts as on the country's own keyboards; Arabic as on the common 101-key one; Devanagari in the order of InScript (IS 16350), which
keeps one sound one key. Names and addresses in Chinese are typed in Latin letters (pinyin needs a dictionary, which this is not).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kiosk.journey.contact import ContactField


class Layer(StrEnum):
    """Which signs the keys show. OWN: the customer's script, where it is not Latin."""

    OWN = "own"
    LATIN = "latin"
    """Beside a script of their own, or alone."""
    SIGNS = "signs"
    DIGITS = "digits"
    """A telephone's: nothing else is needed there."""


@dataclass(frozen=True, slots=True)
class Keys:
    """rows: the signs, row by row; shifted: the same places with the shift key, equal where there is none."""

    rows: tuple[str, ...]
    shifted: tuple[str, ...]

    @property
    def has_shift(self) -> bool:
        return self.rows != self.shifted


def _cased(*rows: str) -> Keys:
    """Capitals on the shifted places; a sharp s stays what it is, for its capital is two letters."""
    return Keys(rows, tuple("".join(sign.upper() if len(sign.upper()) == 1 else sign for sign in row) for row in rows))


def _uncased(*rows: str) -> Keys:
    return Keys(rows, rows)


_QWERTY: Final = _cased("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ARABIC: Final = _uncased("ضصثقفغعهخحجد", "شسيبلاتنمكطذ", "ئءؤرىةوزظآإأ")
_DEVANAGARI: Final = Keys(
    ("ौैाीूबहगदजड\u093c", "ोे्िुपरकतचट", "ृंमनवलसयॉ।"),
    ("औऐआईऊभङघधझढञ", "ओएअइउफऱखथछठ", "ऋँणःॐळशषऑ॥"),
)
LATIN: Final = {
    "en": _QWERTY,
    "zh": _QWERTY,
    "ar": _QWERTY,
    "hi": _QWERTY,
    "de": _cased("qwertzuiopü", "asdfghjklöä", "yxcvbnmß"),
    "fr": _cased("azertyuiopîô", "qsdfghjklmùï", "wxcvbnéèàçêâ"),
    "es": _cased("qwertyuiopü", "asdfghjklñ", "zxcvbnmáéíóú"),
}
OWN_SCRIPTS: Final = {"ar": _ARABIC, "hi": _DEVANAGARI}
_SIGNS: Final = {
    "ar": _uncased("1234567890", "٠١٢٣٤٥٦٧٨٩", "-/.,'#()&+_@"),
    "hi": _uncased("1234567890", "०१२३४५६७८९", "-/.,'#()&+_@"),
}
_COMMON_SIGNS: Final = _uncased("1234567890", "-/.,'#()&:;", '+_@!?"°ªº')
_DIGITS: Final = _uncased("123", "456", "789")


def layers_of(language: str, field: ContactField) -> tuple[Layer, ...]:
    """Return which layers a field offers in this language, the one it begins with first."""
    match field:
        case ContactField.PHONE:
            return (Layer.DIGITS,)
        case ContactField.EMAIL:
            # An address is written in Latin letters whatever the language.
            return (Layer.LATIN, Layer.SIGNS)
        case ContactField.ADDRESS:
            return (Layer.OWN, Layer.LATIN, Layer.SIGNS) if language in OWN_SCRIPTS else (Layer.LATIN, Layer.SIGNS)


def keys_of(language: str, field: ContactField, layer: Layer) -> Keys:
    match layer:
        case Layer.OWN:
            return OWN_SCRIPTS[language]
        case Layer.LATIN:
            return _ascii_only(LATIN[language]) if field is ContactField.EMAIL else LATIN[language]
        case Layer.SIGNS:
            return _ascii_only(_COMMON_SIGNS) if field is ContactField.EMAIL else _SIGNS.get(language, _COMMON_SIGNS)
        case Layer.DIGITS:
            return _DIGITS


def beside_space(field: ContactField) -> str:
    """Return the signs that stand beside the space key whatever the layer: what such a text cannot do without."""
    match field:
        case ContactField.EMAIL:
            return "@.-_"
        case ContactField.PHONE:
            return "+0"
        case ContactField.ADDRESS:
            return ",.-"


def has_space(field: ContactField) -> bool:
    return field is ContactField.ADDRESS


def _ascii_only(keys: Keys) -> Keys:
    def kept(row: str) -> str:
        return "".join(sign for sign in row if sign.isascii())

    return Keys(tuple(map(kept, keys.rows)), tuple(map(kept, keys.shifted)))
