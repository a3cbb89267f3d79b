"""Draws OCR-B's characters into cells; `kiosk/document/ocr_b.py` holds the result."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from kiosk.actor.specimen import font, ocr_b_size
from kiosk.document.layouts import ALPHABET

_CELL = (20, 14)
_PX_PER_MM = 20


def drawn_glyphs() -> NDArray[np.uint8]:
    """Return (37, 20, 14): ink, 0 to 255, of every character an MRZ may hold."""
    pitch = 2.54 * _PX_PER_MM
    cell = (round(pitch * _CELL[0] / _CELL[1]), round(pitch))
    table = np.zeros((len(ALPHABET), *_CELL), np.uint8)
    for i, character in enumerate(ALPHABET):
        sheet = Image.new("L", (cell[1], cell[0]), 0)
        # capitals are 2.4 mm high: their middle lies 1.2 mm above the baseline
        ImageDraw.Draw(sheet).text((cell[1] / 2, cell[0] / 2 + 1.2 * _PX_PER_MM), character, font=font("OCRB.otf", ocr_b_size()), fill=255,
                                   anchor="ms")  # fmt: skip
        table[i] = cv2.resize(np.asarray(sheet), (_CELL[1], _CELL[0]), interpolation=cv2.INTER_AREA)
    return table
