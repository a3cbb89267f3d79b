"""Who else is on this computer: a debugger on this program, programs that share or record the screen, cameras made of software.

Findings are for the person at the station and for `doctor`; they lower trust in what the camera shows and prove nothing alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROCESSES: Final = Path("/proc")
_LOOKS_EVERY_NS: Final = 20_000_000_000
USB: Final = Path("/sys/bus/usb/devices")
_MODULES: Final = ("v4l2loopback", "akvcam", "vivid", "vimc")
_PROGRAMS: Final = {
    "screen sharing": (
        *("x11vnc", "vino-server", "gnome-remote-de", "krfb", "anydesk", "teamviewer", "teamviewerd", "rustdesk", "zoom", "teams"),
    ),
    "screen recording": ("obs", "simplescreenrec", "recordmydesktop", "wf-recorder", "kazam", "gpu-screen-reco"),
    "a virtual camera": ("droidcam", "droidcam-cli", "webcamoid", "manycam", "iriunwebcam"),
    "a debugger": ("gdb", "strace", "ltrace", "frida-server", "frida"),
}
"""Names as the kernel keeps them: at most 15 letters."""


@dataclass(frozen=True, slots=True)
class EndpointFindings:
    """traced: a debugger holds this very program; programs: what runs besides, in the words of the table; modules: kernel modules that
    make cameras. All empty on a clean station, and where the system does not tell."""

    traced: bool = False
    programs: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not (self.traced or self.programs or self.modules)

    def __str__(self) -> str:
        """What goes into a record's provenance: kinds of programs, never their names or arguments. Empty on a clean station."""
        traced = ("a debugger on this program",) if self.traced else ()
        modules = ("a driver that feigns cameras",) if self.modules else ()
        return ", ".join((*traced, *self.programs, *modules))


class EndpointWatch:
    """Looks around now and then while a camera runs; costs nothing in between. look: takes some milliseconds."""

    def __init__(self, clock: Callable[[], int], look: Callable[[], EndpointFindings] | None = None) -> None:
        self._clock = clock
        self._look = look_around if look is None else look
        self._looked_ns: int | None = None
        self._says = ""

    def __call__(self) -> str:
        now = self._clock()
        if self._looked_ns is None or now - self._looked_ns >= _LOOKS_EVERY_NS:
            self._looked_ns = now
            self._says = str(self._look())
        return self._says


def look_around(processes: Path = PROCESSES) -> EndpointFindings:
    """Return what Linux tells of this computer now. Raises nothing: what cannot be read is not found."""
    return EndpointFindings(_traced(processes), _programs(processes), _modules(processes))


def usb_devices(folder: Path = USB) -> frozenset[str] | None:
    """Return the USB devices there are, each by place, maker and kind; None where the system does not tell."""
    try:
        places = sorted(entry for entry in folder.iterdir() if (entry / "idVendor").is_file())
    except OSError:
        return None
    return frozenset(":".join([place.name, *_lines(place / "idVendor"), *_lines(place / "idProduct")]) for place in places)


def _traced(processes: Path) -> bool:
    for line in _lines(processes / "self" / "status"):
        if line.startswith("TracerPid:"):
            return line.split(":")[1].strip() not in ("", "0")
    return False


def _programs(processes: Path) -> tuple[str, ...]:
    names = set()
    try:
        for folder in processes.iterdir():
            if folder.name.isdigit():
                names |= {line.lower() for line in _lines(folder / "comm")[:1]}
    except OSError:
        return ()
    return tuple(what for what, programs in _PROGRAMS.items() if names & set(programs))


def _modules(processes: Path) -> tuple[str, ...]:
    loaded = {line.split()[0] for line in _lines(processes / "modules") if line.split()}
    return tuple(name for name in _MODULES if name in loaded)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
