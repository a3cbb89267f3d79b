"""Who sits at which browser: visits, held in memory alone. A program that ends has nobody signed in.

1. A browser has one random key in a cookie no script can read; the server keeps its hash. A new key is drawn when somebody signs in.
2. A visit nobody used for `IDLE_LOCK_AFTER` is locked: nothing is shown until the same person signs in again. After `LONGEST` it is over.
3. Every form carries the visit's own token; another site cannot know it.
"""

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from kiosk.trust.presence import IDLE_LOCK_AFTER, SignedIn

LONGEST: Final = timedelta(hours=10)
MOST_VISITS: Final = 500
_ANONYMOUS_FOR: Final = timedelta(minutes=30)


@dataclass(slots=True)
class Visit:
    """token: what forms carry; who: None before somebody signed in; locked: shown nothing until `who` signs in again; said: what the
    next page tells, once."""

    token: str
    began: datetime
    touched: datetime
    who: SignedIn | None = None
    locked: bool = False
    said: str = ""

    def acting(self) -> SignedIn | None:
        return None if self.locked else self.who

    def is_token(self, offered: str) -> bool:
        return hmac.compare_digest(self.token.encode(), offered.encode("utf-8", errors="replace"))


class Visits:
    """Thread-safe. A clock set back locks every visit: whose idle time nobody can tell counts as idle."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: dict[str, Visit] = {}

    def begin(self, now: datetime, who: SignedIn | None = None) -> tuple[str, Visit]:
        """Return a new visit and the key its browser keeps."""
        key = secrets.token_urlsafe(32)
        visit = Visit(secrets.token_urlsafe(32), now, now, who)
        with self._lock:
            self._forget_old(now)
            self._visits[_hash(key)] = visit
        return key, visit

    def of(self, key: str, now: datetime) -> tuple[Visit | None, bool]:
        """Return the browser's visit and whether it was locked just now for being idle. None if there is none, or it is over."""
        with self._lock:
            visit = self._visits.get(_hash(key))
            if visit is None or _is_over(visit, now):
                self._visits.pop(_hash(key), None)
                return None, False
            idle = not timedelta(0) <= now - visit.touched < IDLE_LOCK_AFTER
            locks = idle and visit.who is not None and not visit.locked
            visit.locked = visit.locked or locks
            visit.touched = now
            return visit, locks

    def end(self, key: str) -> Visit | None:
        with self._lock:
            return self._visits.pop(_hash(key), None)

    def _forget_old(self, now: datetime) -> None:
        self._visits = {key: visit for key, visit in self._visits.items() if not _is_over(visit, now)}
        while len(self._visits) >= MOST_VISITS:
            nobody = (key for key, visit in self._visits.items() if visit.who is None)
            del self._visits[next(nobody, next(iter(self._visits)))]


def _is_over(visit: Visit, now: datetime) -> bool:
    return now - visit.began > (LONGEST if visit.who is not None else _ANONYMOUS_FOR) or now < visit.began - timedelta(minutes=5)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", errors="replace")).hexdigest()
