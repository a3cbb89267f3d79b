"""Lessons done and certificates earned. The store calls it inside its own transactions and under its own lock.

A certificate is signed with a key made from the store's master key: a row written into the file by hand is none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlite_utils
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.values import OperatorId
from kiosk.vault.sealing import Key, derive
from kiosk.vault.times import as_text, from_text
from kiosk.wire import canonical

_DOMAIN: Final = b"identity-desk training certificate 1\0"


@dataclass(frozen=True, slots=True)
class Certificate:
    """course: version of the course that was passed; score: percent of the questions answered rightly, 0..100."""

    name: OperatorId
    course: str
    passed_at: datetime
    expires_at: datetime
    score: int


@dataclass(frozen=True, slots=True)
class SignedCertificate:
    """key: the raw public key, 32 bytes; signature: Ed25519, 64 bytes."""

    certificate: Certificate
    key: bytes
    signature: bytes


class TrainingRows:
    def __init__(self, db: sqlite_utils.Database, master: Key) -> None:
        self._db = db
        self._key = Ed25519PrivateKey.from_private_bytes(derive(master, "training certificates").reveal())
        self.public = self._key.public_key().public_bytes_raw()

    def keep_lesson(self, name: OperatorId, course: str, lesson: str, now: datetime) -> bool:
        """Return False if it was done before."""
        values = (name, course, lesson, as_text(now))
        return bool(self._db.execute("INSERT OR IGNORE INTO lessons_done VALUES (?, ?, ?, ?)", values).rowcount)

    def lessons(self, name: OperatorId, course: str) -> frozenset[str]:
        found = self._db.execute("SELECT lesson FROM lessons_done WHERE name = ? AND course = ?", (name, course)).fetchall()
        return frozenset(row[0] for row in found)

    def keep_certificate(self, certificate: Certificate) -> SignedCertificate:
        signed = SignedCertificate(certificate, self.public, self._key.sign(_signed(certificate)))
        self._db.execute(
            "INSERT INTO certificates (name, course, passed_at, expires_at, score, key, signature) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                certificate.name,
                certificate.course,
                as_text(certificate.passed_at),
                as_text(certificate.expires_at),
                certificate.score,
                signed.key,
                signed.signature,
            ),
        )
        return signed

    def newest_certificate(self, name: OperatorId) -> SignedCertificate | None:
        """Return the newest genuine certificate of this person; one that is not genuine counts for nothing."""
        found = self._db.execute(
            "SELECT name, course, passed_at, expires_at, score, key, signature FROM certificates WHERE name = ? ORDER BY number DESC",
            (name,),
        ).fetchall()
        for row in found:
            certificate = Certificate(OperatorId(row[0]), row[1], from_text(row[2]), from_text(row[3]), row[4])
            signed = SignedCertificate(certificate, row[5], row[6])
            if is_genuine(signed, self.public):
                return signed
        return None


def is_genuine(signed: SignedCertificate, key: bytes) -> bool:
    """Return whether this certificate was signed with that key."""
    if signed.key != key:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed.signature, _signed(signed.certificate))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(certificate: Certificate) -> bytes:
    return _DOMAIN + canonical.spell(
        {
            "name": certificate.name,
            "course": certificate.course,
            "passed_at": as_text(certificate.passed_at),
            "expires_at": as_text(certificate.expires_at),
            "score": certificate.score,
        }
    )
