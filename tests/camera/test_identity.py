"""What the system says of a camera, from folders laid out as Linux lays them out."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.camera.control_probe import Answer, judged, probe
from kiosk.camera.identity import CameraIdentity, identify


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
    """A camera whose pictures follow its brightness, or do not."""

    def __init__(self, *, obeys: bool, offers: bool = True) -> None:
        self.obeys, self.offers, self.value = obeys, offers, 100.0

    def read(self) -> tuple[bool, object]:
        level = self.value if self.obeys else 100.0
        return True, np.full((16, 16, 3), level, np.uint8)

    def get(self, prop_id: int) -> float:
        return self.value if self.offers else 0.0

    def set(self, prop_id: int, value: float) -> bool:
        self.value = value
        return self.offers


@pytest.mark.parametrize("choice", [0, 1, 2])
def test_a_camera_that_obeys_is_told_from_a_file_that_cannot(choice: int) -> None:
    assert probe(Obedient(obeys=True), lambda n: choice % n).answer is Answer.OBEYED
    assert probe(Obedient(obeys=False), lambda n: choice % n).answer is Answer.IGNORED
    assert probe(Obedient(obeys=False, offers=False), lambda n: choice % n).answer is Answer.NOT_OFFERED


def test_the_control_is_put_back() -> None:
    camera = Obedient(obeys=True)
    probe(camera, lambda n: 0)
    assert camera.value == 100.0


def test_light_that_drifts_on_its_own_is_no_obedience() -> None:
    assert judged(100, 120, 140, brighter=True) is Answer.IGNORED
    assert judged(100, 90, 100, brighter=True) is Answer.IGNORED
    assert judged(100, 130, 101, brighter=True) is Answer.OBEYED
