"""What the bank sent this station and what came of it: one row a version. `kiosk.trust.station_updates` holds the rules.

The envelope lies sealed: the watch-list's key is in it.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlite_utils

from kiosk.faults import StoreDamaged
from kiosk.vault.sealing import NONCE_BYTES, Key, Place, seal, unseal
from kiosk.vault.times import as_text, from_text

KEPT_GOOD: Final = 2
"""The one in force and the one before it, to fall back on."""


class UpdateState(StrEnum):
    """TRYING: being put into force; one found so at a start died in the attempt."""

    TRYING = "trying"
    GOOD = "good"
    ROLLED_BACK = "rolled-back"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class UpdateRow:
    """digest: of the payload, hex; trouble: a code, empty for a good one; envelope: empty for one that was refused."""

    kind: str
    version: int
    state: UpdateState
    digest: str
    trouble: str
    envelope: bytes
    at: datetime


class UpdateRows:
    """Used only inside `Store.update_rows()`, which holds the lock and the transaction."""

    def __init__(self, db: sqlite_utils.Database, key: Key) -> None:
        self._db = db
        self._key = key

    def keep(self, row: UpdateRow) -> None:
        """Write a row, in place of one of the same kind and version."""
        sealed = seal(self._key, os.urandom(NONCE_BYTES), row.envelope, _place(row.kind, row.version))
        values = (row.kind, row.version, row.state.value, row.digest, row.trouble, sealed, as_text(row.at))
        self._db.execute("INSERT OR REPLACE INTO station_updates VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def rows(self) -> tuple[UpdateRow, ...]:
        """Return everything, newest version first. Raises SealBroken."""
        found = self._db.execute("SELECT kind, version, state, digest, trouble, sealed, at FROM station_updates ORDER BY version DESC")
        return tuple(self._row(row) for row in found.fetchall())

    def forget_old(self, kind: str, kept: Sequence[int]) -> None:
        """Remove what nobody falls back on any more: good ones of other versions than these, and refusals older than those."""
        self._db.execute(
            """
            DELETE FROM station_updates
            WHERE kind = ? AND (version < ? OR state = 'good' AND version NOT IN (SELECT value FROM json_each(?)))
            """,
            (kind, min(kept, default=0), json.dumps(list(kept))),
        )

    def _row(self, row: tuple[Any, ...]) -> UpdateRow:
        kind, version, state, digest, trouble, sealed, at = row
        try:
            known = UpdateState(state)
        except ValueError as unfit:
            raise StoreDamaged("an update in the store has no known state") from unfit
        return UpdateRow(kind, version, known, digest, trouble, unseal(self._key, sealed, _place(kind, version)), from_text(at))


def _place(kind: str, version: int) -> Place:
    return Place("station_updates", f"{kind} {version}", "sealed", "what the bank sent")
