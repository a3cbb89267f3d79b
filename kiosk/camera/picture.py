"""Turns the bytes of a picture file into pixels, or refuses them. The only place that decodes pictures from outside.

What a file claims is read from its head before anything is decoded, so a small file cannot make the program fill its memory.
"""

import io
import warnings

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from kiosk.faults import PictureUnreadable
from kiosk.frame import Pixels
from kiosk.policy import DocumentPolicy

FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF", "JPEG2000")
MOST_BYTES = 80_000_000
STRIP_PX = 256
HALVED_FROM_PIXELS = 30_000_000
LEAST_SIDE_PX = 16
"""Below this a file is refused as no picture of anything; the document policy's own floor comes later and is an outcome."""

_REFUSALS = (
    *(UnidentifiedImageError, Image.DecompressionBombError, OSError, EOFError, SyntaxError, MemoryError),
    *(ValueError, KeyError, IndexError, TypeError, OverflowError),
)
"""What Pillow's decoders raise on damaged files of the formats above."""


def decode_picture(data: bytes, policy: DocumentPolicy) -> Pixels:
    """Return an upright BGR picture. Raises PictureUnreadable for anything else, or one outside the policy's size.

    Honours EXIF orientation; takes the first frame of an animation; gray, palette, 16-bit and CMYK become 8-bit BGR; transparent
    parts become white. A file cut short is refused: half a document must not be read as one.
    """
    if not data or len(data) > MOST_BYTES:
        raise PictureUnreadable(f"{len(data)} bytes are no picture we take")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                _check_size(image.size, policy)
                return _pixels(image)
    except _REFUSALS as trouble:
        raise PictureUnreadable(f"not a picture that can be decoded ({type(trouble).__name__})") from trouble


def _check_size(size: tuple[int, int], policy: DocumentPolicy) -> None:
    width, height = size
    if min(width, height) < LEAST_SIDE_PX:
        raise PictureUnreadable(f"{width}x{height} pixels are too few")
    if width * height > policy.max_megapixels * 1_000_000:
        raise PictureUnreadable(f"{width}x{height} pixels are too many")


def _pixels(image: Image.Image) -> Pixels:
    orientation = image.getexif().get(0x0112, 1) if hasattr(image, "getexif") else 1
    image.seek(0)
    if image.format == "JPEG" and image.width * image.height > HALVED_FROM_PIXELS:
        # JPEG can be decoded at half size: a quarter of the memory, and still more pixels than any print needs.
        image.draft(None, (image.width // 2, image.height // 2))
    pixels = _bgr(image)
    return _upright(pixels, orientation)


def _bgr(image: Image.Image) -> Pixels:
    if image.mode in ("I;16", "I;16B", "I;16L", "I"):
        deep = np.asarray(image)
        top = 65535 if int(deep.max(initial=0)) > 255 else 255
        gray = (deep.astype(np.float32) * (255 / top)).clip(0, 255).astype(np.uint8)
        return np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8)
    if image.mode == "F":
        gray = np.asarray(image).clip(0, 255).astype(np.uint8)
        return np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), np.uint8)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        image = Image.alpha_composite(ground, layered)
    coloured = image if image.mode == "RGB" else image.convert("RGB")
    coloured.load()
    width, height = coloured.size
    pixels: Pixels = np.empty((height, width, 3), np.uint8)
    # In strips, so that no third copy of a large picture is ever held.
    for top in range(0, height, STRIP_PX):
        bottom = min(height, top + STRIP_PX)
        strip = np.asarray(coloured.crop((0, top, width, bottom)))
        cv2.cvtColor(strip, cv2.COLOR_RGB2BGR, dst=pixels[top:bottom])
    return pixels


def _upright(pixels: Pixels, orientation: object) -> Pixels:
    """Undo the camera's orientation mark (EXIF 0x0112)."""
    match orientation:
        case 2:
            return np.ascontiguousarray(pixels[:, ::-1])
        case 3:
            return np.ascontiguousarray(pixels[::-1, ::-1])
        case 4:
            return np.ascontiguousarray(pixels[::-1])
        case 5:
            return np.ascontiguousarray(pixels.transpose(1, 0, 2))
        case 6:
            return np.ascontiguousarray(np.rot90(pixels, -1))
        case 7:
            return np.ascontiguousarray(np.rot90(pixels.transpose(1, 0, 2), 2))
        case 8:
            return np.ascontiguousarray(np.rot90(pixels))
        case _:
            return pixels
