"""Every scene of both windows in every language as pictures: `python -m ui.gallery OUT [--size 1280x800] [--only booth]`."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.desk import DeskWindow

TURNS = 16
"""Turns of the window before its picture is taken: the oval follows the face in steps."""
SIZES = "1280x800,1024x600"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ui.gallery", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", default=SIZES, help="comma-separated, for example 1280x800,1920x1080")
    parser.add_argument("--only", default="", help="scenes whose name begins with this, for example booth-face")
    parser.add_argument("--language", default="", help="one language only")
    asked = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sizes = tuple((int(width), int(height)) for width, height in (size.split("x") for size in asked.size.split(",")))
    count = draw_all(asked.out, sizes, asked.only, asked.language)
    sys.stdout.write(f"{count} pictures in {asked.out}\n")
    return 0


def draw_all(out: Path, sizes: tuple[tuple[int, int], ...], only: str, only_language: str) -> int:
    from PySide6.QtWidgets import QApplication, QWidget

    from kiosk.values import Capture, OperatorId, StationClass
    from ui.booth import BoothWindow
    from ui.bridge import Bridge
    from ui.desk import DeskWindow
    from ui.phrases import LANGUAGES
    from ui.specimens import OpenDesk, StillStation, booth_specimens, desk_specimens

    application = QApplication.instance() or QApplication([])
    out.mkdir(parents=True, exist_ok=True)
    count = 0

    def keep(window: QWidget, bridge: Bridge, name: str, size: tuple[int, int]) -> None:
        nonlocal count
        window.resize(*size)
        window.show()
        for _ in range(TURNS):
            application.processEvents()
            bridge.refreshed.emit()
            bridge.look.emit()
        window.grab().save(str(out / f"{name}-{size[0]}x{size[1]}.png"))
        bridge.stop()
        window.close()
        window.deleteLater()
        application.processEvents()
        count += 1

    for language in (only_language,) if only_language else LANGUAGES:
        for specimen in booth_specimens(language):
            name = f"booth-{specimen.name}-{language}"
            if name.startswith(only):
                for size in sizes:
                    bridge = Bridge(StillStation(specimen.state, specimen.overview, frame=specimen.frame))
                    booth = BoothWindow(
                        bridge,
                        station_class=StationClass.DEMO,
                        capture=Capture.SIMULATION,
                        language=language,
                        reduced_motion=True,
                    )
                    keep(booth, bridge, name, size)
        for specimen in desk_specimens(language):
            name = f"desk-{specimen.name}-{language}"
            if name.startswith(only):
                for size in sizes:
                    bridge = Bridge(StillStation(specimen.state, specimen.overview, frame=specimen.frame))
                    signing_in = specimen.name in ("sign-in", "enrol", "recovery-codes")
                    operator = None if signing_in else OperatorId("m.lind")
                    desk = DeskWindow(
                        bridge,
                        OpenDesk(),
                        station_class=StationClass.DEMO,
                        capture=Capture.SIMULATION,
                        language=language,
                        operator=operator,
                    )
                    if specimen.name == "locked":
                        desk.lock()
                    elif specimen.name in ("enrol", "recovery-codes"):
                        show_enrolment(desk, codes=specimen.name == "recovery-codes")
                    keep(desk, bridge, name, size)
    return count


def show_enrolment(desk: "DeskWindow", *, codes: bool) -> None:
    """Bring a desk's window to the enrolment of a second factor, or to the recovery codes after it."""
    from datetime import UTC, datetime

    from kiosk.trust.operators import NeedsFactor
    from kiosk.values import OperatorId
    from ui.bridge import Done
    from ui.specimens import OpenDesk

    asked = NeedsFactor(OperatorId("new"), datetime.now(UTC))
    desk.begin_enrolment(asked)
    if codes:
        offer = OpenDesk().offer_factor(asked)
        desk.enrol.show_answer(Done(OpenDesk().enrol_factor(asked, offer, "123456"), None))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
