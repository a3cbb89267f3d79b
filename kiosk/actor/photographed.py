"""How a specimen looks to a camera: held up in front of it, lying on a desk, or photographed at high resolution."""

import math
import random
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.actor.specimen import SpecimenDocument, card_mask
from kiosk.document.reading import MrzLayout
from kiosk.frame import Pixels

APPROACH_S: Final = 0.9
"""Seconds from the first sight of a card to its standing (almost) still."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Where a card is in a frame: centre as shares of the frame, width as a share of the frame's width, angles in degrees.

    tilt_deg: rotation in the image; lean_deg: top away from the camera; slant_deg: subject's left side away.
    """

    x: float
    y: float
    width: float
    tilt_deg: float
    lean_deg: float
    slant_deg: float


class HeldCard:
    """One document in front of a camera, ready to be drawn in real time (about 8 ms a frame at 1280x720)."""

    def __init__(self, document: SpecimenDocument, frame_size: tuple[int, int], rng: random.Random) -> None:
        """rng decides how this person holds it: a little off the middle, a little crooked, a trembling hand."""
        self._frame_size = frame_size
        full_width = document.face.shape[1]
        long_side = 0.74 if document.layout is MrzLayout.TD1 else 0.82
        target = round(frame_size[0] * long_side)
        shrink = target / full_width
        height = round(document.face.shape[0] * shrink)
        self._card = cv2.multiply(_resized(document.face, target, height), _light(target, height, rng), scale=1 / 255)
        plastic = document.layout is MrzLayout.TD1
        self._mask = card_mask(target, height) if plastic else np.full((height, target), 255, np.uint8)
        most = 0.86 * frame_size[1] / (height / target * frame_size[0])
        self._hold = Hold(
            x=0.5 + rng.uniform(-0.025, 0.025),
            y=0.5 + rng.uniform(-0.012, 0.012),
            width=min(long_side, most) * rng.uniform(0.95, 1.0),
            tilt_deg=rng.uniform(-3.0, 3.0),
            lean_deg=rng.uniform(-9.0, 9.0),
            slant_deg=rng.uniform(-9.0, 9.0),
        )
        self._tremor = tuple((rng.uniform(0.5, 2.4), rng.uniform(0, 2 * math.pi), rng.uniform(0.3, 0.8)) for _ in range(6))

    def draw(self, background: Pixels, since_s: float) -> Pixels:
        """Return the background with the card in front, `since_s` seconds after it came into sight (negative: not yet)."""
        if since_s < 0:
            return background
        corners = self.corners(since_s)
        before = self.corners(max(0.0, since_s - 1 / 30))
        speed = float(np.abs(corners - before).max())
        return self._composed(background, corners, speed)

    def corners(self, since_s: float) -> NDArray[np.float32]:
        """Return the card's corners, shape (4, 2), pixels, clockwise from its own top left."""
        hold = self._hold
        arrived = _ease(since_s / APPROACH_S)
        wobble = [a * math.sin(2 * math.pi * f * since_s + p) for f, p, a in self._tremor]
        width, height = self._frame_size
        return _corners(
            Hold(
                x=hold.x + wobble[0] / width,
                y=hold.y + 0.75 * (1 - arrived) + wobble[1] / height,
                width=hold.width * (0.72 + 0.28 * arrived) * (1 + wobble[2] * 0.0012),
                tilt_deg=hold.tilt_deg + 14 * (1 - arrived) + wobble[3] * 0.12,
                lean_deg=hold.lean_deg - 22 * (1 - arrived) + wobble[4] * 0.3,
                slant_deg=hold.slant_deg + wobble[5] * 0.3,
            ),
            self._frame_size,
            self._card.shape[0] / self._card.shape[1],
        )

    def _composed(self, background: Pixels, corners: NDArray[np.float32], speed: float) -> Pixels:
        height, width = self._card.shape[:2]
        source = np.array([[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [-0.5, height - 0.5]], np.float32)
        x0, y0 = np.floor(corners.min(axis=0)).astype(int) - 2
        x1, y1 = np.ceil(corners.max(axis=0)).astype(int) + 3
        x0, y0 = max(int(x0), 0), max(int(y0), 0)
        x1, y1 = min(int(x1), self._frame_size[0]), min(int(y1), self._frame_size[1])
        frame = background.copy()
        if x1 - x0 < 2 or y1 - y0 < 2:
            return frame
        matrix = cv2.getPerspectiveTransform(source, corners - np.array([x0, y0], np.float32))
        size = (x1 - x0, y1 - y0)
        card = cv2.warpPerspective(self._card, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        mask = cv2.warpPerspective(self._mask, matrix, size, flags=cv2.INTER_LINEAR)
        if speed > 3:
            reach = int(min(speed / 2, 15)) | 1
            card, mask = cv2.blur(card, (1, reach)), cv2.blur(mask, (1, reach))
        spot = frame[y0:y1, x0:x1]
        mask3 = cv2.merge([mask, mask, mask])
        over = cv2.add(cv2.multiply(card, mask3, scale=1 / 255), cv2.multiply(spot, cv2.bitwise_not(mask3), scale=1 / 255))
        spot[:] = over
        return frame


def hold_over_desk(document: SpecimenDocument, frame_size: tuple[int, int], rng: random.Random, since_s: float) -> Pixels:
    """Return one frame of the document coming to rest over a desk. For many frames keep a HeldCard and a desk instead."""
    noise_seed = rng.getrandbits(32)
    held = HeldCard(document, frame_size, rng)
    return sensor_noise(held.draw(desk(frame_size), since_s), noise_seed)


def photograph(document: SpecimenDocument, rng: random.Random, *, megapixels: float = 12.0, reverse: bool = False) -> Pixels:
    """Return a document photograph, 4:3, the page lying on a desk seen slightly from the side, under uneven light.

    reverse: the other side of a two-sided card. Raises ValueError if it has none.
    """
    page = document.reverse if reverse else document.face
    if page is None:
        raise ValueError("this document has one side")
    width = round(math.sqrt(megapixels * 1e6 * 4 / 3))
    size = (width, round(width * 3 / 4))
    scene = desk(size)
    hold = Hold(
        x=0.5 + rng.uniform(-0.03, 0.03),
        y=0.5 + rng.uniform(-0.03, 0.03),
        width=rng.uniform(0.78, 0.86),
        tilt_deg=rng.uniform(-4, 4),
        lean_deg=rng.uniform(-8, 8),
        slant_deg=rng.uniform(-8, 8),
    )
    corners = _corners(hold, size, page.shape[0] / page.shape[1])
    height_px, width_px = page.shape[:2]
    source = np.array([[0, 0], [width_px, 0], [width_px, height_px], [0, height_px]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(source, corners), np.float64)
    light = _light(width_px, height_px, rng)
    lit = cv2.multiply(page, light, scale=1 / 255)
    plastic = document.layout is MrzLayout.TD1
    mask = card_mask(width_px, height_px) if plastic else np.full((height_px, width_px), 255, np.uint8)
    shadow = cv2.warpPerspective(mask, _shifted(matrix, 0.004 * width), size)
    shadow = cv2.blur(shadow, (width // 100 | 1, width // 100 | 1))
    shaded = cv2.multiply(scene, cv2.merge([255 - shadow // 2] * 3), scale=1 / 255)
    drawn = cv2.warpPerspective(lit, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.merge([cv2.warpPerspective(mask, matrix, size)] * 3)
    photo = cv2.add(cv2.multiply(drawn, alpha, scale=1 / 255), cv2.multiply(shaded, cv2.bitwise_not(alpha), scale=1 / 255))
    return sensor_noise(np.asarray(photo, np.uint8), rng.getrandbits(32))


def desk(size: tuple[int, int]) -> Pixels:
    """Draw a brown desk, the same each time. size: (width, height) pixels."""
    width, height = size
    small = (320, max(1, round(320 * height / width)))
    y, x = np.mgrid[0 : small[1], 0 : small[0]].astype(np.float32)
    grain = np.sin(y / 2.1 + 1.6 * np.sin(x / 71) + 0.5 * np.sin(x / 17 + y / 9)) + 0.5 * np.sin(y / 0.83 + x / 160)
    shade = 1.05 - 0.25 * np.hypot(x / small[0] - 0.4, y / small[1] - 0.3)
    wood = np.dstack([52 + 5 * grain, 74 + 7 * grain, 104 + 9 * grain]) * shade[..., None]
    return np.asarray(cv2.resize(np.clip(wood, 0, 255).astype(np.uint8), size, interpolation=cv2.INTER_CUBIC), np.uint8)


def sensor_noise(picture: Pixels, seed: int, sigma: float = 2.0) -> Pixels:
    """Return the picture with a camera's noise, `sigma` gray levels; the seed moves the noise about."""
    tile = _noise(sigma)
    height, width = picture.shape[:2]
    across, down = -(-width // (tile.shape[1] - 64)), -(-height // (tile.shape[0] - 64))
    dx, dy = seed % 61, (seed // 61) % 61
    part = tile[dy:, dx:]
    if across > 1 or down > 1:
        part = np.tile(part[: tile.shape[0] - 64, : tile.shape[1] - 64], (down, across, 1))
    grain = part[:height, :width]
    return np.asarray(cv2.subtract(cv2.add(picture, grain), np.full(3, _MIDDLE, np.float64)), np.uint8)


_MIDDLE: Final = 8
_TILES: dict[float, NDArray[np.uint8]] = {}


def _noise(sigma: float) -> NDArray[np.uint8]:
    """A tile of noise around _MIDDLE, made once: real time cannot draw three million random numbers a frame."""
    if sigma not in _TILES:
        drawn = np.random.default_rng(20).normal(_MIDDLE, sigma, (784, 1344, 3))
        _TILES[sigma] = np.clip(np.round(drawn), 0, 2 * _MIDDLE).astype(np.uint8)
    return _TILES[sigma]


def _corners(hold: Hold, frame_size: tuple[int, int], aspect: float) -> NDArray[np.float32]:
    """Project a card held in front of a pinhole camera. aspect: height over width."""
    width, height = frame_size
    half_w, half_h = 0.5 * hold.width * width, 0.5 * hold.width * width * aspect
    flat = np.array([[-half_w, -half_h, 0], [half_w, -half_h, 0], [half_w, half_h, 0], [-half_w, half_h, 0]], np.float64)
    lean, slant, tilt = np.radians([hold.lean_deg, hold.slant_deg, hold.tilt_deg])
    about_x = np.array([[1, 0, 0], [0, np.cos(lean), -np.sin(lean)], [0, np.sin(lean), np.cos(lean)]])
    about_y = np.array([[np.cos(slant), 0, np.sin(slant)], [0, 1, 0], [-np.sin(slant), 0, np.cos(slant)]])
    about_z = np.array([[np.cos(tilt), -np.sin(tilt), 0], [np.sin(tilt), np.cos(tilt), 0], [0, 0, 1]])
    turned = flat @ (about_z @ about_y @ about_x).T
    distance = 1.6 * width
    scaled = turned[:, :2] * (distance / (distance + turned[:, 2]))[:, None]
    return np.asarray(scaled + np.array([hold.x * width, hold.y * height]), np.float32)


def _light(width: int, height: int, rng: random.Random) -> Pixels:
    """Uneven light on the page, 255 where brightest; shape (height, width, 3)."""
    direction = rng.uniform(0, 2 * math.pi)
    depth = rng.uniform(0.06, 0.16)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    ramp = 1 - depth * (0.5 + 0.35 * (math.cos(direction) * x + math.sin(direction) * y))
    shade = np.clip(ramp * 250, 0, 255).astype(np.uint8)
    return np.asarray(cv2.merge([shade, shade, shade]), np.uint8)


def _shifted(matrix: NDArray[np.float64], by_px: float) -> NDArray[np.float64]:
    return np.array([[1, 0, by_px], [0, 1, by_px], [0, 0, 1]], np.float64) @ matrix


def _resized(page: Pixels, width: int, height: int) -> Pixels:
    return np.asarray(cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _ease(t: float) -> float:
    t = min(max(t, 0.0), 1.0)
    return 1 - (1 - t) ** 3
