"""The one portrait, the models that look at it, and the cast made from it."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.actor.customer import Cast
from kiosk.frame import Pixels
from models.catalogue import open_catalogue
from models.face_reader import FaceReader


@pytest.fixture(scope="session")
def portrait(pack: Path) -> Pixels:
    packed = np.frombuffer(open_catalogue(pack).content("specimen_portrait"), np.uint8)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


@pytest.fixture(scope="session")
def reader(pack: Path) -> FaceReader:
    return FaceReader(open_catalogue(pack))


@pytest.fixture(scope="session")
def cast(portrait: Pixels, reader: FaceReader) -> Cast:
    return Cast(portrait, lambda picture: reader.faces_in(picture, 60)[0].landmarks)
