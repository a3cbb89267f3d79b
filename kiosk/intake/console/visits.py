"""Who sits at which browser. A program that ends has nobody signed in: what tells visits apart is in memory alone.

1. A browser nobody signed in at costs the server nothing: its key says when it came and is marked by a secret of this start, and what its
   forms carry follows from the key. So no number of strangers takes anybody's place.
2. Whoever signs in gets a random key, in a cookie no script can read; the server keeps its hash.
3. A visit nobody used for `IDLE_LOCK_AFTER` is locked: nothing is shown until the same person signs in again. After `LONGEST` it is over.
4. One person has at most `MOST_OF_ONE` visits, all together `MOST_VISITS`: the one unused longest ends.
5. Every form carries the visit's own token; another site cannot know it.
"""

import hashlib
import hmac
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kiosk.trust.presence import IDLE_LOCK_AFTER, SignedIn
from kiosk.values import OperatorId

LONGEST: Final = timedelta(hours=10)
MOST_VISITS: Final = 500
MOST_OF_ONE: Final = 8
STRANGER_FOR: Final = timedelta(minutes=30)
_CLOCK_STEP: Final = timedelta(minutes=5)
_STRANGER: Final = re.compile(r"a\.(\d{1,12})\.([A-Za-z0-9_-]{22})\.([0-9a-f]{64})")


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
        self._secret = secrets.token_bytes(32)
        self._visits: dict[str, Visit] = {}

    def stranger(self, now: datetime) -> tuple[str, Visit]:
        """Return the visit of a browser nobody signed in at, and the key it keeps. Nothing of it is kept here."""
        plain = f"a.{int(now.timestamp())}.{secrets.token_urlsafe(16)}"
        key = f"{plain}.{self._mark('stranger', plain)}"
        return key, Visit(self._mark("form", key), now, now)

    def begin(self, now: datetime, who: SignedIn) -> tuple[str, Visit]:
        """Return the visit of somebody who signed in and the key the browser keeps."""
        key = secrets.token_urlsafe(32)
        visit = Visit(secrets.token_urlsafe(32), now, now, who)
        with self._lock:
            self._make_room(who.name, now)
            self._visits[_hash(key)] = visit
        return key, visit

    def of(self, key: str, now: datetime) -> tuple[Visit | None, bool]:
        """Return the browser's visit and whether it was locked just now for being idle. None if there is none, or it is over."""
        if (stranger := self._stranger_of(key, now)) is not None:
            return stranger, False
        with self._lock:
            visit = self._visits.get(_hash(key))
            if visit is None or _is_over(visit, now):
                self._visits.pop(_hash(key), None)
                return None, False
            idle = not timedelta(0) <= now - visit.touched < IDLE_LOCK_AFTER
            locks = idle and not visit.locked
            visit.locked = visit.locked or locks
            visit.touched = now
            return visit, locks

    def end(self, key: str) -> Visit | None:
        with self._lock:
            return self._visits.pop(_hash(key), None)

    def __len__(self) -> int:
        with self._lock:
            return len(self._visits)

    def _stranger_of(self, key: str, now: datetime) -> Visit | None:
        parts = _STRANGER.fullmatch(key)
        if parts is None or not hmac.compare_digest(parts[3], self._mark("stranger", f"a.{parts[1]}.{parts[2]}")):
            return None
        began = datetime.fromtimestamp(int(parts[1]), UTC)
        return Visit(self._mark("form", key), began, now) if -_CLOCK_STEP <= now - began <= STRANGER_FOR else None

    def _mark(self, purpose: str, text: str) -> str:
        return hmac.new(self._secret, f"{purpose}|{text}".encode(), hashlib.sha256).hexdigest()

    def _make_room(self, name: OperatorId, now: datetime) -> None:
        kept = {key: visit for key, visit in self._visits.items() if not _is_over(visit, now)}
        longest_unused = sorted(kept, key=lambda key: kept[key].touched)
        own = [key for key in longest_unused if (who := kept[key].who) is not None and who.name == name]
        ending = {*own[: len(own) - MOST_OF_ONE + 1]} if len(own) >= MOST_OF_ONE else set()
        left = [key for key in longest_unused if key not in ending]
        ending |= {*left[: len(left) - MOST_VISITS + 1]} if len(left) >= MOST_VISITS else set()
        self._visits = {key: visit for key, visit in kept.items() if key not in ending}


def _is_over(visit: Visit, now: datetime) -> bool:
    return now - visit.began > LONGEST or now < visit.began - _CLOCK_STEP


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", errors="replace")).hexdigest()
