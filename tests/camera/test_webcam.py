"""The webcam's path through OpenCV: a video file stands in for the device, so that frames are really decoded."""

import platform
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.camera.source import Ended
from kiosk.camera.webcam import Address, CaptureDevice, Webcam, list_cameras
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


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://camera.example/live",
        "/dev/videos/customer.avi",
        "/dev/video0/../../tmp/clip.avi",
        "/dev/v4l/by-id/../../../tmp/clip.avi",
        "/dev/video0\n",
        "v4l2src ! appsink",
        "clip.avi",
        "0",
        "",
    ],
)
def test_a_text_that_names_no_device_is_no_camera(address: str) -> None:
    with pytest.raises(CameraUnavailable, match="a camera is a number"):
        Webcam(address, lambda: 0).open()


def test_a_clip_is_no_camera_on_any_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = str(video(tmp_path / "clip.avi", 3))
    for system in ("Linux", "Darwin", "Windows"):
        monkeypatch.setattr(platform, "system", lambda system=system: system)
        with pytest.raises(CameraUnavailable):
            Webcam(clip, lambda: 0).open()


@pytest.mark.parametrize("address", ["/dev/video987", "/dev/v4l/by-id/usb-none-index0"])
def test_a_device_path_is_asked_of_the_system(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    with pytest.raises(CameraUnavailable, match="does not open"):
        Webcam(address, lambda: 0).open()


def test_a_device_path_means_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    with pytest.raises(CameraUnavailable, match="a camera is a number"):
        Webcam("/dev/video0", lambda: 0).open()


class Stubborn:
    """A device that opens and then fails in one of OpenCV's ways. empty_s: how long a read without a frame takes."""

    def __init__(self, fails_in: str = "", empty_s: float = 0.0) -> None:
        self._fails_in = fails_in
        self._empty_ns = round(empty_s * 1e9)
        self.now_ns = 0
        self.reads = 0
        self.released = 0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        self._perhaps("isOpened")
        return True

    def read(self) -> tuple[bool, object]:
        self._perhaps("read")
        self.reads += 1
        self.now_ns += self._empty_ns
        return (True, np.zeros((3, 3), np.uint8)) if self._fails_in == "colour" else (False, None)

    def get(self, prop_id: int) -> float:
        return 0.0

    def set(self, prop_id: int, value: float) -> bool:
        self._perhaps("set")
        return True

    def getBackendName(self) -> str:  # noqa: N802 - OpenCV's name
        self._perhaps("getBackendName")
        return "STUBBORN"

    def release(self) -> None:
        self.released += 1
        self._perhaps("release")

    def camera(self) -> Webcam:
        def device(_: Address) -> CaptureDevice:
            return self

        return Webcam(0, lambda: self.now_ns, device)

    def _perhaps(self, where: str) -> None:
        if where == self._fails_in:
            raise cv2.error("refused")


@pytest.mark.parametrize("where", ["isOpened", "set", "getBackendName"])
def test_whatever_opencv_refuses_while_opening_makes_the_camera_unavailable_and_lets_it_go(where: str) -> None:
    device = Stubborn(where)
    with pytest.raises(CameraUnavailable):
        device.camera().open()
    assert device.released == 1


@pytest.mark.parametrize("where", ["read", "colour"])
def test_whatever_opencv_refuses_while_reading_is_a_loss(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise cv2.error("refused")

    monkeypatch.setattr(cv2, "cvtColor", refused)
    camera = Stubborn(where).camera()
    camera.open()
    with pytest.raises(CameraLost):
        camera.read()


def test_a_device_that_cannot_be_let_go_is_no_new_trouble() -> None:
    device = Stubborn("release")
    camera = device.camera()
    camera.open()
    camera.close()
    assert device.released == 1


@pytest.mark.parametrize(("empty_s", "reads"), [(0.03, 3), (2.9, 1), (1.5, 2)])
def test_one_read_that_timed_out_is_a_loss_while_a_missed_frame_is_not(empty_s: float, reads: int) -> None:
    device = Stubborn(empty_s=empty_s)
    camera = device.camera()
    camera.open()
    with pytest.raises(CameraLost):
        camera.read()
    assert device.reads == reads
