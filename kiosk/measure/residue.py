"""`app.py residue`: what is left of a customer after the end, a cancel, a time-out and a killed program, 2 s later.

A whole booth runs with simulated customers, offscreen. While a customer is served, pieces of every picture and print this program holds are
noted; 2 s after the session ended they are looked for in the process's raw memory (/proc/self/mem) and in every file the station wrote, and
the customer's name and number among the live objects. The page, the portrait, the face chips and the prints must be gone: a hit is a
failure. Pieces of raw camera frames (the simulated camera and the libraries hold some) and texts in freed memory are counted and said.

Exit code 0 if nothing of ours was left, 1 if something was.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from kiosk.actor.customer import CustomerKind
from kiosk.arguments import new_file
from kiosk.assembly.practice import PREFIX, remove_stale
from kiosk.document.reading import Read
from kiosk.frame import Frame
from kiosk.journey import events as ev
from kiosk.journey.states import AskingConsent, Finished, Idle, ProvingLive, State
from kiosk.measure.memory_scan import (
    Needle,
    found_in_files,
    found_in_memory,
    is_part_of,
    needle_of_text,
    needles_of,
    reachable_texts,
    summary,
)
from kiosk.record import AccountOpening
from kiosk.station.clock import SystemClock
from kiosk.station.ports import Clock
from kiosk.values import Channel, Moment, ns

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from kiosk.commands.demo_stage import Stage

WITHIN_S = 2.0
PIECES = 12
FRAMES_WATCHED = 20
OURS = ("page", "portrait", "chip", "print", "frame")
ENDINGS = ("end", "cancel", "time-out")


@dataclass
class Seen:
    """Pieces of what was held of the customer in front, by kind."""

    needles: list[Needle] = field(default_factory=list)
    texts: list[Needle] = field(default_factory=list)
    latest: Callable[[], Frame | None] = lambda: None
    frames: int = 0
    noted: set[int] = field(default_factory=set)

    def witness(self, before: State, event: ev.Event, after: State, moment: Moment) -> None:
        case = getattr(after, "case", None)
        if case is None:
            return
        if isinstance(case.document, Read) and self._new(case.document):
            if case.document.page is not None:
                self.needles += needles_of("page", case.document.page, PIECES)
            if case.document.portrait is not None:
                self.needles += needles_of("portrait", case.document.portrait.pixels, PIECES)
            fields = case.document.fields
            self.texts += [needle_of_text(masked.reveal()) for masked in (fields.surname, fields.number) if len(masked.reveal()) >= 6]
        frame = self.latest()
        if isinstance(event, ev.FaceObserved) and frame is not None and self.frames < FRAMES_WATCHED and self._new(frame):
            self.frames += 1
            self.needles += needles_of("frame", frame.pixels, PIECES)
        views = after.run.views if isinstance(after, ProvingLive) else case.views
        for view in views:
            if self._new(view):
                self.needles += needles_of("chip", view.chip, PIECES)
                self.needles += needles_of("print", view.face_print, 4)

    def moving(self) -> list[Needle]:
        """Return the needles without pieces of frames that two frames share: a room that stands still is no customer."""
        counted = Counter(self.needles)
        return [needle for needle in counted if needle.kind != "frame" or counted[needle] == 1]

    def _new(self, thing: object) -> bool:
        fresh = id(thing) not in self.noted
        self.noted.add(id(thing))
        return fresh


@dataclass(frozen=True)
class Left:
    """What was found 2 s after one ending, by kind of needle. watched: how many pieces were looked for; while_served: how many the same
    search found in memory before the end, which shows that it finds."""

    ending: str
    watched: dict[str, int]
    while_served: dict[str, int]
    memory: dict[str, int]
    files: dict[str, int]
    reachable_texts: int
    texts_in_raw_memory: int

    @property
    def clean(self) -> bool:
        searches = all(self.while_served.get(kind, 0) for kind in ("page", "chip", "print"))
        ours = [count for kind, count in self.memory.items() if kind != "frame"]
        return searches and not any(ours) and not any(self.files.values()) and not self.reachable_texts


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py residue", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--json", type=new_file, metavar="FILE")
    parser.add_argument("--until-killed", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    if not Path("/proc/self/mem").exists():
        print("not checked: this system shows no process its own memory (/proc/self/mem)", file=sys.stderr)
        return 1
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    cv2.setNumThreads(1)
    if chosen.until_killed:
        serve_until_killed(chosen.models)
        return 0
    left = measure(chosen.models, lambda line: print(line, flush=True))
    killed = after_a_kill(chosen.models)
    print(f"killed in the middle of a face check: files in clear: {summary(killed)}")
    clean = all(one.clean for one in left) and not any(killed.values())
    print("Nothing of ours was left." if clean else "SOMETHING WAS LEFT.")
    if chosen.json:
        said: dict[str, Any] = {"clean": clean, "within_s": WITHIN_S, "endings": [_told(one) for one in left], "after_kill_files": killed}
        chosen.json.write_text(json.dumps(said, indent=1), encoding="utf-8")
    return 0 if clean else 1


def measure(models: Path, say: Callable[[str], None]) -> list[Left]:
    """Serve one customer for each ending and look 2 s after each."""
    from PySide6.QtWidgets import QApplication

    from kiosk.commands.demo_stage import set_up
    from kiosk.commands.display import hush_offscreen

    hush_offscreen()
    application = QApplication.instance() or QApplication([])
    left = []
    with set_up(models, "en") as stage:
        stage.branch.start()
        stage.bridge.start()
        for number, ending in enumerate(ENDINGS, 1):
            one = _visit(stage, application, ending, number)
            say(f"{ending}: looked for {summary(one.watched)}; found while served: {summary(one.while_served)}")
            say(f"  2 s after: raw memory: {summary(one.memory)}; files: {summary(one.files)}; "
                f"reachable texts: {one.reachable_texts}; texts in freed memory: {one.texts_in_raw_memory}")  # fmt: skip
            left.append(one)
    return left


def serve_until_killed(models: Path) -> None:
    """Serve a customer into the middle of the face check, say so, and wait to be killed there."""
    from PySide6.QtWidgets import QApplication

    from kiosk.commands.demo_stage import set_up
    from kiosk.commands.display import hush_offscreen

    hush_offscreen()
    application = QApplication.instance() or QApplication([])
    with set_up(models, "en") as stage:
        stage.branch.start()
        stage.bridge.start()
        seen = Seen()
        stage.branch.station.witness(seen.witness)
        stage.camera.serve(stage.cast.customer(CustomerKind.COOPERATIVE, seed=9))
        _touch_through(stage, application, lambda state: isinstance(state, ProvingLive) and bool(state.run.views))
        print(json.dumps([[one.kind, one.turned.hex()] for one in (*seen.needles, *seen.texts)]), flush=True)
        time.sleep(600)


def after_a_kill(models: Path) -> dict[str, int]:
    """Kill a booth in the middle of a face check, start cleaning up as the next start does, and look into every file it left."""
    words = [sys.executable, "app.py", "residue", "--models", str(models), "--until-killed"]
    with tempfile.TemporaryDirectory(prefix="residue-") as place:
        env = os.environ | {"TMPDIR": place}
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=env, text=True) as booth:
            line = booth.stdout.readline() if booth.stdout is not None else ""
            booth.send_signal(signal.SIGKILL)
            booth.wait(30)
        needles = [Needle(kind, bytes.fromhex(turned)) for kind, turned in json.loads(line or "[]")]
        if not needles:
            raise RuntimeError("the booth that was to be killed served nobody")
        before = found_in_files(needles, [Path(place)])
        remove_stale(Path(place))
        left = sorted(Path(place).glob(f"{PREFIX}*"))
        after = found_in_files(needles, [Path(place)])
        return {kind: max(before[kind], after[kind]) for kind in before} | {"folders": len(left)}


def _visit(stage: "Stage", application: "QCoreApplication", ending: str, number: int) -> Left:
    station = stage.branch.station
    seen = Seen(latest=station.latest_frame)
    station.witness(seen.witness)
    stage.camera.serve(stage.cast.customer(CustomerKind.COOPERATIVE, seed=number))
    _touch_through(stage, application, lambda state: isinstance(state, ProvingLive) and bool(state.run.views))
    while_served = found_in_memory(seen.moving())
    if ending == "end":
        _touch_through(stage, application, lambda state: isinstance(state, Finished))
    else:
        if ending == "cancel":
            station.post(ev.CancelTouched())
        else:
            _let_time_out(stage)
        _turn(application, lambda: isinstance(station.state, Finished), 10.0)
    ended = time.monotonic()
    # The customer leaves with the card: the actor's own pictures and words are not the station's.
    stage.camera.serve(stage.cast.customer(CustomerKind.IGNORES_PROMPTS, seed=100 + number))
    station.unwitness(seen.witness)
    station.set_clock(SystemClock())
    station.post(ev.FinishTouched())
    _turn(application, lambda: time.monotonic() - ended >= WITHIN_S - 0.05, WITHIN_S + 1)
    # What the camera shows at this very moment is the room that is still there, not the customer who left.
    newest = station.latest_frame()
    room = {one for one in seen.needles if newest is not None and one.kind == "frame" and is_part_of(one, newest.pixels)}
    needles = [one for one in seen.moving() if one not in room]
    memory = found_in_memory(needles)
    texts = found_in_memory(seen.texts) if seen.texts else {}
    folder = Path(stage.practice.folder)
    return Left(
        ending,
        {kind: sum(one.kind == kind for one in needles) for kind in OURS},
        while_served,
        memory,
        found_in_files([*needles, *seen.texts], [folder]),
        reachable_texts(seen.texts),
        texts.get("text", 0),
    )


def _touch_through(stage: "Stage", application: "QCoreApplication", arrived: Callable[[State], bool]) -> None:
    """Touch what a customer touches until `arrived`. Raises TimeoutError if that does not come."""
    from kiosk.commands.cues import cue_of

    station = stage.branch.station
    begun = False

    def step() -> bool:
        nonlocal begun
        state = station.state
        stage.camera.show(cue_of(state))
        if isinstance(state, Idle) and not begun:
            begun = True
            station.begin(Channel.BOOTH, AccountOpening(None), "en", None)
        elif isinstance(state, AskingConsent):
            station.post(ev.ConsentGiven("residue"))
        return arrived(station.state)

    _turn(application, step, 60.0)


def _let_time_out(stage: "Stage") -> None:
    """Nobody is in front any more, and the clock the journey counts by is as far on as the warning and its countdown."""
    station = stage.branch.station
    times = station.policy.journey
    later = ns(times.idle_warning_after_s + times.idle_countdown_s + 1)
    station.set_clock(_Ahead(SystemClock(), later))


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A clock that is so many nanoseconds further on."""

    clock: Clock
    by_ns: int

    def now(self) -> Moment:
        now = self.clock.now()
        return replace(now, monotonic_ns=now.monotonic_ns + self.by_ns)


def _turn(application: "QCoreApplication", until: Callable[[], bool], within_s: float) -> None:
    ends = time.monotonic() + within_s
    while not until():
        if time.monotonic() > ends:
            raise TimeoutError("the booth did not get there in time")
        application.processEvents()
        time.sleep(0.01)


def _told(one: Left) -> dict[str, Any]:
    return {
        "ending": one.ending,
        "watched": one.watched,
        "raw_memory_while_served": one.while_served,
        "raw_memory": one.memory,
        "files": one.files,
        "reachable_texts": one.reachable_texts,
        "texts_in_freed_memory": one.texts_in_raw_memory,
    }
