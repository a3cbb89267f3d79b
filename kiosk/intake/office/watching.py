"""What the watch-list says beside its entries: in how many confirmed frauds each value of such a case was, for `context.linked-fraud`.

Two people agreed to each outcome. The value itself is never written: what is counted are the keyed hashes of the list. A case that does not
open is not counted, and `unreadable` says how many those are: the rest of the list must reach the stations all the same.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from kiosk.faults import StoreDamaged
from kiosk.record import SessionRecord
from kiosk.values import Masked, SessionId
from kiosk.wire.watch_list import MOST_ENTRIES, Watched, WatchList, watch_hash, watch_list_to_text, watched_values

Hashes = dict[str, Watched]


class LinkedFrauds:
    """record: opens a held case; LookupError for one that is not held, StoreDamaged for one that does not open. Each that opens is opened
    once; the others are tried again for every list."""

    def __init__(self, key: Masked[bytes], record: Callable[[SessionId], SessionRecord]) -> None:
        self._key = key
        self._record = record
        self._known: dict[SessionId, Hashes] = {}
        self.unreadable = 0
        """Confirmed frauds of the newest list that did not open."""

    def list_text(self, entries: Mapping[str, tuple[Watched, float]], frauds: Iterable[SessionId]) -> str:
        """Return the watch-list of these entries and of the values of these cases. Raises ValueError for more than a station takes."""
        many: Counter[str] = Counter()
        kinds: Hashes = {}
        self.unreadable = 0
        for session in sorted(frauds):
            hashes = self._hashes(session)
            self.unreadable += hashes is None
            hashes = hashes or {}
            many.update(hashes.keys())
            kinds |= hashes
        told = dict(many.most_common(max(MOST_ENTRIES - len(entries), 0)))  # what people put on the list by hand always finds room
        linked = {entry: (kinds[entry], 0.0) for entry in told if entry not in entries}
        return watch_list_to_text(WatchList(self._key, {**entries, **linked}, told))

    def _hashes(self, session: SessionId) -> Hashes | None:
        if session not in self._known:
            try:
                values = tuple(watched_values(self._record(session)))
            except (LookupError, StoreDamaged):
                return None
            self._known[session] = {watch_hash(self._key, of, value): of for of, value in values}
        return self._known[session]
