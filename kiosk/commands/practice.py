"""`app.py practice`: a teller's window with simulated customers and drawn documents, to learn on.

It is marked on every screen, has a vault and keys of its own that end with it, and no bank: before anything else it takes itself off the
network, and what it seals nobody can open. Honest and dishonest customers come in a drawn order; after each decision it is said who it was.

--rehearse plays one case by itself, without a person, and says what came of it; exit code 0 if the case was kept and went nowhere.
"""

import argparse
import json
import os
import random
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.assembly.off_the_network import leave_network
from kiosk.liveness.colours import Screen

if TYPE_CHECKING:
    from kiosk.actor.camera import SimulatedCamera
    from kiosk.actor.customer import Cast, CustomerKind
    from kiosk.assembly.branch import Branch
    from kiosk.trust.operators import Operators
    from kiosk.trust.presence import SignedIn
    from kiosk.vault.store import Store
    from ui.desk import DeskWindow

STEP_MS: Final = 100
REHEARSAL_WITHIN_S: Final = 120.0
LEARNER, COLLEAGUE = "learner", "colleague"
Credentials = Callable[[], tuple[str, str, str]]
"""Name, password and the code of this moment."""
LANGUAGES: Final = ("en", "de", "fr", "es", "ar", "hi", "zh")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py practice", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--rehearse", action="store_true", help="play one case without a person")
    parser.add_argument("--json", type=Path, metavar="FILE", help="with --rehearse: what came of it")
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

    from kiosk.actor.camera import SimulatedCamera
    from kiosk.assembly.branch import Branch, Parts
    from kiosk.assembly.desk_access import DeskAccess
    from kiosk.assembly.desk_offices import DeskOffices
    from kiosk.assembly.scripts import DrawnScripts
    from kiosk.assembly.training_ground import training_ground
    from kiosk.commands.demo_stage import make_cast
    from kiosk.station.clock import SystemClock
    from kiosk.trust.operators import Operators
    from kiosk.values import Capture, OperatorId, StationClass
    from ui.bridge import Bridge
    from ui.desk import DeskWindow
    from ui.practice import PRACTICE_BANNER

    application = QApplication.instance() or QApplication([])
    cast = make_cast(models)
    with training_ground() as ground:
        operators = Operators(ground.store)
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
        learner, teller, colleague = make_people(operators)
        offices = DeskOffices(ground, branch.presence, SystemClock(), None, models, teaches=False)
        branch.presence.came(learner, time.monotonic_ns())
        bridge = Bridge(branch.station)
        window = DeskWindow(
            bridge,
            DeskAccess(branch.station, operators, branch.presence, ground.context.policy.document, SystemClock()),
            station_class=StationClass.DEMO,
            capture=Capture.SIMULATION,
            language=language,
            operator=OperatorId(LEARNER),
            offices=offices,
            marks=PRACTICE_BANNER,
        )
        teacher = Teacher(branch, camera, cast, window, (teller, colleague))
        window.resize(1280, 800)
        window.show()
        timer = QTimer()
        timer.timeout.connect(teacher.step)
        rehearsal = Rehearsal(branch, window, ground.store, colleague) if rehearse else None
        if rehearsal is not None:
            timer.timeout.connect(lambda: application.quit() if rehearsal.over else rehearsal.step())
        QTimer.singleShot(0, branch.start)
        QTimer.singleShot(0, bridge.start)
        timer.start(STEP_MS)
        application.exec()
        timer.stop()
        bridge.stop()
        branch.stop()
        window.close()
        if rehearsal is None:
            return 0
        counts = ground.store.counts()
        said = {"kept": counts.kept, "waiting": counts.waiting, "receipted": counts.receipted, "seconds": round(rehearsal.seconds, 1)}
        said |= {"receipt_shown": int(rehearsal.receipt_shown), "reviewed": rehearsal.reviewed, "day_closed": int(rehearsal.day_closed)}
        print(json.dumps(said))
        if json_to is not None:
            json_to.write_text(json.dumps(said), encoding="utf-8")
        whole = rehearsal.receipt_shown and rehearsal.day_closed
        return 0 if whole and (counts.kept, counts.waiting, counts.receipted) == (1, 1, 0) else 1


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
        people: "tuple[Credentials, Credentials]",
    ) -> None:
        """people: name, password and code of the teller who learns and of the colleague, a supervisor."""
        self._branch, self._camera, self._cast, self._window = branch, camera, cast, window
        self._people = people
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
            self._window.sign_in.tell(people(*(tell() for tell in self._people)))
        if isinstance(state, Idle | Finished):
            if isinstance(state, Finished) and isinstance(state.ending, Decided) and self._kind is not None:
                self._window.ended.tell(feedback(self._kind.value, state.ending.decision))
            elif isinstance(state, Idle):
                self._kind = None
        elif self._kind is None:
            self._kind = next(self._kinds)
            self._number += 1
            self._camera.serve(self._cast.customer(self._kind, seed=self._number))
            self._window.ended.tell(None)
            self._window.case.decision.tell_second(second_person(*self._people[1]()))
        self._camera.show(cue_of(state))
        light = light_of(state, station.now().monotonic_ns, station.policy)
        if light != self._light:
            self._light = light
            self._camera.lit_by(light)


class Rehearsal:
    """Plays one whole day: a case by keyboard and its receipt as the teller; then the supervisor signs in, reviews and closes the day."""

    def __init__(self, branch: "Branch", window: "DeskWindow", store: "Store", supervisor: Credentials) -> None:
        self._branch, self._window, self._store, self._supervisor = branch, window, store, supervisor
        self._began = time.monotonic()
        self._signed_out = False
        self.over = self.receipt_shown = self.day_closed = False
        self.reviewed = 0
        self.seconds = 0.0

    def step(self) -> None:
        from kiosk.journey.states import AskingConsent, AwaitingDisposition, Finished, Idle

        state, case = self._branch.station.state, self._window.case
        self.seconds = time.monotonic() - self._began
        match state:
            case Idle():
                self._window.new_case.begin.click()
            case AskingConsent():
                case.consent.agreed.click()
            case AwaitingDisposition():
                self._refer()
            case Finished():
                self._end_the_day()
        if self.seconds > REHEARSAL_WITHIN_S:
            self.over = True

    def _refer(self) -> None:
        from kiosk.record import Decision, OverrideReason

        panel = self._window.case.decision
        panel.buttons[Decision.REFER].click()
        if panel.pick.picked is None and OverrideReason.MACHINE_ERROR in panel.pick.offered:
            panel.pick.pick(OverrideReason.MACHINE_ERROR)
            panel.reason.fill("rehearsal")

    def _end_the_day(self) -> None:
        from ui.rooms import Room

        window, rooms = self._window, self._window.rooms
        if rooms is None:
            self.over = True
        elif not self.receipt_shown:
            if rooms.front is not rooms.receipt:
                window.ended.receipt.click()
            self.receipt_shown = rooms.receipt.print.isEnabled()
        elif not self._signed_out:
            rooms.leave_beside()
            window.sign_out.click()
            self._signed_out = True
        elif window.sign_in.isVisible():
            self._sign_in()
        elif rooms.front is None:
            rooms.turn_to(Room.QUEUE)
        elif rooms.front is rooms.queue:
            if rooms.queue.review.isEnabled():
                self.reviewed += 1
                rooms.queue.review.click()
            elif rooms.queue.answered:
                rooms.turn_to(Room.DAY)
        elif rooms.front is rooms.day:
            self._close_the_day()

    def _sign_in(self) -> None:
        page = self._window.sign_in
        if page.button.isEnabled():
            for field, text in zip((page.name, page.password, page.code), self._supervisor(), strict=True):
                field.fill(text)
            page.button.click()

    def _close_the_day(self) -> None:
        from kiosk.vault.audit import AuditEvent

        day = self._window.rooms.day if self._window.rooms is not None else None
        if day is not None and day.close_day.isEnabled():
            day.close_day.click()
        self.day_closed = bool(self._store.told_of(AuditEvent.DAY_RECONCILED))
        self.over = self.day_closed


def make_people(operators: "Operators") -> "tuple[SignedIn, Credentials, Credentials]":
    """Make the learner, a teller who is signed in, and a colleague, a supervisor, who agrees when two are needed, reviews, and ends the
    day. Return the learner's sign-in, and for each a function that returns name, password and the code of this moment."""
    from datetime import UTC, datetime

    from kiosk.trust.factors import FactorKind, code_of, draw_offer
    from kiosk.trust.operators import Added, NeedsFactor
    from kiosk.trust.permissions import Role
    from kiosk.trust.presence import SignedIn
    from kiosk.values import Masked, OperatorId

    now = datetime.now(UTC)
    administrator = SignedIn(OperatorId("teacher"), Role.ADMINISTRATOR, now, FactorKind.TOTP)
    operators.first_administrator("teacher", Masked("-".join(secrets.token_hex(4) for _ in range(4))), now)

    def made(name: str, role: Role) -> Credentials:
        # A drawn password can be unfit by chance (digits alone, a date): then another is drawn.
        while True:
            password = secrets.token_hex(8)
            if isinstance(operators.add(name, Masked(password), role, administrator, now), Added):
                break
        offer = draw_offer(name, "training")
        operators.enrol_totp(NeedsFactor(OperatorId(name), now), offer.totp, code_of(offer.totp, now), now)
        return lambda: (name, password, code_of(offer.totp, datetime.now(UTC)).reveal())

    teller, colleague = made(LEARNER, Role.TELLER), made(COLLEAGUE, Role.SUPERVISOR)
    return SignedIn(OperatorId(LEARNER), Role.TELLER, now), teller, colleague


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
