"""A brake for one sender that runs wild: a token bucket per enrolled key, or per address of a browser."""

import threading
from datetime import datetime, timedelta
from typing import Final

_FULL_AFTER: Final = timedelta(minutes=1)
"""After so long without a word a bucket is full again, and as good as none."""


class Pace:
    """per_minute: allowed on average; as many may come at once; most: senders that are remembered at a time.

    Whoever said nothing for a minute is forgotten, and of more than `most` the one that was silent longest: so memory is bounded whoever
    comes, and a stranger with many addresses gains a fresh bucket by being forgotten, which each of his addresses had anyway."""

    def __init__(self, per_minute: int, most: int = 10_000) -> None:
        self._per_minute = per_minute
        self._most = most
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, datetime]] = {}
        """In the order in which they were last touched."""

    def allows(self, sender: str, now: datetime) -> bool:
        """Count one word of this sender; return whether it may be looked at now. A clock set back costs nobody their share."""
        with self._lock:
            left, since = self._buckets.pop(sender, (float(self._per_minute), now))
            earned = max(0.0, (now - since).total_seconds()) * self._per_minute / 60.0
            left = min(float(self._per_minute), left + earned)
            allowed = left >= 1.0
            self._buckets[sender] = (left - 1.0 if allowed else left, now)
            self._forget_silent(now)
            return allowed

    def __len__(self) -> int:
        with self._lock:
            return len(self._buckets)

    def _forget_silent(self, now: datetime) -> None:
        """The longest silent come first, so nothing is looked at that stays, but for one."""
        while self._buckets:
            longest = next(iter(self._buckets))
            if len(self._buckets) <= self._most and now - self._buckets[longest][1] <= _FULL_AFTER:
                return
            del self._buckets[longest]
