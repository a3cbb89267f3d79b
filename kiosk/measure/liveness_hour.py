"""Does the memory stay flat over an hour? `python app.py measure liveness-hour [--minutes N] [--json FILE]`.

A simulated customer stands before the station's own eyes, every detector and every part of the run on, and guided runs follow one another
as customers do. The clock is stepped by hand: an hour at five frames a second is 18,000 frames, as fast as the computer makes them. Some
different pictures are drawn beforehand and given a little noise each, because drawing all would measure the drawing.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from kiosk.actor.cue import Cue
from kiosk.actor.redteam.content import Sitter
from kiosk.actor.redteam.presentations import Presentation, a_person
from kiosk.arguments import new_file
from kiosk.assembly.sight import ModelSight
from kiosk.frame import Frame, Pixels
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import Live
from kiosk.liveness.script import draw_script
from kiosk.measure.liveness_clips import PACK, START_NS
from kiosk.measure.whole_path import chooser
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance, ns
from models.catalogue import open_catalogue
from models.face_reader import FaceReader

RATE_HZ: Final = 5
DRAWN: Final = 240
FROM: Final = Provenance(Capture.SIMULATION, "an hour")
SETTLED_AFTER: Final = 0.1
"""Share of the run after which memory is held to be warm."""


def resident_mb() -> float:
    """Return this process's memory as Linux counts it (RSS), megabytes; 0 where it is not told."""
    status = Path("/proc/self/status")
    for line in status.read_text(encoding="utf-8").splitlines() if status.is_file() else ():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def drawn(sitter: Sitter) -> list[Pixels]:
    """Return pictures of somebody who does everything in turn."""
    shown: Presentation = a_person(sitter, sitter.photo, 1)
    cues = (Cue.LOOK_AHEAD, Cue.TURN_LEFT, Cue.BLINK, Cue.TURN_RIGHT, Cue.NOD, Cue.COME_CLOSER)
    pictures = []
    for number in range(DRAWN):
        at_s = number / RATE_HZ
        shown.told(cues[int(at_s / 4) % len(cues)], at_s)
        pictures.append(shown.at(at_s))
    return pictures


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure liveness-hour", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="of the stepped clock (60)")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures here")
    options = parser.parse_args(arguments)
    catalogue = open_catalogue(PACK)
    portrait = np.asarray(cv2.imread(str(PACK / catalogue.entry("specimen_portrait").file)), np.uint8)
    face = FaceReader(catalogue).faces_in(portrait, 60.0)[0]
    pictures = drawn(Sitter(portrait, face.landmarks))
    sight = ModelSight(lambda: catalogue, BRANCH)
    sight.prepare()
    rng = np.random.default_rng(1)
    noise = rng.integers(-3, 4, (8, *pictures[0].shape), np.int8)
    frames = round(options.minutes * 60 * RATE_HZ)
    series: list[tuple[float, float]] = []
    runs = live = 0
    run = liveness.begin(draw_script(chooser(0), BRANCH.liveness), BRANCH.liveness, START_NS)
    for number in range(frames):
        at_ns = START_NS + ns(number / RATE_HZ)
        moved = np.roll(noise[number % len(noise)], int(rng.integers(97)), axis=1)
        pixels = np.clip(pictures[number % DRAWN].astype(np.int16) + moved, 0, 255).astype(np.uint8)
        run = liveness.observe(run, sight.faces(Frame(pixels, number, at_ns, FROM)), BRANCH.liveness)
        if run.verdict is not None:
            runs, live = runs + 1, live + isinstance(run.verdict, Live)
            run = liveness.begin(draw_script(chooser(runs), BRANCH.liveness), BRANCH.liveness, at_ns)
        if number % max(frames // 60, 1) == 0:
            series.append((round(number / RATE_HZ / 60, 2), round(resident_mb(), 1)))
            print(f"\r{number} of {frames} frames, {series[-1][1]} MB", end="", file=sys.stderr, flush=True)
    series.append((round(frames / RATE_HZ / 60, 2), round(resident_mb(), 1)))
    warm = [size for minute, size in series if minute >= SETTLED_AFTER * options.minutes]
    half = len(warm) // 2
    grown = sum(warm[half:]) / max(len(warm) - half, 1) - sum(warm[:half]) / max(half, 1)
    print(f"\n{frames} frames, {runs} guided runs ended ({live} live). Memory {warm[0]} MB when warm, {warm[-1]} at the end;")
    print(f"lowest {min(warm)}, highest {max(warm)}; the second half's mean is {grown:+.1f} MB against the first's.")
    if options.json:
        row = {"frames": frames, "runs": runs, "live": live, "rss_mb": series, "grown_mb": round(grown, 2)}
        options.json.write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
