"""The person stands before a plain wall."""

import numpy as np
import pytest

from kiosk.actor.room import before_a_wall
from kiosk.frame import Pixels
from models.face_reader import FaceReader


def test_the_face_stays_as_it_was_and_the_studio_is_gone(portrait: Pixels, reader: FaceReader) -> None:
    face = reader.faces_in(portrait, 60)[0]
    moved = before_a_wall(portrait, face.landmarks)
    x0, y0, x1, y1 = (round(value) for value in face.box)
    middle = np.s_[y0 + 20 : y1 - 30, x0 + 25 : x1 - 25]  # the box's lower corners are beside the chin
    assert np.array_equal(moved[middle], portrait[middle])
    studio, wall = portrait[20:250, 350:], moved[20:250, 350:]
    assert studio.std() > 40
    assert wall.std() < 10


def test_a_picture_that_is_all_face_is_refused(portrait: Pixels, reader: FaceReader) -> None:
    face = reader.faces_in(portrait, 60)[0]
    x0, y0, x1, y1 = (round(value) for value in face.box)
    cut = portrait[y0 + 20 : y1 - 20, x0 + 20 : x1 - 20].copy()
    with pytest.raises(ValueError, match="too little"):
        before_a_wall(cut, face.landmarks - np.array([x0 + 20, y0 + 20, 0], np.float32))
