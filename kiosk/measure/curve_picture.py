"""Draws receiver operating characteristics as a PNG: attacks accepted from left to right, genuine rejected from bottom to top."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from kiosk.frame import Pixels
from kiosk.measure.attack_rates import Curve

_SIDE, _MARGIN = 520, 60
_COLOURS = ((40, 90, 200), (200, 120, 30), (50, 150, 60), (160, 60, 160), (30, 160, 180), (90, 90, 90), (20, 20, 20), (120, 180, 60))
_INK, _GRID = (40, 40, 40), (225, 225, 225)


def draw_curves(curves: Mapping[str, Curve], title: str, file: Path) -> None:
    """Write one picture with all curves and their areas. Raises OSError if it cannot be written."""
    height, width = _SIDE + 2 * _MARGIN, _SIDE + 2 * _MARGIN + 260
    picture = np.full((height, width, 3), 255, np.uint8)
    for step in range(11):
        at = round(step * _SIDE / 10)
        cv2.line(picture, (_MARGIN + at, _MARGIN), (_MARGIN + at, _MARGIN + _SIDE), _GRID, 1)
        cv2.line(picture, (_MARGIN, _MARGIN + at), (_MARGIN + _SIDE, _MARGIN + at), _GRID, 1)
        _write(picture, f"{step * 10}", (_MARGIN + at - 8, _MARGIN + _SIDE + 20))
        _write(picture, f"{100 - step * 10}", (_MARGIN - 34, _MARGIN + at + 4))
    cv2.rectangle(picture, (_MARGIN, _MARGIN), (_MARGIN + _SIDE, _MARGIN + _SIDE), _INK, 1)
    _write(picture, title, (_MARGIN, 30))
    _write(picture, "attacks accepted, %", (_MARGIN + _SIDE // 2 - 70, height - 15))
    _write(picture, "genuine rejected, %", (8, 50))
    for number, (name, curve) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [(_MARGIN + round(a * _SIDE), _MARGIN + _SIDE - round(g * _SIDE)) for a, g in curve.points]
        steps = [places[0], *(spot for one, two in pairwise(places) for spot in ((one[0], two[1]), two))]
        cv2.polylines(picture, [np.array(steps, np.int32)], False, colour, 2, cv2.LINE_AA)
        line = 30 * number + _MARGIN + 10
        cv2.line(picture, (_MARGIN + _SIDE + 15, line - 4), (_MARGIN + _SIDE + 40, line - 4), colour, 2)
        _write(picture, f"{name}: area {curve.area:.3f}", (_MARGIN + _SIDE + 48, line))
    done, packed = cv2.imencode(".png", picture)
    if not done:
        raise OSError(f"{file.name} cannot be packed")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(packed.tobytes())


def _write(picture: Pixels, text: str, place: tuple[int, int]) -> None:
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
