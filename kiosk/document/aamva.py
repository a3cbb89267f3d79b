"""The PDF417 code on driving licences and identity cards of the United States and Canada, as text (AAMVA DL/ID Card Design Standard).

Every version from 2000 (01) to 2020 (10) and later ones that keep the element names. `parse_aamva` takes any text and answers
`AamvaParsed` or `AamvaRefused(why)`; it never corrects and never raises. What a code says is as easily written as print: nothing in it
is signed, so it confirms the printed side and proves nothing by itself.

Offsets of subfiles are not relied on: cards with wrong ones are in wide use. Elements are told by their three-letter names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

MOST_CHARACTERS = 4000
"""A PDF417 symbol holds at most 1,850 characters of text; anything longer is no licence."""
MOST_VALUE = 130
"""The longest element of any version, the full name of 2000, has 125 characters."""
YEARS = range(1900, 2101)

_HEADER = re.compile(r"@?[\s\x1c-\x1f]{0,8}(?:ANSI |AAMVA)\s?(\d{6})(\d{2})(\d{2}(?=\d{2}[A-Z]))?(\d{2})(?=[A-Z]{2}\d)")
"""Issuer, version, jurisdiction version (since 2003), number of subfiles."""
_DESIGNATOR = re.compile(r"([A-Z]{2})(\d{4})(\d{4})")
_ELEMENT = re.compile(r"(?:(?:DL|ID|EN)(?=[A-Z]{3}))?([D][A-Z]{2})(.*)", re.DOTALL)

_JURISDICTIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        iin: (state, country)
        for country, row in (
            (
                "USA",
                "636033 AL 636059 AK 604427 AS 636026 AZ 636021 AR 636014 CA 636020 CO 636006 CT 636011 DE 636043 DC 636010 FL 636055 GA "
                "636019 GU 636047 HI 636050 ID 636035 IL 636037 IN 636018 IA 636022 KS 636046 KY 636007 LA 636041 ME 636003 MD 636002 MA "
                "636032 MI 636038 MN 636051 MS 636030 MO 636008 MT 636054 NE 636049 NV 636039 NH 636036 NJ 636009 NM 636001 NY 636004 NC "
                "636034 ND 604430 MP 636023 OH 636058 OK 636029 OR 636025 PA 604431 PR 636052 RI 636005 SC 636042 SD 636053 TN 636027 US "
                "636015 TX 636062 VI 636040 UT 636024 VT 636000 VA 636045 WA 636061 WV 636031 WI 636060 WY",
            ),
            (
                "CAN",
                "604432 AB 636028 BC 636048 MB 636017 NB 636016 NL 636013 NS 604433 NU 636012 ON 604426 PE 604428 QC 636044 SK 604429 YT",
            ),
            ("MEX", "636056 COA 636057 HID"),
        )
        for iin, state in zip(row.split()[::2], row.split()[1::2], strict=True)
    }
)
"""ISO/IEC 7812 issuer numbers as AAMVA publishes them."""

_SEXES = {"1": "M", "M": "M", "2": "F", "F": "F", "9": "X", "X": "X", "0": "X"}
_NOTHING = frozenset({"", "NONE", "UNAVL", "UNAVAIL", "N/A", "UNK"})
"""What jurisdictions write where nothing is to be said."""


class AamvaRefusal(StrEnum):
    TOO_LONG = "too-long"
    HEADER = "header"
    """It does not begin as such codes do."""
    NO_NUMBER = "no-number"
    CONTRADICTS_ITSELF = "contradicts-itself"
    """One element stands twice with different values."""


@dataclass(frozen=True, slots=True)
class AamvaRefused:
    why: AamvaRefusal


@dataclass(frozen=True, slots=True)
class AamvaParsed:
    """What a code says. issuer: state or province (`CA`), empty where its number is not AAMVA's; country: USA, CAN, MEX or empty.

    version: of the standard, 0-99; dates are None where absent or no such day; sex: M, F or X; number without blanks;
    names in capitals as written, given names separated by blanks; is_cut: the code itself says that a name was too long for it.
    """

    issuer: str
    country: str
    version: int
    number: str
    surname: str
    given_names: str
    birth: date | None
    expiry: date | None
    issued: date | None
    sex: str
    address: str
    discriminator: str
    is_cut: bool


def parse_aamva(text: str) -> AamvaParsed | AamvaRefused:
    """Take a code's text apart. text: as decoded, control characters included."""
    if len(text) > MOST_CHARACTERS:
        return AamvaRefused(AamvaRefusal.TOO_LONG)
    header = _HEADER.match(text)
    if header is None:
        return AamvaRefused(AamvaRefusal.HEADER)
    iin, version, _, entries = header.groups()
    elements = _elements(_without_designators(text[header.end() :], int(entries)))
    if elements is None:
        return AamvaRefused(AamvaRefusal.CONTRADICTS_ITSELF)
    number = re.sub(r"\s", "", elements.get("DAQ", ""))
    if not number:
        return AamvaRefused(AamvaRefusal.NO_NUMBER)
    state, country = _JURISDICTIONS.get(iin, ("", ""))
    surname, given = _names(elements)
    return AamvaParsed(
        issuer=state,
        country=country or _country(elements.get("DCG", "")),
        version=int(version),
        number=number,
        surname=surname,
        given_names=given,
        birth=_day(elements.get("DBB", "")),
        expiry=_day(elements.get("DBA", "")),
        issued=_day(elements.get("DBD", "")),
        sex=_SEXES.get(elements.get("DBC", "").upper(), "X"),
        address=_address(elements),
        discriminator=elements.get("DCF", ""),
        is_cut="T" in (elements.get("DDE"), elements.get("DDF"), elements.get("DDG")),
    )


def _without_designators(body: str, entries: int) -> str:
    """Return what follows the table of subfiles."""
    at = 0
    for _ in range(min(entries, 10)):
        found = _DESIGNATOR.match(body, at)
        if found is None:
            break
        at = found.end()
    return body[at:]


def _elements(body: str) -> dict[str, str] | None:
    """Return the elements by name, None where one contradicts itself. Subfiles of a jurisdiction's own are left out."""
    found: dict[str, str] = {}
    for segment in re.split(r"\r", body):
        if segment.lstrip().startswith("Z"):
            continue
        for record in re.split(r"[\n\x1c-\x1f]", segment):
            element = _ELEMENT.match(record.strip())
            if element is None:
                continue
            name, value = element.group(1), _clean(element.group(2))
            if found.setdefault(name, value) != value:
                return None
    return found


def _clean(value: str) -> str:
    """Return a value that is safe to show and to compare: printable, single blanks, no longer than any element may be."""
    plain = "".join(character if character.isprintable() else " " for character in value[:MOST_VALUE])
    short = " ".join(plain.split())
    return "" if short.upper() in _NOTHING else short


def _names(elements: Mapping[str, str]) -> tuple[str, str]:
    """Return surname and given names, wherever this version has them."""
    surname = elements.get("DCS") or elements.get("DAB", "")
    given = " ".join(part for part in (elements.get("DAC", ""), elements.get("DAD", "")) if part) or elements.get("DCT", "")
    full = [part.strip() for part in re.split(r"[,@$]", elements.get("DAA", ""))]
    if not surname and len(full) > 1:
        surname, given = full[0], " ".join(part for part in full[1:3] if part)
    return surname.upper(), " ".join(re.split(r"[,\s]+", given.upper())).strip()


def _address(elements: Mapping[str, str]) -> str:
    postal = elements.get("DAK", "")
    digits = postal.replace(" ", "").replace("-", "")
    if len(digits) == 9 and digits.isdigit():
        postal = digits[:5] if digits.endswith("0000") else f"{digits[:5]}-{digits[5:]}"
    town = " ".join(part for part in (elements.get("DAI", ""), elements.get("DAJ", ""), postal) if part)
    return ", ".join(part for part in (elements.get("DAG", ""), elements.get("DAH", ""), town) if part)


def _country(code: str) -> str:
    return {"USA": "USA", "US": "USA", "CAN": "CAN", "CDN": "CAN"}.get(code.upper(), "")


def _day(text: str) -> date | None:
    """Return the day of MMDDCCYY or CCYYMMDD: with years of 1900 to 2100 no text can be both."""
    digits = re.sub(r"[^0-9]", "", text) if text.isascii() else ""
    if len(digits) != 8:
        return None
    for year, month, day in ((digits[4:], digits[:2], digits[2:4]), (digits[:4], digits[4:6], digits[6:])):
        if int(year) in YEARS:
            try:
                return date(int(year), int(month), int(day))
            except ValueError:
                continue
    return None
