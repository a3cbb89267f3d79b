"""Invented people of Utopia and the machine-readable lines of their documents. No real person's data is ever used."""

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import assert_never

from kiosk.document.check_digits import check_digit
from kiosk.document.reading import MrzLayout

ISSUER = "UTO"

_SURNAMES = (
    "ARVÉN-SOLLBERG", "MARÍNOVA", "DEL PRADÓ", "KESTRÉL", "TAMARÍND", "OKONJÓ", "HALVARSEN", "VIEIRALVES", "LINDEMARÉ",
    "QUENNELL", "SZANTÓVY", "BRÂNDEANU", "AL-MARWANI", "THORNEBY", "CASTELLÀ", "IVERDAL",
)  # fmt: skip
_GIVEN = {
    "F": ("TILDA MARÍA", "INÊS", "RHÉA", "NOOR ELENA", "JUDÍTA", "SOLVEIG", "AMÉLIE", "OTTILIE ANNE"),
    "M": ("TÓMAS", "EMRE LÚCIO", "HÉCTOR", "JONAS", "RAFAÉL", "ANSELM", "KOFI ANDRÉ", "MILÓS"),
}
_STREETS = ("AMAUROT LANE", "ANYDER QUAY", "RAPHAEL SQUARE", "MORE STREET", "SYPHOGRANT ROW", "ISTHMUS ROAD")
_TOWNS = ("2041 AMAUROT", "3310 ANYDRIA", "1180 NEPHELO", "4725 UTOPOS HARBOUR")


@dataclass(frozen=True, slots=True)
class SpecimenPerson:
    """Somebody who does not exist. Names and address as printed, capitals with diacritics; sex is M, F or X.

    number: nine characters A-Z and 0-9 without look-alikes; issued and expires bound the document's validity.
    """

    surname: str
    given_names: str
    number: str
    nationality: str
    birth: date
    sex: str
    issued: date
    expires: date
    address: str
    personal_number: str


def invent_person(seed: int, *, sex: str | None = None, today: date = date(2026, 7, 1)) -> SpecimenPerson:
    """Return the person that belongs to the seed: an adult with a document valid on `today` and for years after."""
    draw = random.Random(seed)  # noqa: S311 - invented data, must be repeatable
    chosen_sex = sex if sex is not None else draw.choice(("F", "M"))
    birth = date(today.year - draw.randint(21, 68), draw.randint(1, 12), draw.randint(1, 28))
    issued = today - timedelta(days=draw.randint(60, 1000))
    letters, digits = "ACDEFHKLMNPRTUVWXY", "23456789"
    number = draw.choice(letters) + draw.choice(letters) + "".join(draw.choice(digits) for _ in range(7))
    return SpecimenPerson(
        surname=draw.choice(_SURNAMES),
        given_names=draw.choice(_GIVEN["M" if chosen_sex == "M" else "F"]),
        number=number,
        nationality=ISSUER,
        birth=birth,
        sex=chosen_sex,
        issued=issued,
        expires=date(issued.year + 10, issued.month, min(issued.day, 28)),
        address=f"{draw.randint(2, 98)} {draw.choice(_STREETS)}, {draw.choice(_TOWNS)}",
        personal_number="".join(draw.choice(digits) for _ in range(8)),
    )


def mrz_lines(person: SpecimenPerson, layout: MrzLayout) -> tuple[str, ...]:
    """Compose the machine-readable zone with right check digits (ICAO Doc 9303 parts 4 to 7)."""
    number = checked(person.number.ljust(9, "<"))
    birth = checked(f"{person.birth:%y%m%d}")
    expires = checked(f"{person.expires:%y%m%d}")
    sex = person.sex if person.sex in "MF" else "<"
    nationality = person.nationality.ljust(3, "<")
    match layout:
        case MrzLayout.TD1:
            first = f"I<{ISSUER}{number}".ljust(30, "<")
            second = f"{birth}{sex}{expires}{nationality}".ljust(29, "<")
            second += check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
            return first, second, _names(person, 30)
        case MrzLayout.TD2:
            second = f"{number}{nationality}{birth}{sex}{expires}".ljust(35, "<")
            second += check_digit(second[0:10] + second[13:20] + second[21:35])
            return f"I<{ISSUER}" + _names(person, 31), second
        case MrzLayout.TD3:
            second = f"{number}{nationality}{birth}{sex}{expires}" + checked(person.personal_number.ljust(14, "<"))
            second += check_digit(second[0:10] + second[13:20] + second[21:43])
            return f"P<{ISSUER}" + _names(person, 39), second
        case MrzLayout.MRV_A:
            second = f"{number}{nationality}{birth}{sex}{expires}".ljust(44, "<")
            return f"V<{ISSUER}" + _names(person, 39), second
        case MrzLayout.MRV_B:
            second = f"{number}{nationality}{birth}{sex}{expires}".ljust(36, "<")
            return f"V<{ISSUER}" + _names(person, 31), second
        case _:
            assert_never(layout)


def checked(text: str) -> str:
    """Return the text with its check digit behind it."""
    return text + check_digit(text)


def _names(person: SpecimenPerson, width: int) -> str:
    def plain(name: str) -> str:
        bare = unicodedata.normalize("NFD", name)
        kept = "".join(c for c in bare if "A" <= c <= "Z" or c in " -")
        return kept.replace(" ", "<").replace("-", "<")

    return f"{plain(person.surname)}<<{plain(person.given_names)}".ljust(width, "<")[:width]
