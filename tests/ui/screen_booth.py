"""A booth on a real display for the tests of screens that go and turn: tells where it stands after each line of input. Not a test.

show NAME     the specimen of that name
type TEXT     keys, sent as a keyboard does
last          goes to the last screen, as whoever set the booth up moved it
tell          nothing but the answer: screens, the window, the page, the line, whether upright, what was posted
"""

import json
import sys

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.journey.reduce import reduce
from kiosk.values import Capture, StationClass
from tests.journey.build import UNATTENDED
from ui.booth import BoothWindow
from ui.bridge import Bridge
from ui.specimens import StillStation, booth_specimens

SETTLED_MS = 400
"""How long the display may take to tell the window of its screens."""


def main() -> int:
    application = QApplication([])
    specimens = {specimen.name: specimen for specimen in booth_specimens("en")}
    station = StillStation(specimens["welcome"].state)
    bridge = Bridge(station)
    window = BoothWindow(bridge, station_class=StationClass.DEMO, capture=Capture.SIMULATION, reduced_motion=True, locked=True)
    window.showFullScreen()

    def answer() -> None:
        page = window._stack.current()
        told = {
            "screens": [list(screen.geometry().getRect()) for screen in application.screens()],
            "window": list(window.geometry().getRect()),
            "body": list(window._body.geometry().getRect()),
            "page": type(page).__name__,
            "line": window.contact.line.text(),
            "upright": window._fit.narrow,
            "visible": window.isVisible(),
            "posted": [type(event).__name__ for event in station.posted],
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

    def heard() -> None:
        line = sys.stdin.readline()
        word, _, rest = line.strip().partition(" ")
        match word:
            case "show":
                station.state = specimens[rest].state
                window.refresh()
            case "type":
                QTest.keyClicks(window.contact.line, rest)
                for event in station.posted:
                    station.state, _ = reduce(station.state, event, station.moment, UNATTENDED)
                station.posted.clear()
            case "last":
                window.setGeometry(application.screens()[-1].geometry())
            case "":
                application.quit()
                return
        QTimer.singleShot(SETTLED_MS, answer)

    waiting = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    waiting.activated.connect(heard)
    application.exec()
    bridge.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
