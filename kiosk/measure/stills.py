"""Still pictures of faces, one person a folder, made into prints: what fitting and measuring the verifier share."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.face.crops import surround_of
from kiosk.face.observed import FaceSeen
from kiosk.face.verifier_model import Side, side_of
from kiosk.frame import Pixels
from models.face_prints import PrintMaker
from models.face_reader import FaceReader

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".pgm", ".bmp", ".webp"})
_SMALLEST_FACE_PX = 40.0
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One enrolled picture. sides: by print name; surround: the face, for quality and contact sheets."""

    sides: dict[str, Side]
    face: FaceSeen
    surround: Pixels


@dataclass(slots=True)
class StageTimes:
    """Milliseconds per picture, by stage."""

    spent: dict[str, list[float]] = field(default_factory=dict)

    def timed(self, stage: str, work: Callable[[], Outcome]) -> Outcome:
        started = time.perf_counter()
        done = work()
        self.spent.setdefault(stage, []).append((time.perf_counter() - started) * 1000)
        return done

    def medians(self) -> dict[str, float]:
        return {stage: round(float(np.median(times)), 2) for stage, times in self.spent.items()}


def pictures_by_person(folder: Path) -> dict[str, list[Path]]:
    """Return the pictures of a folder that has one folder per person, by the folder's name; people without a picture are left out."""
    people = {
        place.name: sorted(path for path in place.iterdir() if path.suffix.lower() in PICTURES)
        for place in sorted(folder.iterdir())
        if place.is_dir()
    }
    return {name: paths for name, paths in people.items() if paths}


def read_still(reader: FaceReader, makers: Sequence[PrintMaker], path: Path, times: StageTimes) -> Still | None:
    """Enrol one picture: the face nearest its middle, which is whom such a set names. None if it cannot be read or shows no face."""
    image = times.timed("decode", lambda: cv2.imread(str(path)))
    if image is None:
        return None
    return enrolled_picture(reader, makers, np.asarray(image, np.uint8), times)


def enrolled_picture(reader: FaceReader, makers: Sequence[PrintMaker], picture: Pixels, times: StageTimes) -> Still | None:
    """Enrol a picture already in memory."""
    faces = times.timed("find", lambda: reader.observe(picture) or reader.faces_in(picture, _SMALLEST_FACE_PX))
    if not faces:
        return None
    size = (picture.shape[1], picture.shape[0])
    face = min(faces, key=lambda face: _distance_from(face, np.array(size) / 2))
    surround = times.timed("align", lambda: surround_of(picture, face.landmarks))
    sides = times.timed("print", lambda: {maker.spec.name: side_of([maker.crops(surround)]) for maker in makers})
    return Still(sides, face, surround)


def read_all(reader: FaceReader, makers: Sequence[PrintMaker], paths: Sequence[Path], times: StageTimes) -> dict[Path, Still]:
    """Enrol pictures with a line of progress; those that show no face are absent from the answer."""
    stills: dict[Path, Still] = {}
    for done, path in enumerate(paths):
        report("enrolling", done, len(paths))
        still = read_still(reader, makers, path, times)
        if still is not None:
            stills[path] = still
    report("enrolling", len(paths), len(paths))
    return stills


def report(what: str, done: int, of: int) -> None:
    """Say how far it is: on a terminal in place, else a line now and then."""
    if sys.stderr.isatty():
        print(f"\r{what}: {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
    elif done == of or done % 500 == 0:
        print(f"{what}: {done} of {of}", file=sys.stderr, flush=True)


def _distance_from(face: FaceSeen, point: NDArray[np.float64]) -> float:
    x0, y0, x1, y1 = face.box
    return float(np.linalg.norm(np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - point))
