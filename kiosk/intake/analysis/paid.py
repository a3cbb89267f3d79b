"""Payments: who pays whom, from accounts how old and how long silent, and how often just under the limit."""

import math
from typing import Final

from kiosk.intake.analysis.fact import NO_KEY, CaseFact, Looked
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.links import LinkBook, Node
from kiosk.intake.analysis.seen import FLAG_OPENING, FLAG_UNDER_LIMIT, FLAG_WOKEN, FLAG_YOUNG, WHOLE_DAY_S, Seen
from kiosk.intake.analysis.values import Shown

_YOUNG_S: Final = 45 * WHOLE_DAY_S
_SILENT_S: Final = 150 * WHOLE_DAY_S
_GATHER_S: Final = 120 * WHOLE_DAY_S
_WOKEN_USUAL: Final = 2.0
"""What an honest account that wakes shows: somebody buys a house after years."""
_UNDER: Final = 0.85
"""From this share of the limit on an amount is just under it."""


def pay(fact: CaseFact, index: int, at: float, limit_minor: int, book: LinkBook, seen: Seen, usual: "Payments", shown: Shown) -> list[Node]:
    """Add what a payment shows, write its keys down, and return the nodes it joined. Called after the person's key was touched."""
    links = fact.links
    person = book.node(links.person)
    known_since = at if person is None else person.since
    if at - known_since < _YOUNG_S and _opened_here(person, seen):
        seen.flags[index] |= FLAG_YOUNG
    under = _UNDER * limit_minor <= fact.amount_minor < limit_minor
    if under:
        seen.flags[index] |= FLAG_UNDER_LIMIT
    usual.under.add(under)
    account = book.touch(links.account, index)
    payee = book.touch(links.payee, index) if links.payee != links.account else None
    _woken(fact, index, at, account, person, payee, seen, shown)
    if under:
        _structured(index, account, payee, usual.under.value, seen, shown)
    usual.odd.add(bool(seen.flags[index] & _ODD))
    if payee is not None:
        _gathered(index, at, payee, usual.odd.value, book, seen, shown)
    return [node for node in (account, payee) if node is not None]


def _opened_here(person: Node | None, seen: Seen) -> bool:
    return person is not None and bool(seen.flags[person.newest[0]] & FLAG_OPENING)


def _woken(
    fact: CaseFact, index: int, at: float, account: Node | None, person: Node | None, payee: Node | None, seen: Seen, shown: Shown
) -> None:
    """An account long silent pays. Worse if the document is another than the one known, and if the enrolled face does not vouch."""
    before = [one for node in (account, person) if node is not None for one in node.newest if one != index]
    if not before:
        return
    silent = at - max(seen.at[one] for one in before)
    if silent < _SILENT_S:
        return
    seen.flags[index] |= FLAG_WOKEN
    renewed = all(seen.document[one] != seen.document[index] for one in before)
    unvouched = fact.holder is not Looked.VOUCHES
    value = math.log2(silent / _SILENT_S) + 1.5 * renewed + 1.5 * unvouched + 1.0 * (renewed and unvouched)
    value += 1.0 if fact.amount_minor >= 700_000 else 0.0
    shown.add(FindingKind.DORMANT_WOKEN, value - _WOKEN_USUAL)


def _structured(index: int, account: Node | None, payee: Node | None, usual: float, seen: Seen, shown: Shown) -> None:
    """So many of an account's or a payee's payments are just under the limit that its usual share does not explain it."""
    for node in (account, payee):
        if node is not None:
            under = [one for one in node.newest if seen.flags[one] & FLAG_UNDER_LIMIT and one != index]
            value = surprise(len(under) + 1, len(node.newest) + 1, 2.0 * usual) / 4.0
            if under:
                shown.add(FindingKind.UNDER_LIMIT, min(value, 4.0) / (1.0 + node.cleared), under)


def _gathered(index: int, at: float, payee: Node, usual: float, book: LinkBook, seen: Seen, shown: Shown) -> None:
    """Several persons whose accounts are young or were just woken pay one payee within months, more than such people are among all who pay.
    Their own openings are part of it."""
    if not seen.flags[index] & _ODD:
        return
    lately = [one for one in payee.newest if at - seen.at[one] < _GATHER_S]
    payers = {seen.person[one]: one for one in lately}
    odd = {person: one for person, one in payers.items() if seen.flags[one] & _ODD and person not in (NO_KEY, seen.person[index])}
    payers[seen.person[index]] = index
    if odd:
        value = surprise(len(odd) + 1, len(payers), 1.3 * usual) / 2.0
        opened = [first for one in (*odd.values(), index) if (first := _opening_of(one, book, seen)) is not None]
        shown.add(FindingKind.PAYEE_GATHERS, min(value - 0.75, 4.0) / (1.0 + payee.cleared), [*odd.values(), *opened])


def _opening_of(index: int, book: LinkBook, seen: Seen) -> int | None:
    person = book.node(seen.person[index])
    first = None if person is None else person.newest[0]
    return first if first is not None and seen.flags[first] & FLAG_OPENING else None


_ODD: Final = FLAG_YOUNG | FLAG_WOKEN


def surprise(hits: int, of: int, usual: float) -> float:
    """Return the log-likelihood ratio, in nats, of a share against a usual one; 0 if it is no larger."""
    share, usual = hits / of, min(max(usual, 0.001), 0.9)
    if share <= usual:
        return 0.0
    rest = (of - hits) * math.log((1.0 - share) / (1.0 - usual)) if hits < of else 0.0
    return hits * math.log(share / usual) + rest


class Share:
    """How often something is so, followed slowly. first: what is assumed before anything is seen."""

    __slots__ = ("_seen", "value")

    def __init__(self, first: float) -> None:
        self.value = first
        self._seen = 100.0

    def add(self, yes: bool) -> None:
        self._seen += 1.0
        self.value += (yes - self.value) * max(1.0 / self._seen, 1e-4)


class Payments:
    """What is usual of payments everywhere. odd: by people whose accounts are young or were just woken; under: just under the limit."""

    def __init__(self) -> None:
        self.odd = Share(0.15)
        self.under = Share(0.05)
