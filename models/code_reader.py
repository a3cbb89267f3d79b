"""Find and read printed codes: PDF417, QR, Data Matrix and Aztec, through zxing-cpp (Apache-2.0), which runs on arrays in memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from kiosk.frame import Pixels
from kiosk.values import CodeKind

MOST_CODES = 6
MOST_BYTES = 8192
"""A QR code of the largest size holds 2,953 bytes: what is longer was put together by someone."""
MOST_SIDE_PX = 2200
"""Longer side looked at. A licence's PDF417 is some 300 modules wide on two thirds of the card: 4 pixels each in a 12-megapixel picture
brought to this size."""
_KINDS = {"PDF417": CodeKind.PDF417, "QRCode": CodeKind.QR, "DataMatrix": CodeKind.DATA_MATRIX, "Aztec": CodeKind.AZTEC}
"""By zxing's names. None of its own objects is kept: those alive when the program ends are called leaks on its last lines."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundCode:
    """kind: what sort of symbol; content: its bytes, at most MOST_BYTES; quad: (4, 2) float32 pixels, clockwise from its upper left."""

    kind: CodeKind
    content: bytes
    quad: NDArray[np.float32]


class CodeReader:
    """Implements `kiosk.document.engines.Codes`. Holds nothing; one may be used by several threads."""

    def find(self, image: Pixels) -> Sequence[FoundCode]:
        """Return the codes whose error correction agrees, at most MOST_CODES. image: BGR or gray, any size and orientation."""
        longest = max(image.shape[:2])
        shrink = min(1.0, MOST_SIDE_PX / longest)
        gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        if shrink < 1.0:
            gray = cv2.resize(gray, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        found = zxingcpp.read_barcodes(np.ascontiguousarray(gray, np.uint8), formats=_formats(), try_invert=False)
        return tuple(
            FoundCode(_kind(code), bytes(code.bytes), _quad(code, shrink)) for code in found[:MOST_CODES] if len(code.bytes) <= MOST_BYTES
        )


def _formats() -> zxingcpp.BarcodeFormats:
    return zxingcpp.barcode_formats_from_str("|".join(_KINDS))


def _kind(code: zxingcpp.Barcode) -> CodeKind:
    symbology = code.symbology
    return _KINDS.get(getattr(symbology, "name", str(symbology)), CodeKind.OTHER)


def _quad(code: zxingcpp.Barcode, shrink: float) -> NDArray[np.float32]:
    place = code.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return np.array([[corner.x, corner.y] for corner in corners], np.float32) / np.float32(shrink)
