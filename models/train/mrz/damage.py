"""What comes over the print: edges, scratches, stamps, boxes, light."""

import cv2
import numpy as np

from models.train.mrz.dice import Dice, Gray
from models.train.mrz.paper import OVERPRINTS


def disturbed(dice: Dice, line: Gray) -> Gray:
    """Card edges, scratches, stamps, words and coloured boxes over the print, a hologram's sheen, a lamp's reflection."""
    rng, (high, wide) = dice.rng, line.shape
    if dice.chance(0.14):
        edge = max(1, int(high * dice.between(0.03, 0.16)))
        strip = line[-edge:] if dice.chance(0.65) else line[:edge]
        strip[:] = rng.integers(0, 256)
    for _ in range(int(rng.choice(3, p=[0.8, 0.13, 0.07]))):
        start = (int(dice.between(-0.2, 1.2) * wide), int(dice.between(-1, 2) * high))
        end = (int(start[0] + rng.normal(0, 0.2) * wide), int(dice.between(-1, 2) * high))
        cv2.line(line, start, end, int(rng.integers(30, 256)), int(rng.integers(1, 3)), cv2.LINE_AA)
    if dice.chance(0.1):
        over, size = line.copy(), high / 22 * dice.between(0.7, 3)
        at = (int(dice.between(-0.1, 0.9) * wide), int(dice.between(0.5, 1.8) * high))
        stroke = max(1, int(size * dice.between(0.8, 3)))
        face = cv2.FONT_HERSHEY_SIMPLEX if dice.chance(0.5) else cv2.FONT_HERSHEY_DUPLEX
        cv2.putText(over, str(rng.choice(OVERPRINTS)), at, face, size, int(rng.integers(0, 220)), stroke, cv2.LINE_AA)
        line = _mixed(line, over, dice.between(0.12, 0.5))
    if dice.chance(0.06):
        over = line.copy()
        centre = (int(dice.between(0, wide)), int(dice.between(-1, 2) * high))
        axes = (int(high * dice.between(1, 4)), int(high * dice.between(0.6, 3)))
        stroke = int(rng.integers(1, max(2, high // 5)))
        cv2.ellipse(over, centre, axes, dice.between(0, 180), 0, 360, int(rng.integers(60, 200)), stroke)
        line = _mixed(line, over, 0.4)
    if dice.chance(0.05):
        left, right = sorted((int(dice.between(0, wide)), int(dice.between(0, wide))))
        over = line.copy()
        over[:, left:right] = rng.integers(40, 230)
        line = _mixed(line, over, dice.between(0.2, 0.55))
    if dice.chance(0.14):
        reach = dice.between(0.5, 6) * high
        lamp = np.exp(-(((np.arange(wide) - dice.between(0, wide)) / reach) ** 2)) * dice.between(40, 170)
        fall = np.linspace(dice.between(0.3, 1), dice.between(0.3, 1), high)[:, None]
        line = np.clip(line + lamp[None] * fall, 0, 255).astype(np.uint8)
    if dice.chance(0.04):
        line = _recaptured(dice, line)
    if dice.chance(0.06):
        sheen = np.sin(np.arange(wide)[None] / dice.between(4, 60) + np.arange(high)[:, None] / dice.between(3, 30))
        line = np.clip(line + sheen * dice.between(5, 30), 0, 255).astype(np.uint8)
    return line


def _recaptured(dice: Dice, line: Gray) -> Gray:
    """A screen's pixel grid beating with the camera's: slanted waves of a few pixels under slower ones."""
    y, x = (grid.astype(np.float32) for grid in np.mgrid[0 : line.shape[0], 0 : line.shape[1]])
    waves = np.zeros(line.shape, np.float32)
    for low, high in ((2.1, 5.0), (6.0, 40.0)):
        turn, period = dice.between(0, np.pi), dice.between(low, high)
        waves += np.cos(2 * np.pi * (x * np.cos(turn) + y * np.sin(turn)) / period)
    return np.clip(line * (1 + dice.between(0.02, 0.12) * waves), 0, 255).astype(np.uint8)


def _mixed(one: Gray, other: Gray, share: float) -> Gray:
    return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)
