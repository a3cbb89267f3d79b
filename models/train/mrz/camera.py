"""Photographs a printed row: blur, shake, small pixels, noise, sharpening, JPEG, and at last the size the network reads."""

import cv2
import numpy as np

from models.train.mrz.dice import Dice, Gray

HEIGHT, WIDTH = 32, 640


def by_any_camera(dice: Dice, line: Gray, seen_px: float) -> Gray:
    rng, thrown = dice.rng, dice.rng.random()
    if thrown < 0.65:
        sigma = dice.between(0.3, 0.055 * seen_px + 0.55) if seen_px > 8 else dice.between(0.25, 0.75)
        line = np.asarray(cv2.GaussianBlur(line, (0, 0), sigma), np.uint8)
    elif thrown < 0.78 and seen_px > 7:
        reach = int(rng.integers(2, max(3, int(seen_px * 0.22) + 1) + 1))
        shaken = np.zeros((reach, reach), np.float32)
        cv2.line(shaken, (0, int(rng.integers(reach))), (reach - 1, int(rng.integers(reach))), 1.0)
        line = np.asarray(cv2.filter2D(line, -1, shaken / shaken.sum()), np.uint8)
    if dice.chance(0.2):
        smaller = min(1.0, max(dice.between(0.45, 0.9), 5.5 / seen_px))
        line = _resized(line, smaller, cv2.INTER_AREA)
    if dice.chance(0.6):
        line = np.clip(line + rng.normal(0, abs(rng.normal(0, 5)) + 0.01, line.shape), 0, 255).astype(np.uint8)
    if dice.chance(0.15):
        soft = cv2.GaussianBlur(line, (0, 0), 1.2)
        line = np.asarray(cv2.addWeighted(line, 1.8, soft, -0.8, 0), np.uint8)
    if dice.chance(0.6):
        line = _jpeg(line, int(rng.integers(25 if seen_px > 10 else 50, 96)))
    if dice.chance(0.15):
        line = (255 * (line / 255.0) ** np.exp(rng.normal(0, 0.35))).astype(np.uint8)
    if dice.chance(0.4 if seen_px > 10 else 0.8):
        ways = [cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_NEAREST, cv2.INTER_LANCZOS4]
        way = ways[int(rng.choice(4, p=[0.5, 0.25, 0.12, 0.13]))]
        line = _resized(line, dice.between(1, 2.5 if seen_px > 10 else 5), way)
        if dice.chance(0.3):
            line = _jpeg(line, int(rng.integers(40, 96)))
    return line


def by_a_good_camera(dice: Dice, line: Gray, seen_px: float) -> Gray:
    """Blur up to a twelfth of the capitals' height, little noise, mild JPEG."""
    line = np.asarray(cv2.GaussianBlur(line, (0, 0), dice.between(0.3, seen_px / 12)), np.uint8)
    line = np.clip(line + dice.rng.normal(0, dice.between(0.5, 5), line.shape), 0, 255).astype(np.uint8)
    return _resized(_jpeg(line, int(dice.rng.integers(55, 96))), dice.between(1, 2), cv2.INTER_LINEAR)


def to_network(line: Gray) -> Gray:
    shrinks = line.shape[1] > WIDTH * 1.3 or line.shape[0] > HEIGHT * 1.3
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(line, (WIDTH, HEIGHT), interpolation=way), np.uint8)


def _resized(line: Gray, factor: float, way: int) -> Gray:
    size = (max(8, int(line.shape[1] * factor)), max(8, int(line.shape[0] * factor)))
    return np.asarray(cv2.resize(line, size, interpolation=way), np.uint8)


def _jpeg(line: Gray, quality: int) -> Gray:
    _, coded = cv2.imencode(".jpg", line, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    return np.asarray(decoded, np.uint8)
