"""The webcam's path through OpenCV: a video file stands in for the device, so that frames are really decoded."""

from pathlib import Path

import cv2
import pytest

from kiosk.camera.source import Ended
from kiosk.camera.webcam import Address, Webcam, list_cameras
from kiosk.faults import CameraLost, CameraUnavailable
from kiosk.values import Capture
from tests.camera.clips import number_of, video


def plugged_in(path: Path) -> Webcam:
    def device(_: Address) -> cv2.VideoCapture:
        return cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)

    return Webcam(0, lambda: 42, device)


def test_frames_come_numbered_stamped_and_marked_live(tmp_path: Path) -> None:
    camera = plugged_in(video(tmp_path / "device.avi", 3))
    camera.open()
    frames = [frame for frame in (camera.read() for _ in range(3)) if not isinstance(frame, Ended)]
    camera.close()
    assert [number_of(frame.pixels) for frame in frames] == [0, 1, 2]
    assert [frame.sequence for frame in frames] == [0, 1, 2]
    assert {frame.captured_ns for frame in frames} == {42}
    assert {frame.provenance.capture for frame in frames} == {Capture.LIVE_CAMERA}
    assert frames[0].provenance.device == "camera 0 (FFMPEG)"


def test_a_camera_unplugged_in_the_middle_is_lost_and_can_be_opened_again(tmp_path: Path) -> None:
    camera = plugged_in(video(tmp_path / "device.avi", 2))
    camera.open()
    camera.read()
    camera.read()
    with pytest.raises(CameraLost):
        camera.read()
    camera.open()
    again = camera.read()
    assert not isinstance(again, Ended)
    assert again.sequence == 0
    camera.close()


def test_a_camera_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(CameraUnavailable):
        plugged_in(tmp_path / "nothing.avi").open()


def test_a_camera_that_was_closed_is_lost_and_closing_twice_is_harmless(tmp_path: Path) -> None:
    camera = plugged_in(video(tmp_path / "device.avi", 2))
    camera.open()
    camera.close()
    camera.close()
    with pytest.raises(CameraLost):
        camera.read()


def test_listed_cameras_are_first_nodes_by_number_with_the_drivers_name(tmp_path: Path) -> None:
    for node, index, name in (("video10", "0", "Second"), ("video1", "1", "First, metadata"), ("video0", "0", "First")):
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(f"{index}\n")
        (tmp_path / node / "name").write_text(f"{name}\n")
    assert [(camera.address, camera.name) for camera in list_cameras(tmp_path)] == [(0, "First"), (10, "Second")]


def test_a_system_without_cameras_lists_none(tmp_path: Path) -> None:
    assert list_cameras(tmp_path / "video4linux") == ()
