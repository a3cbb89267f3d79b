"""How fast, how large, how smooth: every figure from the branch's own code, on this machine, in one run.

    python app.py bench [--json FILE] [--quick]

- stages: each step alone on one thread, on a 1280x720 frame and a 12-megapixel document photograph of a specimen;
- live loop: a simulated customer goes the whole way at the booth's window, painting on; a frame's age when its observation is posted, and
  the longest time the window's thread was kept from its work;
- first paint: from the start of the process to the first painted window, a fresh process each time;
- demo: the whole demo in its own process, its time and its peak memory.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from kiosk.actor.customer import Cast
from kiosk.actor.person import invent_person
from kiosk.actor.photographed import hold_over_desk, photograph
from kiosk.actor.puppet import Expression
from kiosk.arguments import new_file
from kiosk.assembly.comparing import ModelComparer
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.assembly.sight import CAPTURES_KEPT, ModelSight
from kiosk.camera.picture import decode_picture
from kiosk.commands.demo import ACTS, Director, run_stage
from kiosk.commands.demo_stage import set_up, specimen_portrait
from kiosk.commands.display import hush_offscreen
from kiosk.document.reading import MrzLayout, Read
from kiosk.document.watch import observe_page
from kiosk.face.crops import surround_of
from kiosk.face.observed import FaceView
from kiosk.frame import Frame, Pixels
from kiosk.journey.states import ProvingLive
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader

_SOURCE = Provenance(Capture.SIMULATION, "bench")
_APP = Path(__file__).resolve().parents[2] / "app.py"


def timed(what: Callable[[], object], times: int) -> np.ndarray:
    """Return seconds of each of `times` calls, after one that is not counted."""
    what()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        what()
        seconds.append(time.perf_counter() - began)
    return np.array(seconds)


def _row(name: str, seconds: np.ndarray) -> None:
    print(f"  {name:<46} {np.median(seconds) * 1000:9.1f} {np.percentile(seconds, 95) * 1000:9.1f}   {len(seconds)}", flush=True)


def stages(catalogue: Catalogue, cast: Cast, times: int) -> dict[str, float]:
    """Time each stage alone; return the figures that have a bound."""
    print("stage, alone on one thread                          median ms    p95 ms   runs")
    frame = cast.puppet.draw(Expression())
    reader = FaceReader(catalogue)
    followed = reader.observe(frame)
    _row("frame: find the face and read its mesh, first", timed(lambda: reader.observe(frame), times))
    _row("frame: follow the face", timed(lambda: reader.observe(frame, followed), times))
    _row("frame: face print with its mirror image", timed(lambda: reader.print_of(frame, followed[0]), times))
    sight = ModelSight(lambda: catalogue, BRANCH)
    shown = [Frame(frame, number, 1 + number * 33_000_000, _SOURCE) for number in range(times + 1)]
    waiting = iter(shown)
    _row("frame to face observation, views included", timed(lambda: sight.faces(next(waiting)), times))
    card = cast.document(invent_person(1), MrzLayout.TD1)
    held = Frame(hold_over_desk(card, (1280, 720), random.Random(1), 3.0), 0, 1, _SOURCE)  # noqa: S311 - a picture
    _row("frame to page observation", timed(lambda: observe_page(held, None, BRANCH.document), times))
    document = _documents(catalogue, cast, max(6, times // 4))
    views = tuple(_view(reader, frame) for _ in range(BRANCH.face.live_views_wanted))
    portrait = document[1].portrait
    further = () if portrait is None else (portrait,) * CAPTURES_KEPT
    comparer = ModelComparer(lambda: catalogue, BRANCH.face)
    compared = timed(lambda: comparer.compare(views, portrait, further), times)
    _row("compare: three captures of the card, ten live views", compared)
    return {
        "document_p50_s": round(float(np.median(document[0])), 3),
        "document_p95_s": round(float(np.percentile(document[0], 95)), 3),
        "compare_p50_ms": round(float(np.median(compared)) * 1000, 1),
    }


def _documents(catalogue: Catalogue, cast: Cast, count: int) -> tuple[np.ndarray, Read]:
    """Time reading of different 12-megapixel photographs, from JPEG bytes to fields."""
    reader = ModelDocumentReader(lambda: catalogue, BRANCH.document, lambda: invent_person(1).issued)
    seconds, last = [], None
    for number in range(count + 1):
        layout = MrzLayout.TD1 if number % 2 else MrzLayout.TD3
        picture = photograph(cast.document(invent_person(number), layout), random.Random(number))  # noqa: S311 - a picture
        content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
        began = time.perf_counter()
        outcome = reader.read(Frame(decode_picture(content, BRANCH.document), number, 0, _SOURCE), None)
        if number:
            seconds.append(time.perf_counter() - began)
        if isinstance(outcome, Read):
            last = outcome
        print(f"\r  document {number}/{count}", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr)
    if last is None:
        raise RuntimeError("not one specimen photograph was read")
    _row("document photograph, 12 megapixels, to fields", np.array(seconds))
    return np.array(seconds), last


def _view(reader: FaceReader, frame: Pixels) -> FaceView:
    face = reader.observe(frame)[0]
    return FaceView(reader.print_of(frame, face), reader.chip_of(frame, face), face.pose, 100.0, surround_of(frame, face.landmarks))


def live_loop(models: Path) -> dict[str, float]:
    """Let one simulated customer go the whole way at a painting window; return frame ages and the longest block."""
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication([])
    ages: list[int] = []
    with set_up(models, "en") as stage:
        director = Director(stage, ACTS[:1], None, lambda line: None)
        station = stage.branch.station
        stage.branch.eyes.on_observed = lambda age_ns: ages.append(age_ns) if isinstance(station.state, ProvingLive) else None
        run_stage(stage, director, application)
        figures = stage.bridge.watch.figures()
    problem = director.played[0].problem
    if problem:
        raise RuntimeError(f"the simulated customer {problem}")
    milliseconds = np.array(ages) / 1e6
    _row("live loop: frame to observation, window painting", milliseconds / 1000)
    return {
        "frame_p50_ms": round(float(np.median(milliseconds)), 1),
        "frame_p95_ms": round(float(np.percentile(milliseconds, 95)), 1),
        "frames_per_s": round(len(ages) / max(1e-9, director.account.seconds_proving), 1),
        "ui_block_max_ms": figures["ui_block_max_ms"],
    }


def first_paint(models: Path, times: int) -> float:
    """Return the median seconds from process start to first paint of the booth."""
    seconds = []
    for _ in range(times):
        command = [sys.executable, str(_APP), "booth", "--windowed", "--first-paint-probe", "--models", str(models)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=_APP.parent)
        seconds.append(json.loads(done.stdout.strip().splitlines()[-1])["first_paint_s"])
    _row("process start to first paint of the booth", np.array(seconds))
    return round(float(np.median(seconds)), 3)


def whole_demo(models: Path) -> dict[str, float]:
    """Run the demo in its own process; return its seconds and its peak memory."""
    began = time.perf_counter()
    out = Path("build/bench-demo")
    done = subprocess.Popen(
        [sys.executable, str(_APP), "demo", "--offscreen", "--out", str(out), "--models", str(models.resolve())],
        stdout=subprocess.DEVNULL,
        cwd=_APP.parent,
    )
    _, status, usage = os.wait4(done.pid, 0)
    done.returncode = os.waitstatus_to_exitcode(status)
    if done.returncode:
        raise RuntimeError("the demo failed: run python app.py demo")
    return {"demo_s": round(time.perf_counter() - began, 1), "peak_mb": round(usage.ru_maxrss / 1024)}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=new_file, metavar="FILE")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    chosen = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    hush_offscreen()
    cv2.setNumThreads(1)
    times = 12 if chosen.quick else 60
    figures: dict[str, float] = {}
    figures |= whole_demo(chosen.models)
    catalogue = open_catalogue(chosen.models)
    reader = FaceReader(catalogue)
    cast = Cast(specimen_portrait(catalogue), lambda picture: reader.faces_in(picture, 80.0)[0].landmarks)
    figures |= stages(catalogue, cast, times)
    figures |= live_loop(chosen.models)
    figures["first_paint_s"] = first_paint(chosen.models, 2 if chosen.quick else 5)
    figures["bench_peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(figures))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0
