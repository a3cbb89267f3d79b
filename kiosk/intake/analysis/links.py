"""The link graph, grown case by case: cases on one side, the keys they share on the other.

A key seen once is a number in a dictionary; from the second case on it is a `Node` with its newest cases. Whatever is asked of a node looks
at those alone: a hub of 100,000 edges costs what one of sixteen does, and says no more than that it is a hub.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from kiosk.intake.analysis.fact import NO_KEY, LinkKind
from kiosk.intake.analysis.seen import FLAG_WOKEN, FLAG_YOUNG, Seen

NEWEST: Final = 16
HUB: Final = 64
"""Keys that more cases share tie nobody together: a helper's phone, a notary's account."""
HOUSE: Final = 8
"""The same for addresses: more cases than this are a house, not a household."""
_AROUND: Final = 48
"""Cases looked at when a community is walked through."""


class Node:
    """A key that several cases share. newest: indices of its newest cases, oldest first, in a list because a deque takes 600 bytes for two;
    count: of all; since: when it was first seen; fraud, cleared: by how much people found it bad or harmless."""

    __slots__ = ("cleared", "count", "fraud", "newest", "since")

    def __init__(self, first: int, since: float) -> None:
        self.newest = [first]
        self.count = 1
        self.since = since
        self.fraud = 0.0
        self.cleared = 0.0


class LinkBook:
    """All keys. Keys of different kinds never meet: the kind is in the hash."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._keys: dict[int, int | Node] = {}
        self._faces: dict[int, list[int]] = {}

    def node(self, key: int) -> Node | None:
        """Return the node of a key seen at least once, None for one never seen. A lone case becomes a node."""
        found = self._keys.get(key)
        if found is None or key == NO_KEY:
            return None
        if isinstance(found, int):
            found = self._keys[key] = Node(found, self._seen.at[found])
        return found

    def node_of_several(self, key: int) -> Node | None:
        """Return the node of a key that several cases have had, None for any other."""
        found = self._keys.get(key)
        return found if isinstance(found, Node) else None

    def touch(self, key: int, index: int) -> Node | None:
        """Write down that a case has this key; return the node if others had it before, with this case not yet in it."""
        if key == NO_KEY:
            return None
        found = self._keys.get(key)
        if found is None:
            self._keys[key] = index
            return None
        if isinstance(found, int):
            found = self._keys[key] = Node(found, self._seen.at[found])
        return found

    def join(self, node: Node, index: int) -> None:
        newest = node.newest
        newest.append(index)
        if len(newest) > NEWEST:
            del newest[0]
        node.count += 1

    def tie_faces(self, one: int, other: int) -> None:
        for here, there in ((one, other), (other, one)):
            held = self._faces.setdefault(here, [])
            if len(held) < NEWEST:
                held.append(there)

    def faces(self, index: int) -> list[int]:
        return self._faces.get(index, [])

    def forget(self, cases: Iterable[int]) -> None:
        """Remove cases from their nodes. Called before their keys are blotted out."""
        for index in cases:
            for _, key in self.keys_of(index):
                found = self._keys.get(key)
                if isinstance(found, Node):
                    found.newest = [one for one in found.newest if one != index]
                elif found == index:
                    del self._keys[key]
            for other in self._faces.pop(index, ()):
                self._faces[other] = [one for one in self._faces.get(other, ()) if one != index]

    def keys_of(self, index: int) -> Iterator[tuple[LinkKind, int]]:
        """Yield the keys of a case."""
        seen = self._seen
        return (
            (kind, key)
            for kind, key in (
                (LinkKind.DOCUMENT, seen.document[index]),
                (LinkKind.PERSON, seen.person[index]),
                (LinkKind.PHONE, seen.phone[index]),
                (LinkKind.EMAIL, seen.email[index]),
                (LinkKind.ADDRESS, seen.address[index]),
                (LinkKind.SERIES, seen.series[index]),
                (LinkKind.HALF, seen.half_first[index]),
                (LinkKind.HALF, seen.half_last[index]),
                (LinkKind.ACCOUNT, seen.account[index]),
                (LinkKind.PAYEE, seen.payee[index]),
                (LinkKind.RUN, seen.run[index]),
            )
            if key != NO_KEY
        )

    def tied(self, index: int) -> Iterator[tuple[LinkKind, int, int]]:
        """Yield (what they share, the other case, how many share it) for cases tied to one, hubs left out. A payee ties only those whose
        accounts are young or were woken: everybody pays somebody."""
        flags = self._seen.flags
        for kind, key in self.keys_of(index):
            found = self._keys.get(key)
            if not isinstance(found, Node) or _is_hub(kind, found):
                continue
            odd = FLAG_YOUNG | FLAG_WOKEN if kind is LinkKind.PAYEE else 0
            if odd and not flags[index] & odd:
                continue
            for other in found.newest:
                if other != index and (not odd or flags[other] & odd):
                    yield kind, other, found.count
        for other in self.faces(index):
            yield LinkKind.FACE, other, 2

    def hubs(self, index: int) -> Iterator[tuple[LinkKind, int]]:
        """Yield what a case shares with so many that it ties it to none of them, and with how many."""
        for kind, key in self.keys_of(index):
            found = self._keys.get(key)
            if isinstance(found, Node) and _is_hub(kind, found):
                yield kind, found.count

    def shared_by(self, index: int) -> dict[LinkKind, int]:
        """Return for each kind of key a case has how many cases have that key, itself among them."""
        found: dict[LinkKind, int] = {}
        for kind, key in self.keys_of(index):
            node = self._keys.get(key)
            found[kind] = max(found.get(kind, 0), node.count if isinstance(node, Node) else 1)
        return found

    def around(self, index: int, most: int = _AROUND) -> list[int]:
        """Return the cases tied to one directly or over others, nearest first, without it; at most so many."""
        found = dict.fromkeys(other for _, _, other in self.walk(index, most))
        found.pop(index, None)
        return list(found)[:most]

    def walk(self, index: int, most: int = _AROUND) -> Iterator[tuple[int, LinkKind, int]]:
        """Yield the ties around a case (one end, what they share, the other end), nearest first, until so many cases were met."""
        met: dict[int, None] = {index: None}
        edge = [index]
        while edge:
            further: list[int] = []
            for one in edge:
                for kind, other, _ in self.tied(one):
                    yield one, kind, other
                    if other not in met:
                        met[other] = None
                        further.append(other)
                        if len(met) > most:
                            return
            edge = further


def _is_hub(kind: LinkKind, node: Node) -> bool:
    return node.count > (HOUSE if kind is LinkKind.ADDRESS else HUB)
