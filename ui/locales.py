"""How a language writes numbers, shares, dates, times and names, from `resources/locales.toml`. No Qt.

Whatever a machine reads or a person compares sign by sign (a document's number, an account, a case's number, a key of the keyboard, the
log's codes) is not written by these customs: it stays as it is everywhere. `tests/ui/test_desk_digits.py` holds both.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Final

RESOURCES: Final = Path(__file__).resolve().parent.parent / "resources"
SURNAME_FIRST: Final = frozenset({"CHN", "TWN", "HKG", "MAC", "JPN", "KOR", "PRK", "VNM", "KHM", "MNG", "HUN"})
"""States (ICAO 9303 codes) whose people write the family name first, in their own script and mostly in Latin letters too."""
_HAN: Final = range(0x3400, 0xA000)
"""CJK ideographs: names in them have no space between their parts."""


@dataclass(frozen=True, slots=True)
class Locale:
    """grouping: sizes of the groups of digits from the right, the last repeats; group_from: digits a number has at least to be grouped;
    halves: what a clock of twelve hours says before and after noon, empty where it has twenty-four."""

    language: str
    digits: str
    group: str
    decimal: str
    grouping: tuple[int, ...]
    group_from: int
    percent_pattern: str
    long_day_pattern: str
    day_pattern: str
    time_pattern: str
    moment_pattern: str
    months: tuple[str, ...]
    short: tuple[str, ...]
    halves: tuple[str, ...] = ()
    first_day: str = ""

    def number(self, value: int) -> str:
        """Return a whole number grouped and in the language's digits."""
        plain = str(abs(value))
        return ("\u2212" if value < 0 else "") + self.own_digits(self._grouped(plain))

    def figures(self, text: str) -> str:
        """Return decimal digits, written plainly, in the language's digits and with its decimal sign: `24500.05`."""
        whole, point, part = text.partition(".")
        return self.own_digits(self._grouped(whole)) + (self.decimal + self.own_digits(part) if point else "")

    def percent(self, share: float) -> str:
        """share: of 1; returned as a whole number of hundredths."""
        return self.percent_pattern.format(number=self.number(round(share * 100)))

    def day(self, when: date) -> str:
        """Return the date as it stands in a table."""
        return self._day(when, self.day_pattern)

    def long_day(self, when: date) -> str:
        """Return the date as it stands in a sentence or on a letter."""
        return self._day(when, self.long_day_pattern)

    def time(self, when: datetime | time) -> str:
        """Return the time of day, of whatever zone `when` is in."""
        half = self.halves[when.hour // 12] if self.halves else ""
        text = self.time_pattern.format(
            hour=f"{when.hour:02d}", hour1=when.hour, hour12=when.hour % 12 or 12, minute=f"{when.minute:02d}", half=half
        )
        return self.own_digits(text)

    def moment(self, when: datetime, *, long: bool = False) -> str:
        """Return date and time, of whatever zone `when` is in."""
        return self.moment_pattern.format(day=self.long_day(when) if long else self.day(when), time=self.time(when))

    def person(self, surname: str, given_names: str, nationality: str = "") -> str:
        """Return a name as it is read out: in the order of the person's own country, without a space in Chinese characters."""
        han = bool(surname) and all(ord(sign) in _HAN for sign in surname + given_names)
        parts = (surname, given_names) if han or nationality in SURNAME_FIRST else (given_names, surname)
        return ("" if han else " ").join(part for part in parts if part)

    def _day(self, when: date, pattern: str) -> str:
        day = self.first_day if self.first_day and when.day == 1 and pattern is self.long_day_pattern else str(when.day)
        month = self.months[when.month - 1]
        text = pattern.format(
            day=day,
            day2=f"{when.day:02d}",
            month=month,
            month2=f"{when.month:02d}",
            short=self.short[when.month - 1] if self.short else month,
            year=when.year,
        )
        return self.own_digits(text)

    def _grouped(self, plain: str) -> str:
        if len(plain) < self.group_from:
            return plain
        parts: list[str] = []
        sizes = list(self.grouping)
        while plain:
            size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
            parts.insert(0, plain[-size:])
            plain = plain[:-size]
        return self.group.join(parts)

    def own_digits(self, text: str) -> str:
        """Return a text that is written plainly in the language's digits; everything else of it stays: a time with its date, a count."""
        return text if self.digits[0] == "0" else text.translate({ord("0") + number: digit for number, digit in enumerate(self.digits)})


@cache
def load_locale(language: str) -> Locale:
    """Return a language's customs. Raises KeyError for a language that has none."""
    stated = tomllib.loads((RESOURCES / "locales.toml").read_text(encoding="utf-8"))[language]
    return Locale(
        language=language,
        digits=stated["digits"],
        group=stated["group"],
        decimal=stated["decimal"],
        grouping=tuple(stated["grouping"]),
        group_from=stated["group-from"],
        percent_pattern=stated["percent"],
        long_day_pattern=stated["long-day"],
        day_pattern=stated["day"],
        time_pattern=stated["time"],
        moment_pattern=stated["moment"],
        months=tuple(stated["months"]),
        short=tuple(stated["short"]),
        halves=tuple(stated.get("halves", ())),
        first_day=stated.get("first-day", ""),
    )
