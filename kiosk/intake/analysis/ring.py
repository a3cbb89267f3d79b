"""Strangers tied by telephones and mail boxes: how many households, over how many of them, and how fast they came.

A phone that strangers share may be a guardian's, a parent's, a number given out again: honest people who share one come now and then, over
years, and share only it. A ring gives out several phones and boxes, crossed, to people of as many addresses within weeks. So links of links
are followed, over contacts alone, and what counts is the pace: how many households came, against what honest sharing brings in that time.
"""

import math
from typing import Final

from kiosk.intake.analysis.fact import NO_KEY
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.links import HUB, LinkBook, Node
from kiosk.intake.analysis.seen import WHOLE_DAY_S, Seen
from kiosk.intake.analysis.values import Shown

_BACK_S: Final = 120 * WHOLE_DAY_S
_HONEST_GAP_S: Final = 45 * WHOLE_DAY_S
"""Between two strangers who come with one honest contact of many, on average: a busy guardian's clients."""
_MOST: Final = 32
"""Cases looked at around one."""
_CROSSED: Final = 1.5
"""A ring that shares both phones and mail boxes counts so many times one that shares one kind: a guardian has one or the other."""


def ring(index: int, at: float, book: LinkBook, seen: Seen, shown: Shown) -> None:
    """Add how unlike honest sharing the ring around an opening is, in nats of a Poisson likelihood ratio."""
    if FindingKind.PHONE_SHARED not in shown.values and FindingKind.EMAIL_SHARED not in shown.values:
        return
    members, nodes, crossed = _around(index, at, book, seen)
    homes: dict[int, float] = {}
    for one in members:
        home = seen.address[one] or seen.person[one]
        homes[home] = min(homes.get(home, math.inf), seen.at[one])
    older = sum(node.count - sum(1 for one in node.newest if seen.at[one] >= at - _BACK_S) for node in nodes)
    cleared = max((node.cleared for node in nodes), default=0.0)
    value = _pace(sorted(homes.values(), reverse=True), at) * (_CROSSED if crossed else 1.0)
    if value > 0.0:
        others = [one for one in members if one != index]
        shown.add(FindingKind.CONTACT_RING, min(value, 6.0) / (1.0 + 0.5 * older) / (1.0 + cleared), others)


def _around(index: int, at: float, book: LinkBook, seen: Seen) -> tuple[list[int], list[Node], bool]:
    """Return the recent cases that hang together with one over contacts, itself first, the contacts, and whether both kinds tie."""
    members, met = [index], {index}
    nodes: dict[int, Node] = {}
    kinds = [False, False]
    for one in members:  # which grows on the way
        for kind, key in enumerate((seen.phone[one], seen.email[one])):
            if key == NO_KEY or key in nodes:
                continue
            node = book.node_of_several(key)
            alone = one != index and node is not None and node.count < 2  # a label makes a node of a key that one case has
            if node is None or alone or node.count > HUB:
                continue
            nodes[key] = node
            kinds[kind] = True
            for other in node.newest:
                if other not in met and seen.at[other] >= at - _BACK_S:
                    met.add(other)
                    members.append(other)
        if len(members) > _MOST:
            break
    return members, list(nodes.values()), all(kinds)


def _pace(arrived: list[float], now: float) -> float:
    """Return the largest surprise over the newest two, three, … households. arrived: newest first."""
    best = 0.0
    for many, since in enumerate(arrived, start=1):
        usual = 1.0 + (now - since) / _HONEST_GAP_S
        if many > usual:
            best = max(best, many * math.log(many / usual) - (many - usual))
    return best
