"""What Linux says about the camera behind a device number: its driver, its bus and its name. Read from /sys, never from the camera itself,
so that a program that feigns a camera has to be the system's administrator to lie here.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SYSTEM: Final = Path("/sys/class/video4linux")
BESIDE_MARK: Final = "beside: "
_LONGEST_NAME: Final = 40
_NODE: Final = re.compile(r"(?:/dev/video)?([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class CameraIdentity:
    """driver: the kernel module that feeds it, empty if none is named; bus: `usb`, `pci`, `platform`, ... or empty; usb_id: vendor and
    product as `046d:0825`, empty off the bus; name: as the driver states it, printable and short."""

    driver: str
    bus: str
    usb_id: str
    name: str

    def __str__(self) -> str:
        bus = f"{self.bus or 'no bus'} {self.usb_id}".rstrip()
        return "; ".join(part for part in (self.driver or "no driver", bus, self.name) if part)


def identify(address: int | str, system: Path = SYSTEM) -> CameraIdentity | None:
    """Return what is known of a camera; None where the system keeps no such list or the address is no plain device."""
    try:
        node = _NODE.fullmatch(str(Path(address).resolve()) if isinstance(address, str) else str(address))
        if node is None:
            return None
        folder = system / f"video{node[1]}"
        if not folder.is_dir():
            return None
        device = folder / "device"
        driver = (device / "driver").resolve().name if (device / "driver").exists() else ""
        bus = (device / "subsystem").resolve().name if (device / "subsystem").exists() else ""
        return CameraIdentity(driver, bus, _usb_id(device), _printable(_text(folder / "name")))
    except OSError:
        return None


def _usb_id(device: Path) -> str:
    """A camera is an interface of a USB device, which is the folder above."""
    parent = device.resolve().parent
    vendor, product = _text(parent / "idVendor"), _text(parent / "idProduct")
    return f"{vendor}:{product}" if re.fullmatch("[0-9a-f]{4}", vendor) and re.fullmatch("[0-9a-f]{4}", product) else ""


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace").strip() if file.is_file() else ""


def _printable(name: str) -> str:
    return "".join(letter for letter in name if letter.isascii() and letter.isprintable())[:_LONGEST_NAME]
