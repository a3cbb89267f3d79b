"""Lays ink on paper: tones, uneven shade, worn and speckled ink."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from models.train.mrz.dice import Dice, Floats, Gray

Tones = Callable[[Dice], tuple[float, float]]
"""Draws the paper's gray and how much darker the ink is."""


def any_tones(dice: Dice) -> tuple[float, float]:
    bright = dice.between(110, 250) if dice.chance(0.82) else dice.between(45, 120)
    return bright, dice.between(30, bright) if dice.chance(0.82) else dice.between(14, min(50.0, bright))


def clear_tones(dice: Dice) -> tuple[float, float]:
    bright = dice.between(140, 250)
    return bright, dice.between(70, bright - 20)


def printed(dice: Dice, ink: Floats, papers: Sequence[Floats], tones: Tones, least_ink: float, seen_px: float) -> Gray:
    """Return the row in gray. ink: 0..1; least_ink: share of its ink that a worn place keeps."""
    rng = dice.rng
    high, wide = ink.shape
    bright, contrast = tones(dice)
    zoom, source = dice.between(0.5, 1.6), papers[int(rng.integers(len(papers)))]
    rows, columns = min(96, int(high * zoom) + 1), min(1800, int(wide * zoom) + 1)
    y, x = int(rng.integers(0, 97 - rows)), int(rng.integers(0, 1801 - columns))
    pattern = cv2.resize(source[y : y + rows, x : x + columns], (wide, high))
    strength = min(abs(rng.normal(0, 20)), contrast * (0.35 if dice.chance(0.6) else 0.6))
    paper = bright + strength * (0.6 if seen_px <= 9 else 1.0) * (pattern[:, ::-1] if dice.chance(0.5) else pattern)
    if dice.chance(0.6):
        shade = dice.smooth(2, int(rng.integers(2, 7)), (high, wide))
        paper = paper * np.clip(1 + shade * dice.between(0.02, 0.25), 0.35, 1.6)
    laid = ink * contrast
    if dice.chance(0.3):
        worn = dice.smooth(3, int(rng.integers(8, 90)), (high, wide))
        laid = laid * np.clip(1 - dice.between(0.1, 0.45) * worn, least_ink, 1)
    if dice.chance(0.12):
        laid = laid * (1 - dice.between(0.1, 0.5) * (rng.random((high, wide)) < 0.3))
    seen = paper - laid if dice.chance(0.6) else paper * (1 - laid / bright)
    return np.clip(seen, 0, 255).astype(np.uint8)
