"""How often the face comparison errs: `python -m kiosk.measure.face_pairs [--faces CSV] [--clips JSON] [--json FILE]`.

Two sets of labelled pictures, neither of which is part of this repository:

- stills (`--faces`, columns left, right, same, fold): accuracy by cross-validation over the folds present, and, over every pair of
  people in the set, how often strangers pass (FMR) and the same person does not (FNMR) at each threshold;
- clips (`--clips`, keys `pairs`: doc, clip, same, strength): each document portrait against the looks a station would have taken
  of the clip, put into the verifier's bands by `FacePolicy`.

Only figures leave this program: no picture, no print, no file name.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.face.observed import FaceSeen
from kiosk.face.verdict import DifferentFace, NotCompared, SameFace, Unsure
from kiosk.face.verifier import compare
from kiosk.frame import Pixels, Print
from kiosk.policy import FacePolicy
from models.build import DEFAULT_FOLDER
from models.catalogue import open_catalogue
from models.face_reader import FaceReader, NoFace, PortraitPrint

_THRESHOLDS = (0.86, 0.88, 0.90, 0.91, 0.92, 0.925, 0.93, 0.94, 0.945, 0.95, 0.96)
_FALSE_MATCH_RATES = (1e-2, 1e-3, 1e-4, 1e-5)
_SMALLEST_FACE_PX = 40.0
_LOOKS_TRIED = 24
_FRONTAL_DEG = 15.0


@dataclass(frozen=True, slots=True)
class ErrorsAt:
    """fmr: share of pairs of strangers at or above the threshold; fnmr: share of pairs of one person below it."""

    threshold: float
    fmr: float
    fnmr: float


@dataclass(frozen=True, slots=True)
class StillFigures:
    pictures: int
    pictures_without_face: int
    labelled_pairs: int
    accuracy_by_fold: dict[str, float]
    genuine_pairs: int
    impostor_pairs: int
    at_threshold: tuple[ErrorsAt, ...]
    at_fmr: dict[str, ErrorsAt]


@dataclass(frozen=True, slots=True)
class ClipFigures:
    """bands: verdict name to count, per kind of pair; lowest, highest: similarity per kind of pair."""

    pairs: int
    bands: dict[str, dict[str, int]]
    lowest: dict[str, float]
    highest: dict[str, float]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 done, 2 nothing to measure."""
    parser = argparse.ArgumentParser(
        prog="python -m kiosk.measure.face_pairs", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=Path, metavar="CSV", help="pairs.csv of a folder of stills")
    parser.add_argument("--clips", type=Path, metavar="JSON", help="labels.json of a folder of clips and portraits")
    parser.add_argument("--models", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the model pack")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    if options.faces is None and options.clips is None:
        parser.error("give --faces, --clips or both")
    cv2.setNumThreads(1)
    reader = FaceReader(open_catalogue(options.models))
    figures: dict[str, object] = {}
    if options.faces is not None:
        stills = measure_stills(reader, options.faces)
        _print_stills(stills)
        figures["stills"] = asdict(stills)
    if options.clips is not None:
        clips = measure_clips(reader, options.clips, FacePolicy())
        _print_clips(clips)
        figures["clips"] = asdict(clips)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def measure_stills(reader: FaceReader, pairs_csv: Path) -> StillFigures:
    """Measure labelled pairs of stills; the pictures lie beside the CSV, `.../person/file` in its left and right columns."""
    with pairs_csv.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    names = sorted({row[side] for row in rows for side in ("left", "right")})
    prints: dict[str, Print] = {}
    for done, name in enumerate(names):
        _progress("stills", done, len(names))
        print_ = _print_of_still(reader, pairs_csv.parent / name)
        if print_ is not None:
            prints[name] = print_
    usable = [row for row in rows if row["left"] in prints and row["right"] in prints]
    scores = np.array([float(prints[row["left"]] @ prints[row["right"]]) for row in usable])
    same = np.array([row["same"] == "1" for row in usable])
    folds = np.array([row["fold"] for row in usable])
    genuine, impostor = _all_pairs(prints)
    return StillFigures(
        pictures=len(names),
        pictures_without_face=len(names) - len(prints),
        labelled_pairs=len(usable),
        accuracy_by_fold={str(fold): _accuracy(scores, same, folds == fold) for fold in np.unique(folds)},
        genuine_pairs=len(genuine),
        impostor_pairs=len(impostor),
        at_threshold=tuple(_errors_at(threshold, genuine, impostor) for threshold in _THRESHOLDS),
        at_fmr={f"{rate:g}": _errors_at(_threshold_for(rate, impostor), genuine, impostor) for rate in _FALSE_MATCH_RATES},
    )


def measure_clips(reader: FaceReader, labels_json: Path, policy: FacePolicy) -> ClipFigures:
    """Put each labelled pair of portrait and clip into the verifier's bands."""
    pairs = json.loads(labels_json.read_text(encoding="utf-8"))["pairs"]
    folder = labels_json.parent
    portraits = {name: _portrait(reader, folder / name) for name in sorted({pair["doc"] for pair in pairs})}
    live: dict[str, list[Print]] = {}
    clips = sorted({pair["clip"] for pair in pairs})
    for done, name in enumerate(clips):
        _progress("clips", done, len(clips))
        live[name] = _live_prints(reader, folder / name, policy.live_views_wanted)
    bands: dict[str, Counter[str]] = {}
    similarities: dict[str, list[float]] = {}
    for pair in pairs:
        kind = "one person, " + pair["strength"].split(":")[0].lower() if pair["same"] else "two people"
        portrait = portraits[pair["doc"]]
        verdict = compare(
            live[pair["clip"]],
            [portrait.face_print] if portrait is not None else [],
            policy,
            portrait_width_px=portrait.face.width_px if portrait is not None else 0.0,
            print_name=reader.printer.name,
        )
        bands.setdefault(kind, Counter())[type(verdict).__name__] += 1
        match verdict:
            case SameFace(evidence) | Unsure(evidence) | DifferentFace(evidence):
                similarities.setdefault(kind, []).append(evidence.similarity)
            case NotCompared():
                pass
    return ClipFigures(
        pairs=len(pairs),
        bands={kind: dict(counts) for kind, counts in bands.items()},
        lowest={kind: min(values) for kind, values in similarities.items()},
        highest={kind: max(values) for kind, values in similarities.items()},
    )


def _print_of_still(reader: FaceReader, path: Path) -> Print | None:
    """Return the print of the face nearest the picture's middle, which is whom such a set names."""
    image = cv2.imread(str(path))
    if image is None:
        return None
    picture = np.asarray(image, np.uint8)
    faces = reader.observe(picture) or reader.faces_in(picture, _SMALLEST_FACE_PX)
    if not faces:
        return None
    middle = np.array([picture.shape[1], picture.shape[0]]) / 2
    return reader.print_of(picture, min(faces, key=lambda face: _distance_from(face, middle)))


def _distance_from(face: FaceSeen, point: NDArray[np.float64]) -> float:
    x0, y0, x1, y1 = face.box
    return float(np.linalg.norm(np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - point))


def _portrait(reader: FaceReader, path: Path) -> PortraitPrint | None:
    image = cv2.imread(str(path))
    found = NoFace() if image is None else reader.portrait_print(np.asarray(image, np.uint8))
    return found if isinstance(found, PortraitPrint) else None


def _live_prints(reader: FaceReader, path: Path, wanted: int) -> list[Print]:
    """Return prints of the most frontal looks among frames spread evenly over the clip, as the station would take them."""
    looks: list[tuple[float, Pixels, FaceSeen]] = []
    capture = cv2.VideoCapture(str(path))
    try:
        count = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 1)
        step = max(count // _LOOKS_TRIED, 1)
        index = 0
        while capture.grab():
            if index % step == 0:
                arrived, frame = capture.retrieve()
                picture = np.asarray(frame, np.uint8)
                faces = reader.observe(picture) if arrived else ()
                if faces:
                    looks.append((abs(faces[0].pose.yaw_deg) + abs(faces[0].pose.pitch_deg), picture, faces[0]))
            index += 1
    finally:
        capture.release()
    looks.sort(key=lambda look: look[0])
    frontal = [look for look in looks if abs(look[2].pose.yaw_deg) <= _FRONTAL_DEG] or looks
    return [reader.print_of(picture, face) for _, picture, face in frontal[:wanted]]


def _all_pairs(prints: Mapping[str, Print]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (similarities of one person's pictures, of strangers' in ascending order) over all pairs."""
    names = sorted(prints)
    people = np.array([Path(name).parent.as_posix() for name in names])
    similarities = np.stack([prints[name] for name in names]).astype(np.float64)
    similarities = similarities @ similarities.T
    left, right = np.triu_indices(len(names), 1)
    same = people[left] == people[right]
    values = similarities[left, right]
    return values[same], np.sort(values[~same])


def _accuracy(scores: NDArray[np.float64], same: NDArray[np.bool_], held_out: NDArray[np.bool_]) -> float:
    """Return the share judged right on one fold at the threshold that is best on the others."""
    others = ~held_out if not held_out.all() else held_out
    candidates = np.unique(scores[others])
    right = [float(((scores[others] >= candidate) == same[others]).mean()) for candidate in candidates]
    threshold = candidates[int(np.argmax(right))]
    return float(((scores[held_out] >= threshold) == same[held_out]).mean())


def _threshold_for(rate: float, impostor: NDArray[np.float64]) -> float:
    """Return the lowest threshold that at most this share of strangers' pairs (ascending) reaches."""
    allowed = int(len(impostor) * rate)
    return float(np.nextafter(impostor[len(impostor) - allowed - 1], 2.0))


def _errors_at(threshold: float, genuine: NDArray[np.float64], impostor: NDArray[np.float64]) -> ErrorsAt:
    return ErrorsAt(threshold, float((impostor >= threshold).mean()), float((genuine < threshold).mean()))


def _print_stills(figures: StillFigures) -> None:
    print(f"stills: {figures.pictures} pictures, {figures.pictures_without_face} without a face found")
    folds = ", ".join(f"fold {fold} {accuracy:.2%}" for fold, accuracy in figures.accuracy_by_fold.items())
    print(f"  {figures.labelled_pairs} labelled pairs, accuracy: {folds}")
    print(f"  all pairs: {figures.genuine_pairs} of one person, {figures.impostor_pairs} of strangers")
    _print_errors([*figures.at_fmr.values(), *figures.at_threshold])


def _print_errors(rows: Sequence[ErrorsAt]) -> None:
    print("  threshold       FMR     FNMR")
    for row in rows:
        print(f"  {row.threshold:9.4f} {row.fmr:9.2e} {row.fnmr:8.2%}")


def _print_clips(figures: ClipFigures) -> None:
    print(f"clips: {figures.pairs} pairs of portrait and clip")
    for kind, counts in figures.bands.items():
        listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        lowest, highest = figures.lowest.get(kind, float("nan")), figures.highest.get(kind, float("nan"))
        print(f"  {kind}: {listed}; similarity {lowest:.3f} to {highest:.3f}")


def _progress(what: str, done: int, of: int) -> None:
    if done % 100 == 0 and sys.stderr.isatty():
        print(f"{what}: {done} of {of}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
