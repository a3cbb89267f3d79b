"""Draws scenes, cuts them as the network will see them, and asks the teacher about each.

    python -m models.train.spoof.pool FACES_STEM TEACHERS_FOLDER OUT_STEM COUNT SEED [PART]

TEACHERS_FOLDER holds v2.onnx and v1se.onnx (models/convert_minifasnet.py on MiniFASNet's two state dictionaries). Writes OUT_STEM.npy
(COUNT, 2, 80, 80, 3), OUT_STEM.kind.npy, OUT_STEM.taught.npy (COUNT, 3) and OUT_STEM.count, which grows while this runs. Two scenes in
five are people.
"""

import sys
from pathlib import Path
from typing import Any, assert_never

import cv2
import numpy as np
import onnxruntime as _untyped_onnxruntime
from numpy.typing import NDArray

from kiosk.frame import Pixels
from kiosk.imaging.crop import around_face
from models.train.spoof.faces import Part
from models.train.spoof.simulate import Box, Kind, Scene, person, printed, replayed

onnxruntime: Any = _untyped_onnxruntime

CROP_PX = 80
AROUND_TIMES, CLOSE_TIMES = 2.7, 1.15
_TEACHER_TIMES = (2.7, 4.0)
_SHARES = {Kind.PRINT: 0.3, Kind.PERSON: 0.4, Kind.SCREEN: 0.3}


class Teacher:
    """The mean of MiniFASNet V2's and V1SE's answers, as its makers use them."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._networks = [onnxruntime.InferenceSession(str(folder / name), options) for name in ("v2.onnx", "v1se.onnx")]

    def __call__(self, scene: Pixels, box: Box) -> NDArray[np.float32]:
        chances = []
        for network, times in zip(self._networks, _TEACHER_TIMES, strict=True):
            crop = around_face(scene, box, times, CROP_PX, smooth=False)
            chances.append(network.run(None, {"bgr": crop.transpose(2, 0, 1)[None].astype(np.float32)})[0][0])
        return np.asarray(np.mean(chances, axis=0), np.float32)


def main(arguments: list[str]) -> int:
    faces, teachers, stem, count, seed = arguments[0], Path(arguments[1]), arguments[2], int(arguments[3]), int(arguments[4])
    part = Part[arguments[5].upper()] if len(arguments) > 5 else Part.TRAINING
    cv2.setNumThreads(1)
    teacher = Teacher(teachers)
    photos, boxes = np.load(f"{faces}.npy", mmap_mode="r"), np.load(f"{faces}.box.npy")
    chosen = np.flatnonzero(np.load(f"{faces}.part.npy") == part)
    crops = np.lib.format.open_memmap(f"{stem}.npy", "w+", np.uint8, (count, 2, CROP_PX, CROP_PX, 3))
    kinds = np.lib.format.open_memmap(f"{stem}.kind.npy", "w+", np.uint8, (count,))
    taught = np.lib.format.open_memmap(f"{stem}.taught.npy", "w+", np.float32, (count, 3))
    rng = np.random.default_rng(seed)
    for number in range(count):
        kind = Kind(int(rng.choice(len(_SHARES), p=[_SHARES[kind] for kind in Kind])))
        one, other = rng.choice(chosen, 2)
        photo, box, behind = np.array(photos[one]), _box(boxes[one]), np.array(photos[other])
        scene = _drawn(kind, photo, box, behind, rng)
        seen = _box(np.array(scene.box) + rng.normal(0, 0.03 * (scene.box[2] - scene.box[0]), 4))
        crops[number, 0] = around_face(scene.pixels, seen, AROUND_TIMES * rng.uniform(0.85, 1.1), CROP_PX)
        crops[number, 1] = around_face(scene.pixels, seen, CLOSE_TIMES * rng.uniform(0.9, 1.1), CROP_PX)
        kinds[number], taught[number] = kind, teacher(scene.pixels, seen)
        if number % 100 == 99 or number == count - 1:
            Path(f"{stem}.count").write_text(str(number + 1))
    return 0


def _drawn(kind: Kind, photo: Pixels, box: Box, behind: Pixels, rng: np.random.Generator) -> Scene:
    match kind:
        case Kind.PERSON:
            return person(photo, box, rng)
        case Kind.PRINT:
            return printed(photo, box, behind, rng)
        case Kind.SCREEN:
            return replayed(photo, box, behind, rng)
        case _:
            assert_never(kind)


def _box(values: NDArray[Any]) -> Box:
    x0, y0, x1, y1 = (float(value) for value in values)
    return (x0, y0, x1, y1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
