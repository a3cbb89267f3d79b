"""Lines of the audit log that a stranger can cause: the first at once, then at most one a minute, which says how many there were.

Whoever has no password yet, or no second factor, must not be able to fill a log that is kept for ever. What a person did who got further
is always a line.
"""

import threading
from datetime import datetime, timedelta
from typing import Final

EVERY: Final = timedelta(minutes=1)
_MOST: Final = 1_000


class Sparing:
    """Thread-safe; in memory alone. Of more than a thousand kinds the one told longest ago is forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, tuple[datetime, int]] = {}

    def due(self, kind: str, now: datetime) -> int:
        """Count one of its kind; return how many a line is to tell of now, this one included, 0 if none is due yet."""
        with self._lock:
            told = self._told.get(kind)
            if told is not None and timedelta(0) <= now - told[0] < EVERY:
                self._told[kind] = (told[0], told[1] + 1)
                return 0
            self._told.pop(kind, None)
            self._told[kind] = (now, 0)
            if len(self._told) > _MOST:
                del self._told[next(iter(self._told))]
            return 1 if told is None else told[1] + 1


def detail(code: str, times: int) -> str:
    """Return a line's detail: the code, and how many times if that was more than once."""
    return code if times == 1 else f"{code}:times={times}"
