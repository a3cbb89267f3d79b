"""The document's portrait against the clip, by the station's own comparer: `app.py measure face-clips LABELS.json [--json FILE]`.

LABELS.json has `pairs` (doc, clip, same, strength): each portrait against the looks a station would have taken of the clip, put into the
bands of the policy. --spoil WIDTH makes the portrait what a small, pale print would be: shrunk to that many pixels from cheek to cheek,
blurred, low in contrast, noisy; --halftone what a colour printer gives back, dots in four inks; --glare lays a lamp's reflection over a
part of the face. Only figures leave this program. Exit status: 0 done, 1 a stranger was accepted or a strong pair fell below
the refer line, 2 nothing to measure.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from kiosk.actor.forgery import reprinted
from kiosk.arguments import new_file
from kiosk.assembly.comparing import ModelComparer
from kiosk.document.reading import Portrait
from kiosk.face.crops import surround_of
from kiosk.face.observed import FaceSeen, FaceView
from kiosk.face.verdict import DifferentFace, MatchVerdict, NotCompared, SameFace, Unsure
from kiosk.frame import Pixels
from kiosk.measure.stills import report
from kiosk.policy import FacePolicy
from models.build import DEFAULT_FOLDER
from models.catalogue import open_catalogue
from models.face_reader import FaceReader

_LOOKS_TRIED = 24
_FRONTAL_DEG = 15.0
_PRINTED_WIDTH_PX = 400.0
"""Cheek to cheek where the printer's dots are drawn: some 90 rows of dots over a face of 20 mm, 115 to the inch."""


@dataclass(frozen=True, slots=True)
class ClipFigures:
    """bands: verdict name to count, per kind of pair; lowest, highest: natural log-likelihood ratio per kind of pair."""

    pairs: int
    bands: dict[str, dict[str, int]]
    lowest: dict[str, float]
    highest: dict[str, float]
    compare_ms_p50: float


@dataclass(frozen=True, slots=True)
class Spoiling:
    """What is done to each portrait. width: pixels from cheek to cheek to shrink it to, with blur, paleness and noise; None: not."""

    width: int | None = None
    gray: bool = False
    halftone: bool = False
    glare: bool = False


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure face-clips", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labels", type=Path, metavar="LABELS.json")
    parser.add_argument("--models", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the model pack")
    parser.add_argument("--spoil", type=int, metavar="WIDTH", help="shrink, blur, fade and speckle each portrait to this width")
    parser.add_argument("--gray", action="store_true", help="take the colour out of each portrait")
    parser.add_argument("--halftone", action="store_true", help="print each portrait in halftone dots")
    parser.add_argument("--glare", action="store_true", help="burn out a part of the face on each portrait")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    try:
        pairs = json.loads(options.labels.read_text(encoding="utf-8"))["pairs"]
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        print(f"measure face-clips: {options.labels}: {trouble}", file=sys.stderr)
        return 2
    cv2.setNumThreads(1)
    spoiling = Spoiling(options.spoil, gray=options.gray, halftone=options.halftone, glare=options.glare)
    figures = measure_clips(options.models, options.labels.parent, pairs, spoiling)
    _say(figures)
    if options.json is not None:
        row = {field: getattr(figures, field) for field in ClipFigures.__slots__}
        options.json.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")
    strangers, strong = figures.bands.get("two people", {}), figures.bands.get("one person, strong", {})
    return 1 if strangers.get("SameFace", 0) or strong.get("DifferentFace", 0) else 0


def measure_clips(models: Path, folder: Path, pairs: list[dict[str, object]], spoiling: Spoiling) -> ClipFigures:
    """Put each labelled pair of portrait and clip into the bands."""
    catalogue = open_catalogue(models)
    reader = FaceReader(catalogue)
    comparer = ModelComparer(lambda: catalogue, FacePolicy(), models)
    comparer.prepare()
    portraits = {name: _portrait(reader, folder / name, spoiling) for name in sorted({str(pair["doc"]) for pair in pairs})}
    live: dict[str, tuple[FaceView, ...]] = {}
    clips = sorted({str(pair["clip"]) for pair in pairs})
    for done, name in enumerate(clips):
        report("clips", done, len(clips))
        live[name] = looks_at(reader, folder / name, FacePolicy().live_views_wanted)
    bands: dict[str, Counter[str]] = {}
    ratios: dict[str, list[float]] = {}
    spent = []
    for done, pair in enumerate(pairs):
        report("pairs", done, len(pairs))
        started = time.perf_counter()
        verdict = comparer.compare(live[str(pair["clip"])], portraits[str(pair["doc"])]).verdict
        spent.append((time.perf_counter() - started) * 1000)
        kind = "one person, " + str(pair["strength"]).split(":")[0].lower() if pair["same"] else "two people"
        bands.setdefault(kind, Counter())[type(verdict).__name__] += 1
        ratio = _ratio(verdict)
        if ratio is not None:
            ratios.setdefault(kind, []).append(ratio)
    return ClipFigures(
        pairs=len(pairs),
        bands={kind: dict(counts) for kind, counts in bands.items()},
        lowest={kind: min(values) for kind, values in ratios.items()},
        highest={kind: max(values) for kind, values in ratios.items()},
        compare_ms_p50=round(float(np.median(spent)), 1),
    )


def _ratio(verdict: MatchVerdict) -> float | None:
    match verdict:
        case SameFace(evidence) | Unsure(evidence) | DifferentFace(evidence):
            return evidence.log_likelihood_ratio
        case NotCompared():
            return None


def looks_at(reader: FaceReader, path: Path, wanted: int) -> tuple[FaceView, ...]:
    """Return the most frontal looks among frames spread evenly over a clip, as the station would take them."""
    looks: list[tuple[float, FaceView]] = []
    capture = cv2.VideoCapture(str(path))
    try:
        step = max(max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 1) // _LOOKS_TRIED, 1)
        index = 0
        while capture.grab():
            if index % step == 0:
                arrived, frame = capture.retrieve()
                picture = np.asarray(frame, np.uint8)
                faces = reader.observe(picture) if arrived else ()
                if faces:
                    face = faces[0]
                    chip = reader.chip_of(picture, face)
                    view = FaceView(np.zeros(1, np.float32), chip, face.pose, 0.0, surround_of(picture, face.landmarks))
                    looks.append((abs(face.pose.yaw_deg) + abs(face.pose.pitch_deg), view))
            index += 1
    finally:
        capture.release()
    looks.sort(key=lambda look: look[0])
    frontal = [view for _, view in looks if abs(view.pose.yaw_deg) <= _FRONTAL_DEG] or [view for _, view in looks]
    return tuple(frontal[:wanted])


def _portrait(reader: FaceReader, path: Path, spoiling: Spoiling) -> Portrait | None:
    image = cv2.imread(str(path))
    if image is None:
        return None
    picture = np.asarray(image, np.uint8)
    faces = reader.faces_on_document(picture)
    if faces:
        picture = spoilt(picture, faces[0], spoiling)
    return Portrait(picture, faces[0].width_px if faces else 0.0)


def spoilt(picture: Pixels, face: FaceSeen, spoiling: Spoiling) -> Pixels:
    """Return a portrait as a bad card or a bad photograph of it would show it. The same picture is always spoilt in the same way."""
    if spoiling.glare:
        picture = _with_glare(picture, face)
    if spoiling.halftone:
        picture = _halftoned(picture, _PRINTED_WIDTH_PX / face.width_px)
    if spoiling.width is not None and face.width_px > spoiling.width:
        picture = _pale(picture, spoiling.width / face.width_px)
    if spoiling.gray:
        picture = np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
    return picture


def _with_glare(picture: Pixels, face: FaceSeen) -> Pixels:
    """Burn out an ellipse over one cheek up to the eye, soft at its edge: a fifth of the face."""
    x0, y0, x1, y1 = face.box
    centre = (round(x0 + 0.3 * (x1 - x0)), round(y0 + 0.5 * (y1 - y0)))
    spot = np.zeros(picture.shape[:2], np.float32)
    cv2.ellipse(spot, centre, (round(0.2 * (x1 - x0)), round(0.28 * (y1 - y0))), 20.0, 0.0, 360.0, 1.0, -1)
    light = cv2.GaussianBlur(spot, (0, 0), max(0.04 * (x1 - x0), 0.5))[..., None]
    return np.asarray(picture * (1.0 - light) + 255.0 * light, np.uint8)


def _halftoned(picture: Pixels, scale: float) -> Pixels:
    """Print at `scale` times the size and photograph the print at the size the picture had."""
    height, width = picture.shape[:2]
    ink = reprinted(np.asarray(cv2.resize(picture, None, fx=scale, fy=scale), np.uint8), random.Random(1))  # noqa: S311 - repeatable
    return np.asarray(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _pale(picture: Pixels, scale: float) -> Pixels:
    chance = np.random.Generator(np.random.PCG64(1))
    small = cv2.GaussianBlur(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (0, 0), 0.8)
    faded = (small.astype(np.float64) - 128.0) * 0.8 + 128.0 + chance.normal(0.0, 4.0, small.shape)
    encoded = cv2.imencode(".jpg", np.clip(faded, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def _say(figures: ClipFigures) -> None:
    print(f"{figures.pairs} pairs of portrait and clip, {figures.compare_ms_p50:.0f} ms a comparison")
    for kind, counts in figures.bands.items():
        listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        low, high = figures.lowest.get(kind, float("nan")), figures.highest.get(kind, float("nan"))
        print(f"  {kind}: {listed}; ln ratio {low:.2f} to {high:.2f}")


if __name__ == "__main__":
    sys.exit(main())
