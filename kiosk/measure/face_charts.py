"""The pictures of an evaluation: DET curve, scores, error against discard, and the hardest errors side by side. Drawn with OpenCV alone."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

Scores = NDArray[np.float64]

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 900, 640, 90, 50, 30, 70
_INK, _SOFT, _LINE, _BLUE, _RED = (40, 40, 40), (120, 120, 120), (225, 225, 225), (150, 90, 20), (40, 40, 190)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


class _Chart:
    """Axes on white; x and y are given in the chart's own units."""

    def __init__(self, title: str, x_name: str, y_name: str, x_range: tuple[float, float], y_range: tuple[float, float]) -> None:
        self.canvas: Pixels = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
        self._x, self._y = x_range, y_range
        self._write(title, _LEFT, 30, 0.7)
        self._write(x_name, _LEFT, _HEIGHT - 18, 0.5)
        self._write(y_name, 10, 30 + 16, 0.45)

    def place(self, x: float, y: float) -> tuple[int, int]:
        across = (x - self._x[0]) / (self._x[1] - self._x[0])
        up = (y - self._y[0]) / (self._y[1] - self._y[0])
        return (
            round(_LEFT + across * (_WIDTH - _LEFT - _RIGHT)),
            round(_HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)),
        )

    def ticks(self, across: Iterable[tuple[float, str]], up: Iterable[tuple[float, str]]) -> None:
        for x, words in across:
            column, bottom = self.place(x, self._y[0])
            cv2.line(self.canvas, (column, _TOP), (column, bottom), _LINE, 1)
            self._write(words, column - 18, bottom + 20, 0.45)
        for y, words in up:
            left, row = self.place(self._x[0], y)
            cv2.line(self.canvas, (left, row), (_WIDTH - _RIGHT, row), _LINE, 1)
            self._write(words, left - 62, row + 5, 0.45)

    def curve(self, xs: Scores, ys: Scores, colour: tuple[int, int, int]) -> None:
        points = [self.place(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
        cv2.polylines(self.canvas, [np.array(points, np.int32)], False, colour, 2, cv2.LINE_AA)

    def legend(self, rows: Sequence[tuple[str, tuple[int, int, int]]]) -> None:
        for number, (words, colour) in enumerate(rows):
            row = _TOP + 20 + 22 * number
            cv2.line(self.canvas, (_WIDTH - 260, row - 5), (_WIDTH - 230, row - 5), colour, 2)
            self._write(words, _WIDTH - 220, row, 0.5)

    def _write(self, words: str, x: int, y: int, size: float) -> None:
        cv2.putText(self.canvas, words, (x, y), _FONT, size, _INK, 1, cv2.LINE_AA)

    def keep(self, path: Path) -> None:
        _keep(self.canvas, path)


def det_chart(genuine: Scores, impostor_ascending: Scores, path: Path) -> None:
    """Misses against false matches, both axes by powers of ten."""
    least = -np.log10(max(len(impostor_ascending), 10))
    floor = -np.log10(max(len(genuine), 10))
    chart = _Chart(
        "Detection error trade-off",
        "false match rate",
        "false non-match rate",
        (float(np.floor(least)), 0.0),
        (float(np.floor(floor)), 0.0),
    )
    chart.ticks(*(_powers(int(np.floor(end))) for end in (least, floor)))
    rates = np.logspace(least, 0, 300)
    allowed = np.clip((len(impostor_ascending) * (1 - rates)).astype(int), 0, len(impostor_ascending) - 1)
    misses = np.searchsorted(np.sort(genuine), impostor_ascending[allowed], side="right") / len(genuine)
    chart.curve(np.log10(rates), np.log10(np.maximum(misses, 10.0**floor)), _BLUE)
    chart.keep(path)


def _powers(lowest: int) -> list[tuple[float, str]]:
    return [(float(power), f"1e{power}") for power in range(lowest, 1)]


def score_chart(genuine: Scores, impostor: Scores, path: Path) -> None:
    """How often each log-likelihood ratio comes, for one person and for strangers."""
    low, high = float(min(genuine.min(), impostor.min())), float(max(genuine.max(), impostor.max())) + 1e-6
    chart = _Chart("Scores", "natural log-likelihood ratio", "density", (low, high), (0.0, 1.0))
    chart.ticks([(float(x), f"{x:.0f}") for x in np.linspace(low, high, 9)], [(0.0, "0"), (1.0, "most")])
    edges = np.linspace(low, high, 160)
    for scores, colour in ((genuine, _BLUE), (impostor, _RED)):
        counts, _ = np.histogram(scores, edges)
        chart.curve((edges[:-1] + edges[1:]) / 2, counts / max(int(counts.max()), 1), colour)
    chart.legend([("one person", _BLUE), ("strangers", _RED)])
    chart.keep(path)


def discard_chart(rows: Sequence[dict[str, float]], path: Path) -> None:
    """The miss rate left when the worst pictures are left out."""
    top = max([row["fnmr"] for row in rows] + [1e-3]) * 1.1
    chart = _Chart("Error against discard", "share of pairs left out, worst picture first", "false non-match rate", (0.0, 0.35), (0.0, top))
    chart.ticks([(row["discarded"], f"{row['discarded']:.0%}") for row in rows], [(y, f"{y:.1%}") for y in np.linspace(0, top, 6).tolist()])
    chart.curve(np.array([row["discarded"] for row in rows]), np.array([row["fnmr"] for row in rows]), _BLUE)
    chart.keep(path)


def contact_sheet(errors: Iterable[tuple[int, int, str]], surrounds: Sequence[Pixels], path: Path) -> None:
    """Pairs of faces with their words under them, six pairs a row. Pictures of people: to be looked at, not to be kept."""
    side, across = 110, 6
    cells = []
    for left, right, words in errors:
        both = np.hstack([cv2.resize(surrounds[one], (side, side), interpolation=cv2.INTER_AREA) for one in (left, right)])
        under = np.full((26, 2 * side, 3), 255, np.uint8)
        cv2.putText(under, words, (6, 18), _FONT, 0.45, _INK, 1, cv2.LINE_AA)
        cells.append(np.pad(np.vstack([both, under]), ((6, 0), (6, 6), (0, 0)), constant_values=255))
    if not cells:
        return
    blank = np.full_like(cells[0], 255)
    cells += [blank] * (-len(cells) % across)
    _keep(np.vstack([np.hstack(cells[at : at + across]) for at in range(0, len(cells), across)]).astype(np.uint8), path)


def _keep(picture: Pixels, path: Path) -> None:
    if not cv2.imwrite(str(path), picture):
        raise OSError(f"{path} could not be written")
