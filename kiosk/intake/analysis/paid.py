"""Payments: who pays whom, from accounts how old and how long silent, and how often just under the limit."""

import math
from typing import Final

from kiosk.intake.analysis.fact import NO_KEY, CaseFact, Looked
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.links import LinkBook, Node
from kiosk.intake.analysis.seen import FLAG_OPENING, FLAG_UNDER_LIMIT, FLAG_WOKEN, FLAG_YOUNG, WHOLE_DAY_S, Seen
from kiosk.intake.analysis.values import Shown

_YOUNG_S: Final = 120 * WHOLE_DAY_S
_SILENT_S: Final = 150 * WHOLE_DAY_S
_GATHER_S: Final = 120 * WHOLE_DAY_S
_UNDER: Final = 0.85
"""From this share of the limit on an amount is just under it."""


def pay(fact: CaseFact, index: int, at: float, limit_minor: int, book: LinkBook, seen: Seen, shown: Shown) -> list[Node]:
    """Add what a payment shows, write its keys down, and return the nodes it joined. Called after the person's key was touched."""
    links = fact.links
    person = book.node(links.person)
    known_since = at if person is None else person.since
    if at - known_since < _YOUNG_S and _opened_here(person, seen):
        seen.flags[index] |= FLAG_YOUNG
    under = _UNDER * limit_minor <= fact.amount_minor < limit_minor
    if under:
        seen.flags[index] |= FLAG_UNDER_LIMIT
    account = book.touch(links.account, index)
    payee = book.touch(links.payee, index) if links.payee != links.account else None
    _woken(fact, index, at, account, person, payee, seen, shown)
    if under:
        _structured(index, account, payee, seen, shown)
    if payee is not None:
        _gathered(index, at, payee, seen, shown)
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
    shown.add(FindingKind.DORMANT_WOKEN, value)


def _structured(index: int, account: Node | None, payee: Node | None, seen: Seen, shown: Shown) -> None:
    for node, most in ((account, 3.0), (payee, 4.0)):
        if node is None:
            continue
        under = [one for one in node.newest if seen.flags[one] & FLAG_UNDER_LIMIT and one != index]
        fraction = len(under) / len(node.newest)
        if under:
            shown.add(FindingKind.UNDER_LIMIT, min(math.log2(1 + len(under)) * fraction, most) / (1.0 + node.cleared), under)


def _gathered(index: int, at: float, payee: Node, seen: Seen, shown: Shown) -> None:
    """Several persons, whose accounts are young or were just woken, pay one payee within months. Merchants are paid by all sorts."""
    lately = [one for one in payee.newest if at - seen.at[one] < _GATHER_S]
    odd = FLAG_YOUNG | FLAG_WOKEN
    persons = {seen.person[one]: one for one in lately if seen.flags[one] & odd and seen.person[one] != NO_KEY}
    persons.pop(seen.person[index], None)
    if seen.flags[index] & odd and persons:
        fraction = (1 + sum(bool(seen.flags[one] & odd) for one in payee.newest)) / (1 + len(payee.newest))
        known = 1.0 if at - payee.since < _GATHER_S else 0.3
        value = math.log2(1 + len(persons)) * fraction**2 * known
        shown.add(FindingKind.PAYEE_GATHERS, value / (1.0 + payee.cleared), list(persons.values()))
