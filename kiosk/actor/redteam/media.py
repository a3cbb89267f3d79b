"""What a picture looks like on paper and on glass, as a test of the desk: other families of distortion than anything was trained on.

Paper is printed in stochastic dots or lines, has folds, may be cut out along the head. Glass has diamond sub-pixels that beat with
the camera's own, a dimmer that flickers, icons over the picture. Pictures are BGR uint8.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

Random = np.random.Generator
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Medium:
    """Something flat that shows a picture. picture: as lit; mask: 0-255, where the thing is; pitch: the picture's pixels per sub-pixel
    group of a screen, 0 for paper; depth: how deep the sub-pixels modulate the light, 0-1."""

    picture: Pixels
    mask: NDArray[np.uint8]
    pitch: float = 0.0
    depth: float = 0.0


def on_paper(photo: Pixels, outline: NDArray[np.float32] | None, rng: Random) -> Medium:
    """Print a photograph. outline: (n, 2) points along which to cut it out, None for a rectangular sheet with or without border."""
    ink: NDArray[np.float64] = photo.astype(np.float64) / 255
    mean = ink.mean(2, keepdims=True)
    ink = mean + (ink - mean) * rng.uniform(0.6, 1.1)
    ink = _dotted(ink, rng) if rng.random() < 0.5 else _lined(ink, rng)
    black = rng.uniform(12, 55, 3)
    white = rng.uniform(200, 250) * rng.normal(1, 0.02, 3)
    sheet = black + ink.clip(0, 1) * (white - black)
    if rng.random() < 0.4:
        sheet *= 1 + 0.06 * np.sin(np.arange(len(sheet)) / rng.uniform(3, 9))[:, None, None] * rng.normal(0.5, 0.5, 3)
    sheet = sheet * _folds(sheet.shape[0], sheet.shape[1], rng)[..., None]
    picture = np.asarray(sheet.clip(0, 255), np.uint8)
    if outline is not None:
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 255)
        return Medium(picture, mask)
    margin = int(rng.integers(0, 28))
    shade = tuple(float(value) for value in white.clip(0, 255))
    framed = cv2.copyMakeBorder(picture, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=shade)
    return Medium(np.asarray(framed, np.uint8), np.full(framed.shape[:2], 255, np.uint8))


def _dotted(ink: NDArray[np.float64], rng: Random) -> NDArray[np.float64]:
    """Stochastic screening: dots of one size, more of them where it is darker."""
    noise = rng.normal(0, 1, ink.shape)
    noise = noise - cv2.GaussianBlur(noise, (0, 0), rng.uniform(1.0, 2.2))
    grain = noise / max(float(noise.std()), 1e-6)
    return np.asarray(ink + grain * rng.uniform(0.02, 0.16), np.float64)


def _lined(ink: NDArray[np.float64], rng: Random) -> NDArray[np.float64]:
    """Line screening, one angle for all colours."""
    y, x = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]]
    angle = rng.uniform(0, np.pi)
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / rng.uniform(2.1, 4.0))
    return np.asarray(ink + (wave * rng.uniform(0.02, 0.14))[..., None] * (1 - np.abs(2 * ink - 1)), np.float64)


def _folds(height: int, width: int, rng: Random) -> NDArray[np.float64]:
    """Light and shade along creases."""
    light = np.ones((height, width))
    for _ in range(int(rng.integers(0, 3))):
        at, angle = rng.uniform(0.2, 0.8), rng.normal(0, 0.15)
        y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
        across = (x if rng.random() < 0.5 else y) - at + 0.5 + angle * (y if rng.random() < 0.5 else x)
        light += rng.uniform(-0.12, 0.12) * np.tanh(across * 12) + rng.uniform(0, 0.15) * np.exp(-((across * 90) ** 2))
    return light


def on_screen(picture: Pixels, tablet: bool, rng: Random) -> Medium:
    """Show a picture on a telephone (deep black, strong colours, diamonds) or a tablet (gray black, cool, finer grid), with a bezel."""
    light: NDArray[np.float64] = (picture.astype(np.float64) / 255) ** rng.uniform(0.85, 1.25)
    mean = light.mean(2, keepdims=True)
    light = mean + (light - mean) * (rng.uniform(0.85, 1.1) if tablet else rng.uniform(1.05, 1.45))
    light = light.clip(0, 1) * rng.uniform(0.8, 1.2) + (rng.uniform(0.02, 0.08) if tablet else rng.uniform(0.0, 0.02))
    light *= np.array([rng.uniform(1.0, 1.2), 1.0, rng.uniform(0.85, 1.02)]) if tablet else rng.normal(1, 0.03, 3)
    shown = np.asarray((light * 255).clip(0, 255), np.uint8)
    if rng.random() < 0.35:
        shown = _with_icons(shown, rng)
    bezel = int(rng.integers(10, 34)) if tablet else int(rng.integers(3, 12))
    shade = float(rng.integers(5, 40)) if rng.random() < 0.8 else float(rng.integers(180, 245))
    framed = np.asarray(cv2.copyMakeBorder(shown, bezel, bezel, bezel, bezel, cv2.BORDER_CONSTANT, value=(shade,) * 3), np.uint8)
    mask = _rounded(framed.shape[1], framed.shape[0], int(rng.integers(6, 26)))
    return Medium(framed, mask, rng.uniform(0.5, 1.9), rng.uniform(0.02, 0.2))


def _rounded(width: int, height: int, radius: int) -> NDArray[np.uint8]:
    mask = np.zeros((height, width), np.uint8)
    right, bottom = width - 1 - radius, height - 1 - radius
    cv2.rectangle(mask, (radius, 0), (right, height), 255, -1)
    cv2.rectangle(mask, (0, radius), (width, bottom), 255, -1)
    for corner in ((radius, radius), (right, radius), (radius, bottom), (right, bottom)):
        cv2.circle(mask, corner, radius, 255, -1)
    return mask


def _with_icons(shown: Pixels, rng: Random) -> Pixels:
    """The player's bar and the telephone's status line."""
    height, width = shown.shape[:2]
    drawn = shown.copy()
    cv2.line(drawn, (width // 10, height - 22), (width * 9 // 10, height - 22), (220, 220, 220), 2)
    cv2.circle(drawn, (int(width * rng.uniform(0.15, 0.85)), height - 22), 5, (255, 255, 255), -1)
    cv2.putText(drawn, f"{int(rng.integers(24)):02}:{int(rng.integers(60)):02}", (8, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (235, 235, 235), 1)
    return drawn


def beaten(picture: Pixels, mask: NDArray[np.uint8], back: NDArray[np.float64], medium: Medium) -> Pixels:
    """Return the frame with the screen's diamond sub-pixels as the camera's own grid samples them.

    back: the homography from the frame to the medium.
    """
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    w = (back[2, 0] * x + back[2, 1] * y + back[2, 2]).astype(np.float32)
    u = ((back[0, 0] * x + back[0, 1] * y + back[0, 2]) / w / medium.pitch).astype(np.float32)
    v = ((back[1, 0] * x + back[1, 1] * y + back[1, 2]) / w / medium.pitch).astype(np.float32)
    turn = np.float32(2 * np.pi)
    green = np.cos(turn * (u + v)) + np.cos(turn * (u - v)) + 0.4 * np.cos(2 * turn * u)
    red = np.cos(turn * (u + v) + 1.6) + np.cos(turn * (u - v) - 1.6)
    pattern = 1 + medium.depth * 0.5 * np.stack([-red, green, red], -1) * (mask[..., None].astype(np.float32) / 255)
    return np.asarray((picture * pattern).clip(0, 255), np.uint8)
