"""A brake for one station that runs wild: a token bucket per enrolled key. Only verified packets count, so a stranger cannot spend
another's share."""

import threading
from datetime import datetime


class Pace:
    """per_minute: packets allowed on average; as many may come at once. Memory is bounded by the number of enrolled stations."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def allows(self, key_id: str, now: datetime) -> bool:
        """Count one packet of this key; return whether it may be looked at now. A clock set back costs nobody their share."""
        with self._lock:
            left, since = self._buckets.get(key_id, (float(self._per_minute), now))
            earned = max(0.0, (now - since).total_seconds()) * self._per_minute / 60.0
            left = min(float(self._per_minute), left + earned)
            allowed = left >= 1.0
            self._buckets[key_id] = (left - 1.0 if allowed else left, now)
            return allowed
