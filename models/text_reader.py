"""Find and read printed text: PP-OCR's detector and line recogniser, with our own steps around them.

Detector: a map of how likely each pixel lies inside a text line's shrunken core (Liao et al. 2020, differentiable binarisation);
each connected core is boxed and grown back. Recogniser: class scores along the line, decoded by CTC (Graves et al. 2006).
Time goes with the pixels shown to the networks: ask for no more than the print needs (see `detect`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.faults import ModelRefused
from kiosk.frame import Pixels
from models.catalogue import Catalogue
from models.manifest import CHARACTERS_KEY

_CORE_AT_LEAST = 0.3
_BOX_SCORE_AT_LEAST = 0.5
_GROW_RATIO = 1.6
"""PP-OCR's settings for this detector."""
_SMALLEST_CORE_PX = 3
_GRID_PX = 32
"""The detector's map is made of halvings: both sides must be multiples of this."""
_MOST_BOXES = 1000
_TALLER_IS_UPRIGHT = 1.5
"""A crop this much taller than wide is taken for a line written upwards or downwards, as PP-OCR does."""
_NARROWEST_PX, _WIDEST_PX = 32, 2400
_BATCH_PX = 1600
"""Width of all lines of one batch together: more gains nothing on one core and costs memory."""
_WIDTH_STEP_PX = 32


@dataclass(frozen=True, slots=True, eq=False)
class TextBox:
    """quad: (4, 2) float32 pixels, clockwise from the line's upper left; score: mean of the detector's map inside, 0..1."""

    quad: NDArray[np.float32]
    score: float

    @property
    def width_px(self) -> float:
        return float(np.linalg.norm(self.quad[1] - self.quad[0]))

    @property
    def height_px(self) -> float:
        return float(np.linalg.norm(self.quad[3] - self.quad[0]))


@dataclass(frozen=True, slots=True, eq=False)
class TextLine:
    """text: as read, empty if nothing was; confidence: mean probability of its characters, 0..1 (0 if empty);
    log_probs: (steps, classes) float32 natural logarithms, class order as `TextReader.characters`, class 0 is CTC's blank;
    steps: for each character of `text` the step it was read at; starts_at and ends_at of a step, as a share of the crop's
    width, are step / len(log_probs) and (step + 1) / len(log_probs) of `used_share`, the part of the input that is not padding.
    """

    text: str
    confidence: float
    log_probs: NDArray[np.float32]
    steps: tuple[int, ...]
    used_share: float


class TextReader:
    def __init__(self, catalogue: Catalogue) -> None:
        self._detector = catalogue.session("text_detector")
        self._recogniser = catalogue.session("text_recogniser")
        self._line_height = self._recogniser.entry.inputs[0].shape[2]
        listed = self._recogniser.notes.get(CHARACTERS_KEY, "").split("\n")
        if len(listed) != self._recogniser.entry.outputs[0].shape[2]:
            raise ModelRefused(f"{self._recogniser.entry.file} has {len(listed)} characters, not one for each class")
        self.characters: tuple[str, ...] = tuple(listed)
        """One per class; the first, empty one is CTC's blank."""

    def detect(self, image: Pixels, max_side_px: int = 960) -> tuple[TextBox, ...]:
        """Return the text lines' boxes, from top to bottom, in the picture's own pixels.

        max_side_px: the longer side is shrunk to this before looking; never enlarged. A line is found if its capitals are then
        at least about 8 pixels high. Time grows with the area.
        """
        height, width = image.shape[:2]
        shrink = min(1.0, max_side_px / max(height, width))
        seen_width, seen_height = (max(round(side * shrink / _GRID_PX), 1) * _GRID_PX for side in (width, height))
        method = cv2.INTER_AREA if shrink < 1.0 else cv2.INTER_LINEAR
        seen = cv2.resize(image, (seen_width, seen_height), interpolation=method)
        (scores,) = self._detector.run(_normalised(np.asarray(seen, np.uint8))[None])
        scale = np.array([width / seen_width, height / seen_height])
        return _boxes(scores[0, 0], scale)

    def recognise(self, crops: Sequence[Pixels]) -> tuple[TextLine, ...]:
        """Return what stands in each crop, in the crops' order. A crop is one upright line, BGR; see `crop_line`."""
        lines: list[TextLine | None] = [None] * len(crops)
        widths = [self._shown_width(crop) for crop in crops]
        for batch in _batches(widths):
            for i, line in zip(batch, self._recognise_batch([crops[i] for i in batch], batch, widths), strict=True):
                lines[i] = line
        return tuple(line for line in lines if line is not None)

    def read(self, image: Pixels, max_side_px: int = 960) -> tuple[tuple[TextBox, TextLine], ...]:
        """Return every line found and what stands in it."""
        boxes = self.detect(image, max_side_px)
        return tuple(zip(boxes, self.recognise([crop_line(image, box.quad) for box in boxes]), strict=True))

    def _shown_width(self, crop: Pixels) -> int:
        height, width = crop.shape[:2]
        shown = round(width * self._line_height / max(height, 1))
        return int(min(max(shown, _NARROWEST_PX), _WIDEST_PX))

    def _recognise_batch(self, crops: list[Pixels], batch: list[int], widths: list[int]) -> list[TextLine]:
        widest = -(-max(widths[i] for i in batch) // _WIDTH_STEP_PX) * _WIDTH_STEP_PX
        shown = np.zeros((len(crops), 3, self._line_height, widest), np.float32)
        for row, (crop, i) in enumerate(zip(crops, batch, strict=True)):
            method = cv2.INTER_AREA if crop.shape[0] > self._line_height else cv2.INTER_LINEAR
            resized = cv2.resize(crop, (widths[i], self._line_height), interpolation=method)
            shown[row, :, :, : widths[i]] = _normalised(np.asarray(resized, np.uint8))
        (scores,) = self._recogniser.run(shown)
        return [self._decoded(scores[row], widths[i] / widest) for row, i in enumerate(batch)]

    def _decoded(self, probabilities: NDArray[np.float32], used_share: float) -> TextLine:
        """Read greedily: the best class per step, repeats and blanks taken out."""
        best = probabilities.argmax(axis=1)
        is_new = np.concatenate([[True], best[1:] != best[:-1]]) & (best != 0)
        steps = np.flatnonzero(is_new)
        text = "".join(self.characters[best[step]] for step in steps)
        confidence = float(probabilities[steps, best[steps]].mean()) if len(steps) else 0.0
        log_probs = np.log(np.maximum(probabilities, 1e-12))
        return TextLine(text, confidence, log_probs, tuple(steps.tolist()), used_share)


def crop_line(image: Pixels, quad: NDArray[np.float32]) -> Pixels:
    """Return the line inside a quad, level, at its own size; a line written upwards or downwards is laid level."""
    corners = np.ascontiguousarray(quad, np.float32)
    width = max(round(max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]))), 1)
    height = max(round(max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1]))), 1)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    crop = cv2.warpPerspective(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    is_upright = height >= _TALLER_IS_UPRIGHT * width
    return np.ascontiguousarray(np.rot90(crop) if is_upright else crop, np.uint8)


def _normalised(image: Pixels) -> NDArray[np.float32]:
    """Return (3, height, width), -1..1, in the picture's own channel order (BGR), as PP-OCR was trained."""
    return np.ascontiguousarray(image.transpose(2, 0, 1), np.float32) * np.float32(1 / 127.5) - np.float32(1.0)


def _boxes(scores: NDArray[np.float32], scale: NDArray[np.float64]) -> tuple[TextBox, ...]:
    """Return the boxes in a map of text likelihood, grown back to the lines' size. scale: picture pixels per map pixel."""
    core = cv2.dilate((scores > _CORE_AT_LEAST).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(core, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for contour in contours[:_MOST_BOXES]:
        centre, size, angle = cv2.minAreaRect(contour)
        if min(size) < _SMALLEST_CORE_PX:
            continue
        score = _mean_inside(scores, np.asarray(cv2.boxPoints((centre, size, angle)), np.float32))
        if score < _BOX_SCORE_AT_LEAST:
            continue
        # The core was shrunk by area over perimeter times a ratio; growing by the same takes it back (Liao et al., eq. 10).
        grow = 2.0 * size[0] * size[1] * _GROW_RATIO / (2.0 * (size[0] + size[1]))
        quad = cv2.boxPoints((centre, (size[0] + grow, size[1] + grow), angle))
        limits = np.array([scores.shape[1], scores.shape[0]])
        quad = _clockwise(np.clip(quad, 0, limits) * scale)
        boxes.append(TextBox(quad.astype(np.float32), score))
    return tuple(sorted(boxes, key=lambda box: (float(box.quad[:, 1].mean()), float(box.quad[:, 0].mean()))))


def _mean_inside(scores: NDArray[np.float32], quad: NDArray[np.float32]) -> float:
    height, width = scores.shape
    x0, y0 = np.clip(np.floor(quad.min(axis=0)).astype(int), 0, [width - 1, height - 1]).tolist()
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)).astype(int), 0, [width - 1, height - 1]).tolist()
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    cv2.fillPoly(mask, [(quad - [x0, y0]).astype(np.int32)], [1])
    return float(cv2.mean(scores[y0 : y1 + 1, x0 : x1 + 1], mask)[0])


def _clockwise(quad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners from the upper left: of the two leftmost the upper one first, then clockwise."""
    by_x = quad[np.argsort(quad[:, 0], kind="stable")]
    left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    return np.array([left[0], right[0], right[1], left[1]])


def _batches(widths: Sequence[int]) -> list[list[int]]:
    """Return indices in groups of like width, so that little padding is computed."""
    groups: list[list[int]] = []
    for i in sorted(range(len(widths)), key=widths.__getitem__):
        group = groups[-1] if groups else []
        if group and widths[i] * (len(group) + 1) <= _BATCH_PX and widths[i] <= 1.25 * widths[group[0]]:
            group.append(i)
        else:
            groups.append([i])
    return groups
