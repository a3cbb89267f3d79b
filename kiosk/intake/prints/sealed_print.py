"""A face print as analysis keeps it: the print, what the search is blocked by, and whose it is, sealed by the analysis role.

Outside the memory of who holds the role's key there is no print, no birth date, no sex and no country.

Layout, little-endian: u8 version | i32 day of birth (proleptic ordinal, 0 unknown) | sex, 1 letter | country, 3 letters, spaces |
u64 person key | f32 unsteadiness | u8 n, name of the print (n bytes) | float16 numbers.
"""

import os
import struct
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np

from kiosk.document.reading import DocumentFields
from kiosk.face.verifier_model import Side
from kiosk.faults import SealBroken
from kiosk.frame import Print
from kiosk.intake.analysis.fact import NO_KEY, LinkKey
from kiosk.values import SessionId
from kiosk.vault.sealing import NONCE_BYTES, Key, Place, seal, unseal

_HEAD: Final = struct.Struct("<Bi1s3sQfB")
_VERSION: Final = 1
UNKNOWN_DAY: Final = 0
_SEXES: Final = frozenset("MF")


@dataclass(frozen=True, slots=True)
class Block:
    """Who can be one person at all: born on nearly the same day, of one sex and with a document of one country. born: proleptic ordinal;
    sex: M or F, X for unspecified, which can be either; country: three letters as the document names it."""

    born: int
    sex: str
    country: str


@dataclass(frozen=True, slots=True, eq=False)
class FaceRecord:
    """face_print: unit length, float32; unsteadiness: as `Side`; print_name: which network made it; person: keyed hash of name and birth
    date."""

    print_name: str
    face_print: Print = field(repr=False)
    unsteadiness: float
    block: Block = field(repr=False)
    person: LinkKey = NO_KEY

    def side(self) -> Side:
        return Side(self.face_print, self.unsteadiness, 1)


def block_of(fields: DocumentFields | None) -> Block | None:
    """Return what the search for this customer is blocked by; None where the document does not say enough to search at all."""
    born: date | None = None if fields is None else fields.birth_date.reveal()
    if fields is None or born is None or not fields.issuing_state:
        return None
    return Block(born.toordinal(), fields.sex if fields.sex in _SEXES else "X", fields.issuing_state[:3])


def seal_record(key: Key, case: SessionId, record: FaceRecord) -> bytes:
    """key: the role's, for prints."""
    name = record.print_name.encode("utf-8")
    block = record.block
    head = _HEAD.pack(
        _VERSION,
        block.born,
        block.sex.encode("ascii"),
        block.country.encode("ascii", "replace").ljust(3)[:3],
        record.person,
        record.unsteadiness,
        len(name),
    )
    return seal(key, os.urandom(NONCE_BYTES), head + name + record.face_print.astype("<f2").tobytes(), _place(case))


def unsealed_record(key: Key, case: SessionId, sealed: bytes) -> FaceRecord:
    """Raises SealBroken."""
    plain = unseal(key, sealed, _place(case))
    if len(plain) < _HEAD.size or plain[0] != _VERSION:
        raise SealBroken("a sealed print of another form")
    _, born, sex, country, person, unsteadiness, count = _HEAD.unpack_from(plain)
    name, numbers = plain[_HEAD.size : _HEAD.size + count], plain[_HEAD.size + count :]
    face_print = np.frombuffer(numbers, "<f2").astype(np.float32)
    if not len(face_print):
        raise SealBroken("a sealed print without numbers")
    # Rounding to 16 bits leaves the length a few ten-thousandths off one.
    unit: Print = (face_print / max(float(np.linalg.norm(face_print)), 1e-12)).astype(np.float32)
    block = Block(born, sex.decode("ascii"), country.decode("ascii").rstrip())
    return FaceRecord(name.decode("utf-8", "replace"), unit, float(unsteadiness), block, LinkKey(person))


def _place(case: SessionId) -> Place:
    return Place("faces", case, "sealed", "find one face under several names")
