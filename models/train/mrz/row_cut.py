"""Cuts a composed row out as an imperfect row cutter would: tilted, bent, shifted, sheared, at the size it has in the photograph."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.train.mrz.composition import Composed
from models.train.mrz.dice import Dice, Floats


@dataclass(frozen=True, slots=True)
class CutterLimits:
    """How far the cutter errs. papers: paper above and below a row, in capital heights; ends: paper before and after it in characters'
    widths; less than nothing cuts into the characters at the ends."""

    most_tilt_deg: float
    papers: tuple[float, float]
    ends: tuple[float, float]


def cut(dice: Dice, composed: Composed, limits: CutterLimits, seen_px: float) -> Floats:
    """Return ink 0..1 of the cut row at the size it has in the photograph."""
    rng, ink, cell, capital_px = dice.rng, composed.ink, composed.cell, composed.capital_px
    row_top, length, scale = composed.row_top, composed.length, seen_px / capital_px
    top, bottom = row_top + capital_px * 0.3, row_top + capital_px * 1.3
    above, below = (capital_px * dice.between(*limits.papers) for _ in range(2))
    shift = capital_px * rng.normal(0, 0.07)
    tilt = np.radians(np.clip(rng.normal(0, 0.45), -limits.most_tilt_deg, limits.most_tilt_deg)) * length * cell / 2
    side = (ink.shape[1] - length * cell) // 2

    def margin() -> float:
        return (dice.between(*limits.ends) if dice.chance(0.78) else dice.between(1.8, 5.5)) * cell

    left, right = max(1.0, side - margin()), min(ink.shape[1] - 2.0, side + length * cell + margin())
    wide, high = max(160, int((right - left) * scale)), max(9, int((bottom - top + above + below) * scale))
    along = np.linspace(0, 1, wide, dtype=np.float32)
    down = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    bend = rng.normal(0, 0.06) * capital_px * 4 * along * (1 - along) + tilt * (2 * along - 1) + shift
    corner = rng.normal(0, 0.05, 2) * capital_px
    upper = top - above + bend + corner[0] * (1 - along)
    lower = bottom + below + bend + corner[1] * along
    foreshortened = along + rng.normal(0, 0.03) * along * (1 - along)
    x = left + (right - left) * foreshortened + rng.normal(0, 0.13) * capital_px * (down - 0.5)
    y = upper + down * (lower - upper)
    if scale < 0.87:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.35 / scale), np.uint8)
    cut = cv2.remap(ink, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(cut / 255, np.float32)
