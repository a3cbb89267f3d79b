"""Dates, labels and look-alikes in the printed zone, as text. No picture here."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Label(StrEnum):
    BIRTH = "birth"
    EXPIRY = "expiry"
    ISSUE = "issue"
    NUMBER = "number"
    SURNAME = "surname"
    GIVEN = "given"
    ADDRESS = "address"
    NAME = "name"
    """Given names and surname in one line."""
    SEX = "sex"
    NATIONALITY = "nationality"
    PERSONAL_NUMBER = "personal-number"
    BIRTHPLACE = "birthplace"
    AUTHORITY = "authority"
    OTHER = "other"
    """Something nobody asked for; its value is no other field's."""


_LABELS: tuple[tuple[Label, tuple[str, ...]], ...] = (
    (Label.OTHER, ("FATHER", "MOTHER", "AUTHORIT", "BEHORDE", "AUTORITA", "PLACE OF ISSUE", "HEIGHT", "STATURA", "SIGNATURE", "REFERENCE",
                   "UNTERSCHRIFT", "CONTROL N")),
    (Label.BIRTHPLACE, ("PLACE OF BIRTH", "LIEU DE NAISS", "LUGAR DE NAC", "GEBURTSORT", "LUOGO DI NASC", "SUNNIKOHT")),
    (Label.BIRTH, ("BIRTH", "NAISS", "NACIMI", "GEBURT", "GEBOOR", "NASCI", "NASKI", "FODT", "SYNTY", "URODZ", "NAROZ", "DOGUM", "DOB",
                   "SUNNIAEG")),
    (Label.EXPIRY, ("EXPIR", "VALID", "CADUC", "GULTIG", "SCADENZ", "WAZN", "PLATN", "GELDIG", "GALIOJA", "GYLDIG", "VENCI", "KEHTIV")),
    (Label.ISSUE, ("OF ISSUE", "ISSUED", "DELIVR", "EXPEDI", "AUSSTELL", "RILASC", "ELDON", "EMISS", "AFGIFTE", "WYDAN", "VALJAANDMISE")),
    (Label.PERSONAL_NUMBER, ("PERSONAL NO", "PERSONAL CODE", "ISIKUKOOD", "CODICE FISCALE", "FISCAL CODE", "PERSONAL NUMBER")),
    (Label.SURNAME, ("SURNAME", "LAST NAME", "NOM/", "APELLIDO", "FAMILIA", "COGNOME", "NACHNAME", "PRIMARY ID", "FAMILY NAME",
                     "IDENTIFIANT PRIM", "PEREKONNANIMI")),
    (Label.GIVEN, ("GIVEN", "PRENOM", "NOMBRE", "ANTAUNOM", "VORNAME", "SECONDARY ID", "FIRST NAME", "FORENAME", "EESNIM",
                   "IDENTIFIANT SEC")),
    (Label.ADDRESS, ("ADDRESS", "ADRES", "DOMICIL", "DIRECCI", "INDIRIZZO", "RESIDENCE", "RESIDENZA", "WOHNORT", "LOGLOKO", "ANSCHRIFT",
                     "MORADA")),
    (Label.NATIONALITY, ("NATIONALIT", "NACIONALIDAD", "CITTADINANZA", "STAATSANG", "KODAKONDSUS", "CITIZENSHIP", "CIVITANEC")),
    (Label.NUMBER, ("NO.", "N-RO", "NUMBER", "NUMERO", "NR.", "N°", "Nº", "PASSPORT NO", "DOCUMENT NO", "CARD NO", "NUMMER", "SOPORT")),
    (Label.SEX, ("SEX/", "/SEX", "SEX /", "SEKSO", "GESCHLECHT", "SEXE", "SEXO", "SESSO", "SUGU")),
)  # fmt: skip
"""Looked for in capitals without diacritics, first hit wins: a few stems per label in the languages of common documents."""


_FROM = ("VALID FROM", "VALIDE LE", "VALIDE A PARTIR", "VALABLE A PARTIR", "VALABLE DU", "GULTIG AB", "GULTIG VON", "VALIDO DAL",
         "VALIDO DESDE", "VALIDO DE", "GELDIG VAN", "PLATNOST OD", "WAZNY OD")  # fmt: skip
_UNTIL = ("UNTIL", "EXPIR", "JUSQU", " AU ", " BIS", " AL ", " HASTA", " ATE ", " TOT ", " DO ")
"""The day a document is valid from, with the stems that say when it is valid until; where both stand, the later day is meant."""


@dataclass(frozen=True, slots=True, eq=False)
class PrintedLine:
    """quad: (4, 2) pixels of the page, clockwise from upper left; confidence: mean of the characters, 0..1; label: what the line
    announces, None if it is a value or unknown."""

    text: str
    confidence: float
    quad: NDArray[np.float32]
    label: Label | None = field(init=False)
    box: tuple[float, float, float, float] = field(init=False)
    """(left, top, right, bottom), pixels."""

    def __post_init__(self) -> None:
        (left, top), (right, bottom) = self.quad.min(0), self.quad.max(0)
        object.__setattr__(self, "label", label_of(self.text))
        object.__setattr__(self, "box", (float(left), float(top), float(right), float(bottom)))

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.quad[3] - self.quad[0]))


_MONTHS: tuple[tuple[str, ...], ...] = (
    ("JAN", "ENE", "GEN", "STY"), ("FEB", "FEV", "LUT"), ("MAR", "MRZ", "MAE"), ("APR", "AVR", "ABR", "KWI"),
    ("MAY", "MAI", "MAG", "MEI", "MAJ"), ("JUN", "JUIN", "GIU", "CZE"), ("JUL", "JUIL", "LUG", "LIP"), ("AUG", "AOU", "AGO", "SIE"),
    ("SEP", "SET", "WRZ"), ("OCT", "OKT", "OTT", "OUT", "PAZ"), ("NOV", "LIS"), ("DEC", "DIC", "DEZ", "GRU"),
)  # fmt: skip
_GAP = r"\s?[.\-/ ,]\s?"
_NUMERIC = re.compile(rf"(?<!\d)(\d{{1,2}}){_GAP}(\d{{1,2}}){_GAP}(\d{{4}}|\d{{2}})(?!\d)")
_YEAR_FIRST = re.compile(rf"(?<!\d)(\d{{4}}){_GAP}(\d{{1,2}}){_GAP}(\d{{1,2}})(?!\d)")
_WORDED = re.compile(r"(?<!\d)(\d{1,2})[\s.\-/]*([A-Z0][A-Z]{2,8})(?:[\s./]{0,3}([A-Z]{3,9}))?[\s.,\-/]*(\d{4}|\d{2})(?!\d)")
MOST_ADDRESS_LINES = 3
_LOOKALIKES = str.maketrans({"O": "0", "Q": "0", "D": "0", "I": "1", "B": "8", "S": "5", "Z": "2"})
_UNCHECKED_LOOKALIKES = str.maketrans({"L": "1", "G": "6"})
"""Look-alikes that check digits cannot tell apart either: they must never pass for the same."""


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """days: every day the print may mean (day and month swapped, century left out); line: index of its line."""

    days: frozenset[date]
    confidence: float
    line: int


def plain(text: str) -> str:
    """Return text in capitals without diacritics."""
    bare = unicodedata.normalize("NFD", text.upper())
    return "".join(character for character in bare if not unicodedata.combining(character))


def canonical(text: str) -> str:
    """Return letters and digits with look-alikes made one: what a reader might confuse compares equal."""
    return "".join(c for c in plain(text) if c.isascii() and c.isalnum()).translate(_LOOKALIKES)


def loosely(canonical_text: str) -> str:
    """Return canonical text with those look-alikes made one, too, that check digits are blind to."""
    return canonical_text.translate(_UNCHECKED_LOOKALIKES)


def is_like_an_address(text: str) -> bool:
    """Return whether a line reads like street and town: a house number and a postal code among at least two words."""
    words = text.replace(",", " ").split()
    numbers = [word for word in words if word.isdigit() and len(word) <= 6]
    names = [word for word in words if word.isalpha() and len(word) >= 3]
    return len(numbers) == 2 and any(len(number) >= 4 for number in numbers) and len(names) >= 2


def label_of(text: str) -> Label | None:
    """Return what a printed line announces, None if it is no label we know."""
    words = plain(text)
    if any(stem in words for stem in _FROM) and not any(stem in words for stem in _UNTIL):
        return Label.ISSUE
    found = [label for label, stems in _LABELS if any(stem in words for stem in stems)]
    if found and found[0] is Label.SURNAME and Label.GIVEN in found:
        return Label.NAME
    return found[0] if found else None


def dates_in(text: str, today: date) -> tuple[frozenset[date], ...]:
    """Return each date printed in a text as the set of days it may mean."""
    words = plain(text)
    found = []
    for first, second, year in _NUMERIC.findall(words):
        years = _years(year, today)
        found.append(_days(years, int(second), int(first)) | _days(years, int(first), int(second)))
    for year, month, day in _YEAR_FIRST.findall(words):
        found.append(_days((int(year),), int(month), int(day)))
    for day, one, other, year in _WORDED.findall(words):
        month = _month(one) or _month(other)
        if month:
            found.append(_days(_years(year, today), month, int(day)))
    return tuple(days for days in found if days)


def numeric_dates(text: str) -> tuple[tuple[str, str, str], ...]:
    """Return dates in figures as their three parts, in the order printed."""
    words = plain(text)
    return (*_YEAR_FIRST.findall(words), *_NUMERIC.findall(words))


def worded_dates(text: str, today: date, *, past: bool = False) -> tuple[date, ...]:
    """Return dates whose month is a word; of two-figure years the nearer one, or with `past` the last that is not to come."""
    found = []
    for day, one, other, year in _WORDED.findall(plain(text)):
        month = _month(one) or _month(other)
        days = _days(_years(year, today), month, int(day)) if month else frozenset()
        gone = frozenset(candidate for candidate in days if candidate <= today) if past else days
        found += sorted(gone or days, key=lambda candidate: abs((candidate - today).days))[:1]
    return tuple(found)


def dates_of(lines: tuple[PrintedLine, ...], today: date) -> tuple[PrintedDate, ...]:
    return tuple(PrintedDate(days, line.confidence, i) for i, line in enumerate(lines) for days in dates_in(line.text, today))


def label_for(lines: tuple[PrintedLine, ...], index: int) -> Label | None:
    """Return the label a line's value belongs to: in the line itself, close above it, or to its left."""
    value = lines[index]
    if value.label is not None:
        return value.label
    best: tuple[float, Label] | None = None
    for line in lines:
        distance = _belongs(line, value) if line.label is not None else None
        if line.label is not None and distance is not None and (best is None or distance < best[0]):
            best = (distance, line.label)
    return best[1] if best else None


def values_under(lines: tuple[PrintedLine, ...], wanted: Label) -> tuple[PrintedLine, ...]:
    """Return the lines that belong to a label and are no labels themselves."""
    return tuple(line for i, line in enumerate(lines) if line.label is None and label_for(lines, i) is wanted)


def address_after(lines: tuple[PrintedLine, ...], index: int) -> tuple[int, ...]:
    """Return the lines an address goes on in: of the same print, close below one another, beginning at the same left edge."""
    found: list[int] = []
    while len(found) < MOST_ADDRESS_LINES - 1:
        last = lines[found[-1] if found else index]
        below = [i for i, line in enumerate(lines) if line.label is None and _goes_on(last, line)]
        if not below:
            break
        found.append(min(below, key=lambda i: lines[i].box[1]))
    return tuple(found)


def _goes_on(line: PrintedLine, other: PrintedLine) -> bool:
    high = max(line.height, 1.0)
    gap, aside = (other.box[1] - line.box[3]) / high, (other.box[0] - line.box[0]) / high
    return -0.5 < gap < 0.6 and abs(aside) < 0.6 and 0.75 < other.height / high < 1.33


def _belongs(label: PrintedLine, value: PrintedLine) -> float | None:
    """Return how far a value is from a label it may belong to (in value heights), None if it cannot."""
    high = max(value.height, label.height, 1.0)
    left, top, right, bottom = label.box
    x, y, _, low = value.box
    below, aside = (y - bottom) / high, abs(x - left) / high
    if -0.6 < below < 1.6 and (aside < 2.5 or left < x < right):
        return max(0.0, below) + 0.2 * aside
    middle = abs((y + low) / 2 - (top + bottom) / 2) / high
    beside = (x - right) / high
    if middle < 0.6 and -0.5 < beside < 8:
        return 0.3 + 0.3 * max(0.0, beside)
    return None


def _month(word: str) -> int:
    known = word.replace("0", "O")
    for number, stems in enumerate(_MONTHS, 1):
        if any(known.startswith(stem) for stem in stems):
            return number
    return 0


def _years(text: str, today: date) -> tuple[int, ...]:
    if len(text) == 4:
        return (int(text),)
    century = today.year // 100 * 100
    return (century - 100 + int(text), century + int(text))


def _days(years: tuple[int, ...], month: int, day: int) -> frozenset[date]:
    days = set()
    for year in years:
        try:
            days.add(date(year, month, day))
        except ValueError:
            continue
    return frozenset(days)
