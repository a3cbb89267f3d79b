"""The bank's log as it is shown: a fresh signed head and the proofs that lead to it, for every receipt that is given or given again."""

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.intake.store import Held, IntakeStore
from kiosk.wire import hash_tree
from kiosk.wire.hash_tree import Nodes, Place, TreeHead
from kiosk.wire.log_proof import proven_receipt
from kiosk.wire.receipt import sign_head

_KEPT_NODES: Final = 50_000
"""About 10 MB. Near the root the same few nodes are asked for by everybody."""


class ReceiptLog:
    """Thread-safe. answers: the bank's current answering key; clock: the time in UTC."""

    def __init__(self, store: IntakeStore, answers: Ed25519PrivateKey, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._answers = answers
        self._clock = clock
        self._kept: dict[Place, bytes] = {}
        self._seen = 0
        self._lock = threading.Lock()

    def prove(self, held: Held, known_size: int) -> bytes:
        """Return what a station gets for a held packet. known_size: of the last head it kept, 0 if none."""
        size = self._size_with(held.position, known_size)
        known = min(known_size, size)

        def question(nodes: Nodes) -> tuple[bytes, bytes]:
            head = TreeHead(size, hash_tree.root(size, nodes))
            return head.root, proven_receipt(held.receipt, held.position, head, b"", known, nodes).to_bytes()

        nodes = self._nodes(hash_tree.wanted(question))
        head = TreeHead(size, hash_tree.root(size, nodes))
        signed = sign_head(head, self._clock(), self._answers)
        return proven_receipt(held.receipt, held.position, head, signed, known_size, nodes).to_bytes()

    def _size_with(self, position: int, known_size: int) -> int:
        """Return a size the log has reached, with this committed position and, if there are so many leaves, the station's known size in it.

        What was once true stays true of a log that only grows, so the store is asked only when a station knows of more than we do.
        """
        self._seen = max(self._seen, position)
        if self._seen < known_size:
            self._seen = max(self._seen, self._store.log_size())
        return self._seen

    def _nodes(self, places: Collection[Place]) -> Nodes:
        """Return the nodes, from memory where they were read before: a committed node never changes."""
        with self._lock:
            found: dict[Place, bytes] = {place: self._kept[place] for place in places if place in self._kept}
        missing = [place for place in places if place not in found]
        if missing:
            read: Mapping[Place, bytes] = self._store.log_nodes(missing)
            found.update(read)
            with self._lock:
                if len(self._kept) + len(read) > _KEPT_NODES:
                    self._kept.clear()
                self._kept.update(read)
        return found.__getitem__
