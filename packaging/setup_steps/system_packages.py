"""What the system must have that pip cannot bring: shared libraries of Qt, fonts, and for the tests a display.

Each need is looked for by what is truly used (a library by its soname, a font by its file, a program by its name), not by
a package's name: package names differ between releases (libglib2.0-0 became libglib2.0-0t64), and on a system that is not
Debian the need is met by a package we do not know. The sonames are those in the NEEDED entries of PySide6 6.11's QtGui,
QtWidgets, QtDBus and of its `offscreen` and `xcb` platform plugins that a minimal Debian 12 does not have.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final, assert_never

from setup_steps.house import ON_WINDOWS, Ends, SetupStopped, clean_environment
from setup_steps.progress import run_logged, say, step, tail


class Kind(Enum):
    LIBRARY = "library"
    FONT = "font"
    PROGRAM = "program"
    PYTHON_MODULE = "Python module"


class Purpose(Enum):
    """Why something is needed. Only RUN stops the set-up; without the others less works, and that is said."""

    RUN = "to run at all"
    WINDOW = "to open a window"
    SCRIPTS = "for fine type in every language the screens speak"
    SPEECH = "for prompts that are read aloud"
    DISPLAY_TESTS = "for the tests that open a window on a virtual display"
    KEY_TESTS = "for the tests of keys kept in a TPM"
    DATABASE_TESTS = "for the tests of the intake on a PostgreSQL server"
    BROWSER_TESTS = "for the tests of the analysts' console in a browser"
    RECEIPT_TESTS = "for the tests that read a receipt's PDF"
    STREAM_TESTS = "for the tests of analysis workers that share a NATS server"


@dataclass(frozen=True, slots=True)
class Need:
    kind: Kind
    name: str
    package: str
    purpose: Purpose


NEEDS: Final = (
    Need(Kind.PYTHON_MODULE, "ensurepip", "python3-venv", Purpose.RUN),
    Need(Kind.LIBRARY, "libEGL.so.1", "libegl1", Purpose.RUN),
    Need(Kind.LIBRARY, "libGL.so.1", "libgl1", Purpose.RUN),
    Need(Kind.LIBRARY, "libX11.so.6", "libx11-6", Purpose.RUN),
    Need(Kind.LIBRARY, "libxkbcommon.so.0", "libxkbcommon0", Purpose.RUN),
    Need(Kind.LIBRARY, "libdbus-1.so.3", "libdbus-1-3", Purpose.RUN),
    Need(Kind.LIBRARY, "libfontconfig.so.1", "libfontconfig1", Purpose.RUN),
    Need(Kind.LIBRARY, "libfreetype.so.6", "libfreetype6", Purpose.RUN),
    Need(Kind.LIBRARY, "libglib-2.0.so.0", "libglib2.0-0", Purpose.RUN),
    Need(Kind.FONT, "DejaVuSans.ttf", "fonts-dejavu-core", Purpose.RUN),
    Need(Kind.FONT, "OCRB.otf", "fonts-ocr-b", Purpose.RUN),
    Need(Kind.FONT, "NotoSans-Regular.ttf", "fonts-noto-core", Purpose.SCRIPTS),
    Need(Kind.FONT, "NotoSansArabic-Regular.ttf", "fonts-noto-core", Purpose.SCRIPTS),
    Need(Kind.FONT, "NotoSansDevanagari-Regular.ttf", "fonts-noto-core", Purpose.SCRIPTS),
    Need(Kind.FONT, "wqy-microhei.ttc", "fonts-wqy-microhei", Purpose.SCRIPTS),
    Need(Kind.PROGRAM, "spd-say", "speech-dispatcher-espeak-ng", Purpose.SPEECH),
    Need(Kind.LIBRARY, "libX11-xcb.so.1", "libx11-xcb1", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxkbcommon-x11.so.0", "libxkbcommon-x11-0", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-cursor.so.0", "libxcb-cursor0", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-icccm.so.4", "libxcb-icccm4", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-image.so.0", "libxcb-image0", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-keysyms.so.1", "libxcb-keysyms1", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-randr.so.0", "libxcb-randr0", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-render-util.so.0", "libxcb-render-util0", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-shape.so.0", "libxcb-shape0", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-shm.so.0", "libxcb-shm0", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-sync.so.1", "libxcb-sync1", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-util.so.1", "libxcb-util1", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-xfixes.so.0", "libxcb-xfixes0", Purpose.WINDOW),
    Need(Kind.LIBRARY, "libxcb-xkb.so.1", "libxcb-xkb1", Purpose.WINDOW),
    Need(Kind.PROGRAM, "Xvfb", "xvfb", Purpose.DISPLAY_TESTS),
    Need(Kind.PROGRAM, "xrandr", "x11-xserver-utils", Purpose.DISPLAY_TESTS),
    Need(Kind.PROGRAM, "xdotool", "xdotool", Purpose.DISPLAY_TESTS),
    Need(Kind.PROGRAM, "dbus-run-session", "dbus-daemon", Purpose.DISPLAY_TESTS),
    Need(Kind.PROGRAM, "gdbus", "libglib2.0-bin", Purpose.DISPLAY_TESTS),
    Need(Kind.LIBRARY, "libatspi.so.0", "at-spi2-core", Purpose.DISPLAY_TESTS),
    Need(Kind.PROGRAM, "swtpm", "swtpm", Purpose.KEY_TESTS),
    Need(Kind.PROGRAM, "tpm2_create", "tpm2-tools", Purpose.KEY_TESTS),
    Need(Kind.PROGRAM, "pg_ctlcluster", "postgresql", Purpose.DATABASE_TESTS),
    Need(Kind.PROGRAM, "chromium", "chromium", Purpose.BROWSER_TESTS),
    Need(Kind.PROGRAM, "chromedriver", "chromium-driver", Purpose.BROWSER_TESTS),
    Need(Kind.PROGRAM, "nats-server", "nats-server", Purpose.STREAM_TESTS),
    Need(Kind.PROGRAM, "pdftotext", "poppler-utils", Purpose.RECEIPT_TESTS),
)

DEMO_PURPOSES: Final = frozenset({Purpose.RUN, Purpose.WINDOW, Purpose.SCRIPTS, Purpose.SPEECH})
TEST_PURPOSES: Final = DEMO_PURPOSES | {
    Purpose.DISPLAY_TESTS,
    Purpose.KEY_TESTS,
    Purpose.DATABASE_TESTS,
    Purpose.STREAM_TESTS,
    Purpose.BROWSER_TESTS,
    Purpose.RECEIPT_TESTS,
}


def missing(purposes: frozenset[Purpose]) -> tuple[Need, ...]:
    """Return what of the given purposes this machine lacks, in the order of NEEDS."""
    return tuple(need for need in NEEDS if need.purpose in purposes and not _is_there(need))


def _is_there(need: Need) -> bool:
    match need.kind:
        case Kind.LIBRARY:
            return need.name in _libraries()
        case Kind.FONT:
            return need.name in _font_files()
        case Kind.PROGRAM:
            return shutil.which(need.name) is not None
        case Kind.PYTHON_MODULE:
            return importlib.util.find_spec(need.name) is not None
        case _ as never:
            assert_never(never)


@cache
def _libraries() -> frozenset[str]:
    """Return the sonames the dynamic linker's cache holds for this interpreter's word size."""
    # An ordinary user's PATH has no /sbin on Debian.
    ldconfig = shutil.which("ldconfig") or shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if ldconfig is None:
        return frozenset()
    listing = subprocess.run([ldconfig, "-p"], capture_output=True, text=True, check=False).stdout
    wanted_64 = sys.maxsize > 2**32
    found = re.finditer(r"^\s+(\S+) \(([^)]*)\)", listing, flags=re.MULTILINE)
    return frozenset(line[1] for line in found if ("64" in line[2]) == wanted_64)


@cache
def _font_files() -> frozenset[str]:
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    folders = [home / "fonts", Path.home() / ".fonts", *(Path(place) / "fonts" for place in shared if place)]
    return frozenset(file.name for folder in folders if folder.is_dir() for file in folder.rglob("*.[ot]t[fc]"))


def look_again() -> None:
    """Forget what was seen, after packages were installed."""
    _libraries.cache_clear()
    _font_files.cache_clear()
    importlib.invalidate_caches()


def ensure_system_packages(purposes: frozenset[Purpose], *, may_install: bool, first_time: bool) -> None:
    """Install what is missing, or say exactly what to install. Raises SetupStopped if the product could not run.

    may_install: False never calls apt. first_time: what merely helps is installed only on the first set-up, so that a
    machine that cannot have it does not go to the network at every start.
    """
    if not sys.platform.startswith("linux"):
        return
    with step("system packages") as under_way:
        lacking = missing(purposes)
        worth_installing = any(need.purpose is Purpose.RUN for need in lacking) or (first_time and bool(lacking))
        as_root = _root_prefix() if worth_installing and may_install and shutil.which("apt-get") else None
        if as_root is not None:
            installed = _apt_install(as_root, _packages(lacking))
            look_again()
            lacking = missing(purposes)
            under_way.ended = installed
        else:
            under_way.ended = "in place" if not lacking else "some missing"
        if any(need.purpose is Purpose.RUN for need in lacking):
            raise SetupStopped(Ends.SYSTEM_PACKAGES_MISSING, how_to_install(lacking))
    if lacking:
        say("\n".join(f"    note: {line}" for line in how_to_install(lacking).splitlines()))


def how_to_install(lacking: Sequence[Need]) -> str:
    """Return what is missing and the one command that installs it."""
    lines = []
    for purpose in Purpose:
        names = [need.name for need in lacking if need.purpose is purpose]
        if names:
            lines.append(f"missing {purpose.value}: {', '.join(names)}")
    command = " ".join(["sudo apt-get install -y --no-install-recommends", *_packages(lacking)])
    if shutil.which("apt-get"):
        lines.append(f"install with: {command}")
    else:
        lines.append(f"this system has no apt-get; install the packages that bring these (on Debian: {command})")
    return "\n".join(lines)


def can_open_a_window() -> bool:
    """Say whether Qt's xcb plugin will load; always True where we do not look (Windows, macOS)."""
    return not sys.platform.startswith("linux") or not missing(frozenset({Purpose.WINDOW}))


def _packages(lacking: Sequence[Need]) -> list[str]:
    return list(dict.fromkeys(need.package for need in lacking))


def _root_prefix() -> list[str] | None:
    """Return what to put before a command to run it as root without being asked anything; None if that is impossible."""
    if ON_WINDOWS:
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    silent = subprocess.run([sudo, "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return [sudo, "-n"] if silent.returncode == 0 else None


def _apt_install(as_root: list[str], packages: list[str]) -> str:
    """Install with apt; returns how it went in words. A failure is not raised here: what counts is what is there after."""
    # `env` because sudo drops variables.
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    say(f"    installing {' '.join(packages)}")
    # A container's package lists are stale or absent; failing to refresh them may still leave usable ones.
    run_logged([*apt, "update"], "apt-update", clean_environment())
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    code, log = run_logged(install, "apt-install", clean_environment())
    if code == 0:
        return f"installed {len(packages)}"
    say(f"    apt-get install ended with {code}; the end of {log}:\n{tail(log)}")
    return "apt-get failed"
