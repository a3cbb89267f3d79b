"""`app.py practice`: a teller's window with simulated customers and drawn documents, to learn on.

It is marked on every screen, has a vault and keys of its own that end with it, and no bank: before anything else it takes itself off the
network, and what it seals nobody can open. Honest and dishonest customers come in a drawn order; after each decision it is said who it was.

--rehearse plays a day by itself, without a person: a decision against the advice that is taken back once and made again, the receipt, the
supervisor's review and end of day. It says what came of it; exit code 0 if all of it happened and the case went nowhere.
"""

import argparse
import json
import os
import random
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.arguments import new_file
from kiosk.assembly.off_the_network import leave_network
from kiosk.liveness.colours import Screen

if TYPE_CHECKING:
    from kiosk.actor.camera import SimulatedCamera
    from kiosk.actor.customer import Cast, CustomerKind
    from kiosk.assembly.branch import Branch
    from kiosk.assembly.equipment import Equipment
    from kiosk.commands.practice_people import People
    from kiosk.commands.practice_rehearsal import Rehearsal
    from kiosk.vault.kept import StoreCounts
    from kiosk.vault.store import Store
    from ui.bridge import Bridge
    from ui.desk import DeskWindow
    from ui.practice import Exercise

STEP_MS: Final = 100
LANGUAGES: Final = ("en", "de", "fr", "es", "ar", "hi", "zh")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py practice", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--rehearse", action="store_true", help="play a day without a person")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="with --rehearse: what came of it")
    chosen = parser.parse_args(argv)
    leave_network()
    if chosen.rehearse:
        from kiosk.commands.display import has_display, hush_offscreen

        if not has_display():
            os.environ["QT_QPA_PLATFORM"] = "offscreen"
            hush_offscreen()
    return _run(chosen.models, chosen.language, chosen.rehearse, chosen.json)


def _run(models: Path, language: str, rehearse: bool, json_to: Path | None) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from kiosk.assembly.training_ground import training_ground
    from kiosk.commands.practice_rehearsal import Rehearsal

    application = QApplication.instance() or QApplication([])
    with training_ground() as ground:
        stage = _set_up(ground, models, language)
        stage.window.resize(1280, 800)
        stage.window.show()
        timer = QTimer()
        timer.timeout.connect(stage.teacher.step)
        rehearsal = Rehearsal(stage.branch, stage.window, ground.store, stage.people.supervisor) if rehearse else None
        if rehearsal is not None:
            timer.timeout.connect(lambda: application.quit() if rehearsal.over else rehearsal.step())
        QTimer.singleShot(0, stage.branch.start)
        QTimer.singleShot(0, stage.bridge.start)
        timer.start(STEP_MS)
        application.exec()
        timer.stop()
        stage.bridge.stop()
        stage.branch.stop()
        stage.window.close()
        return 0 if rehearsal is None else _tell(rehearsal, ground.store.counts(), json_to)


@dataclass(frozen=True, slots=True)
class _Stage:
    """The practice window with what works behind it."""

    branch: "Branch"
    bridge: "Bridge"
    window: "DeskWindow"
    teacher: "Teacher"
    people: "People"


def _set_up(ground: "Equipment", models: Path, language: str) -> _Stage:
    """Join a station of the training ground with a window in which the learner is signed in."""
    from kiosk.actor.camera import SimulatedCamera
    from kiosk.assembly.branch import Branch, Parts
    from kiosk.assembly.desk_access import DeskAccess
    from kiosk.assembly.desk_offices import DeskOffices
    from kiosk.assembly.scripts import DrawnScripts
    from kiosk.commands.demo_stage import make_cast
    from kiosk.commands.practice_people import make_people
    from kiosk.station.clock import SystemClock
    from kiosk.trust.operators import Operators
    from kiosk.values import Capture, StationClass
    from ui.bridge import Bridge
    from ui.desk import DeskWindow

    cast, operators = make_cast(models), Operators(ground.store)
    camera = SimulatedCamera(cast.customer(next(customers(0)), seed=1), time.monotonic_ns)
    branch = Branch(
        Parts(
            context=ground.context,
            source=camera,
            models=models,
            scripts=DrawnScripts(ground.context.policy.liveness),
            store=ground.store,
            identity=ground.identity,
            bank=ground.bank,
            connector=ground.connector,
        )
    )
    people = make_people(operators)
    branch.presence.came(people.learner, time.monotonic_ns())
    bridge = Bridge(branch.station)
    window = DeskWindow(
        bridge,
        DeskAccess(branch.station, operators, branch.presence, ground.context.policy.document, SystemClock()),
        station_class=StationClass.DEMO,
        capture=Capture.SIMULATION,
        language=language,
        operator=people.learner.name,
        offices=DeskOffices(ground, branch.presence, SystemClock(), None, models, teaches=False),
        practice=True,
    )
    return _Stage(branch, bridge, window, Teacher(branch, camera, cast, window, people, ground.store), people)


def _tell(rehearsal: "Rehearsal", counts: "StoreCounts", json_to: Path | None) -> int:
    """Say what came of a rehearsed day; return the program's exit code."""
    said = {"kept": counts.kept, "waiting": counts.waiting, "receipted": counts.receipted, "seconds": round(rehearsal.seconds, 1)}
    said |= {"receipt_shown": int(rehearsal.receipt_shown), "taken_back": rehearsal.taken_back}
    said |= {"reviewed": rehearsal.reviewed, "day_closed": int(rehearsal.day_closed)}
    print(json.dumps(said))
    if json_to is not None:
        json_to.write_text(json.dumps(said), encoding="utf-8")
    return 0 if rehearsal.whole and (counts.kept, counts.waiting, counts.receipted) == (1, 1, 0) else 1


def customers(seed: int) -> "Iterator[CustomerKind]":
    """Yield kinds of customers without end, each kind as often as the honest one, in a drawn order."""
    from kiosk.actor.customer import CustomerKind

    rng = random.Random(seed)  # noqa: S311 - a lesson is no secret
    kinds = [
        CustomerKind.COOPERATIVE,
        CustomerKind.COOPERATIVE,
        CustomerKind.IGNORES_PROMPTS,
        CustomerKind.SOMEBODY_ELSES_CARD,
        CustomerKind.TAMPERED_CARD,
    ]
    while True:
        rng.shuffle(kinds)
        yield from kinds


class Teacher:
    """Brings the customers, shows them what the screen asks, and says after each decision who it was. Called by a timer."""

    def __init__(
        self,
        branch: "Branch",
        camera: "SimulatedCamera",
        cast: "Cast",
        window: "DeskWindow",
        people: "People",
        store: "Store",
    ) -> None:
        self._branch, self._camera, self._cast, self._window = branch, camera, cast, window
        self._people, self._store = people, store
        self._kinds = customers(secrets.randbelow(1 << 30))
        self._kind: CustomerKind | None = None
        self._light: Screen | None = None
        self._number = 0

    def step(self) -> None:
        from kiosk.commands.cues import cue_of, light_of
        from kiosk.journey.states import Decided, Finished, Idle
        from ui.practice import feedback, people, second_person

        state, station = self._branch.station.state, self._branch.station
        if self._window.sign_in.isVisible():
            self._window.sign_in.tell(people(self._people.teller(), self._people.supervisor()))
        if isinstance(state, Idle | Finished):
            if isinstance(state, Finished) and isinstance(state.ending, Decided) and self._kind is not None:
                self._window.ended.tell(feedback(self._kind.value, state.ending.decision))
            elif isinstance(state, Idle):
                self._kind = None
                self._window.new_case.exercises.tell(self._done())
        elif self._kind is None:
            self._kind = next(self._kinds)
            self._number += 1
            self._camera.serve(self._cast.customer(self._kind, seed=self._number))
            self._window.ended.tell(None)
            self._window.case.decision.second.tell(second_person(*self._people.colleague()))
        self._camera.show(cue_of(state))
        light = light_of(state, station.now().monotonic_ns, station.policy)
        if light != self._light:
            self._light = light
            self._camera.lit_by(light)

    def _done(self) -> "frozenset[Exercise]":
        """What was practised, as the log has it; what was taken back left no line there."""
        from kiosk.vault.audit import AuditEvent
        from ui.practice import Exercise

        told = self._store.told_of
        against = any("against=" in detail for _, detail in told(AuditEvent.CASE_DECIDED))
        done = {
            Exercise.OVERRIDE: against,
            Exercise.UNDO: bool(self._window.case.held.taken_back),
            Exercise.SECOND: bool(told(AuditEvent.CASE_SECONDED)),
            Exercise.REVIEW: bool(told(AuditEvent.OVERRIDE_REVIEWED)),
        }
        return frozenset(one for one, practised in done.items() if practised)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
