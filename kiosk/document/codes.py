"""What two-dimensional codes on a document say. Their bytes were chosen by whoever printed them: bounded, typed, never believed.

Known are the PDF417 of American and Canadian licences (`aamva`) and the two codes of Indian Aadhaar letters and cards. Nothing here
checks a signature: the Aadhaar code of today carries one, which only UIDAI's certificate could prove and which is not proved.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kiosk.document.aamva import AamvaParsed, parse_aamva
from kiosk.document.engines import CodeLike
from kiosk.values import CodeKind

MOST_UNPACKED = 16_384
"""Bytes an Aadhaar code may unpack to; a true one has 2 to 6 thousand with its small portrait."""
MOST_DIGITS = 8192
MOST_TEXT = 200


@dataclass(frozen=True, slots=True)
class AadhaarCode:
    """last_digits: of the Aadhaar number; the newer code has the last four only, the older the whole. birth: None where only a year is
    given; signed: the code carries a signature (not proved here)."""

    name: str
    last_digits: str
    birth: date | None
    birth_year: int | None
    sex: str
    address: str
    signed: bool


@dataclass(frozen=True, slots=True)
class OtherCode:
    """A code of a meaning we do not know. Nothing is taken from it."""

    kind: CodeKind


CodeContent = AamvaParsed | AadhaarCode | OtherCode


def contents_of(codes: Sequence[CodeLike]) -> tuple[CodeContent, ...]:
    """Return what each code says, those with a known meaning first."""
    read = [content_of(code.kind, code.content) for code in codes]
    return tuple(sorted(read, key=lambda content: isinstance(content, OtherCode)))


def content_of(kind: CodeKind, content: bytes) -> CodeContent:
    """Return what one code says. Raises nothing for any bytes."""
    text = text_of(content)
    if kind is CodeKind.PDF417:
        licence = parse_aamva(text)
        if isinstance(licence, AamvaParsed):
            return licence
    if kind is CodeKind.QR:
        aadhaar = _old_aadhaar(text) or _secure_aadhaar(text)
        if aadhaar is not None:
            return aadhaar
    return OtherCode(kind)


def text_of(content: bytes) -> str:
    """Return bytes as text: UTF-8 where they are, else Latin-1, which AAMVA prescribes and which any bytes are."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _clean(value: str) -> str:
    plain = "".join(character if character.isprintable() else " " for character in value[:MOST_TEXT])
    return " ".join(plain.split())


_ATTRIBUTE = re.compile(r'\b(uid|name|gender|yob|dob|house|street|loc|vtc|dist|state|pc)="([^"<>&]{0,200})"')


def _old_aadhaar(text: str) -> AadhaarCode | None:
    """Return what the unsigned code of before 2018 says. Attributes are picked out one by one: no XML parser meets hostile text."""
    if "<PrintLetterBarcodeData" not in text[:200]:
        return None
    found = {name: _clean(value) for name, value in _ATTRIBUTE.findall(text[:MOST_UNPACKED])}
    number = re.sub(r"\D", "", found.get("uid", ""))
    if len(number) != 12 or not found.get("name"):
        return None
    address = ", ".join(found[part] for part in ("house", "street", "loc", "vtc", "dist", "state", "pc") if found.get(part))
    birth = _day(found.get("dob", ""))
    return AadhaarCode(found["name"], number, birth, _year(found.get("yob", ""), birth), _sex(found.get("gender", "")), address, False)


def _secure_aadhaar(text: str) -> AadhaarCode | None:
    """Return what the signed code says: one long decimal number whose bytes are gzip over fields parted by byte 255 (UIDAI, Secure QR)."""
    digits = text.strip()
    if not (1000 <= len(digits) <= MOST_DIGITS and digits.isascii() and digits.isdigit()):
        return None
    packed = _to_bytes(digits)
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacker.decompress(packed, MOST_UNPACKED)
    except zlib.error:
        return None
    parts = [part.decode("latin-1") for part in unpacked.split(b"\xff")[:18]]
    if parts and parts[0] in ("V2", "V3", "V4"):
        parts = parts[1:]
    if len(parts) < 16 or not re.fullmatch(r"\d{4}\d{17}", parts[1]):
        return None
    birth = _day(parts[3])
    address = ", ".join(
        text for text in (_clean(part) for part in (parts[8], parts[13], parts[9], parts[15], parts[6], parts[12], parts[10])) if text
    )
    return AadhaarCode(_clean(parts[2]), parts[1][:4], birth, _year("", birth), _sex(parts[4]), address, True)


def _to_bytes(digits: str) -> bytes:
    """Return a decimal number's bytes. Taken in stretches: Python refuses to turn longer texts into numbers at once."""
    number = 0
    for start in range(0, len(digits), 1000):
        part = digits[start : start + 1000]
        number = number * 10 ** len(part) + int(part)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _day(text: str) -> date | None:
    match = re.fullmatch(r"(\d{2})[-/](\d{2})[-/](\d{4})", text) or re.fullmatch(r"(\d{4})[-/](\d{2})[-/](\d{2})", text)
    if match is None:
        return None
    first, second, third = (int(part) for part in match.groups())
    try:
        return date(third, second, first) if first < 100 else date(first, second, third)
    except ValueError:
        return None


def _year(text: str, birth: date | None) -> int | None:
    if birth is not None:
        return birth.year
    return int(text) if re.fullmatch(r"(19|20)\d{2}", text) else None


def _sex(text: str) -> str:
    return text.upper() if text.upper() in ("M", "F") else "X"
