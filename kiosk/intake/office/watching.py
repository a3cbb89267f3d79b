"""What the watch-list says beside its entries: in how many confirmed frauds each value of such a case was, for `context.linked-fraud`.

Two people agreed to each outcome. The value itself is never written: what is counted are the keyed hashes of the list. A case that does not
open is not counted, and `unreadable` says how many those are: the rest of the list must reach the stations all the same.

A value that very many cases have is everybody's: a utility's account is in some frauds as it is in all bills. Beyond so many cases as make
a hub in the link graph its frauds count in proportion, rounded down, so that one label, or a hundred, do not taint thousands; up to ten
times as many one is told at least. A document and the account that pays are one person's however often he comes: nobody washes his own.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from kiosk.faults import StoreDamaged
from kiosk.intake.analysis.fact import LinkKind
from kiosk.intake.analysis.links import HOUSE, HUB
from kiosk.record import SessionRecord
from kiosk.values import Masked, SessionId
from kiosk.wire.watch_list import MOST_ENTRIES, Watched, WatchList, watch_hash, watch_list_from_text, watch_list_to_text, watched_values

Hashes = dict[str, Watched]
_SHARED: Final = {
    Watched.PHONE: LinkKind.PHONE,
    Watched.EMAIL: LinkKind.EMAIL,
    Watched.ADDRESS: LinkKind.ADDRESS,
    Watched.PAYEE: LinkKind.PAYEE,
}
"""What may be everybody's."""
_NOT_EVERYBODY_S: Final = 10
"""Up to so many times as many cases as make a hub."""


class LinkedFrauds:
    """record: opens a held case; LookupError for one that is not held, StoreDamaged for one that does not open. Each that opens is opened
    once; the others are tried again for every list. shared_by: how many cases share what a case has, by kind; empty where nobody knows,
    and then every fraud counts."""

    def __init__(
        self,
        key: Masked[bytes],
        record: Callable[[SessionId], SessionRecord],
        shared_by: Callable[[SessionId], Mapping[LinkKind, int]] = lambda session: {},
    ) -> None:
        self._key = key
        self._record = record
        self._shared_by = shared_by
        self._known: dict[SessionId, Hashes] = {}
        self.unreadable = 0
        """Confirmed frauds of the newest list that did not open."""

    def list_text(self, entries: Mapping[str, tuple[Watched, float]], frauds: Iterable[SessionId]) -> str:
        """Return the watch-list of these entries and of the values of these cases. Raises ValueError for more than a station takes."""
        frauds = sorted(frauds)
        many, kinds = self._counted(frauds)
        shared: dict[str, int] = {}
        for session in frauds:
            degrees = self._shared_by(session)
            for one, of in self._known.get(session, {}).items():
                shared[one] = max(shared.get(one, 0), degrees.get(_SHARED[of], 0) if of in _SHARED else 0)
        many = Counter({one: counts for one, count in many.items() if (counts := _damped(count, shared[one], kinds[one]))})
        return self._spelled(entries, many, kinds)

    def kept_text(self, entries: Mapping[str, tuple[Watched, float]], frauds: Iterable[SessionId], before: str) -> str:
        """Return the watch-list while nobody knows how many share what a case has: of what may be everybody's it tells no more than the
        list before did, empty for none; of what is one person's it tells all. What was only in cases that are no frauds any more is gone.
        Raises as `list_text`, and PacketRefused for what is no list to this version of the program."""
        told = watch_list_from_text(before).frauds if before else {}
        many, kinds = self._counted(frauds)
        kept = {one: min(count, told.get(one, 0)) if kinds[one] in _SHARED else count for one, count in many.items()}
        return self._spelled(entries, Counter({one: count for one, count in kept.items() if count}), kinds)

    def _counted(self, frauds: Iterable[SessionId]) -> tuple[Counter[str], Hashes]:
        many: Counter[str] = Counter()
        kinds: Hashes = {}
        self.unreadable = 0
        for session in sorted(frauds):
            hashes = self._hashes(session)
            self.unreadable += hashes is None
            many.update((hashes or {}).keys())
            kinds |= hashes or {}
        return many, kinds

    def _spelled(self, entries: Mapping[str, tuple[Watched, float]], many: Counter[str], kinds: Hashes) -> str:
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


def _damped(frauds: int, shared_by: int, of: Watched) -> int:
    """Return how many frauds are told of a value that so many cases share, 0 for one that is one person's."""
    usual = HOUSE if of is Watched.ADDRESS else HUB
    if shared_by <= usual:
        return frauds
    return max(frauds * usual // shared_by, 1 if shared_by <= _NOT_EVERYBODY_S * usual else 0)
