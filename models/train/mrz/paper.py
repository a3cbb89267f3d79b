"""What rows are printed on: backgrounds of security print."""

import cv2
import numpy as np

from models.train.mrz.dice import Dice, Floats

OVERPRINTS = ("SPECIMEN", "MUSTER", "VOID", "SAMPLE", "UTOPIA", "COPY", "VZOR")


def paper(dice: Dice) -> Floats:
    """Return a background (96, 1800), about -1..1: waves, rosettes, large watermark letters, blotches."""
    rng, shape = dice.rng, (96, 1800)
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0 : shape[0], 0 : shape[1]])
    paper = np.zeros(shape, np.float32)
    kind = int(rng.integers(0, 6))
    if kind <= 2:
        for _ in range(int(rng.integers(1, 5))):
            slope = dice.between(-1.5, 1.5) if dice.chance(0.6) else dice.between(-12, 12)
            swing = dice.between(2, 45) * np.sin(2 * np.pi * x / dice.between(60, 900) + dice.between(0, 6))
            wave = np.cos((y + slope * x + swing) / dice.between(4, 28) / np.sqrt(1 + slope * slope) * 6.28)
            line = np.exp((wave - 1) * dice.between(1, 9)) if dice.chance(0.6) else wave
            paper += line * float(rng.choice([-1, -1, 1]))
    elif kind == 3:
        for _ in range(3):
            away = np.hypot(x - dice.between(0, shape[1]), y - dice.between(-60, 150))
            petals = np.sin(np.arctan2(y - 50, x - dice.between(0, shape[1])) * rng.integers(2, 14))
            rings = np.cos(away / dice.between(2, 6) + dice.between(0, 12) * petals)
            paper += rings * np.exp(-away / dice.between(80, 500))
    elif kind == 4:
        words = np.zeros(shape, np.uint8)
        for _ in range(int(rng.integers(1, 6))):
            word, size = str(rng.choice(OVERPRINTS)), dice.between(0.8, 5)
            at = (int(dice.between(-50, shape[1])), int(dice.between(0, 160)))
            cv2.putText(words, word, at, cv2.FONT_HERSHEY_DUPLEX, size, 255, max(1, int(size * 2)), cv2.LINE_AA)
        paper -= words / np.float32(255)
    if dice.chance(0.6):
        paper += dice.between(0.1, 0.8) * dice.smooth(shape[0] // 2, shape[1] // 2, shape)
    if dice.chance(0.8):
        paper += dice.between(0.2, 1.2) * dice.smooth(3, int(rng.integers(6, 40)), shape)
    paper -= paper.mean()
    return (paper / (np.abs(paper).max() * 0.5 + paper.std() + 1e-3)).astype(np.float32)
