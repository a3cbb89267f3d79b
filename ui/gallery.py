"""Every scene of both windows in every language as pictures: `python -m ui.gallery OUT [--size 1280x800] [--only booth]`."""

import argparse
import os
import sys
from pathlib import Path

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
                    operator = None if specimen.name == "sign-in" else OperatorId("m.lind")
                    desk = DeskWindow(
                        bridge,
                        OpenDesk(),
                        station_class=StationClass.DEMO,
                        capture=Capture.SIMULATION,
                        language=language,
                        operator=operator,
                    )
                    keep(desk, bridge, name, size)
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
