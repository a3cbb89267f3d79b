"""The built pack and the one face the repository may show: NASA's public-domain astronaut portrait, taken from the pack."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.frame import Pixels
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader
from models.text_reader import TextReader


@pytest.fixture(scope="session")
def catalogue(pack: Path) -> Catalogue:
    return open_catalogue(pack)


@pytest.fixture(scope="session")
def astronaut(catalogue: Catalogue) -> Pixels:
    """512 x 512 BGR; one face, nearly frontal, about 91 px from cheek to cheek."""
    encoded = np.frombuffer(catalogue.content("specimen_portrait"), np.uint8)
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


@pytest.fixture(scope="session")
def faces(catalogue: Catalogue) -> FaceReader:
    return FaceReader(catalogue)


@pytest.fixture(scope="session")
def texts(catalogue: Catalogue) -> TextReader:
    return TextReader(catalogue)
