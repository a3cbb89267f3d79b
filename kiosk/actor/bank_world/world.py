"""A whole simulated bank, drawn from one seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from kiosk.actor.bank_world.cases import Columns, FaceHit, joined
from kiosk.actor.bank_world.honest import Rooms, Span, opening_days, openings, payments, second_openings
from kiosk.actor.bank_world.knobs import TUNING, Knobs
from kiosk.actor.bank_world.patterns import Stage, played
from kiosk.actor.bank_world.people import draw_people, draw_staff

CUSTOMERS: Final = 100_000
FULL: Final = Span(history=500, days=180)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """columns: the cases, oldest first, times in seconds from day zero of the simulation (a Monday); faces: by row, what a face index
    would say; span: which days there are."""

    columns: Columns
    faces: Mapping[int, tuple[FaceHit, ...]]
    span: Span

    @property
    def count(self) -> int:
        return len(self.columns["time_s"])


@dataclass(frozen=True, slots=True)
class FaceIndex:
    """How good the simulated index is. finds: share of earlier cases with the same face that it finds; strangers: chance that a case gets
    a wrong neighbour, among everyone before; sees_other: chance that another face under a known name is seen."""

    finds: float = 0.8
    strangers: float = 0.004
    sees_other: float = 0.8
    wrong_other: float = 0.002


def draw_world(
    seed: int, customers: int = CUSTOMERS, span: Span = FULL, knobs: Mapping[str, Knobs] = TUNING, cases_each: int = 45
) -> World:
    """Return a bank. cases_each: about so many fraudulent cases of each pattern, in schemes."""
    rng = np.random.default_rng(seed)
    people, staff = draw_people(rng, customers), draw_staff(rng)
    rooms = Rooms(rng, staff, span)
    days = opening_days(rng, people, span)
    stage = Stage(rng, people, days, span)
    parts = [
        openings(rng, people, days, rooms),
        second_openings(rng, people, days, rooms, span),
        payments(rng, people, days, rooms, span),
        played(stage, rooms, dict(knobs), cases_each),
    ]
    columns = joined(parts)
    return World(columns, face_hits(rng, columns, FaceIndex()), span)


def face_hits(rng: Generator, columns: Columns, index: FaceIndex) -> dict[int, tuple[FaceHit, ...]]:
    """Return what the index says of each case, at most four neighbours with a name of their own and one of the same name with another
    face. A customer's own earlier cases, with the same face and name, are found too and say nothing."""
    faces, persons = columns["face"].tolist(), columns["person"].tolist()
    chance, sure = rng.random((3, len(faces))), rng.normal(9.0, 2.5, len(faces))
    by_face: dict[int, list[int]] = {}
    by_person: dict[int, int] = {}
    hits: dict[int, tuple[FaceHit, ...]] = {}
    for row, (face, person) in enumerate(zip(faces, persons, strict=True)):
        mine: list[FaceHit] = []
        before = by_face.setdefault(face, [])
        for earlier in before[-6:]:
            if persons[earlier] != person and rng.random() < index.finds and len(mine) < 4:
                mine.append(FaceHit(earlier, True, float(max(2.0, rng.normal(9.0, 2.5)))))
        if chance[0, row] < index.strangers and row > 100:
            other = int(rng.integers(0, row))
            if persons[other] != person:
                mine.append(FaceHit(other, True, float(max(2.0, sure[row] - 4.5))))
        last = by_person.get(person)
        if last is not None:
            differs = faces[last] != face
            if chance[1, row] < (index.sees_other if differs else index.wrong_other):
                mine.append(FaceHit(last, False, float(max(2.0, sure[row] - (1.5 if differs else 4.5)))))
        before.append(row)
        by_person[person] = row
        if mine:
            hits[row] = tuple(mine)
    return hits
