"""Pictures for the lesson on forged documents and presentation attacks: drawn specimens and simulated people, forged and shown as the red
team does. No real document and nobody but the specimen portrait is in them. A build without the actors has none.
"""

import random
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from kiosk.actor import forgery
from kiosk.actor.customer import face_box
from kiosk.actor.person import invent_person
from kiosk.actor.redteam.content import Sitter
from kiosk.actor.redteam.presentations import AttackKind, a_person, present
from kiosk.actor.specimen import issue
from kiosk.actor.stranger import ENLARGED, stranger_of
from kiosk.document.reading import MrzLayout
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Quad
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader

PAGE_WIDTH: Final = 900
TODAY: Final = date(2026, 7, 1)
SHOWN_AT_S: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """name: of its explanation in resources/training; pixels: BGR; genuine: whether it is what it seems."""

    name: str
    pixels: Pixels
    genuine: bool


def fresh_pictures(models: Path) -> tuple[Spot, ...]:
    """Return other pictures every time. Raises ModelRefused."""
    return spot_pictures(open_catalogue(models), secrets.randbelow(1 << 30))


def spot_pictures(catalogue: Catalogue, seed: int) -> tuple[Spot, ...]:
    """Return the pictures in a drawn order. seed: another one gives other cards, other strengths, another order. Takes a few seconds."""
    rng = random.Random(seed)  # noqa: S311 - a lesson is no secret
    reader = FaceReader(catalogue)
    packed = np.frombuffer(catalogue.content("specimen_portrait"), np.uint8)
    portrait = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    landmarks = reader.observe(portrait)[0].landmarks
    stranger = stranger_of(portrait, landmarks)
    spots = [*_documents(portrait, stranger, landmarks, reader, rng), *_faces(Sitter(portrait, landmarks), stranger, rng)]
    rng.shuffle(spots)
    return tuple(spots)


def _documents(portrait: Pixels, stranger: Pixels, landmarks: np.ndarray, reader: FaceReader, rng: random.Random) -> list[Spot]:
    def card() -> tuple[Pixels, tuple[str, ...]]:
        document = issue(invent_person(rng.randrange(10_000), today=TODAY), MrzLayout.TD1, portrait, face_box(landmarks))
        height = round(document.face.shape[0] * PAGE_WIDTH / document.face.shape[1])
        return np.asarray(cv2.resize(document.face, (PAGE_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8), document.lines

    x0, y0, x1, y1 = face_box(ENLARGED * landmarks)
    room = 0.3 * (x1 - x0)
    other = stranger[max(0, int(y0 - room)) : int(y1 + room), max(0, int(x0 - room)) : int(x1 + room)]
    page, lines = card()
    seen = reader.faces_on_document(page)
    found = [Spot("doc-genuine", forgery.jpeg(card()[0], 92), True), Spot("doc-genuine", forgery.jpeg(card()[0], 92), True)]
    if seen:
        left, top, right, bottom = (round(value) for value in face_box(seen[0].landmarks))
        found.append(Spot("doc-portrait", forgery.spliced(page, (left, top, right, bottom), other, rng), False))
    found.append(Spot("doc-font", forgery.jpeg(forgery.other_mrz(page, lines, _mrz_zone(page), "DejaVuSans.ttf"), 92), False))
    found.append(Spot("doc-copy", forgery.jpeg(forgery.without_colour(card()[0], rng), 90), False))
    found.append(Spot("doc-reprint", forgery.jpeg(forgery.reprinted(card()[0], rng), 92), False))
    found.append(Spot("doc-screen", forgery.on_a_screen(card()[0], rng), False))
    return found


def _mrz_zone(page: Pixels) -> Quad:
    """Return the corners around the dark rows at the foot of a specimen's page."""
    gray = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    top, edge = round(0.66 * gray.shape[0]), round(0.03 * gray.shape[1])
    rows, columns = np.nonzero(gray[top:-edge, edge:-edge] < 90)
    left, right, up, down = columns.min() + edge, columns.max() + edge, rows.min() + top, rows.max() + top
    return np.array([[left, up], [right, up], [right, down], [left, down]], np.float32)


def _faces(sitter: Sitter, stranger: Pixels, rng: random.Random) -> list[Spot]:
    attacker = Sitter(stranger, np.asarray(ENLARGED * sitter.landmarks, np.float32))

    def attack(kind: AttackKind) -> Pixels:
        return present(kind, sitter, attacker, stranger, rng.randrange(10_000)).at(SHOWN_AT_S)

    return [
        Spot("face-genuine", a_person(sitter, stranger, rng.randrange(10_000)).at(SHOWN_AT_S), True),
        Spot("face-genuine", a_person(attacker, stranger, rng.randrange(10_000)).at(SHOWN_AT_S), True),
        Spot("face-print", attack(AttackKind.PRINT_FLAT), False),
        Spot("face-holes", attack(AttackKind.EYE_HOLES), False),
        Spot("face-screen", attack(AttackKind.PHONE_REPLAY), False),
    ]
