"""How long live guidance takes on a 1080p frame: `app.py measure documents-guidance LABELS.json [--json FILE]`.

Each labelled picture is laid into a 1920x1080 frame as if held up. Timed, processor time of one thread: the watch that runs on every
frame (`observe_page`), and the finder at all sizes alone (what a reading begins with).
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from kiosk.arguments import new_file
from kiosk.camera.picture import decode_picture
from kiosk.document.mrz_find import find_zones
from kiosk.document.watch import observe_page
from kiosk.faults import PictureUnreadable
from kiosk.frame import Frame, Pixels
from kiosk.imaging.geometry import gray_of
from kiosk.measure.documents import labels_of
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance

SIZE = (1920, 1080)
SHARE = 0.83
"""Of the frame's width or height that the picture fills."""


@dataclass(frozen=True, slots=True)
class GuidanceFigures:
    """Milliseconds of processor time per frame."""

    frames: int
    watch_p50_ms: float
    watch_p95_ms: float
    finder_p50_ms: float
    finder_p95_ms: float


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure documents-guidance", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--json", type=new_file, help="write the figures there")
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    watched, found = [], []
    labels = labels_of(asked.labels)
    for number, label in enumerate(labels):
        try:
            picture = decode_picture((asked.labels.parent / str(label["file"])).read_bytes(), BRANCH.document)
        except PictureUnreadable:
            continue
        frame = Frame(held_up(picture), number, number * 33_000_000, Provenance(Capture.SIMULATION, "drawn"))
        began = time.process_time()
        observe_page(frame, None, BRANCH.document)
        between = time.process_time()
        find_zones(gray_of(frame.pixels))
        watched.append(1000 * (between - began))
        found.append(1000 * (time.process_time() - between))
        print(f"\r{number + 1}/{len(labels)}", end="", file=sys.stderr, flush=True)
    watch, finder = (tuple(round(float(value), 1) for value in np.percentile(times or [0.0], [50, 95])) for times in (watched, found))
    figures = GuidanceFigures(len(watched), *watch, *finder)
    print()
    for name, value in asdict(figures).items():
        print(f"{name:15} {value}")
    if asked.json:
        asked.json.write_text(json.dumps(asdict(figures), indent=1), encoding="utf-8")
    return 0


def held_up(picture: Pixels) -> Pixels:
    wide, high = SIZE
    factor = SHARE * min(wide / picture.shape[1], high / picture.shape[0])
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    frame = np.full((high, wide, 3), 120, np.uint8)
    x, y = (wide - size[0]) // 2, (high - size[1]) // 2
    frame[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return frame


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
