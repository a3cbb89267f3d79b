"""`app.py demo`: simulated customers go the whole way at a real kiosk window, with a bank running beside it.

The window, the reducer, the models, the vault, the packets and the bank's intake are the ones of a branch; only the camera and the hands
are simulated, and every record says so. Exit code 0 only if the bank holds exactly the honest customer's case, the kiosk holds its receipt,
and none of the other customers was approved.
"""

import argparse
import json
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from kiosk.actor.cue import Cue
from kiosk.actor.customer import CustomerKind
from kiosk.arguments import new_file
from kiosk.commands.cues import cue_of, light_of
from kiosk.commands.demo_account import Account
from kiosk.commands.demo_stage import Stage, set_up
from kiosk.commands.display import has_display, hush_offscreen
from kiosk.journey import events as ev
from kiosk.journey.states import (
    AskingConsent,
    Finished,
    Idle,
    Keeping,
    OutOfService,
    State,
)
from kiosk.liveness.colours import Screen
from kiosk.outbox import DeliveryState
from kiosk.risk.decision import Approve, Recommendation
from kiosk.values import Moment

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication


STEP_MS = 100
DWELL_S = 0.31
"""How long a simulated hand waits before it touches a button."""
SETTLE_S = 0.3
"""How long after a change a screenshot is taken, so that animations and the camera have moved."""
ACT_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Act:
    """One customer's visit. approved: whether it should end in an approval."""

    kind: CustomerKind
    says: str
    approved: bool


ACTS = (
    Act(CustomerKind.COOPERATIVE, "an honest customer opens an account", True),
    Act(CustomerKind.IGNORES_PROMPTS, "a customer who ignores the prompts", False),
    Act(CustomerKind.SOMEBODY_ELSES_CARD, "a customer with somebody else's card", False),
    Act(CustomerKind.TAMPERED_CARD, "a customer whose card was tampered with", False),
)


@dataclass(slots=True)
class Played:
    """What came of one act. problem: empty when all was as it should be."""

    act: Act
    seconds: float = 0.0
    recommendation: Recommendation | None = None
    ending: str = ""
    problem: str = "did not finish"


class Director:
    """Plays the acts: tells the camera what the screen asks, touches the buttons, takes the pictures. Called by a timer."""

    def __init__(self, stage: Stage, acts: tuple[Act, ...], out: Path | None, say: Callable[[str], None]) -> None:
        """out: folder for pictures, None for none; say: where the account goes."""
        self._branch, self._camera = stage.branch, stage.camera
        # Drawn before the doors open: drawing a card takes a tenth of a second, which the window's thread should not spend.
        self._customers = [stage.cast.customer(act.kind, seed=number) for number, act in enumerate(acts, 1)]
        self._practice, self._window, self._out = stage.practice, stage.window, out
        self._acts, self._say = acts, say
        self.account = Account(say)
        self.played = [Played(act) for act in acts]
        self._number = -1
        self._light: Screen | None = None
        self._began = 0.0
        self._shown: tuple[str, ...] = ()
        self._since = 0.0
        self._pictured: set[tuple[str, ...]] = set()
        self._pictures = 0
        self.over = False
        self._branch.station.witness(self.account.witness)
        self._branch.station.witness(self._note)

    def step(self) -> None:
        now = time.monotonic()
        state = self._branch.station.state
        self._camera.show(cue_of(state))
        shown = (str(self._number), type(state).__name__, str(cue_of(state)))
        if shown != self._shown:
            self._shown, self._since = shown, now
        waited = now - self._since
        if waited >= SETTLE_S and shown not in self._pictured:
            self._take_picture(shown)
        if waited >= DWELL_S:
            self._touch(state, now)
        if self._number >= 0 and not self.over and now - self._began > ACT_WITHIN_S:
            self.over = True

    def _touch(self, state: State, now: float) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        left = Qt.MouseButton.LeftButton
        match state:
            case Idle() if self._number + 1 < len(self._acts):
                self._number += 1
                self._began = now
                self._camera.serve(self._customers[self._number])
                self.account.begin(self._acts[self._number].says)
                QTest.mouseClick(self._window.welcome.start, left)
            case Idle():
                self.over = True
            case AskingConsent():
                QTest.mouseClick(self._window.consent.agree, left)
            case Finished() if self._branch.station.overview.backlog.waiting == 0:
                self._settle(now)
                QTest.mouseClick(self._window.result.finish, left)
            case OutOfService():
                self.over = True

    def _note(self, before: State, event: ev.Event, after: State, moment: Moment) -> None:
        light = light_of(after, moment.monotonic_ns, self._branch.station.policy)
        if light != self._light:
            self._light = light
            self._camera.lit_by(light)
        played = self.played[self._number]
        if isinstance(after, Keeping):
            played.recommendation = after.case.recommendation
        if isinstance(after, Finished) and not isinstance(before, Finished):
            played.ending = str(after.ending)

    def _settle(self, now: float) -> None:
        """Judge the act that just ended, once its packet has a receipt."""
        played = self.played[self._number]
        played.seconds = now - self._began
        approved = isinstance(played.recommendation, Approve)
        rows = self._branch.station.overview.rows
        held = self._practice.cases_at_bank()
        if approved != played.act.approved:
            played.problem = "was approved" if approved else "was not approved"
        elif not rows or rows[0].delivery is not DeliveryState.RECEIPTED or self._practice.store.receipt(rows[0].session) is None:
            played.problem = "the kiosk holds no receipt"
        elif len(held) != self._number + 1 or held[-1].packet_id != rows[0].session:
            played.problem = f"the bank holds {len(held)} cases"
        else:
            played.problem = ""
            self._say(f"  {played.seconds:5.1f} s  the bank holds the case, the kiosk its receipt; pictures destroyed here")

    def _take_picture(self, shown: tuple[str, ...]) -> None:
        self._pictured.add(shown)
        if self._out is None:
            return
        self._pictures += 1
        act = self._acts[self._number].kind.value if self._number >= 0 else "start"
        name = f"{self._pictures:02d}-{act}-{shown[1].lower()}-{shown[2]}.png"
        self._window.grab().save(str(self._out / name))


def remove_own_pictures(folder: Path) -> None:
    """Remove the pictures an earlier demo left there, and nothing else."""
    acts = "|".join(["start", *(kind.value for kind in CustomerKind)])
    cues = "|".join(str(cue) for cue in Cue)
    own = re.compile(rf"[0-9]{{2,3}}-({acts})-[a-z]+-({cues})\.png")
    for old in folder.glob("*.png"):
        if own.fullmatch(old.name):
            old.unlink()


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py demo", description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder for the pictures of every step")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--offscreen", action="store_true", help="no window, even where there is a display")
    parser.add_argument("--language", default="en", choices=("en", "ar"))
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    began = time.monotonic()
    if chosen.offscreen or not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        hush_offscreen()
    cv2.setNumThreads(1)
    chosen.out.mkdir(parents=True, exist_ok=True)
    remove_own_pictures(chosen.out)
    played = play(chosen.models, chosen.language, ACTS, chosen.out, lambda line: print(line, flush=True))
    seconds = time.monotonic() - began
    print("\nIn short")
    for one in played:
        recommended = type(one.recommendation).__name__ if one.recommendation else "-"
        print(f"  {'ok ' if not one.problem else 'NOT'}  {one.act.says}: {recommended}, {one.seconds:.1f} s {one.problem}")
    print(f"  pictures of every step: {chosen.out}/")
    print(f"  {seconds:.1f} s in all. Everything was simulated and is marked so in every record; no production bank takes it.")
    if chosen.json:
        acts = [{"kind": one.act.kind.value, "seconds": round(one.seconds, 2), "problem": one.problem} for one in played]
        chosen.json.write_text(json.dumps({"demo_s": round(seconds, 2), "acts": acts}), encoding="utf-8")
    return 0 if all(not one.problem for one in played) else 1


def play(models: Path, language: str, acts: tuple[Act, ...], out: Path | None, say: Callable[[str], None]) -> list[Played]:
    """Run acts at a real window; returns what came of each."""
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    with set_up(models, language) as stage:
        director = Director(stage, acts, out, say)
        run_stage(stage, director, application)
    return director.played


def run_stage(stage: Stage, director: Director, application: "QCoreApplication") -> None:
    """Start everything and turn Qt's loop until the director is done."""
    from PySide6.QtCore import QTimer

    def begin() -> None:
        stage.branch.start()
        stage.bridge.start()

    # As at a real booth: the window is painted first, then the rest begins.
    QTimer.singleShot(0, begin)
    timer = QTimer()
    timer.timeout.connect(lambda: application.quit() if director.over else director.step())
    timer.start(STEP_MS)
    application.exec()
    timer.stop()
