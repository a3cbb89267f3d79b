"""What the system says of a camera, from folders laid out as Linux lays them out."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.camera.control_probe import Answer, judged, probe
from kiosk.camera.identity import CameraIdentity, identify
from kiosk.camera.webcam import Webcam
from kiosk.frame import Frame
from kiosk.liveness.injection import DEAF, camera_of, provenance_of


def listed(root: Path, *, driver: str, bus: str, usb: tuple[str, str] | None, name: str) -> Path:
    """Make what /sys/class/video4linux shows of camera 0; returns that folder."""
    interface = root / "devices" / "port" / "interface"
    interface.mkdir(parents=True)
    if usb is not None:
        (interface.parent / "idVendor").write_text(usb[0] + "\n")
        (interface.parent / "idProduct").write_text(usb[1] + "\n")
    for kind, target in (("driver", driver), ("subsystem", bus)):
        if target:
            place = root / kind / target
            place.mkdir(parents=True)
            (interface / kind).symlink_to(place)
    node = root / "class" / "video0"
    node.mkdir(parents=True)
    (node / "device").symlink_to(interface)
    (node / "name").write_text(name + "\n")
    return node.parent


def test_a_usb_camera_has_driver_bus_and_numbers(tmp_path: Path) -> None:
    system = listed(tmp_path, driver="uvcvideo", bus="usb", usb=("046d", "0825"), name="C270: HD WEBCAM")
    assert identify(0, system) == CameraIdentity("uvcvideo", "usb", "046d:0825", "C270: HD WEBCAM")
    assert str(identify("/dev/video0", system)) == "uvcvideo; usb 046d:0825; C270: HD WEBCAM"


def test_a_camera_made_of_software_has_no_driver_and_no_bus(tmp_path: Path) -> None:
    system = listed(tmp_path, driver="", bus="", usb=None, name="Integrated Camera")
    assert str(identify(0, system)) == "no driver; no bus; Integrated Camera"


def test_a_name_with_strange_letters_is_cut_to_what_a_record_may_hold(tmp_path: Path) -> None:
    system = listed(tmp_path, driver="uvcvideo", bus="usb", usb=("046d", "zzzz"), name="Kam\u00e9ra\x07" + "x" * 90)
    known = identify(0, system)
    assert known is not None
    assert (known.usb_id, known.name) == ("", "Kamra" + "x" * 35)


def test_where_the_system_keeps_no_list_nothing_is_known(tmp_path: Path) -> None:
    assert identify(0, tmp_path / "nothing") is None
    assert identify("not a device", tmp_path) is None


class Obedient:
    """A camera whose pictures follow its brightness and take on the size they are asked for, or do not."""

    def __init__(self, *, obeys: bool, offers: bool = True, sizes: bool = True, deaf_to: int | None = None) -> None:
        self.obeys, self.offers, self.sizes, self.deaf_to = obeys, offers, sizes, deaf_to
        self.values: dict[int, float] = {}
        self.size = (1280, 720)
        self._wide = 1280
        self.opened = True

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.opened

    def read(self) -> tuple[bool, object]:
        shares = [value / 100.0 for control, value in self.values.items() if control != self.deaf_to]
        level = 100.0 * (float(np.prod(shares)) if self.obeys else 1.0)
        return self.opened, np.full((self.size[1], self.size[0], 3), level, np.uint8)

    def get(self, prop_id: int) -> float:
        return self.values.get(prop_id, 100.0) if self.offers else 0.0

    def set(self, prop_id: int, value: float) -> bool:
        if prop_id == cv2.CAP_PROP_FRAME_WIDTH:
            self._wide = int(value)
            return self.sizes
        if prop_id == cv2.CAP_PROP_FRAME_HEIGHT:
            self.size = (self._wide, int(value)) if self.sizes else self.size
            return self.sizes
        if prop_id in (cv2.CAP_PROP_BRIGHTNESS, cv2.CAP_PROP_GAIN, cv2.CAP_PROP_GAMMA):
            self.values[prop_id] = value
            return self.offers
        return True

    def getBackendName(self) -> str:  # noqa: N802 - OpenCV's name
        return "V4L2"

    def release(self) -> None:
        self.opened = False


@pytest.mark.parametrize("choice", [0, 1, 2])
def test_a_camera_that_obeys_is_told_from_a_file_that_cannot(choice: int) -> None:
    def answered(**camera: bool) -> tuple[Answer, Answer]:
        probed = probe(Obedient(**camera), lambda n: choice % n)
        return probed.controls, probed.size

    assert answered(obeys=True) == (Answer.OBEYED, Answer.OBEYED)
    assert answered(obeys=False, sizes=False) == (Answer.IGNORED, Answer.NOT_OFFERED)
    assert answered(obeys=False, offers=False) == (Answer.NOT_OFFERED, Answer.OBEYED)


def test_one_control_that_is_ignored_is_made_up_for_by_another_that_is_not() -> None:
    """Gain is ignored by honest cameras that set their exposure by themselves."""
    probed = probe(Obedient(obeys=True, deaf_to=cv2.CAP_PROP_BRIGHTNESS), lambda n: 0)
    assert (probed.controls, probed.asked) == (Answer.OBEYED, ("brightness", "gain"))


def test_controls_and_size_are_put_back() -> None:
    camera = Obedient(obeys=True)
    probe(camera, lambda n: n - 1)
    assert set(camera.values.values()) == {100.0}
    assert camera.size == (1280, 720)


def test_a_camera_that_gives_no_picture_is_not_asked_for_long() -> None:
    camera = Obedient(obeys=True)
    camera.opened = False
    assert probe(camera, lambda n: 0).controls is Answer.NOT_OFFERED


@pytest.mark.parametrize(("before", "during", "after"), [(100.0, 102.0, 100.0), (100.0, 60.0, 60.0), (100.0, 140.0, 160.0)])
def test_a_level_that_hardly_moves_or_stays_has_not_obeyed(before: float, during: float, after: float) -> None:
    assert judged(before, during, after, brighter=True) is Answer.IGNORED
    assert judged(before, during, after, brighter=False) is Answer.IGNORED


def test_what_a_camera_answered_and_who_watches_beside_go_with_every_frame() -> None:
    beside = ["screen sharing"]
    camera = Webcam(0, lambda: 1, lambda _: Obedient(obeys=False, sizes=False), choose=lambda n: 0, beside=lambda: beside[0])
    camera.open()
    frame = camera.read()
    assert isinstance(frame, Frame)
    told = frame.provenance.device
    assert "controls ignored; size not offered" in told
    assert told.endswith("beside: screen sharing)")
    assert provenance_of(told) == DEAF
    beside[0] = ""
    later = camera.read()
    assert isinstance(later, Frame)
    assert "beside" not in later.provenance.device
    assert camera_of(later.provenance.device) == camera_of(told)


def test_a_camera_nobody_asked_says_nothing_of_its_controls() -> None:
    camera = Webcam(0, lambda: 1, lambda _: Obedient(obeys=True))
    camera.open()
    assert "controls" not in camera.provenance.device
