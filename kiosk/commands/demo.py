"""`app.py demo`: simulated customers go the whole way at a real kiosk window, with a bank running beside it.

The window, the reducer, the models, the vault, the packets and the bank's intake are the ones of a branch; only the camera and the hands
are simulated, and every record says so. Exit code 0 only if the bank holds exactly the honest customer's case, the kiosk holds its receipt,
and none of the other customers was approved.
"""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from kiosk.actor.camera import SimulatedCamera
from kiosk.actor.cue import Cue
from kiosk.actor.customer import Cast, CustomerKind
from kiosk.assembly.branch import Branch, Parts
from kiosk.assembly.equipment import VERSION
from kiosk.assembly.practice import Practice
from kiosk.assembly.scripts import DrawnScripts
from kiosk.document.reading import Read
from kiosk.frame import Pixels
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.states import (
    AskingConsent,
    Comparing,
    Decided,
    Finished,
    Idle,
    Keeping,
    OutOfService,
    PreparingFace,
    ProvingLive,
    ShowingDocument,
    State,
)
from kiosk.liveness.challenge import ChallengeKind
from kiosk.liveness.run import colour_shown
from kiosk.outbox import DeliveryState
from kiosk.policy import DEMO, Policy
from kiosk.record import StationFacts
from kiosk.risk.decision import Approve, Recommendation
from kiosk.trust.risk_policy import shipped_policy
from kiosk.values import Capture, Moment, StationClass
from kiosk.wire.succession import TrustedBank
from models.catalogue import Catalogue, open_catalogue, pack_versions
from models.face_reader import FaceReader

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from ui.booth import BoothWindow
    from ui.bridge import Bridge

STEP_MS = 100
DWELL_S = 0.35
"""How long a simulated hand waits before it touches a button."""
SETTLE_S = 0.3
"""How long after a change a screenshot is taken, so that animations and the camera have moved."""
ACT_WITHIN_S = 60.0
RESPONSE_WINDOW_S = 3.0
CHALLENGES = 3
ATTEMPTS = 2
LIGHT_STEP_S = 0.34
"""Simulated customers answer within a second: a shorter window and fewer attempts shorten the visit of the one who ignores the prompts;
three challenges, the least there may be, and colours that change almost three times a second, the most they may, shorten those of all."""

PROMPT_CUES = {
    ChallengeKind.BLINK: Cue.BLINK,
    ChallengeKind.TURN_LEFT: Cue.TURN_LEFT,
    ChallengeKind.TURN_RIGHT: Cue.TURN_RIGHT,
    ChallengeKind.NOD: Cue.NOD,
    ChallengeKind.COME_CLOSER: Cue.COME_CLOSER,
}


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


def cue_of(state: State) -> Cue:
    """Return what the screen asks of the person in front of it."""
    match state:
        case ShowingDocument():
            return Cue.SHOW_DOCUMENT
        case PreparingFace():
            return Cue.LOOK_AHEAD
        case ProvingLive(run=run):
            return PROMPT_CUES[run.prompt] if run.prompt is not None else Cue.LOOK_AHEAD
        case Finished():
            return Cue.DONE
        case Idle() | AskingConsent() | OutOfService():
            return Cue.ATTRACT
        case _:
            return Cue.WAIT


def light_of(state: State, at_ns: int, policy: Policy) -> tuple[int, int, int] | None:
    """Return the colour in which the screen shines on the person in front of it, None as usual."""
    return colour_shown(state.run, at_ns, policy.liveness) if isinstance(state, ProvingLive) else None


class Account:
    """Prints what happens, readable, with the seconds since the act began."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = time.monotonic()
        self._prompt: ChallengeKind | None = None
        self._done = 0
        self._proving_since: float | None = None
        self.seconds_proving = 0.0

    def begin(self, says: str) -> None:
        self._began = time.monotonic()
        self._say(f"\n{says[0].upper()}{says[1:]}")

    def witness(self, before: State, event: ev.Event, after: State, moment: Moment) -> None:
        now = time.monotonic()
        if isinstance(after, ProvingLive) and self._proving_since is None:
            self._proving_since = now
        if not isinstance(after, ProvingLive) and self._proving_since is not None:
            self.seconds_proving += now - self._proving_since
            self._proving_since = None
        for line in self._lines(before, event, after):
            self._say(f"  {time.monotonic() - self._began:5.1f} s  {line}")

    def _lines(self, before: State, event: ev.Event, after: State) -> list[str]:
        if isinstance(after, ProvingLive):
            return self._liveness_lines(after)
        if type(after) is type(before):
            return []
        match after:
            case AskingConsent():
                return ["touched the screen; consent is asked before anything is captured"]
            case ShowingDocument():
                return ["agreed; the document is asked for"]
            case PreparingFace(case=case) if isinstance(case.document, Read):
                findings = len(case.document.findings)
                layout = case.document.fields.layout
                return [f"document read: {layout}, {findings} checks, least certain character {case.document.confidence:.2f}"]
            case Comparing(case=case):
                return [f"liveness: {type(case.liveness).__name__}{_because(case.liveness)}"]
            case Keeping(case=case):
                recommended = type(case.recommendation).__name__
                matched = f"face on the document: {type(case.match).__name__}{_similarity(case.match)}" if case.match else "no comparison"
                return [matched, f"recommended: {recommended}{_reasons(case.recommendation)}"]
            case Finished(ending=ending):
                shown = ending.decision if isinstance(ending, Decided) else type(ending).__name__
                return [f"record sealed, result shown: {shown}"]
            case OutOfService(fault=fault):
                return [f"OUT OF SERVICE: {fault}"]
            case _:
                return []

    def _liveness_lines(self, state: ProvingLive) -> list[str]:
        lines = []
        if state.run.done != self._done:
            if state.run.done > self._done:
                lines.append(f"done ({state.run.done} of {state.run.total})")
            self._done = state.run.done
        if state.run.prompt is not self._prompt:
            self._prompt = state.run.prompt
            if self._prompt is not None:
                lines.append(f"asked: {self._prompt}")
        return lines


def _because(verdict: object) -> str:
    because = getattr(verdict, "because", None)
    return f" ({because})" if because is not None else ""


def _similarity(verdict: object) -> str:
    evidence = getattr(verdict, "evidence", None)
    return f" (cosine {evidence.similarity:.3f}, {evidence.live_views} views)" if evidence is not None else _because(verdict)


def _reasons(recommendation: Recommendation | None) -> str:
    if recommendation is None or isinstance(recommendation, Approve):
        return ""
    gravest = [reason for reason in recommendation.reasons if reason.weight in ("contradicts", "doubts")]
    return " because of " + ", ".join(f"{r.code}{f' ({r.about})' if r.about else ''}" for r in gravest)


class Director:
    """Plays the acts: tells the camera what the screen asks, touches the buttons, takes the pictures. Called by a timer."""

    def __init__(self, stage: "Stage", acts: tuple[Act, ...], out: Path | None, say: Callable[[str], None]) -> None:
        """out: folder for pictures, None for none; say: where the account goes."""
        self._branch, self._camera = stage.branch, stage.camera
        # Drawn before the doors open: drawing a card takes a tenth of a second, which the window's thread should not spend.
        self._customers = [stage.cast.customer(act.kind, seed=number) for number, act in enumerate(acts, 1)]
        self._practice, self._window, self._out = stage.practice, stage.window, out
        self._acts, self._say = acts, say
        self.account = Account(say)
        self.played = [Played(act) for act in acts]
        self._number = -1
        self._light: tuple[int, int, int] | None = None
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


def specimen_portrait(catalogue: Catalogue) -> Pixels:
    """Return the public-domain portrait of the model pack, BGR."""
    picture = cv2.imdecode(np.frombuffer(catalogue.content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("the specimen portrait is no picture")
    return np.asarray(picture, np.uint8)


def hush_offscreen() -> None:
    """Qt's offscreen platform complains at every resize that it has no window manager; everything else is still printed."""
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    def said(kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
        if text and "propagateSizeHints" not in text:
            print(f"Qt: {text}", file=sys.stderr)

    qInstallMessageHandler(said)


def has_display() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py demo", description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder for the pictures of every step")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--offscreen", action="store_true", help="no window, even where there is a display")
    parser.add_argument("--language", default="en", choices=("en", "ar"))
    parser.add_argument("--json", type=Path, metavar="FILE")
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


@dataclass(frozen=True, slots=True)
class Stage:
    """A booth with its window, its bank and the simulated customers."""

    branch: Branch
    camera: SimulatedCamera
    cast: Cast
    practice: Practice
    window: "BoothWindow"
    bridge: "Bridge"


def make_cast(models: Path) -> Cast:
    """Make the simulated customers. The models read for it are let go again: the booth loads its own."""
    catalogue = open_catalogue(models)
    reader = FaceReader(catalogue)
    return Cast(specimen_portrait(catalogue), lambda picture: reader.faces_in(picture, 80.0)[0].landmarks)


@contextmanager
def set_up(models: Path, language: str) -> Iterator[Stage]:
    """Build a demo booth with everything beside it; the window is shown, nothing runs yet. Needs a QApplication."""
    from ui.booth import BoothWindow
    from ui.bridge import Bridge

    cast = make_cast(models)
    liveness = replace(
        DEMO.liveness, response_window_s=RESPONSE_WINDOW_S, challenges=CHALLENGES, attempts=ATTEMPTS, light_step_s=LIGHT_STEP_S
    )
    policy = replace(DEMO, version=f"{DEMO.version}-show", liveness=liveness)
    facts = StationFacts("demo-booth", "Utopia Harbour", StationClass.DEMO, VERSION, policy.version)
    camera = SimulatedCamera(cast.customer(ACTS[0].kind, seed=1), time.monotonic_ns)
    with Practice(facts.station, StationClass.DEMO, policy.sync) as practice:
        parts = Parts(
            context=Context(policy, facts, shipped_policy(), pack_versions()),
            source=camera,
            models=models,
            scripts=DrawnScripts(policy.liveness),
            store=practice.store,
            identity=practice.identity,
            bank=TrustedBank(practice.bank),
            connector=practice.connector,
            lookup=practice.connector,
            heartbeat=practice.connector,
        )
        branch = Branch(parts)
        bridge = Bridge(branch.station)
        window = BoothWindow(bridge, station_class=StationClass.DEMO, capture=Capture.SIMULATION, language=language)
        window.resize(1280, 800)
        window.show()
        try:
            yield Stage(branch, camera, cast, practice, window, bridge)
        finally:
            bridge.stop()
            branch.stop()
            window.close()


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
