"""How a printed name may stand in an MRZ (ICAO Doc 9303-3, section 6.A): only A-Z, and the issuer chooses between spellings."""

import unicodedata
from collections.abc import Mapping
from itertools import islice, product
from types import MappingProxyType

_SPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Ä": ("AE", "A"), "Å": ("AA", "A"), "Æ": ("AE",), "Ç": ("C",), "Ð": ("D",), "Đ": ("D", "DJ"), "Ĳ": ("IJ",), "Ł": ("L",),
        "Ñ": ("N", "NXX"), "Ö": ("OE", "O"), "Ø": ("OE", "O"), "Œ": ("OE",), "ẞ": ("SS",), "ß": ("SS",), "Þ": ("TH",),
        "Ü": ("UE", "U", "UXX"), "Ÿ": ("Y", "IJ"), "Ŋ": ("N",), "Ħ": ("H",), "Ŧ": ("T",), "İ": ("I",), "ı": ("I",), "ĸ": ("K", "Q"),
        "А": ("A",), "Б": ("B",), "В": ("V",), "Г": ("G", "H"), "Ґ": ("G",), "Д": ("D",), "Е": ("E",), "Ё": ("E", "IO"),
        "Є": ("IE",), "Ж": ("ZH", "Z"), "З": ("Z",), "И": ("I", "Y"), "І": ("I",), "Ї": ("I",), "Й": ("I",), "К": ("K",),
        "Л": ("L",), "М": ("M",), "Н": ("N",), "О": ("O",), "П": ("P",), "Р": ("R",), "С": ("S",), "Т": ("T",), "У": ("U",),
        "Ф": ("F",), "Х": ("KH", "H"), "Ц": ("TS", "C"), "Ч": ("CH",), "Ш": ("SH",), "Щ": ("SHCH", "SHT"), "Ъ": ("IE", ""),
        "Ы": ("Y",), "Ь": ("",), "Э": ("E",), "Ю": ("IU",), "Я": ("IA",), "Ў": ("U",), "Ј": ("J",), "Љ": ("LJ",), "Њ": ("NJ",),
        "Ћ": ("C",), "Џ": ("DZ",), "Ѓ": ("G",), "Ќ": ("K",), "Ѕ": ("DZ",),
        "Α": ("A",), "Β": ("V", "B"), "Γ": ("G",), "Δ": ("D",), "Ε": ("E",), "Ζ": ("Z",), "Η": ("I",), "Θ": ("TH",), "Ι": ("I",),
        "Κ": ("K",), "Λ": ("L",), "Μ": ("M",), "Ν": ("N",), "Ξ": ("X",), "Ο": ("O",), "Π": ("P",), "Ρ": ("R",), "Σ": ("S",),
        "Τ": ("T",), "Υ": ("Y", "U"), "Φ": ("F",), "Χ": ("CH",), "Ψ": ("PS",), "Ω": ("O",),
    }
)  # fmt: skip
_MOST = 64
"""Spellings considered of one name: enough for four ambiguous letters."""


def spellings(name: str) -> tuple[str, ...]:
    """Return how the name may be written in an MRZ, words separated by single spaces; apostrophes vanish, hyphens part words."""
    letters = [_letter(character) for character in unicodedata.normalize("NFC", name).upper()]
    return tuple(dict.fromkeys(" ".join("".join(word).split()) for word in islice(product(*letters), _MOST)))


def _letter(character: str) -> tuple[str, ...]:
    if "A" <= character <= "Z":
        return (character,)
    if character in _SPELLINGS:
        return _SPELLINGS[character]
    if character in "'’`´.":
        return ("",)
    bare = unicodedata.normalize("NFD", character)[0]
    if "A" <= bare <= "Z":
        return (bare,)
    return _SPELLINGS.get(bare, (" ",))
