"""Invented people of Utopia and the machine-readable lines of their documents. No real person's data is ever used."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from kiosk.document.mrz import MrzContent, format_mrz
from kiosk.document.reading import MrzLayout
from kiosk.document.transliterate import spellings

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
    """Return the machine-readable zone of the person's document."""
    return format_mrz(
        MrzContent(
            layout=layout,
            document_code=_CODES[layout],
            issuing_state=ISSUER,
            number=person.number,
            surname=spellings(person.surname)[0],
            given_names=spellings(person.given_names)[0],
            nationality=person.nationality,
            birth=f"{person.birth:%y%m%d}",
            sex=person.sex if person.sex in ("M", "F") else "<",
            expiry=f"{person.expires:%y%m%d}",
            optional=(person.personal_number,) if layout is MrzLayout.TD3 else (),
        )
    )


_CODES = {MrzLayout.TD1: "I", MrzLayout.TD2: "I", MrzLayout.TD3: "P", MrzLayout.MRV_A: "V", MrzLayout.MRV_B: "V"}
