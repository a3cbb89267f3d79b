"""A Merkle tree over an append-only log: RFC 6962 section 2.1 hashes and proofs, RFC 9162 section 2.1.3 and 2.1.4 verification. Pure.

A log of any size is held as its *complete nodes*: `Place(level, number)` is the hash over the 2^level leaves from number * 2^level on. A
complete node never changes, so whoever keeps the log appends a few nodes for each leaf (one and a half on average) and reads at most
a few dozen for any proof, however long the log is. Nothing here keeps anything: nodes come in through a `Nodes` function.

`wanted(question)` says which nodes a question will ask for, so that a database can be asked once:

    places = wanted(lambda nodes: inclusion_proof(4, 9, nodes))
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
MAX_SIZE: Final = 2**63 - 1
MAX_PROOF: Final = 128
"""More hashes than any proof in a log of `MAX_SIZE` leaves holds."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A complete node: `level` 0 is a leaf, `number` counts the nodes of a level from 0."""

    level: int
    number: int


Nodes = Callable[[Place], bytes]
"""Return the hash of a complete node, 32 bytes. A place beyond the log's size is the caller's mistake."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """size: leaves; root: 32 bytes, the hash over all of them in order."""

    size: int
    root: bytes


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def append(size: int, leaf: bytes, nodes: Nodes) -> tuple[tuple[Place, bytes], ...]:
    """Return the nodes that become complete when a leaf is added to a log of `size` leaves, the leaf itself first."""
    place, found = Place(0, size), leaf
    complete = [(place, found)]
    while place.number & 1:
        found = node_hash(nodes(Place(place.level, place.number - 1)), found)
        place = Place(place.level + 1, place.number >> 1)
        complete.append((place, found))
    return tuple(complete)


def root(size: int, nodes: Nodes) -> bytes:
    """Return the root over the first `size` leaves."""
    return _over(0, size, nodes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` (from 0) in the log of the first `size` leaves, nearest sibling first."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a log of that size")
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_over(middle, end, nodes))
            end = middle
        else:
            path.append(_over(begin, middle, nodes))
            begin = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, nodes: Nodes) -> tuple[bytes, ...]:
    """Return the proof that the log of `new` leaves begins with the log of `old` leaves. Empty if old is 0 or new."""
    if not 0 <= old <= new:
        raise ValueError("a log only grows")
    if old in (0, new):
        return ()
    begin, end, path, known = 0, new, [], True
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_over(middle, end, nodes))
            end = middle
        else:
            path.append(_over(begin, middle, nodes))
            begin, known = middle, False
    if not known:
        path.append(_over(begin, end, nodes))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, head: TreeHead, proof: Iterable[bytes]) -> bool:
    """Return whether the leaf with this hash is at `index` of the log with this head. Source: RFC 9162, 2.1.3.2."""
    if not 0 <= index < head.size <= MAX_SIZE:
        return False
    position, last, found = index, head.size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            found = node_hash(sibling, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and found == head.root


def verify_consistency(old: TreeHead, new: TreeHead, proof: Iterable[bytes]) -> bool:
    """Return whether the log of the new head begins with the whole log of the old one. Source: RFC 9162, 2.1.4.2."""
    path = list(proof)
    if not 0 <= old.size <= new.size <= MAX_SIZE:
        return False
    if old.size == new.size:
        return not path and old.root == new.root
    if old.size == 0:
        return not path and old.root == EMPTY_ROOT
    if old.size & (old.size - 1) == 0:
        path.insert(0, old.root)
    if not path:
        return False
    position, last = old.size - 1, new.size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and first == old.root and second == new.root


def wanted(question: Callable[[Nodes], object]) -> frozenset[Place]:
    """Return the nodes a question asks for: `root`, `append` or a proof, with everything but its nodes filled in."""
    asked: set[Place] = set()

    def note(place: Place) -> bytes:
        asked.add(place)
        return EMPTY_ROOT

    question(note)
    return frozenset(asked)


def from_mapping(found: Mapping[Place, bytes]) -> Nodes:
    return found.__getitem__


def _over(begin: int, end: int, nodes: Nodes) -> bytes:
    """Return the hash over leaves begin..end-1 of a subtree as RFC 6962 splits them: it starts at a multiple of its greatest part."""
    leaves = end - begin
    if leaves & (leaves - 1) == 0:
        level = leaves.bit_length() - 1
        return nodes(Place(level, begin >> level))
    middle = begin + _split(leaves)
    return node_hash(_over(begin, middle, nodes), _over(middle, end, nodes))


def _split(leaves: int) -> int:
    """Return the largest power of two below the number of leaves, which is at least 2."""
    return 1 << (leaves - 1).bit_length() - 1
