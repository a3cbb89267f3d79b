"""What would focus, a file's encoder and a cheek out of sight tell? `app.py measure liveness-dropped LABELS FACES [--json FILE]`.

Built thinly to be kept or dropped by their figures, on labelled clips and on prints that are turned (kiosk/measure/liveness_solid.py):

* focus-hunts: how far the sharpness of the face wanders (logarithm, 10 to 90 %): a camera that focuses on paper or glass is said to hunt;
* focus-apart: how much sharper the face is than what is beside it: a held picture blurs a room behind it;
* file-blocks: how much brighter steps are at every eighth column than between: what an encoder of blocks leaves, twice in a replay;
* far-side: of points beside both cheeks, how many more are lost on the side that turns away than on the other: a head hides its ear and
  cheek, a sheet shows both.

What came out, and why no cue was made of them: docs/liveness.md.
"""

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.arguments import new_file
from kiosk.camera.recording import Pacing, Recording
from kiosk.camera.source import Ended
from kiosk.face.observed import FaceSeen
from kiosk.faults import RecordingUnreadable
from kiosk.frame import Pixels
from kiosk.imaging.geometry import gray_of
from kiosk.measure import liveness_solid
from kiosk.measure.attack_rates import curve_of
from kiosk.measure.liveness_clips import GENUINE, PACK, START_NS, read_labels
from models.catalogue import open_catalogue
from models.face_reader import FaceReader

HUNTS, APART, BLOCKS, FAR_SIDE = "focus-hunts", "focus-apart", "file-blocks", "far-side"
PRINT = "turned print"
PRINTS: Final = 12
_LEAST_LOOKS: Final = 6
_AHEAD_DEG: Final = 8.0
_TURNED_DEG: Final = (12.0, 27.0)
_CLOSES_PX: Final = 0.8
_LEAST_POINTS: Final = 8
_LEAST_TURNED: Final = 3
_FACE_PX: Final = 160.0
Gray = NDArray[np.uint8]


class Looks:
    """One clip. Frames are looked at four times a second, those of a turn all."""

    def __init__(self) -> None:
        self._sharp: list[float] = []
        self._apart: list[float] = []
        self._blocks: list[float] = []
        self._far: list[float] = []
        self._scale = 1.0
        self._ahead: tuple[Gray, NDArray[np.float32], NDArray[np.float32], float] | None = None

    def look(self, pixels: Pixels, face: FaceSeen, number: int, every: int) -> None:
        if number % every == 0:
            self._picture(gray_of(pixels), face)
        # a turned face is narrower: the scale of the look ahead holds
        scale = _FACE_PX / max(face.width_px, 1.0) if abs(face.pose.yaw_deg) < _AHEAD_DEG or self._ahead is None else self._scale
        small = cv2.resize(gray_of(pixels), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        self._turn(np.asarray(small, np.uint8), face, scale)

    def values(self) -> Iterator[tuple[str, float]]:
        if len(self._sharp) >= _LEAST_LOOKS:
            yield HUNTS, float(np.quantile(self._sharp, 0.9) - np.quantile(self._sharp, 0.1))
        for name, seen in ((APART, self._apart), (BLOCKS, self._blocks)):
            if len(seen) >= _LEAST_LOOKS:
                yield name, float(np.median(seen))
        if len(self._far) >= _LEAST_TURNED:
            yield FAR_SIDE, float(np.median(self._far))

    def _picture(self, gray: Gray, face: FaceSeen) -> None:
        x0, y0, x1, y1 = (int(side) for side in face.box)
        width, height = x1 - x0, gray.shape[0]
        middle = gray[max(y0, 0) : y1, max(x0, 0) : x1]
        beside = [gray[max(y0, 0) : y1, max(x0 - width, 0) : max(x0 - width // 3, 0)], gray[max(y0, 0) : y1, x1 + width // 3 : x1 + width]]
        if min(middle.shape) < 32 or height < 64:
            return
        sharp = _sharpness(middle)
        self._sharp.append(sharp)
        around = [_sharpness(part) for part in beside if min(part.shape) >= 16]
        self._apart += [sharp - max(around)] if around else []
        steps = np.abs(np.diff(middle.astype(np.float32), axis=1)).mean(axis=0)
        at_blocks = (np.arange(max(x0, 0) + 1, max(x0, 0) + 1 + len(steps)) % 8) == 0
        self._blocks.append(math.log((float(steps[at_blocks].mean()) + 0.1) / (float(steps[~at_blocks].mean()) + 0.1)))

    def _turn(self, small: Gray, face: FaceSeen, scale: float) -> None:
        yaw = face.pose.yaw_deg
        if abs(yaw) < _AHEAD_DEG:
            sides = [_points(small, face, scale, side) for side in (-1, 1)]
            self._ahead = (small, sides[0], sides[1], yaw) if min(len(one) for one in sides) >= _LEAST_POINTS else None
            self._scale = scale
            return
        if self._ahead is None or self._ahead[0].shape != small.shape:
            return
        first, on_left, on_right, began = self._ahead
        turned = yaw - began
        if not _TURNED_DEG[0] <= abs(turned) <= _TURNED_DEG[1]:
            return
        lost = [1.0 - _found_again(first, small, points) for points in (on_left, on_right)]
        # Turned to the subject's left, which is right in the picture, the cheek on the picture's right goes out of sight.
        self._far.append(math.copysign(1.0, turned) * (lost[1] - lost[0]))


def _sharpness(part: Gray) -> float:
    """Return log of the Laplacian's variance over the picture's own."""
    return math.log((float(cv2.Laplacian(part, cv2.CV_32F).var()) + 1.0) / (float(part.var()) + 1.0))


def _points(small: Gray, face: FaceSeen, scale: float, side: int) -> NDArray[np.float32]:
    """Return corners on and beyond one cheek, ear included. side: -1 left in the picture, 1 right."""
    x0, y0, x1, y1 = (scale * value for value in face.box)
    middle, width = (x0 + x1) / 2, x1 - x0
    mask = np.zeros(small.shape[:2], np.uint8)
    near, far = sorted((middle + side * 0.28 * width, middle + side * 0.62 * width))
    mask[int(max(y0 + 0.2 * (y1 - y0), 0)) : int(max(y1 - 0.1 * (y1 - y0), 0)), int(max(near, 0)) : int(max(far, 0))] = 255
    found = cv2.goodFeaturesToTrack(small, 40, 0.01, 4, mask=mask)
    return np.zeros((0, 2), np.float32) if found is None else np.asarray(found, np.float32).reshape(-1, 2)


def _found_again(first: Gray, now: Gray, points: NDArray[np.float32]) -> float:
    there, one, _ = cv2.calcOpticalFlowPyrLK(first, now, points, points.copy(), winSize=(15, 15), maxLevel=3)
    back, other, _ = cv2.calcOpticalFlowPyrLK(now, first, there, points.copy(), winSize=(15, 15), maxLevel=3)
    closed = np.linalg.norm(back - points, axis=1) < _CLOSES_PX
    return float(((np.asarray(one).ravel() > 0) & (np.asarray(other).ravel() > 0) & closed).mean())


def of_clip(file: Path, reader: FaceReader) -> Looks:
    """Watch a clip through; one that cannot be decoded shows nothing."""
    looks, faces = Looks(), tuple[FaceSeen, ...]()
    recording = Recording(file, lambda: START_NS, Pacing.AS_FAST_AS_POSSIBLE)
    try:
        recording.open()
        number = 0
        while not isinstance(frame := recording.read(), Ended):
            # a turn lasts a second: every other frame of a fast clip will do
            if number % 2 == 0:
                faces = reader.observe(frame.pixels, faces)
                if faces:
                    looks.look(frame.pixels, faces[0], number // 2, 4)
            number += 1
    except RecordingUnreadable as fault:
        print(f"\n{file.name}: {fault}", file=sys.stderr)
    finally:
        recording.close()
    return looks


def of_frames(frames: Iterable[Pixels], reader: FaceReader) -> Looks:
    looks, faces = Looks(), tuple[FaceSeen, ...]()
    for number, pixels in enumerate(frames):
        faces = reader.observe(pixels, faces)
        if faces:
            looks.look(pixels, faces[0], number, 4)
    return looks


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure liveness-dropped", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", type=Path, help="labels.json beside a folder `clips`")
    parser.add_argument("faces", type=Path, help="a folder with a folder of photographs for each person, for the turned prints")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures here")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    catalogue = open_catalogue(PACK)
    seen: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    labelled = read_labels(options.labels)
    for count, clip in enumerate(labelled, 1):
        print(f"\r{count} of {len(labelled)} clips", end="", file=sys.stderr, flush=True)
        for name, value in of_clip(options.labels.parent / "clips" / clip.file, FaceReader(catalogue)).values():
            seen[name, clip.kind].append(value)
    folders = sorted(one for one in options.faces.iterdir() if one.is_dir())
    for count, folder in enumerate(folders[3 :: max(len(folders) // PRINTS, 1)][:PRINTS]):
        print(f"\r{count + 1} of {PRINTS} prints ", end="", file=sys.stderr, flush=True)
        photo = cv2.resize(np.asarray(cv2.imread(str(sorted(folder.iterdir())[0])), np.uint8), (750, 750))[60:690, 60:690]
        bend = liveness_solid.BENDS[count % len(liveness_solid.BENDS)]
        for name, value in of_frames(liveness_solid.film(np.asarray(photo, np.uint8), bend, count), FaceReader(catalogue)).values():
            seen[name, PRINT].append(value)
    print(file=sys.stderr)
    print("| measure | against | genuine: 10, 50, 90 % | attacks: 10, 50, 90 % | of | area under the curve |\n|---|---|---|---|---|---|")
    rows = []
    for (name, kind), values in sorted(seen.items()):
        genuine = seen[name, GENUINE]
        curve = curve_of(genuine, values)
        if kind == GENUINE or curve is None:
            continue
        spans = ["{:.2f}, {:.2f}, {:.2f}".format(*np.quantile(some, (0.1, 0.5, 0.9))) for some in (genuine, values)]
        print(f"| {name} | {kind} | {spans[0]} | {spans[1]} | {len(genuine)}, {len(values)} | {curve.area:.2f} |")
        rows.append({"measure": name, "against": kind, "genuine": genuine, "attacks": values, "area": round(curve.area, 3)})
    print("\nAn area under 0.5 tells the other way round. The attacks of the set are few: 5 replays, 2 deepfakes, 6 synthetic.")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
