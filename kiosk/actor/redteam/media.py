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


@dataclass(frozen=True, slots=True, eq=False)
class Screen:
    """One telephone or tablet. levels: (256, 1, 3) what each gray value becomes; mixing: (3, 3) of the colours; icons: whether the player's
    bar and the status line are over the picture; pitch, depth: as in Medium."""

    levels: NDArray[np.uint8]
    mixing: NDArray[np.float32]
    icons: tuple[float, str] | None
    bezel: int
    shade: float
    radius: int
    pitch: float
    depth: float

    def showing(self, picture: Pixels) -> Medium:
        """Return the screen while it shows a picture."""
        shown = np.asarray(cv2.LUT(cv2.transform(picture, self.mixing), self.levels), np.uint8)
        if self.icons is not None:
            _draw_icons(shown, *self.icons)
        sides = (self.bezel,) * 4
        framed = np.asarray(cv2.copyMakeBorder(shown, *sides, cv2.BORDER_CONSTANT, value=(self.shade,) * 3), np.uint8)
        return Medium(framed, _rounded(framed.shape[1], framed.shape[0], self.radius), self.pitch, self.depth)


def a_screen(tablet: bool, rng: Random) -> Screen:
    """A telephone has deep black, strong colours and diamonds; a tablet gray black, cool colours, a finer grid and a wide bezel."""
    saturation = rng.uniform(0.85, 1.1) if tablet else rng.uniform(1.05, 1.45)
    tint = np.array([rng.uniform(1.0, 1.2), 1.0, rng.uniform(0.85, 1.02)]) if tablet else rng.normal(1, 0.03, 3)
    black, gain = (rng.uniform(0.02, 0.08) if tablet else rng.uniform(0.0, 0.02)), rng.uniform(0.8, 1.2)
    light = ((np.arange(256) / 255) ** rng.uniform(0.85, 1.25))[:, None] * gain * tint + black
    return Screen(
        levels=np.asarray((light * 255).clip(0, 255), np.uint8)[:, None],
        mixing=np.asarray(np.eye(3) * saturation + (1 - saturation) / 3, np.float32),
        icons=(rng.uniform(0.15, 0.85), f"{int(rng.integers(24)):02}:{int(rng.integers(60)):02}") if rng.random() < 0.35 else None,
        bezel=int(rng.integers(10, 34)) if tablet else int(rng.integers(3, 12)),
        shade=float(rng.integers(5, 40)) if rng.random() < 0.8 else float(rng.integers(180, 245)),
        radius=int(rng.integers(6, 26)),
        pitch=rng.uniform(0.5, 1.2) if tablet else rng.uniform(0.7, 1.9),
        depth=rng.uniform(0.02, 0.2),
    )


def _draw_icons(shown: Pixels, played: float, clock: str) -> None:
    """The player's bar and the telephone's status line, into the picture."""
    height, width = shown.shape[:2]
    cv2.line(shown, (width // 10, height - 22), (width * 9 // 10, height - 22), (220, 220, 220), 2)
    cv2.circle(shown, (int(width * played), height - 22), 5, (255, 255, 255), -1)
    cv2.putText(shown, clock, (8, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (235, 235, 235), 1)


def _rounded(width: int, height: int, radius: int) -> NDArray[np.uint8]:
    mask = np.zeros((height, width), np.uint8)
    right, bottom = width - 1 - radius, height - 1 - radius
    cv2.rectangle(mask, (radius, 0), (right, height), 255, -1)
    cv2.rectangle(mask, (0, radius), (width, bottom), 255, -1)
    for corner in ((radius, radius), (right, radius), (radius, bottom), (right, bottom)):
        cv2.circle(mask, corner, radius, 255, -1)
    return mask


def beaten(picture: Pixels, mask: NDArray[np.uint8], back: NDArray[np.float64], medium: Medium) -> Pixels:
    """Return the frame with the screen's diamond sub-pixels as the camera's own grid samples them.

    back: the homography from the frame to the medium.
    """
    left, top, width, height = cv2.boundingRect(mask)
    y, x = np.mgrid[top : top + height, left : left + width].astype(np.float32)
    across, down, depth = (np.float32(row[0]) * x + np.float32(row[1]) * y + np.float32(row[2]) for row in back)
    turn = np.float32(2 * np.pi / medium.pitch)
    one, other = turn * (across + down) / depth, turn * (across - down) / depth
    green = np.cos(one) + np.cos(other) + np.float32(0.4) * np.cos(one + other)
    red = np.cos(one + np.float32(1.6)) + np.cos(other - np.float32(1.6))
    place = (slice(top, top + height), slice(left, left + width))
    where = mask[place].astype(np.float32) * np.float32(medium.depth / 510)
    pattern = 1 + where[..., None] * np.stack([-red, green, red], -1)
    beating = picture.copy()
    beating[place] = (picture[place] * pattern).clip(0, 255)
    return beating
