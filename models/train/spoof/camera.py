"""What a cheap camera does to whatever stands before it: the same for people, prints and screens, so that it tells nothing about which.

Pictures are BGR uint8; every function takes the random source it draws from.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

Random = np.random.Generator


def chance(rng: Random, share: float) -> bool:
    return bool(rng.random() < share)


def photographed(scene: Pixels, rng: Random) -> Pixels:
    """Return the scene through lens, sensor, automatic exposure and coder of some camera, at the same size."""
    picture = scene
    if chance(rng, 0.3):
        picture = lighted(picture, rng)
    if chance(rng, 0.35):
        picture = blurred(picture, rng.uniform(0.4, 1.3))
    if chance(rng, 0.3):
        picture = coarse(picture, rng.uniform(0.45, 0.95))
    if chance(rng, 0.7):
        picture = toned(picture, rng)
    if chance(rng, 0.6):
        picture = noisy(picture, rng)
    if chance(rng, 0.3):
        picture = sharpened(picture, rng.uniform(0.4, 1.4))
    if chance(rng, 0.7):
        picture = coded(picture, int(rng.integers(40, 97)))
    return picture


def blurred(picture: Pixels, sigma_px: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.uint8)


def coarse(picture: Pixels, share: float) -> Pixels:
    """Fewer pixels, then as many as before: a small or distant face."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (max(8, round(width * share)), max(8, round(height * share))), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def sharpened(picture: Pixels, strength: float) -> Pixels:
    soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
    return np.asarray(cv2.addWeighted(picture, 1 + strength, soft, -strength, 0), np.uint8)


def lighted(picture: Pixels, rng: Random) -> Pixels:
    """Light that falls off to one side, and a lens that darkens its corners."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 + rng.uniform(-0.35, 0.35) * (np.cos(angle) * x + np.sin(angle) * y) - rng.uniform(0, 0.25) * (x * x + y * y)
    return np.asarray(np.clip(picture * light[..., None].clip(0.15, 1.6), 0, 255), np.uint8)


def toned(picture: Pixels, rng: Random) -> Pixels:
    """Exposure, contrast, white balance and saturation, as a table of gray values and a colour matrix."""
    gamma, gain, lift = rng.uniform(0.75, 1.35), rng.uniform(0.8, 1.2), rng.uniform(-8, 10)
    if chance(rng, 0.08):
        gain = rng.uniform(1.3, 1.9)
    levels = np.clip(((np.arange(256) / 255) ** gamma) * 255 * gain + lift, 0, 255)
    balance = rng.normal(1.0, 0.04, 3).clip(0.85, 1.15)
    saturation = rng.uniform(0.7, 1.25) if not chance(rng, 0.03) else 0.0
    gray = np.array([0.114, 0.587, 0.299])
    matrix = (np.eye(3) * saturation + (1 - saturation) * gray[None, :]) * balance[:, None]
    return np.asarray(cv2.transform(cv2.LUT(picture, levels.astype(np.uint8)), matrix.astype(np.float32)), np.uint8)


def noisy(picture: Pixels, rng: Random) -> Pixels:
    """Sensor noise: finer or coarser grain, part of it in all colours alike, more in the dark after gain."""
    height, width = picture.shape[:2]
    strength = rng.gamma(2.0, 1.4)
    size = (height, width)
    if chance(rng, 0.5):
        size = (max(4, height // 2), max(4, width // 2))
    noise: NDArray[Any] = rng.normal(0, strength * 0.7, (*size, 3)) + rng.normal(0, strength * 0.7, (*size, 1))
    if size != (height, width):
        noise = cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def coded(picture: Pixels, quality: int) -> Pixels:
    """JPEG, the coder of most webcams; at low quality it looks like a video call."""
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
