"""Whether the bank keeps face prints for analysis at all. Off until a person allows it, with the ground and for how long.

One face under several names is searched for, which no customer consented to at the kiosk: there it was one face against one document. A
bank that does it needs a ground of its own (in the EU a law by Article 9(2)(g) GDPR, elsewhere as the law says) and an impact assessment.
This program cannot judge the ground; it writes down who stated which, and keeps no print without.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kiosk.faults import DiskFull, PacketRefused, SettingsRefused, StoreUnavailable
from kiosk.vault.files import is_full, sync_folder
from kiosk.wire import canonical
from kiosk.wire.limits import MAX_KEY_TEXT
from kiosk.wire.plain import read_time, write_time

FILE: Final = "prints.json"
MOST_DAYS: Final = 3_650
_MOST_TEXT: Final = 500


@dataclass(frozen=True, slots=True)
class Allowance:
    """ground: the legal ground, in the bank's words; days: prints of cases received longer ago are erased; by: who allowed it."""

    ground: str
    days: int
    by: str
    at: datetime

    def kept_since(self, now: datetime) -> datetime:
        """Return the moment before which received cases have no print any more."""
        return now - timedelta(days=self.days)


def allowed(folder: Path) -> Allowance | None:
    """Return what the bank allowed; None if it keeps no prints. folder: the role's. Raises SettingsRefused for a file that is damaged."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            value = canonical.parse(file.read(MAX_KEY_TEXT + 1).strip(), MAX_KEY_TEXT)
        match value:
            case {"format": 1, "ground": str(ground), "days": int(days), "by": str(by), "at": str(at), **others} if not others:
                return _checked(Allowance(ground, days, by, read_time(at, "at")))
            case _:
                raise PacketRefused("other members")
    except (OSError, PacketRefused) as trouble:
        raise SettingsRefused(f"{FILE} is damaged or cannot be read; allow or forbid prints anew") from trouble


def allow(folder: Path, allowance: Allowance) -> None:
    """Raises SettingsRefused for a ground that says nothing or a time that is none."""
    _checked(allowance)
    members: dict[str, canonical.Json] = {
        "format": 1,
        "ground": allowance.ground,
        "days": allowance.days,
        "by": allowance.by,
        "at": write_time(allowance.at),
    }
    part = folder / f"{FILE}.new"
    try:
        with part.open("wb") as file:
            file.write(canonical.spell(members) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / FILE)
        sync_folder(folder)
    except OSError as error:
        raise DiskFull("no room") if is_full(error) else StoreUnavailable(f"{FILE} cannot be written: {error.strerror}") from error


def forbid(folder: Path) -> None:
    """Keep no prints from now on. Those that are kept are the caller's to erase."""
    try:
        (folder / FILE).unlink(missing_ok=True)
        sync_folder(folder)
    except OSError as error:
        raise StoreUnavailable(f"{FILE} cannot be removed: {error.strerror}") from error


def _checked(allowance: Allowance) -> Allowance:
    if not 10 <= len(allowance.ground.strip()) <= _MOST_TEXT or not 0 < len(allowance.by.strip()) <= _MOST_TEXT:
        raise SettingsRefused("say the legal ground (10 to 500 characters) and who allows it")
    if not 1 <= allowance.days <= MOST_DAYS:
        raise SettingsRefused(f"prints are kept for 1 to {MOST_DAYS} days")
    return allowance
