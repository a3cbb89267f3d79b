"""A booth on a real display for the AT-SPI test: shows the specimen named on each line of standard input, then says so. Not a test."""

import sys

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from kiosk.values import Capture, StationClass
from ui.booth import BoothWindow
from ui.bridge import Bridge
from ui.specimens import StillStation, booth_specimens


def main() -> int:
    application = QApplication([])
    specimens = {specimen.name: specimen for specimen in booth_specimens("en")}
    station = StillStation(specimens["welcome"].state)
    bridge = Bridge(station)
    window = BoothWindow(bridge, station_class=StationClass.DEMO, capture=Capture.SIMULATION, reduced_motion=True)
    window.resize(1280, 800)
    window.show()

    def heard() -> None:
        name = sys.stdin.readline().strip()
        if not name:
            application.quit()
            return
        station.state = specimens[name].state
        window.refresh()
        for _ in range(6):
            application.processEvents()
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()

    waiting = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    waiting.activated.connect(heard)
    application.exec()
    bridge.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
