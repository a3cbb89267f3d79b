"""More captures of the portrait that was read: only of the same photograph."""

import random
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.actor.person import invent_person
from kiosk.actor.photographed import HeldCard
from kiosk.actor.specimen import issue
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.document.captures import SAME_PHOTOGRAPH, further_portraits
from kiosk.document.engines import Engines
from kiosk.document.ghost import likeness
from kiosk.document.reading import MrzLayout, Read
from kiosk.frame import Frame, Pixels
from kiosk.measure.authenticity import faces_of
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance
from models.catalogue import open_catalogue

TODAY = date(2026, 7, 1)
SIZE = (1280, 720)
ROOM = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
Box = tuple[float, float, float, float]


def held(portrait: Pixels, box: Box, layout: MrzLayout = MrzLayout.TD1) -> tuple[Pixels, ...]:
    """Return three frames of one card held in front of a camera, each with its own trembling and noise."""
    card = HeldCard(issue(invent_person(1, today=TODAY), layout, portrait, box), SIZE, random.Random(3))
    chance = np.random.default_rng(4)
    frames = [cv2.GaussianBlur(card.draw(ROOM, moment), (0, 0), 0.9) for moment in (1.6, 1.9, 2.3)]
    return tuple(np.asarray(np.clip(frame + chance.normal(0, 4, frame.shape), 0, 255), np.uint8) for frame in frames)


@pytest.fixture(scope="module")
def own(pack: Path) -> tuple[Pixels, Box]:
    return faces_of(pack).own


@pytest.fixture(scope="module")
def stranger(pack: Path) -> tuple[Pixels, Box]:
    return faces_of(pack).other


def reading(pack: Path, first: Pixels, *captures: Pixels) -> Read:
    reader = ModelDocumentReader(lambda: open_catalogue(pack), BRANCH.document, lambda: TODAY)
    shown = enumerate((first, *captures))
    frames = [Frame(pixels, number, number * 33_000_000, Provenance(Capture.SIMULATION, "held")) for number, pixels in shown]
    outcome = reader.read(frames[0], None, tuple(frames[1:]))
    assert isinstance(outcome, Read)
    assert outcome.portrait is not None
    return outcome


@pytest.mark.parametrize("layout", [MrzLayout.TD1, MrzLayout.TD3])
def test_frames_of_the_same_document_give_further_captures_of_its_portrait(pack: Path, own: tuple[Pixels, Box], layout: MrzLayout) -> None:
    read = reading(pack, *held(*own, layout))
    assert len(read.further_portraits) == 2
    assert all(abs(further.face_width_px / read.portrait.face_width_px - 1) < 0.15 for further in read.further_portraits if read.portrait)


def test_a_frame_upside_down_gives_the_portrait_upright(pack: Path, own: tuple[Pixels, Box]) -> None:
    first, second, _ = held(*own)
    assert len(reading(pack, first, np.ascontiguousarray(second[::-1, ::-1])).further_portraits) == 1


def test_another_face_on_the_same_card_gives_none(pack: Path, own: tuple[Pixels, Box], stranger: tuple[Pixels, Box]) -> None:
    """A thief who shows the stolen card and then one with his own face must not get into the average."""
    read = reading(pack, held(*own)[0], *held(*stranger)[1:])
    assert read.further_portraits == ()


def test_frames_without_a_card_give_none(pack: Path, engines: Engines, own: tuple[Pixels, Box]) -> None:
    read = reading(pack, held(*own)[0])
    assert further_portraits(read, [ROOM, np.zeros((1, 1, 3), np.uint8)], engines.faces) == ()


def test_two_captures_are_far_more_alike_than_two_people(pack: Path, own: tuple[Pixels, Box], stranger: tuple[Pixels, Box]) -> None:
    """The limit lies between, with room on both sides."""
    one, other = reading(pack, *held(*own)), reading(pack, *held(*stranger))
    again = reading(pack, held(*own)[2])
    assert one.page is not None and other.page is not None and again.page is not None
    assert one.portrait and other.portrait and again.portrait and one.portrait.box and other.portrait.box and again.portrait.box
    assert likeness(one.page, one.portrait.box, again.page, again.portrait.box) > SAME_PHOTOGRAPH + 0.05
    assert likeness(one.page, one.portrait.box, other.page, other.portrait.box) < SAME_PHOTOGRAPH - 0.05
