"""Does a turning picture give itself away? `app.py measure liveness-solid FACES [--people N] [--json FILE]`.

FACES: a folder of people, each a folder of pictures (LFW). One picture of each is printed flat and bent, turned to both sides in front of a
pinhole camera with noise, blur and JPEG, and watched with the station's own eyes. What the clips of a labels file give is in the tables of
`app.py measure liveness` (the cues `picture-motion` and `relief`).
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.arguments import new_file
from kiosk.assembly.sight import ModelSight
from kiosk.frame import Frame, Pixels
from kiosk.liveness.cues import Gathered, conclude, gather
from kiosk.liveness.solid import PICTURE_MOTION, ROWS
from kiosk.measure.liveness_clips import PACK
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance, ns
from models.catalogue import open_catalogue

FRAME = (640, 480)
FOCAL_PX = 600.0
DISTANCE = 1.25
"""Of the print from the camera, in its own widths."""
BENDS = (None, 0.7, 0.45, 0.3)
"""Radius of the curve in widths of the print; None is flat."""
TO_DEG = 44.0
RATE = 15
FROM = Provenance(Capture.SIMULATION, "a print")


@dataclass(frozen=True, slots=True)
class Row:
    """turned: whether the mesh ever read a turn; refused: the cue weighs as an attack alone; told: it said anything."""

    radius: float | None
    prints: int
    turned: int
    told: int
    refused: int
    explained_least: float | None


def photographed(photo: Pixels, yaw_deg: float, pitch_deg: float, radius: float | None, wall: Pixels) -> Pixels:
    """Return a print, one unit wide and bent about its upright axis, turned in front of the camera."""
    a, b = np.radians([yaw_deg, pitch_deg])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    turned = about_y @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    eye, rays = np.array([0.0, 0.0, -DISTANCE]) @ turned, _rays() @ turned
    if radius is None:
        far = -eye[2] / rays[..., 2]
        across, down, seen = eye[0] + far * rays[..., 0], eye[1] + far * rays[..., 1], far > 0
    else:
        x, z = eye[0], eye[2] - radius
        square = rays[..., 0] ** 2 + rays[..., 2] ** 2
        half = x * rays[..., 0] + z * rays[..., 2]
        under = half**2 - square * (x * x + z * z - radius * radius)
        far = (-half - np.sqrt(np.maximum(under, 0.0))) / square
        across = radius * np.arctan2(eye[0] + far * rays[..., 0], radius - (eye[2] + far * rays[..., 2]))
        down, seen = eye[1] + far * rays[..., 1], under > 0
    inside = seen & (np.abs(across) < 0.5) & (np.abs(down) < 0.5)
    where_x = np.where(inside, (across + 0.5) * photo.shape[1], -9).astype(np.float32)
    where_y = np.where(inside, (down + 0.5) * photo.shape[0], -9).astype(np.float32)
    return np.where(inside[..., None], cv2.remap(photo, where_x, where_y, cv2.INTER_LINEAR), wall).astype(np.uint8)


def _rays() -> NDArray[np.float64]:
    y, x = np.mgrid[0 : FRAME[1], 0 : FRAME[0]].astype(np.float64)
    return np.stack([(x - FRAME[0] / 2) / FOCAL_PX, (y - FRAME[1] / 2) / FOCAL_PX, np.ones_like(x)], axis=-1)


def film(photo: Pixels, radius: float | None, seed: int) -> Iterator[Pixels]:
    """Yield the frames of one print that turns to one side and to the other, as a hand turns it."""
    source = np.random.default_rng(seed)
    wall = np.full((FRAME[1], FRAME[0], 3), source.integers(60, 200, 3), np.uint8)
    for yaw in (*np.zeros(3), *np.linspace(0, TO_DEG, 22), *np.linspace(TO_DEG, 0, 10), *np.linspace(0, -TO_DEG, 22)):
        frame = photographed(photo, float(yaw), float(source.normal(0, 1)), radius, wall)
        blurred = cv2.GaussianBlur(frame, (3 if seed % 2 else 5, 3), 0.7)
        noisy = np.clip(blurred + source.normal(0, 3, (*blurred.shape[:2], 1)), 0, 255).astype(np.uint8)
        coded = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 70])[1]
        yield np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def judged(frames: Iterator[Pixels], sight: ModelSight) -> tuple[float, Gathered | None, float | None]:
    """Return the largest yaw the mesh read, what was gathered of the picture's motion, and the weight of that cue."""
    sight.forget()
    gathered: tuple[Gathered, ...] = ()
    yaw = 0.0
    for number, pixels in enumerate(frames):
        seen = sight.faces(Frame(pixels, number, ns(1 + number / RATE), FROM))
        gathered = gather(gathered, [sign for sign in seen.signs if sign.name == PICTURE_MOTION])
        yaw = max(yaw, abs(seen.faces[0].pose.yaw_deg)) if seen.faces else yaw
    cues = conclude(gathered, ROWS)
    return yaw, gathered[0] if cues else None, cues[0].weight if cues else None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure liveness-solid", description=__doc__)
    parser.add_argument("faces", type=Path, help="a folder with a folder of photographs for each person")
    parser.add_argument("--people", type=int, default=12, help="prints of so many people (12)")
    parser.add_argument("--json", type=new_file, help="write the figures here as well")
    options = parser.parse_args(arguments)
    catalogue = open_catalogue(PACK)
    sight = ModelSight(lambda: catalogue, BRANCH)
    folders = sorted(one for one in options.faces.iterdir() if one.is_dir())
    people = folders[3 :: max(len(folders) // options.people, 1)][: options.people]
    rows = []
    for radius in BENDS:
        found = []
        for seed, folder in enumerate(people):
            print(f"\rradius {radius}, {seed + 1} of {len(people)}", end="", file=sys.stderr, flush=True)
            photo = cv2.resize(np.asarray(cv2.imread(str(sorted(folder.iterdir())[0])), np.uint8), (750, 750))[60:690, 60:690]
            found.append(judged(film(np.asarray(photo, np.uint8), radius, seed), sight))
        told = [weight for _, _, weight in found if weight is not None]
        least = min((one.quantile(0.5) for _, one, _ in found if one is not None), default=None)
        turned = sum(yaw >= BRANCH.liveness.turn_yaw_deg for yaw, _, _ in found)
        refused = sum(weight <= BRANCH.liveness.cue_attack_at_most for weight in told)
        rows.append(Row(radius, len(found), turned, len(told), refused, None if least is None else round(least, 2)))
    print(file=sys.stderr)
    print("| radius | prints | read as turned | told | refused by it alone | least explained |\n|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row.radius or 'flat'} | {row.prints} | {row.turned} | {row.told} | {row.refused} | {row.explained_least} |")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
