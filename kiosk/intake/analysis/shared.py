"""What a case shares with others: each key is looked up once, its newest cases are looked at, and what is unusual is shown."""

import math
from typing import Final

from kiosk.intake.analysis.fact import NO_KEY, CaseFact, LinkKind
from kiosk.intake.analysis.finding import FindingKind
from kiosk.intake.analysis.links import LinkBook, Node
from kiosk.intake.analysis.seen import FLAG_OPENING, WHOLE_DAY_S, Seen
from kiosk.intake.analysis.values import Shown

_RECENT_S: Final = 60 * WHOLE_DAY_S
_CONTACT_S: Final = 120 * WHOLE_DAY_S
_LONG_S: Final = 400 * WHOLE_DAY_S
_SURE: Final = 4.0
"""Nats from which a face link is more than a neighbour among a million."""


def share(fact: CaseFact, index: int, at: float, book: LinkBook, seen: Seen, shown: Shown) -> list[Node]:
    """Add what an opening or a payment shares, write its keys down, and return the nodes it joined."""
    links, joined = fact.links, []
    for key, look in (
        (links.document, _document),
        (links.half_first, _half),
        (links.half_last, _half),
        (links.series, _series),
        (links.person, _person),
        (links.phone, _phone),
        (links.email, _email),
        (links.address, _address),
        (links.run, _run),
    ):
        node = book.touch(key, index)
        if node is not None:
            look(index, at, node, seen, shown)
            joined.append(node)
    _faces(fact, index, book, seen, shown)
    return joined


def _since(node: Node, at: float, seen: Seen, back_s: float) -> list[int]:
    oldest = at - back_s
    return [one for one in node.newest if seen.at[one] >= oldest]


def _strangers(index: int, cases: list[int], seen: Seen) -> list[int]:
    """Return cases of other persons who do not live with this one and have another phone."""
    person, address, phone = seen.person[index], seen.address[index], seen.phone[index]
    found: dict[int, int] = {}
    for one in cases:
        lives_there = address != NO_KEY and seen.address[one] == address
        same_phone = phone != NO_KEY and seen.phone[one] == phone
        if seen.person[one] != person and not (lives_there and same_phone):
            found[seen.person[one]] = one
    return list(found.values())


def _count(many: int) -> float:
    return math.log2(1 + many)


def _document(index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    others = [one for one in node.newest if seen.person[one] != seen.person[index]]
    if others:
        shown.add(FindingKind.DOCUMENT_OTHER_NAME, 1.0, others)


def _half(index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    """One half of the number and the day of birth are another document's. Between two openings that is a card altered for a second account;
    at a payment from the same account a misread digit is likelier."""
    document = seen.document[index]
    others = [one for one in node.newest if seen.document[one] != document and seen.document[one] != NO_KEY]
    if others:
        opening = seen.flags[index] & FLAG_OPENING
        both = [one for one in others if opening and seen.flags[one] & FLAG_OPENING]
        shown.add(FindingKind.DOCUMENT_ALTERED, 2.0 if both else 0.5, both or others)


def _series(index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    address, phone = seen.address[index], seen.phone[index]
    apart = [
        one
        for one in _strangers(index, _since(node, at, seen, _LONG_S), seen)
        if not (address and seen.address[one] == address) and not (phone and seen.phone[one] == phone)
    ]
    if apart and seen.flags[index] & FLAG_OPENING:
        shown.add(FindingKind.DOCUMENT_SERIES, _count(len(apart)) - 0.7, apart)


def _person(index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    """Somebody who opened an account here opens another, with phone, address and mail all new."""
    if not seen.flags[index] & FLAG_OPENING:
        return
    before = [one for one in node.newest if seen.flags[one] & FLAG_OPENING]
    if before and not any(_same_contact(index, one, seen) for one in before):
        shown.add(FindingKind.CONTACTS_ALL_NEW, 1.0, before)


def _same_contact(one: int, other: int, seen: Seen) -> bool:
    pairs = ((column[one], column[other]) for column in (seen.phone, seen.email, seen.address))
    return any(here == there != NO_KEY for here, there in pairs)


def _phone(index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    _contact(FindingKind.PHONE_SHARED, index, at, node, seen, shown)


def _email(index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    _contact(FindingKind.EMAIL_SHARED, index, at, node, seen, shown)


def _contact(kind: FindingKind, index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    """Strangers with other addresses have come with one phone or mail box lately, more than its own past accounts for."""
    address = seen.address[index]
    lately = _since(node, at, seen, _CONTACT_S)
    apart = [one for one in _strangers(index, lately, seen) if not (address and seen.address[one] == address)]
    if apart:
        shown.add(kind, _beyond_its_past(len(apart), len(lately), at, node, _CONTACT_S) / (1.0 + node.cleared), apart)


def _beyond_its_past(strangers: int, lately: int, at: float, node: Node, back_s: float) -> float:
    usual = max(node.count - lately, 0) * back_s / max(at - node.since, back_s)
    return _count(strangers) - math.log2(1.0 + usual)


def _address(index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    """More strangers have come to an address lately than its own past accounts for."""
    lately = _strangers(index, _since(node, at, seen, _RECENT_S), seen)
    if not lately:
        return
    value = _beyond_its_past(len(lately), len(lately), at, node, _RECENT_S)
    shown.add(FindingKind.ADDRESS_SHARED, value / (1.0 + node.cleared), lately)


def _run(index: int, at: float, node: Node, seen: Seen, shown: Shown) -> None:
    shown.add(FindingKind.RUN_REPEATED, 1.0, list(node.newest))


def _faces(fact: CaseFact, index: int, book: LinkBook, seen: Seen, shown: Shown) -> None:
    """A face under other names, a name with another face. One neighbour may be a chance among a million or a twin: how sure the index is
    counts, and so does how many names there are."""
    names: dict[int, int] = {}
    surest = 0.0
    for face in fact.faces:
        earlier = seen.index(face.earlier)
        if earlier is None or earlier == index:
            continue
        if not face.same:
            shown.add(FindingKind.NAME_OTHER_FACE, min(face.sure / _SURE, 2.5), [earlier])
        elif seen.person[earlier] != seen.person[index]:
            names[seen.person[earlier]] = earlier
            surest = max(surest, face.sure)
            if face.sure >= _SURE:
                book.tie_faces(index, earlier)
    if names:
        shown.add(FindingKind.FACE_OTHER_NAME, min(surest / _SURE, 2.5) + _count(len(names)) - 1.0, list(names.values()))


def company(index: int, at: float, book: LinkBook, seen: Seen, shown: Shown) -> None:
    """How many strangers hang together around a case, if they do so over ties of two kinds or more. One kind alone is told by its own
    finding. A tie counts between persons who do not live together, or who do and have each a phone of their own."""
    if not any(kind in shown.values for kind in _TIES) and shown.values.get(FindingKind.ADDRESS_SHARED, 0.0) < 1.0:
        return
    recent = at - 2 * _RECENT_S
    kinds: set[LinkKind] = set()
    persons: dict[int, int] = {}
    for one, kind, other in book.walk(index):
        apart = _apart(one, other, seen) if kind is not LinkKind.ADDRESS else seen.phone[one] != seen.phone[other]
        if seen.person[one] != seen.person[other] and apart and seen.at[other] >= recent:
            kinds.add(kind)
            persons[seen.person[other]] = other
    persons.pop(seen.person[index], None)
    if len(kinds) >= 2 and persons:
        value = (len(kinds) - 1) * _count(len(persons)) / 2.0
        shown.add(FindingKind.COMMUNITY, value, [one for one in persons.values() if one != index][:16])


def _apart(one: int, other: int, seen: Seen) -> bool:
    address = seen.address[one]
    return address == NO_KEY or address != seen.address[other]


_TIES: Final = (
    FindingKind.PHONE_SHARED,
    FindingKind.EMAIL_SHARED,
    FindingKind.DOCUMENT_SERIES,
    FindingKind.FACE_OTHER_NAME,
    FindingKind.DOCUMENT_ALTERED,
    FindingKind.RUN_REPEATED,
)
