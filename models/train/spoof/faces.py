"""The photographs everything is drawn from: one folder a person, read once, cleaned, kept as one array in the build folder.

    python -m models.train.spoof.faces FACES_FOLDER OUT_STEM

Writes OUT_STEM.npy (n, 250, 250, 3), OUT_STEM.box.npy (n, 4) and OUT_STEM.part.npy (n,).
Finding the faces takes the model pack. People are split by a digest of their name, so that the split is the same everywhere: four in
ten are never trained on, a quarter of those judge the training, the rest are for `app.py measure red-team`.
"""

import hashlib
import sys
from enum import IntEnum
from pathlib import Path

import cv2
import numpy as np

from kiosk.frame import Pixels
from models.build import DEFAULT_FOLDER
from models.catalogue import open_catalogue
from models.face_reader import FaceReader

SIDE_PX = 250
_SMALLEST_FACE_PX = 50.0
_REDUCED = 5


class Part(IntEnum):
    TRAINING = 0
    VALIDATION = 1
    RED_TEAM = 2


def part_of(person: str) -> Part:
    """Return which part a person belongs to, by name alone."""
    tenth = hashlib.sha256(person.encode()).digest()[0] % 10
    return Part.TRAINING if tenth < 6 else Part.VALIDATION if tenth < 7 else Part.RED_TEAM


def cleaned(photo: Pixels) -> Pixels:
    """Fill the black wedges that a straightened photograph has at its edges: no camera draws them, and they would tell who is a person."""
    dark = (photo.max(2) < 6).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    wedge = np.zeros(dark.shape, np.uint8)
    for part in range(1, count):
        x, y, width, height, area = stats[part]
        at_edge = x == 0 or y == 0 or x + width == dark.shape[1] or y + height == dark.shape[0]
        if at_edge and area > 60:
            wedge[parts == part] = 255
    if not wedge.any():
        return photo
    wedge = cv2.dilate(wedge, np.ones((5, 5), np.uint8))
    size = (photo.shape[1] // _REDUCED, photo.shape[0] // _REDUCED)
    small = cv2.resize(photo, size, interpolation=cv2.INTER_NEAREST)
    hole = cv2.resize(wedge, size, interpolation=cv2.INTER_AREA)
    filled = cv2.inpaint(small, (hole > 0).astype(np.uint8), 3, cv2.INPAINT_TELEA)
    large = cv2.resize(filled, (photo.shape[1], photo.shape[0]), interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(wedge, (0, 0), 1.5)[..., None].astype(np.float32) / 255
    return np.asarray(photo * (1 - soft) + large * soft, np.uint8)


def main(arguments: list[str]) -> int:
    folder, stem = Path(arguments[0]), arguments[1]
    cv2.setNumThreads(1)
    reader = FaceReader(open_catalogue(DEFAULT_FOLDER))
    photos, boxes, parts = [], [], []
    for file in sorted(folder.glob("*/*.jpg")):
        photo = cv2.imread(str(file))
        if photo is None or photo.shape != (SIDE_PX, SIDE_PX, 3):
            continue
        faces = reader.faces_in(np.asarray(photo, np.uint8), _SMALLEST_FACE_PX)
        if faces:
            photos.append(cleaned(np.asarray(photo, np.uint8)))
            boxes.append(max(faces, key=lambda face: face.width_px).box)
            parts.append(part_of(file.parent.name))
    Path(stem).parent.mkdir(parents=True, exist_ok=True)
    np.save(f"{stem}.npy", np.stack(photos))
    np.save(f"{stem}.box.npy", np.array(boxes, np.float32))
    np.save(f"{stem}.part.npy", np.array(parts, np.uint8))
    print(f"{len(photos)} photographs, of which {int(np.sum(np.array(parts) == Part.TRAINING))} to train on")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
