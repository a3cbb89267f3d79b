"""The simulated bank's columns as the facts that deep analysis takes. Groups and truth stay behind."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from kiosk.actor.bank_world.cases import BOOTH, NOBODY, FaceHit, Kind, Saw, Say
from kiosk.actor.bank_world.world import World
from kiosk.intake.analysis.fact import NO_KEY, CaseFact, CaseKind, FaceLink, LinkKey, Links, Looked
from kiosk.record import Decision
from kiosk.values import Channel, SessionId

DAY_ZERO_S: Final = 1_767_571_200.0
"""Monday, 5 January 2026, UTC."""
_LOOKED: Final = {Saw.VOUCHES: Looked.VOUCHES, Saw.UNSURE: Looked.UNSURE, Saw.AGAINST: Looked.AGAINST, Saw.ABSENT: Looked.ABSENT}
_SAID: Final = {Say.APPROVE: Decision.APPROVE, Say.REFER: Decision.REFER, Say.DECLINE: Decision.DECLINE}
_MIX: Final = 0x9E3779B97F4A7C15


def case_id(row: int) -> SessionId:
    return SessionId(f"{row:032x}")


def row_of(case: SessionId) -> int:
    return int(case, 16)


def _key(kind: int, *parts: int) -> LinkKey:
    """Mix numbers into a key, as a keyed hash would: different kinds and numbers do not meet."""
    state = (kind * 0xD1342543DE82EF95) & 0xFFFFFFFFFFFFFFFF
    for part in parts:
        state = ((state ^ part) * _MIX + 0x632BE59BD9B4E019) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 29
    return LinkKey((state >> 1) or 1)


def _maybe(kind: int, number: int) -> LinkKey:
    return NO_KEY if number == NOBODY else _key(kind, number)


def order_received(world: World) -> list[int]:
    """Return rows in the order in which the bank receives them."""
    columns = world.columns
    received = columns["time_s"] + columns["duration_s"] + columns["delay_s"]
    return [int(row) for row in np.argsort(received, kind="stable")]


def facts(world: World) -> Iterator[tuple[int, CaseFact]]:
    """Yield (row, fact) in the order received."""
    order = order_received(world)
    for start in range(0, len(order), _AT_ONCE):
        rows = order[start : start + _AT_ONCE]
        yield from _facts(world, rows, start)


_AT_ONCE: Final = 20_000
"""Rows taken out of the columns at a time: as Python's numbers all of a million would not fit a small machine."""


def _facts(world: World, rows: list[int], start: int) -> Iterator[tuple[int, CaseFact]]:
    columns = {name: column[rows].tolist() for name, column in world.columns.items()}
    names = ("time_s", "duration_s", "delay_s", "kind", "branch", "station", "channel", "operator", "second", "amount_minor")
    when, took, late, kinds, branches, stations, channels, operators, seconds, amounts = (columns[name] for name in names)
    for place, row in enumerate(rows):
        operator, second = operators[place], seconds[place]
        opened = DAY_ZERO_S + when[place]
        yield (
            row,
            CaseFact(
                case=case_id(row),
                position=start + place + 1,
                station=f"station-{stations[place]}",
                branch=f"branch-{branches[place]}",
                channel=Channel.BOOTH if channels[place] == BOOTH else Channel.DESK,
                kind=CaseKind.OPENING if kinds[place] == Kind.OPENING else CaseKind.PAYMENT,
                opened_s=opened,
                closed_s=opened + took[place],
                received_s=opened + took[place] + late[place],
                recommended=_SAID[columns["recommended"][place]],
                decision=_SAID[columns["decision"][place]],
                operator="" if operator == NOBODY else f"teller-{operator}",
                second="" if second == NOBODY else f"teller-{second}",
                amount_minor=amounts[place],
                links=_links(columns, place, row),
                faces=_faces(world.faces.get(row, ())),
                liveness=_LOOKED[columns["liveness"][place]],
                liveness_nats=columns["liveness_nats"][place],
                match=_LOOKED[columns["match"][place]],
                match_nats=columns["match_nats"][place],
                holder=_LOOKED[columns["holder"][place]],
                doubts=columns["doubts"][place],
                rechecked=columns["rechecked"][place],
                retries=columns["retries"][place],
                station_nats=columns["station_nats"][place],
            ),
        )


def _links(columns: dict[str, list[int]], place: int, row: int) -> Links:
    document, born, run = columns["document"][place], columns["born"][place], columns["run"][place]
    return Links(
        document=_key(1, document),
        half_first=_key(2, born, document // 10_000),
        half_last=_key(3, born, document % 10_000),
        series=_key(4, document // 100),
        person=_key(5, columns["person"][place]),
        phone=_maybe(6, columns["phone"][place]),
        email=_maybe(7, columns["email"][place]),
        address=_maybe(8, columns["address"][place]),
        account=_maybe(9, columns["account"][place]),
        payee=_maybe(9, columns["payee"][place]),
        run=_key(10, row) if run == NOBODY else _key(11, run),
    )


def _faces(hits: tuple[FaceHit, ...]) -> tuple[FaceLink, ...]:
    return tuple(FaceLink(case_id(hit.earlier), hit.same, hit.sure) for hit in hits)
