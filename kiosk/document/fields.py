"""Reads the printed zone of a flattened page, as much of it as comparing with the MRZ needs."""

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.document.engines import PrintedText, TextBoxLike
from kiosk.document.kind import Kind
from kiosk.document.printed import PrintedLine
from kiosk.frame import Pixels
from kiosk.imaging.geometry import rectangle

LOOKING_SIDE = 640
"""Longer side at which lines are looked for, pixels: values of a TD1 card (1.5 mm capitals) are then 11 px high."""
AT_ONCE = 6
MOST_LINES = 40
MOST_PLACED = 14
"""Lines in the places of values that are read at once: a kind has at most twelve of them."""
HEADING_SHARE = 0.2
"""Share of the page's height in which long lines are headings."""
LONG = 9.0
"""Width over height from which a line is long: longer than names, numbers and dates."""
Settled = Callable[[tuple[PrintedLine, ...]], bool]


def read_printed(
    page: Pixels, text: PrintedText, avoid: NDArray[np.float32] | None, settled: Settled, kind: Kind | None = None
) -> tuple[PrintedLine, ...]:
    """Return printed lines of an upright page, in reading order.

    avoid: (4, 2) corners of the MRZ on the page, which is not read again; settled: asked after every few lines whether what was
    read is enough, since reading costs most of the time. Likely values come first, labels and headings last; before all, where `kind`
    is given, what stands where such documents have their values.
    """
    boxes = [box for box in text.detect(page, LOOKING_SIDE) if not _inside(box.quad, avoid)]
    lines: list[PrintedLine] = []
    placed = [] if kind is None else [box for box in boxes if _in_a_place(box.quad, kind, page)][:MOST_PLACED]
    if placed:
        lines += recognised(page, placed, text)
        if settled(tuple(lines)):
            return in_reading_order(lines)
    for group in _groups([box for box in boxes if not any(box is other for other in placed)], HEADING_SHARE * page.shape[0]):
        lines += recognised(page, group, text)
        if settled(tuple(lines)):
            break
    return in_reading_order(lines)


def _in_a_place(quad: NDArray[np.float32], kind: Kind, page: Pixels) -> bool:
    x, y = (quad.min(0) + quad.max(0)) / 2 * (kind.width_mm / page.shape[1], kind.height_mm / page.shape[0])
    return any(place.left_mm <= x <= place.right_mm and place.top_mm <= y <= place.bottom_mm for place in kind.places)


def recognised(page: Pixels, boxes: Sequence[TextBoxLike], text: PrintedText) -> list[PrintedLine]:
    """Return what stands in the boxes, without those in which nothing was read."""
    readings = text.recognise([_crop(page, box.quad) for box in boxes])
    pairs = zip(boxes, readings, strict=True)
    return [PrintedLine(reading.text.strip(), reading.confidence, box.quad) for box, reading in pairs if reading.text.strip()]


def in_reading_order(lines: Sequence[PrintedLine]) -> tuple[PrintedLine, ...]:
    return tuple(sorted(lines, key=lambda line: (round(float(line.quad[:, 1].mean()) / 12), float(line.quad[:, 0].min()))))


def _groups(boxes: Sequence[TextBoxLike], heading_px: float) -> Iterator[list[TextBoxLike]]:
    if not boxes:
        return
    heights = [_size(box.quad)[1] for box in boxes]
    usual = float(np.median(heights))

    def unlikely(box: TextBoxLike) -> float:
        """Values are set a little larger than labels, are 4 to 16 times as wide as high, and are no headings."""
        wide, high = _size(box.quad)
        shape = wide / max(high, 1.0)
        return float(abs(np.log(high / (1.15 * usual)))) + (0.0 if 2.5 < shape < 11 else 0.8) + (2.0 if shape < 1.5 else 0.0)

    order = sorted(boxes, key=unlikely)[:MOST_LINES]
    yield order[:AT_ONCE]
    rest = order[AT_ONCE:]
    paired = _long_lines_with_labels([box for box in rest if float(box.quad[:, 1].mean()) > heading_px])
    if paired:
        yield paired
    rest = [box for box in rest if not any(box is other for other in paired)]
    for start in range(0, len(rest), AT_ONCE):
        yield rest[start : start + AT_ONCE]


def _long_lines_with_labels(unread: Sequence[TextBoxLike]) -> list[TextBoxLike]:
    """Return unread long lines, such as addresses are, each after the smaller line close above it, which may be its label."""
    chosen: list[TextBoxLike] = []
    for value in unread:
        wide, high = _size(value.quad)
        if wide < LONG * high:
            continue
        label = [box for box in unread if box is not value and _stands_above(box.quad, value.quad)]
        chosen += [box for box in (*label[:1], value) if not any(box is other for other in chosen)]
    return chosen[:AT_ONCE]


def _stands_above(label: NDArray[np.float32], value: NDArray[np.float32]) -> bool:
    high = _size(value)[1]
    gap = float(value[:, 1].min() - label[:, 1].max())
    aligned = abs(float(value[:, 0].min() - label[:, 0].min())) < 1.5 * high
    return aligned and -0.5 * high < gap < high and _size(label)[1] < 0.9 * high


def _size(quad: NDArray[np.float32]) -> tuple[float, float]:
    return float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[3] - quad[0]))


def _inside(quad: NDArray[np.float32], avoid: NDArray[np.float32] | None) -> bool:
    if avoid is None:
        return False
    x, y = quad.mean(0)
    low, high = avoid.min(0), avoid.max(0)
    room = 0.15 * (high[1] - low[1])
    return bool(low[1] - room < y < high[1] + room and low[0] - room < x < high[0] + room)


def _crop(page: Pixels, quad: NDArray[np.float32]) -> Pixels:
    wide, high = (max(4, round(length)) for length in _size(quad))
    matrix = cv2.getPerspectiveTransform(np.ascontiguousarray(quad, np.float32), rectangle(wide, high))
    crop = cv2.warpPerspective(page, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(crop) if high >= 1.5 * wide else crop, np.uint8).copy()
