"""Simulated forgeries of a specimen's picture, to measure what the looks for them reach. They imitate effects, no criminal's method.

Every function takes and gives BGR pictures; `rng` decides strengths, so that a set is not one case repeated.
"""

import random

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from kiosk.actor.specimen import font
from kiosk.frame import Pixels
from kiosk.imaging.geometry import Quad

MRZ_FONTS = ("DejaVuSansMono.ttf", "DejaVuSans.ttf", "DejaVuSansMono-Bold.ttf")


def jpeg(picture: Pixels, quality: int) -> Pixels:
    """Return a picture as a camera keeps it."""
    packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def spliced(photo: Pixels, face: tuple[int, int, int, int], other: Pixels, rng: random.Random) -> Pixels:
    """Return a photograph of a document with another portrait put over the face afterwards, and kept as JPEG once more.

    face: (x0, y0, x1, y1) in the photograph; other: a picture of somebody's face and a little around it.
    """
    x0, y0, x1, y1 = face
    wide, high = round(1.5 * (x1 - x0)), round(1.6 * (y1 - y0))
    left, top = (x0 + x1 - wide) // 2 + rng.randint(-3, 3), (y0 + y1 - high) // 2 + rng.randint(-3, 3)
    own = jpeg(np.asarray(cv2.resize(other, (wide, high), interpolation=cv2.INTER_AREA), np.uint8), rng.randint(60, 90))
    if rng.random() < 0.5:
        own = np.asarray(cv2.GaussianBlur(own, (0, 0), rng.uniform(0.6, 1.2)), np.uint8)
    forged = photo.copy()
    part = forged[max(0, top) : top + high, max(0, left) : left + wide]
    part[:] = own[: part.shape[0], : part.shape[1]]
    return jpeg(forged, rng.randint(88, 96))


def without_colour(page: Pixels, rng: random.Random) -> Pixels:
    """Return a page as a black-and-white copier prints it."""
    gray = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY).astype(np.float32)
    harder = np.clip((gray - 128) * rng.uniform(1.0, 1.35) + 134, 0, 255)
    return np.asarray(cv2.merge([harder.astype(np.uint8)] * 3), np.uint8)


def reprinted(page: Pixels, rng: random.Random) -> Pixels:
    """Return a page as a colour printer gives it back: halftone dots in four inks, a smaller range of colour, softer."""
    soft = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.8, 1.6)).astype(np.float32) / 255
    inks = 1 - soft
    black = inks.min(2) * 0.6
    planes = [inks[..., i] - black for i in range(3)] + [black]
    height, width = black.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch = rng.uniform(3.6, 5.2)
    out = []
    for plane, degrees in zip(planes, (0, 75, 15, 45), strict=True):
        a = np.radians(degrees)
        along, across = x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)
        screen = 0.25 * (2 + np.cos(2 * np.pi * along / pitch) + np.cos(2 * np.pi * across / pitch))
        out.append(np.clip((plane * 1.02 - screen) * 4 + 0.5, 0, 1))
    printed = np.stack([1 - np.clip(out[i] + out[3], 0, 1) for i in range(3)], 2)
    return np.asarray(np.clip(cv2.GaussianBlur(printed, (0, 0), 0.9) * 225 + 18, 0, 255), np.uint8)


def on_a_screen(picture: Pixels, rng: random.Random) -> Pixels:
    """Return a picture as shown by a screen's red, green and blue pixels and photographed, the camera not quite square to it."""
    height, width = picture.shape[:2]
    pitch = rng.uniform(2.2, 3.4)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = np.radians(rng.uniform(-4, 4))
    u, v = (x * np.cos(turn) + y * np.sin(turn)) / pitch, (y * np.cos(turn) - x * np.sin(turn)) / pitch
    lines = 0.72 + 0.28 * np.cos(2 * np.pi * v)
    shown = np.empty_like(picture, np.float32)
    for channel, phase in enumerate((2 / 3, 1 / 3, 0.0)):
        stripe = 0.55 + 0.45 * np.cos(2 * np.pi * (u - phase))
        shown[..., channel] = picture[..., channel] * stripe * lines
    seen = cv2.GaussianBlur(shown, (0, 0), rng.uniform(0.55, 1.0))
    bright = seen * (float(picture.mean()) / max(float(seen.mean()), 1.0))
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, 2.0, picture.shape)
    return jpeg(np.asarray(np.clip(bright + noise, 0, 255), np.uint8), rng.randint(85, 95))


def other_mrz(page: Pixels, lines: tuple[str, ...], zone: Quad, name: str) -> Pixels:
    """Return a page with its MRZ set anew in another font. zone: corners of the rows on the page, clockwise from the upper left."""
    left, top = (round(float(value)) for value in zone.min(0))
    right, bottom = (round(float(value)) for value in zone.max(0))
    forged = page.copy()
    room = round(0.03 * (right - left))
    forged[top - room : bottom + room, max(0, left - room) : right + room] = (246, 246, 246)
    sheet = Image.fromarray(cv2.cvtColor(forged, cv2.COLOR_BGR2RGB))
    pen = ImageDraw.Draw(sheet)
    size = 20
    while font(name, size + 1).getlength(max(lines, key=len)) < right - left:
        size += 1
    step = (bottom - top) / len(lines)
    for row, line in enumerate(lines):
        pen.text((left, top + step * (row + 0.8)), line, font=font(name, size), fill=(18, 18, 22), anchor="ls")
    return _bgr(np.asarray(sheet))


def _bgr(picture: NDArray[np.uint8]) -> Pixels:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), np.uint8)
