"""The operators' and the station's own rows. `kiosk.trust` holds the rules; here are only the tables and their seals."""

import hmac
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlite_utils

from kiosk.values import Masked, OperatorId
from kiosk.vault.sealing import NONCE_BYTES, Key, Place, derive, seal, unseal
from kiosk.vault.times import as_text, from_text

_NOT_LOCKED: Final = ""


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """secret: what verifies the password, opaque here, empty once the operator was removed; failures: in a row; locked_until: None when
    not locked."""

    name: OperatorId
    role: str
    secret: Masked[bytes]
    failures: int
    locked_until: datetime | None
    added_at: datetime

    @property
    def active(self) -> bool:
        return bool(self.secret.reveal())


class TrustRows:
    """Used only inside `Store.trust_rows()`, which holds the lock and the transaction."""

    def __init__(self, db: sqlite_utils.Database, key: Key) -> None:
        self._db = db
        self._key = key

    def operator(self, name: OperatorId) -> OperatorRow | None:
        row = self._db.execute(
            "SELECT name, role, secret, failures, locked_until, added_at FROM operators WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            return None
        secret = Masked(unseal(self._key, row[2], _operator_place(name, row[1])))
        locked = None if row[4] == _NOT_LOCKED else from_text(row[4])
        return OperatorRow(OperatorId(row[0]), row[1], secret, row[3], locked, from_text(row[5]))

    def operator_names(self) -> tuple[OperatorId, ...]:
        return tuple(OperatorId(row[0]) for row in self._db.execute("SELECT name FROM operators ORDER BY name"))

    def add_operator(self, row: OperatorRow) -> None:
        self._db.table("operators").insert(
            {
                "name": row.name,
                "role": row.role,
                "secret": seal(self._key, os.urandom(NONCE_BYTES), row.secret.reveal(), _operator_place(row.name, row.role)),
                "failures": row.failures,
                "locked_until": _locked_text(row.locked_until),
                "added_at": as_text(row.added_at),
            }
        )

    def replace_operator(self, row: OperatorRow) -> None:
        """Write role, secret, failures and lock of an operator who is there; the role is part of the secret's seal."""
        place = _operator_place(row.name, row.role)
        values = {
            "role": row.role,
            "secret": seal(self._key, os.urandom(NONCE_BYTES), row.secret.reveal(), place),
            "failures": row.failures,
            "locked_until": _locked_text(row.locked_until),
        }
        self._db.table("operators").update(row.name, values)

    def factor(self, name: OperatorId) -> Masked[bytes] | None:
        """Return an operator's second factor, opaque here, None while there is none. Raises SealBroken."""
        row = self._db.execute("SELECT sealed, kind FROM operator_factors WHERE name = ?", (name,)).fetchone()
        return None if row is None else Masked(unseal(self._key, row[0], _factor_place(name, row[1])))

    def has_fingerprint(self, fingerprint: bytes) -> bool:
        mark = self._mark(fingerprint)
        return self._db.execute("SELECT 1 FROM operator_factors WHERE fingerprint = ?", (mark,)).fetchone() is not None

    def keep_factor(self, name: OperatorId, kind: str, secret: Masked[bytes], fingerprint: bytes, now: datetime) -> None:
        self._db.table("operator_factors").insert(
            {
                "name": name,
                "kind": kind,
                "sealed": seal(self._key, os.urandom(NONCE_BYTES), secret.reveal(), _factor_place(name, kind)),
                "fingerprint": self._mark(fingerprint),
                "enrolled_at": as_text(now),
            }
        )

    def renew_factor(self, name: OperatorId, secret: Masked[bytes]) -> None:
        """Write a factor with what was used up. Raises LookupError if there is none."""
        row = self._db.execute("SELECT kind FROM operator_factors WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise LookupError("no such second factor")
        sealed = seal(self._key, os.urandom(NONCE_BYTES), secret.reveal(), _factor_place(name, row[0]))
        self._db.table("operator_factors").update(name, {"sealed": sealed})

    def forget_factor(self, name: OperatorId) -> None:
        self._db.execute("DELETE FROM operator_factors WHERE name = ?", (name,))

    def rhythm(self, name: OperatorId) -> Masked[bytes] | None:
        """Return what is known of an operator's typing, opaque here, None for nothing. Raises SealBroken."""
        row = self._db.execute("SELECT sealed FROM operator_rhythms WHERE name = ?", (name,)).fetchone()
        return None if row is None else Masked(unseal(self._key, row[0], _rhythm_place(name)))

    def keep_rhythm(self, name: OperatorId, samples: Masked[bytes], now: datetime) -> None:
        sealed = seal(self._key, os.urandom(NONCE_BYTES), samples.reveal(), _rhythm_place(name))
        self._db.table("operator_rhythms").upsert({"name": name, "sealed": sealed, "kept_at": as_text(now)}, pk="name")

    def forget_rhythm(self, name: OperatorId) -> None:
        self._db.execute("DELETE FROM operator_rhythms WHERE name = ?", (name,))

    def look(self, name: OperatorId) -> str:
        row = self._db.execute("SELECT look FROM operator_looks WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row[0])

    def keep_look(self, name: OperatorId, look: str, now: datetime) -> None:
        self._db.table("operator_looks").upsert({"name": name, "look": look, "kept_at": as_text(now)}, pk="name")

    def _mark(self, fingerprint: bytes) -> bytes:
        """Keyed, so that the column tells nothing to whoever has the file and guesses."""
        return hmac.digest(derive(self._key, "fingerprints").reveal(), fingerprint, "sha256")

    def set_failures(self, name: OperatorId, failures: int, locked_until: datetime | None) -> None:
        self._db.table("operators").update(name, {"failures": failures, "locked_until": _locked_text(locked_until)})

    def secret(self, name: str) -> Masked[bytes] | None:
        """Return one of the station's own secrets, None if it was never kept. Raises SealBroken."""
        row = self._db.execute("SELECT sealed FROM station_secrets WHERE name = ?", (name,)).fetchone()
        return None if row is None else Masked(unseal(self._key, row[0], _secret_place(name)))

    def keep_secret(self, name: str, secret: Masked[bytes], now: datetime) -> None:
        """Keep one secret for good: the schema lets none be replaced."""
        sealed = seal(self._key, os.urandom(NONCE_BYTES), secret.reveal(), _secret_place(name))
        self._db.table("station_secrets").insert({"name": name, "sealed": sealed, "kept_at": as_text(now)})


def _operator_place(name: str, role: str) -> Place:
    """The role is part of the place, so that nobody is promoted by editing the file."""
    return Place("operators", name, "secret", f"checking the password of a {role}")


def _factor_place(name: str, kind: str) -> Place:
    """The name is part of the place, so that nobody is given somebody else's factor by copying a row."""
    return Place("operator_factors", name, "sealed", f"second factor: {kind}")


def _rhythm_place(name: str) -> Place:
    return Place("operator_rhythms", name, "sealed", "typing rhythm")


def _secret_place(name: str) -> Place:
    return Place("station_secrets", name, "sealed", "the station's own secret")


def _locked_text(locked_until: datetime | None) -> str:
    return _NOT_LOCKED if locked_until is None else as_text(locked_until)
