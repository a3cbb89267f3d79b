"""What people found out flows back: keys of confirmed frauds are watched, keys of false alarms count less.

A wrong or poisoned label does little: one label counts one, a confirmed fraud without a second person half; a hub dilutes it; being tied to
fraud weighs at most `_MOST`; a clearance at most halves a kind of finding, and never touches a repeated liveness run, a face under other
names or a document under another. Only findings that speak of sharing are ever cleared.
"""

from typing import Final

from kiosk.intake.analysis.fact import Label, LinkKind, Truth
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.links import LinkBook, Node
from kiosk.intake.analysis.seen import Seen
from kiosk.intake.analysis.values import Shown

_MOST: Final = 1.5
_CLEARED_AT_MOST: Final = 1.0
_TELLS: Final = {
    LinkKind.DOCUMENT: 1.0,
    LinkKind.PERSON: 1.0,
    LinkKind.FACE: 1.0,
    LinkKind.RUN: 1.0,
    LinkKind.HALF: 1.0,
    LinkKind.PHONE: 1.0,
    LinkKind.EMAIL: 1.0,
    LinkKind.SERIES: 0.8,
    LinkKind.PAYEE: 0.7,
    LinkKind.ACCOUNT: 1.0,
    LinkKind.ADDRESS: 0.6,
}
"""How much a key tells of who else has it."""


class Watch:
    def __init__(self, book: LinkBook, seen: Seen) -> None:
        self._book, self._seen = book, seen
        self._labelled: dict[tuple[int, str], Truth] = {}
        self._spoken: set[int] = set()
        self._frauds: dict[int, float] = {}

    def look(self, index: int, nodes: list[Node], shown: Shown) -> None:
        """Show how far a new case is tied to confirmed fraud: over its keys, and over its face."""
        value = max((_suspicion(node) for node in nodes), default=0.0)
        for other in self._book.faces(index):
            value = max(value, self._frauds.get(other, 0.0))
        if value > 0.0:
            shown.add(FindingKind.WATCHED, min(value, _MOST))

    def first_word(self, index: int) -> bool:
        """Say whether nobody has said anything of this case before."""
        return index not in self._spoken

    def news(self, label: Label, index: int) -> bool:
        """Say whether this person has not said the same of this case before."""
        return self._labelled.get((index, label.by)) is not label.truth

    def learn(self, label: Label, index: int) -> dict[int, float]:
        """Take in a label, once from each person. Return the cases that are tied to a confirmed fraud, with how far."""
        if not self.news(label, index):
            return {}
        self._labelled[index, label.by] = label.truth
        self._spoken.add(index)
        weight = 1.0 if label.second and label.second != label.by else 0.5
        risen: dict[int, float] = {}
        for kind, key in self._book.keys_of(index):
            node = self._book.node(key)
            if node is None:
                continue
            if label.truth is Truth.FALSE_ALARM:
                node.cleared = min(node.cleared + 0.5 * weight, _CLEARED_AT_MOST)
                continue
            node.fraud += weight * _TELLS[kind]
            for other in node.newest:
                if other != index:
                    risen[other] = max(risen.get(other, 0.0), min(_suspicion(node), _MOST))
        if label.truth is Truth.FRAUD:
            self._frauds[index] = self._frauds.get(index, 0.0) + weight
            for other in self._book.faces(index):
                risen[other] = max(risen.get(other, 0.0), weight)
        return risen


def _suspicion(node: Node) -> float:
    """Return how far having this key ties to fraud: confirmed cases, diluted by how many others share it and by clearances."""
    if node.fraud == 0.0:
        return 0.0
    dilution = 1.0 if node.count <= 8 else 8.0 / node.count
    return node.fraud * dilution / (1.0 + node.cleared)
