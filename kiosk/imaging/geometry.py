"""Quadrilaterals and the warps between them. Corners are (x, y) pixels, clockwise from top left, shape (4, 2) float32."""

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels

Quad = NDArray[np.float32]
Gray = NDArray[np.uint8]


def gray_of(picture: Pixels) -> Gray:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def halved(picture: NDArray[np.uint8], least_side: int) -> NDArray[np.uint8]:
    """Return the picture halved, each pixel the mean of four, as often as its longer side stays at least_side or more."""
    while max(picture.shape[:2]) >= 2 * least_side:
        size = (picture.shape[1] // 2, picture.shape[0] // 2)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return picture


def fitted(picture: NDArray[np.uint8], long_side: int) -> tuple[NDArray[np.uint8], float]:
    """Return the picture with its longer side at long_side, and the factor from the given to the returned pixels."""
    factor = long_side / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(halved(picture, long_side), size, interpolation=way), np.uint8), factor


def reduced(picture: NDArray[np.uint8], long_side: int) -> tuple[NDArray[np.uint8], float]:
    """Like `fitted`, but a smaller picture is left as it is."""
    if max(picture.shape[:2]) <= long_side:
        return picture, 1.0
    return fitted(picture, long_side)


def ordered(corners: NDArray[np.float32]) -> Quad:
    """Return four corners clockwise (in picture coordinates, y down) from the one nearest the top left."""
    centre = corners.mean(0)
    angles = np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0])
    turned = corners[np.argsort(angles)]
    return np.roll(turned, -int(turned.sum(1).argmin()), axis=0).astype(np.float32)


def side_lengths(quad: Quad) -> tuple[float, float, float, float]:
    """Return top, right, bottom, left in pixels."""
    top, right, bottom, left = (float(np.linalg.norm(quad[(i + 1) % 4] - quad[i])) for i in range(4))
    return top, right, bottom, left


def lengthwise(quad: Quad) -> Quad:
    """Return the corners so that the longer sides are top and bottom."""
    top, right, bottom, left = side_lengths(quad)
    return quad if top + bottom >= left + right else np.roll(quad, -1, axis=0).astype(np.float32)


def area(quad: Quad) -> float:
    """Return the area in square pixels (positive when clockwise with y down)."""
    x, y = quad[:, 0], quad[:, 1]
    return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def is_convex(quad: Quad) -> bool:
    return bool(cv2.isContourConvex(quad.reshape(-1, 1, 2)))


def corner_angles(quad: Quad) -> NDArray[np.float64]:
    """Return the four inner angles in degrees."""
    before, after = np.roll(quad, 1, 0) - quad, np.roll(quad, -1, 0) - quad
    cosine = (before * after).sum(1) / (np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1) + 1e-9)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))), np.float64)


def rectangle(width: float, height: float) -> Quad:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def flattened(picture: NDArray[np.uint8], quad: Quad, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return what lies inside the quad as a (width, height) picture.

    Where the target is much smaller than the source the picture is reduced first, so that fine print does not alias.
    """
    top, right, bottom, left = side_lengths(quad)
    shrink = max((top + bottom) / 2 / size[0], (left + right) / 2 / size[1])
    if shrink > 1.6:
        x0, y0 = np.floor(np.clip(quad.min(0) - 4, 0, None)).astype(int)
        x1, y1 = np.ceil(quad.max(0) + 4).astype(int)
        window = picture[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
        if window.size:
            factor = 1 / shrink
            smaller = (max(1, round(window.shape[1] * factor)), max(1, round(window.shape[0] * factor)))
            picture = np.asarray(cv2.resize(window, smaller, interpolation=cv2.INTER_AREA), np.uint8)
            exact = np.array([smaller[0] / window.shape[1], smaller[1] / window.shape[0]], np.float32)
            quad = ((quad - np.array([x0, y0], np.float32)) * exact).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(quad, rectangle(*size))
    warped = cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def turned(picture: NDArray[np.uint8], quarter_turns: int) -> NDArray[np.uint8]:
    """Return the picture turned clockwise by quarter turns."""
    return np.ascontiguousarray(np.rot90(picture, -quarter_turns))


def transformed(points: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return points (n, 2) moved by a 3x3 homography."""
    return np.asarray(cv2.perspectiveTransform(points.reshape(-1, 1, 2).astype(np.float64), matrix).reshape(-1, 2), np.float32)
