"""A bank's log in memory, kept as an intake keeps it: nothing but complete nodes."""

from kiosk.wire import hash_tree as tree
from kiosk.wire.hash_tree import Place, TreeHead, leaf_hash


class MemoryLog:
    def __init__(self, entries: tuple[bytes, ...] = ()) -> None:
        self.nodes: dict[Place, bytes] = {}
        self.size = 0
        for entry in entries:
            self.add(leaf_hash(entry))

    def node(self, place: Place) -> bytes:
        return self.nodes[place]

    def add(self, leaf: bytes) -> int:
        """Add a leaf's hash; return its position, from 1."""
        for place, found in tree.append(self.size, leaf, self.node):
            assert place not in self.nodes
            self.nodes[place] = found
        self.size += 1
        return self.size

    def head(self, size: int | None = None) -> TreeHead:
        wanted = self.size if size is None else size
        return TreeHead(wanted, tree.root(wanted, self.node))


def numbered_entries(count: int) -> tuple[bytes, ...]:
    return tuple(number.to_bytes(4, "big") for number in range(count))
