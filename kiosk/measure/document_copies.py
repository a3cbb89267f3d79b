"""Disturbed copies of labelled document pictures: how the MRZ reader does on pictures it was not tuned on.

    python app.py measure documents-disturbed LABELS.json [--copies keystone-a,blur] [--json FILE]

    python app.py measure documents-disturbed LABELS.json --copies thumbnail,far-12mp,both-pages,photocopy,shadow,streak,all-at-once

Each copy is made the same way in every run; the second command's are several disturbances at once. A copy of a small picture may be
illegible to anybody; the figures are for comparing methods and for finding what breaks, not for promising anything. A *wrong fit* is a
reading that fits all its check digits and its states and is not what stands there; *wrong sure* is one that is also surer than the
policy asks.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.arguments import new_file
from kiosk.camera.picture import decode_picture
from kiosk.document.engines import Engines
from kiosk.document.mrz_confidence import confidence_of
from kiosk.document.mrz_doubt import settled_doubts
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.mrz_search import search_mrz
from kiosk.document.mrz_vote import is_sure
from kiosk.faults import PictureUnreadable
from kiosk.frame import Pixels
from kiosk.imaging.geometry import gray_of
from kiosk.measure.document_cases import short_name, true_lines
from kiosk.measure.document_engines import PACK, load_engines
from kiosk.measure.document_hard_copies import HARD_COPIES
from kiosk.policy import BRANCH

Copy = Callable[[Pixels, np.random.Generator], Pixels]


def _warped(picture: Pixels, corners: NDArray[np.float64], ground: int = 96) -> Pixels:
    """Return the picture with its corners at these shares of a canvas a quarter larger than itself."""
    high, wide = picture.shape[:2]
    canvas = (round(wide * 1.25), round(high * 1.25))
    source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    target = (corners * np.array(canvas)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    return np.asarray(cv2.warpPerspective(picture, matrix, canvas, borderValue=(ground, ground, ground)), np.uint8)


def _shown(values: NDArray[np.floating]) -> Pixels:
    return np.asarray(np.clip(values, 0, 255), np.uint8)


_SQUARE = np.array([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]])


def _keystone(shifts: Sequence[tuple[float, float]]) -> Copy:
    return lambda picture, rng: _warped(picture, _SQUARE + np.array(shifts))


def _any_keystone(picture: Pixels, rng: np.random.Generator) -> Pixels:
    return _warped(picture, _SQUARE + rng.uniform(-0.075, 0.075, (4, 2)))


def _turned(degrees: float) -> Copy:
    def copy(picture: Pixels, rng: np.random.Generator) -> Pixels:
        high, wide = picture.shape[:2]
        matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
        reach = np.abs(matrix[:, :2]) @ np.array([wide, high])
        matrix[:, 2] += reach / 2 - np.array([wide, high]) / 2
        size = (int(reach[0]), int(reach[1]))
        return np.asarray(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderValue=(96, 96, 96)), np.uint8)

    return copy


def _far(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """A quarter of the picture's area, on a dark ground."""
    high, wide = picture.shape[:2]
    ground = np.full((2 * high, 2 * wide, 3), 40, np.uint8)
    ground[high // 3 : high // 3 + high, wide // 2 : wide // 2 + wide] = picture
    return ground


def _scaled(factor: float) -> Copy:
    return lambda picture, rng: np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _blurred(picture: Pixels, rng: np.random.Generator) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.0011 * max(picture.shape[:2])), np.uint8)


def _shaken(picture: Pixels, rng: np.random.Generator) -> Pixels:
    reach = max(2, round(0.0035 * max(picture.shape[:2])))
    kernel = np.zeros((reach, reach), np.float32)
    cv2.line(kernel, (0, int(rng.integers(reach))), (reach - 1, int(rng.integers(reach))), 1.0)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.uint8)


def _pressed(picture: Pixels, rng: np.random.Generator) -> Pixels:
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 22])
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(decoded, np.uint8)


def _glare(picture: Pixels, rng: np.random.Generator) -> Pixels:
    high, wide = picture.shape[:2]
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0:high, 0:wide])
    light = np.zeros((high, wide), np.float32)
    for _ in range(3):
        at, reach = rng.uniform(0, 1, 2) * (wide, high), rng.uniform(0.05, 0.2) * wide
        light += rng.uniform(60, 130) * np.exp(-(((x - at[0]) / reach) ** 2 + ((y - at[1]) / (0.6 * reach)) ** 2))
    return _shown(picture + light[..., None])


def _dim(picture: Pixels, rng: np.random.Generator) -> Pixels:
    noise = rng.normal(0, 5, picture.shape)
    shade = np.linspace(0.2, 0.55, picture.shape[1])[None, :, None]
    return _shown(picture * shade + noise)


def _screen(picture: Pixels, rng: np.random.Generator) -> Pixels:
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]])
    waves = np.cos(2 * np.pi * (0.31 * x + 0.04 * y)) + np.cos(2 * np.pi * (0.011 * x - 0.029 * y))
    return _shown(picture * (1 + 0.06 * waves[..., None]))


def _bent(picture: Pixels, rng: np.random.Generator) -> Pixels:
    high, wide = picture.shape[:2]
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0:high, 0:wide])
    sag = np.float32(0.02 * high) * np.sin(np.pi * x / wide) - np.float32(0.01 * high)
    return np.asarray(cv2.remap(picture, x, y + sag.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


COPIES: Mapping[str, Copy] = MappingProxyType(
    {
        "as-it-is": lambda picture, rng: picture,
        "upside-down": lambda picture, rng: np.ascontiguousarray(picture[::-1, ::-1]),
        "quarter-turn": lambda picture, rng: np.ascontiguousarray(np.rot90(picture)),
        "turned-12": _turned(12),
        "turned-30": _turned(30),
        "turned-215": _turned(215),
        "keystone-a": _keystone([(0.0, 0.08), (-0.05, 0.0), (0.0, 0.0), (0.05, -0.02)]),
        "keystone-b": _keystone([(0.1, 0.0), (-0.1, 0.0), (0.05, 0.0), (-0.05, 0.0)]),
        "keystone-c": _any_keystone,
        "keystone-d": _any_keystone,
        "bent": _bent,
        "far": _far,
        "three-quarters": _scaled(0.75),
        "blurred": _blurred,
        "shaken": _shaken,
        "pressed": _pressed,
        "glare": _glare,
        "dim": _dim,
        "screen": _screen,
    }
)

ALL_COPIES: Mapping[str, Copy] = MappingProxyType({**COPIES, **HARD_COPIES})
_WHICH = f"which, separated by commas; usual: {', '.join(COPIES)}; harder: {', '.join(HARD_COPIES)}"


@dataclass(frozen=True, slots=True)
class CopyCase:
    """One reading: what thresholds are set from. checked, names, rest: see mrz_confidence."""

    file: str
    exact: bool
    fits: bool
    checked: float
    names: float
    rest: float
    is_regular: bool
    misalignment: float
    cost: float


@dataclass(frozen=True, slots=True)
class CopyFigures:
    """Over the pictures whose true lines are labelled, false_reads over the others. seconds: mean processor time per picture."""

    copy: str
    documents: int
    exact: int
    sure: int
    wrong_fits: int
    wrong_sure: int
    unread: int
    false_reads: int
    seconds: float
    missed: tuple[str, ...]
    cases: tuple[CopyCase, ...]


def measure_copy(name: str, labels: Sequence[dict[str, object]], folder: Path, engines: Engines, show: bool) -> CopyFigures:
    exact = accepted = fits = wrong_sure = unread = false = documents = 0
    missed: list[str] = []
    cases: list[CopyCase] = []
    spent: list[float] = []
    for label in labels:
        try:
            picture = decode_picture((folder / str(label["file"])).read_bytes(), BRANCH.document)
        except PictureUnreadable:
            continue
        # The file's name and the copy's seed the dice, so that every run makes the same copy.
        copy = ALL_COPIES[name](picture, np.random.default_rng([*name.encode(), *str(label["file"]).encode()]))
        started = time.process_time()
        reading = search_mrz(gray_of(copy), engines)
        reading = None if reading is None else settled_doubts(reading)
        spent.append(time.process_time() - started)
        true = true_lines(label)
        read = None if reading is None else reading.parsed.lines
        if true is None:
            false += read is not None
            continue
        documents += 1
        if reading is not None:
            cases.append(_case(short_name(label), read == true, reading))
        sure = reading is not None and is_sure(reading, BRANCH.document)
        exact += read == true
        accepted += read == true and sure
        unread += read is None
        if read != true:
            missed.append(short_name(label))
            fits += reading is not None and reading.parsed.all_fit
            wrong_sure += sure
            if show:
                _show(name, missed[-1], true, reading)
    seconds = round(float(np.mean(spent)), 3)
    return CopyFigures(name, documents, exact, accepted, fits, wrong_sure, unread, false, seconds, tuple(missed), tuple(cases))


def _case(file: str, exact: bool, reading: ZoneReading) -> CopyCase:
    sure = confidence_of(reading)
    return CopyCase(
        file=file,
        exact=exact,
        fits=reading.parsed.all_fit,
        checked=round(sure.checked, 4),
        names=round(sure.names, 4),
        rest=round(sure.rest, 4),
        is_regular=sure.is_regular,
        misalignment=round(reading.misalignment, 3),
        cost=round(reading.cost, 4),
    )


def _show(name: str, file: str, true: tuple[str, ...], reading: ZoneReading | None) -> None:
    fits = "" if reading is None else f"fits={reading.parsed.all_fit} least={reading.least_confidence:.2f} cost={reading.cost:.3f}"
    print(f"   {name} {file} {fits}")
    for line in true:
        print("     T", line)
    for line in () if reading is None else reading.parsed.lines:
        print("     R", line)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure documents-disturbed", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument(
        "--copies",
        default=",".join(COPIES),
        help="which, separated by commas; all of them: " + ", ".join(COPIES) + "; or harder ones: " + ", ".join(HARD_COPIES),
    )
    parser.add_argument("--only", nargs="*", default=[], help="only files whose name holds one of these")
    parser.add_argument("--json", type=new_file, help="write the figures there")
    parser.add_argument("--pack", type=Path, default=PACK)
    parser.add_argument("--show", action="store_true", help="print what was missed, line by line (document data)")
    asked = parser.parse_args(arguments)
    unknown = set(asked.copies.split(",")) - set(ALL_COPIES)
    if unknown:
        parser.error(f"no such copy: {', '.join(sorted(unknown))}")
    cv2.setNumThreads(1)
    labels = json.loads(asked.labels.read_text(encoding="utf-8"))
    labels = [label for label in labels if not asked.only or any(part in label["file"] for part in asked.only)]
    engines = load_engines(asked.pack)
    print(f"{'copy':15} exact  sure  wrong fits  wrong sure  unread  false reads  s     missed")
    figures = []
    for name in asked.copies.split(","):
        row = measure_copy(name, labels, asked.labels.parent, engines, asked.show)
        figures.append(row)
        print(
            f"{row.copy:15} {row.exact:3}/{row.documents:2} {row.sure:4}  {row.wrong_fits:10}  {row.wrong_sure:10}  {row.unread:6}"
            f"  {row.false_reads:11}  {row.seconds:.2f}  {' '.join(row.missed)}",
            flush=True,
        )
    whole = sum(row.documents for row in figures)
    print(f"all: {sum(row.exact for row in figures)} of {whole} exact, {sum(row.wrong_sure for row in figures)} wrong and sure")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in figures], indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
