"""Specimens in the layout of real states' documents, for invented people of Utopia: where things stand and what they are called, no more.

No emblem, photograph or security feature of any state is imitated; every page says SPECIMEN and UTOPIA. One row per kind; the rows of
`kiosk/document/kinds.py` are what is tested with them, so positions here are written down apart from those there.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from kiosk.actor.person import SpecimenPerson
from kiosk.document.kind import NumberCheck
from kiosk.document.national_numbers import completed
from kiosk.document.transliterate import spellings
from kiosk.values import CodeKind

Written = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Holder:
    """The person and what this issuer adds. birthplace and authority in capitals, nationality as this print has it."""

    person: SpecimenPerson
    number: str
    personal_number: str
    nationality: str
    birthplace: str = "AMAUROT"


@dataclass(frozen=True, slots=True)
class Spot:
    """A label with its value under it, at (x, y) mm: the label's baseline. label may be empty; cap: height of the value's capitals."""

    x: float
    y: float
    label: str
    value: Callable[[Holder], str]
    cap: float = 1.6


@dataclass(frozen=True, slots=True)
class Issue:
    """How one kind is drawn. state, code: of its MRZ, which stands on the back; no MRZ where state is empty. portrait_mm: left, top,
    width, height; in_line: values stand beside their labels (licences), not under them."""

    kind: str
    title: str
    hue: float
    front: tuple[Spot, ...]
    back: tuple[Spot, ...]
    number: Callable[[SpecimenPerson], str]
    state: str = ""
    code: str = ""
    personal: Callable[[SpecimenPerson], str] = lambda person: ""
    nationality: str = ""
    portrait_mm: tuple[float, float, float, float] = (4.0, 11.0, 22.0, 28.0)
    in_line: bool = False
    ghost_mm: tuple[float, float, float, float] | None = None
    """Where the portrait stands a second time, small and pale."""
    barcode: CodeKind | None = None


def _dots(day: date) -> str:
    return f"{day:%d.%m.%Y}"


def _blanks(day: date) -> str:
    return f"{day:%d %m %Y}"


def slashed(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _american(day: date) -> str:
    return f"{day:%m/%d/%Y}"


def _month_word(day: date) -> str:
    return f"{day:%d} {('JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC')[day.month - 1]} {day:%Y}"


def _surname(holder: Holder) -> str:
    return holder.person.surname


def _given(holder: Holder) -> str:
    return holder.person.given_names


def _number(holder: Holder) -> str:
    return holder.number


def _personal(holder: Holder) -> str:
    return holder.personal_number


def _nationality(holder: Holder) -> str:
    return holder.nationality


def _sex(holder: Holder) -> str:
    return holder.person.sex


def _place(holder: Holder) -> str:
    return holder.birthplace


def _address(holder: Holder) -> str:
    return holder.person.address


def _name(holder: Holder) -> str:
    return f"{holder.person.given_names} {holder.person.surname}"


def _born(written: Written) -> Callable[[Holder], str]:
    return lambda holder: written(holder.person.birth)


def _until(written: Written) -> Callable[[Holder], str]:
    return lambda holder: written(holder.person.expires)


def _from(written: Written) -> Callable[[Holder], str]:
    return lambda holder: written(holder.person.issued)


def _chinese_birth(holder: Holder) -> str:
    day = holder.person.birth
    return f"{day.year}   {day.month}   {day.day}"


def _drawn(form: str) -> Callable[[SpecimenPerson], str]:
    """Return a maker of numbers: `A` any capital without look-alikes, `C` a capital a German number may have, `9` a figure, else itself."""

    def number(person: SpecimenPerson) -> str:
        draw = random.Random(f"{form}{person.number}")  # noqa: S311 - invented data, must be repeatable
        sets = {"A": "ABCDEFGHJKLMNPRTUVWXY", "C": "CFGHJKLMNPRTVWXYZ", "9": "123456789"}
        return "".join(draw.choice(sets[c]) if c in sets else c.lower().upper() for c in form)

    return number


def _spanish(person: SpecimenPerson) -> str:
    return completed(_drawn("99999999")(person), NumberCheck.SPANISH)


def _estonian(person: SpecimenPerson) -> str:
    century = {19: "3", 20: "5"}[person.birth.year // 100] if person.sex == "M" else {19: "4", 20: "6"}[person.birth.year // 100]
    return completed(f"{century}{person.birth:%y%m%d}{_drawn('999')(person)}", NumberCheck.ESTONIAN)


def _pan(person: SpecimenPerson) -> str:
    return _drawn("AAA")(person) + "P" + spellings(person.surname)[0][0] + _drawn("9999A")(person)


def _aadhaar(person: SpecimenPerson) -> str:
    whole = completed("2" + _drawn("9999999999")(person), NumberCheck.VERHOEFF)
    return f"{whole[:4]} {whole[4:8]} {whole[8:]}"


def _chinese(person: SpecimenPerson) -> str:
    turn = "1" if person.sex == "M" else "2"
    return completed(f"110105{person.birth:%Y%m%d}{_drawn('99')(person)}{turn}", NumberCheck.MOD_11_2)


ISSUES: Final[tuple[Issue, ...]] = (
    Issue(
        "de-id", "BUNDESREPUBLIK DEUTSCHLAND · PERSONALAUSWEIS", 0.45,
        (
            Spot(64, 8.5, "", _number), Spot(29, 12.4, "Name/Surname/Nom", _surname),
            Spot(29, 19.4, "Vornamen/Given names/Prénoms", _given),
            Spot(29, 25.6, "Geburtstag/Date of birth", _born(_dots)), Spot(55, 25.6, "Staatsangehörigkeit/Nationality", _nationality),
            Spot(29, 31.4, "Geburtsort/Place of birth", _place), Spot(29, 37, "Gültig bis/Date of expiry", _until(_dots)),
        ),
        (Spot(5, 5, "Anschrift/Address/Adresse", _address, 1.3), Spot(5, 13, "Datum/Date of issue", _from(_dots), 1.4)),
        _drawn("LCCC9999C"), "D", "ID", nationality="DEUTSCH",
    ),
    Issue(
        "fr-id", "CARTE NATIONALE D'IDENTITÉ / IDENTITY CARD", 0.6,
        (
            Spot(31, 12, "NOM / Surname", _surname), Spot(31, 18.5, "Prénoms / Given names", _given),
            Spot(31, 25.6, "SEXE / Sex", _sex), Spot(42, 25.6, "NATIONALITÉ / Nationality", _nationality),
            Spot(62, 25.6, "DATE DE NAISS. / Date of birth", _born(_blanks), 1.5),
            Spot(31, 31.6, "LIEU DE NAISSANCE / Place of birth", _place),
            Spot(31, 44, "N° DU DOCUMENT / Document No", _number), Spot(58, 44, "DATE D'EXPIR. / Expiry date", _until(_blanks)),
        ),
        (Spot(5, 6, "ADRESSE / Address", _address, 1.3), Spot(5, 15, "DATE DE DÉLIVRANCE / Date of issue", _from(_blanks), 1.4)),
        _drawn("A9AAAAA99"), "FRA", "ID", nationality="FRA",
        ghost_mm=(73.0, 30.0, 9.0, 12.0),
    ),
    Issue(
        "it-id", "CARTA DI IDENTITÀ / IDENTITY CARD", 0.55,
        (
            Spot(66, 5.6, "", _number), Spot(27, 15.4, "COGNOME / SURNAME", _surname), Spot(27, 20.6, "NOME / NAME", _given),
            Spot(27, 25.8, "LUOGO E DATA DI NASCITA / PLACE AND DATE OF BIRTH", lambda h: f"{h.birthplace} (UT) {_dots(h.person.birth)}"),
            Spot(27, 31, "SESSO / SEX", _sex), Spot(51, 31, "CITTADINANZA / NATIONALITY", _nationality),
            Spot(27, 36.2, "EMISSIONE / ISSUING", _from(_dots)), Spot(51, 36.2, "SCADENZA / EXPIRY", _until(_dots)),
        ),
        (Spot(5, 17.4, "INDIRIZZO DI RESIDENZA / RESIDENCE", _address, 1.3),),
        _drawn("ca99999AA"), "ITA", "C", nationality="ITA",
    ),
    Issue(
        "es-id", "DOCUMENTO NACIONAL DE IDENTIDAD", 0.1,
        (
            Spot(30, 12, "APELLIDOS", _surname), Spot(30, 21.2, "NOMBRE", _given), Spot(30, 27, "SEXO", _sex),
            Spot(44, 27, "NACIONALIDAD", _nationality), Spot(62, 27, "FECHA DE NACIMIENTO", _born(_blanks)),
            Spot(30, 33.4, "NÚM SOPORTE", _number), Spot(54, 33.4, "VALIDEZ", _until(_blanks)), Spot(5, 47, "DNI", _personal),
        ),
        (Spot(5, 5, "DOMICILIO", _address, 1.3),),
        _drawn("AAA999999"), "ESP", "ID", _spanish, "ESP",
    ),
    Issue(
        "ee-id", "EESTI VABARIIK · ISIKUTUNNISTUS / IDENTITY CARD", 0.58,
        (
            Spot(30, 11.8, "PEREKONNANIMI / SURNAME", _surname), Spot(30, 17.8, "EESNIMED / GIVEN NAMES", _given),
            Spot(30, 23.8, "SUGU / SEX", _sex),
            Spot(44, 23.8, "KODAKONDSUS / CITIZENSHIP", _nationality), Spot(66, 23.8, "SÜNNIAEG / DATE OF BIRTH", _born(_dots), 1.4),
            Spot(30, 30.4, "ISIKUKOOD / PERSONAL CODE", _personal), Spot(58, 30.4, "DOKUMENDI NUMBER", _number),
            Spot(30, 37, "KEHTIV KUNI / DATE OF EXPIRY", _until(_dots)),
        ),
        (Spot(5, 6, "VÄLJAANDMISE KUUPÄEV / DATE OF ISSUE", _from(_dots)),),
        _drawn("AS9999999"), "EST", "ID", _estonian, "EST",
    ),
    Issue(
        "us-passport-card", "UNITED STATES OF AMERICA · PASSPORT CARD", 0.62,
        (
            Spot(31, 11.2, "Nationality", _nationality), Spot(58, 11.2, "Passport Card no.", _number), Spot(31, 17.2, "Surname", _surname),
            Spot(31, 23.2, "Given Names", _given), Spot(31, 29.2, "Sex", _sex), Spot(42, 29.2, "Date of Birth", _born(_month_word)),
            Spot(31, 34.6, "Place of Birth", _place), Spot(31, 40.2, "Issued On", _from(_month_word)),
            Spot(58, 40.2, "Expires On", _until(_month_word)),
        ),
        (),
        _drawn("c99999999"), "USA", "IP", nationality="USA",
    ),
    Issue(
        "eu-licence", "FÜHRERSCHEIN · DRIVING LICENCE · PERMIS DE CONDUIRE", 0.95,
        (
            Spot(28, 13, "1.", _surname), Spot(28, 17.5, "2.", _given),
            Spot(28, 22, "3.", lambda h: f"{_dots(h.person.birth)} {h.birthplace}"),
            Spot(28, 26.5, "4a.", _from(_dots)), Spot(56, 26.5, "4c.", lambda h: "BRANCH OFFICE"), Spot(28, 31, "4b.", _until(_dots)),
            Spot(28, 35.5, "5.", _number), Spot(28, 45, "9.", lambda h: "AM/B/L"),
        ),
        (), _drawn("A999AAA99"), in_line=True,
    ),
    Issue(
        "aamva-licence", "UTOPIA USA · DRIVER LICENSE", 0.57,
        (
            Spot(29, 13, "4d DL", _number), Spot(29, 17.4, "1", _surname), Spot(29, 21.8, "2", _given),
            Spot(29, 26.2, "3 DOB", _born(_american)),
            Spot(57, 26.2, "4a ISS", _from(_american), 1.4), Spot(29, 30.6, "4b EXP", _until(_american)), Spot(29, 35, "8", _address, 1.3),
            Spot(29, 39.4, "15 SEX", _sex),
        ),
        (), _drawn("A9999999"), in_line=True, barcode=CodeKind.PDF417,
    ),
    Issue(
        "in-pan", "INCOME TAX DEPARTMENT · GOVT. OF INDIA", 0.5,
        (
            Spot(30, 17, "Permanent Account Number Card", _number, 2.2), Spot(30, 26, "Name", _name),
            Spot(30, 33, "Father's Name", lambda h: "RAFAEL UTOPOS"),
            Spot(30, 40, "Date of Birth", _born(slashed)),
        ),
        (), _pan, portrait_mm=(4.0, 12.0, 20.0, 25.0),
    ),
    Issue(
        "in-aadhaar", "GOVERNMENT OF INDIA · AADHAAR", 0.09,
        (
            Spot(29, 12.4, "", _name), Spot(29, 19.4, "", lambda h: f"DOB: {slashed(h.person.birth)}"),
            Spot(29, 25.4, "", lambda h: "FEMALE" if h.person.sex == "F" else "MALE"), Spot(28, 44, "", _number, 2.4),
        ),
        (Spot(5, 8, "Address", _address, 1.5),), _aadhaar, portrait_mm=(4.0, 10.0, 21.0, 26.0), barcode=CodeKind.QR,
    ),
    Issue(
        "cn-id", "", 0.52,
        (
            Spot(14, 7, "", _name, 1.9), Spot(14, 19.4, "", _chinese_birth),
            Spot(14, 27.5, "", _address, 1.4), Spot(28, 44, "", _number, 2.3),
        ),
        (), _chinese, portrait_mm=(56.0, 8.0, 24.0, 31.0),
    ),
)  # fmt: skip


def issue_of(kind: str) -> Issue:
    return next(row for row in ISSUES if row.kind == kind)
