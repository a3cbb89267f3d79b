"""`app.py replay DIR`: run a QA recording again on screen, with the same eyes, reducer and models as in the branch.

DIR is what `--record DIR` kept. The customer's consent is touched by the program; everything else follows from the frames. Exit code 0 if
the journey ends as it ended when it was recorded, 1 if not.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from kiosk.assembly.branch import Branch, Parts
from kiosk.assembly.equipment import for_practice
from kiosk.assembly.qa_recording import read_recorded, script_of, staged_source
from kiosk.assembly.scripts import FixedScripts
from kiosk.commands.display import has_display, hush_offscreen
from kiosk.commands.windows import WINDOW_SIZE, follow, show
from kiosk.faults import Fault
from kiosk.journey import events as ev
from kiosk.journey.states import AskingConsent, Finished, Idle, OutOfService, State
from kiosk.record import AccountOpening
from kiosk.values import Capture, Channel, Moment, StationClass

CONSENT_AFTER_MS = 800


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py replay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", type=Path, metavar="DIR")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--offscreen", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(argv)
    if chosen.offscreen or not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        hush_offscreen()
    try:
        recorded = read_recorded(chosen.recording)
        ending = _play(chosen.recording, chosen.models)
    except Fault as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    same = ending == recorded.ending
    if chosen.json:
        print(json.dumps({"recorded": recorded.ending, "replayed": ending, "same": same}))
    else:
        print(f"recorded: {recorded.ending}\nreplayed: {ending}\n{'the same' if same else 'NOT the same'}")
    return 0 if same else 1


def _play(folder: Path, models: Path) -> str:
    """Run the recording at a window; returns how it ended."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from ui.booth import BoothWindow
    from ui.bridge import Bridge

    application = QApplication.instance() or QApplication([])
    recorded = read_recorded(folder)
    source = staged_source(folder, time.monotonic_ns)
    endings: list[str] = []

    def witness(before: State, event: ev.Event, after: State, moment: Moment) -> None:
        if isinstance(after, AskingConsent) and not isinstance(before, AskingConsent):
            QTimer.singleShot(CONSENT_AFTER_MS, lambda: branch.station.post(ev.ConsentGiven("recorded")))
        if isinstance(after, Finished) and not isinstance(before, Finished):
            endings.append(str(after.ending))
            QTimer.singleShot(2 * CONSENT_AFTER_MS, application.quit)
        if isinstance(after, OutOfService):
            application.quit()

    with for_practice("replay", StationClass.QA) as equipment:
        branch = Branch(
            Parts(
                context=equipment.context,
                source=source,
                models=models,
                scripts=FixedScripts(script_of(recorded)),
                store=equipment.store,
                identity=equipment.identity,
                bank=equipment.bank,
                connector=equipment.connector,
            )
        )
        follow(branch, source)
        branch.station.witness(witness)
        bridge = Bridge(branch.station)
        window = BoothWindow(bridge, station_class=StationClass.QA, capture=Capture.RECORDING, language=recorded.language)
        show(window, WINDOW_SIZE, full_screen=False)
        branch.start()
        bridge.start()
        if isinstance(branch.station.state, Idle):
            branch.station.begin(Channel.BOOTH, AccountOpening(None), recorded.language, None)
        application.exec()
        bridge.stop()
        branch.stop()
        window.close()
    return endings[0] if endings else "did not end"
