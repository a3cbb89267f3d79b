"""Choosing another camera while the station runs."""

import pytest

from kiosk.camera.chosen import ChosenCamera
from kiosk.camera.source import FrameSource
from kiosk.camera.webcam import Webcam
from kiosk.faults import CameraLost, CameraUnavailable


def make(address: int | str) -> FrameSource:
    return Webcam(address, lambda: 0)


def test_another_camera_ends_the_reading_of_the_first_and_is_opened_next() -> None:
    camera = ChosenCamera(7, make)
    assert camera.provenance.device == "camera 7"
    with pytest.raises(CameraUnavailable, match="camera 7"):
        camera.open()
    camera.choose(9)
    with pytest.raises(CameraLost, match="another camera"):
        camera.read()
    with pytest.raises(CameraUnavailable, match="camera 9"):
        camera.open()
    assert (camera.address, camera.provenance.device) == (9, "camera 9")


def test_the_camera_that_is_in_use_is_not_interrupted() -> None:
    made: list[int | str] = []
    camera = ChosenCamera(0, lambda address: made.append(address) or make(address))  # type: ignore[func-returns-value]
    camera.choose(0)
    assert made == [0]
