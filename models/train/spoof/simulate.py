"""People, and pictures of people held before a camera, drawn from photographs of faces.

Every scene starts from one photograph. A person is the photograph through some camera. A print or a screen is the photograph on paper or
glass, cut tight or loose, bent, tilted, with border or bezel, hands and reflections, before another background, through some camera.
The families of distortion here (round clustered halftone dots, striped sub-pixels sampled by a second grid) are not those that
`kiosk/actor` draws for testing, on purpose.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels
from models.train.spoof.camera import Random, blurred, chance, photographed

Box = tuple[float, float, float, float]
SIDES_PX = (215, 285)
"""A scene's side is drawn between these: how much is seen around the face must not tell what it is."""


class Kind(IntEnum):
    """The order of the network's classes; MiniFASNet's order too."""

    PRINT = 0
    PERSON = 1
    SCREEN = 2


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """box: the face, (x0, y0, x1, y1) pixels."""

    pixels: Pixels
    box: Box
    kind: Kind


def person(photo: Pixels, box: Box, rng: Random) -> Scene:
    """Someone before the camera. Things with straight edges stand behind them as often as behind an attack."""
    pixels, box = _mirrored(photo, box, rng)
    if chance(rng, 0.35):
        pixels = _with_things_behind(pixels, box, rng)
    side = int(rng.integers(*SIDES_PX))
    matrix = _placing(box, side, rng, tilt=rng.normal(0, 4))
    scene = cv2.warpAffine(pixels, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return Scene(photographed(np.asarray(scene, np.uint8), rng), _moved(box, matrix), Kind.PERSON)


def printed(photo: Pixels, box: Box, behind: Pixels, rng: Random) -> Scene:
    pixels, box = _mirrored(photo, box, rng)
    pixels, box = _cut(pixels, box, rng)
    paper = _on_paper(pixels, rng)
    if chance(rng, 0.6):
        margin = int(rng.integers(2, 26))
        shade = int(rng.integers(190, 256))
        paper = np.asarray(cv2.copyMakeBorder(paper, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(shade,) * 3), np.uint8)
        box = (box[0] + margin, box[1] + margin, box[2] + margin, box[3] + margin)
    return _held(paper, box, behind, rng, Kind.PRINT)


def replayed(photo: Pixels, box: Box, behind: Pixels, rng: Random) -> Scene:
    pixels, box = _mirrored(photo, box, rng)
    pixels, box = _cut(pixels, box, rng)
    screen = _on_screen(pixels, rng)
    if chance(rng, 0.5):
        margin = int(rng.integers(3, 22))
        shade = int(rng.integers(0, 40)) if chance(rng, 0.75) else int(rng.integers(160, 250))
        screen = np.asarray(cv2.copyMakeBorder(screen, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(shade,) * 3), np.uint8)
        box = (box[0] + margin, box[1] + margin, box[2] + margin, box[3] + margin)
    return _held(screen, box, behind, rng, Kind.SCREEN)


# Paper and glass


def _on_paper(photo: Pixels, rng: Random) -> Pixels:
    """Ink lies: fewer colours, a raised black, a paper white, dots where the printer is coarse."""
    black = rng.uniform(8, 60, 3) + rng.uniform(0, 15)
    white = rng.uniform(185, 255) * rng.normal(1, 0.03, 3)
    ink: NDArray[Any] = photo.astype(np.float32) / 255
    gray = ink.mean(2, keepdims=True)
    ink = gray + (ink - gray) * rng.uniform(0.5, 1.05)
    if chance(rng, 0.06):
        ink = np.repeat(gray, 3, 2)
    if chance(rng, 0.45):
        ink = _halftone(ink, rng)
    paper = black + np.clip(ink, 0, 1) ** rng.uniform(0.8, 1.35) * (white.clip(120, 255) - black)
    if chance(rng, 0.5):
        paper = paper + cv2.GaussianBlur(rng.normal(0, 1, ink.shape[:2]), (0, 0), rng.uniform(0.6, 2.0))[..., None] * rng.uniform(2, 10)
    return np.asarray(np.clip(paper, 0, 255), np.uint8)


def _halftone(ink: NDArray[Any], rng: Random) -> NDArray[Any]:
    """Round clustered dots, one screen a colour, each at its own angle."""
    height, width = ink.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    pitch, hardness = rng.uniform(1.8, 4.5), rng.uniform(2, 7)
    result = np.empty_like(ink)
    for channel, degrees in enumerate((0.0, 75.0, 15.0)):
        angle = np.deg2rad(degrees + rng.normal(0, 3))
        u, v = (np.cos(angle) * x + np.sin(angle) * y) / pitch, (np.cos(angle) * y - np.sin(angle) * x) / pitch
        threshold = 0.5 + 0.25 * (np.cos(2 * np.pi * u) + np.cos(2 * np.pi * v))
        result[..., channel] = 1 / (1 + np.exp(-hardness * (ink[..., channel] - threshold)))
    strength = rng.uniform(0.1, 0.6)
    return np.asarray(ink * (1 - strength) + result * strength, np.float32)


def _on_screen(photo: Pixels, rng: Random) -> Pixels:
    """Light through glass: its own white, a glow in the black, more contrast, and the striped grid as another grid sees it."""
    light = (photo.astype(np.float32) / 255) ** rng.uniform(0.8, 1.45)
    gray = light.mean(2, keepdims=True)
    light = gray + (light - gray) * rng.uniform(0.75, 1.5)
    light = np.clip(light, 0, 1) * rng.uniform(0.75, 1.35) * np.array([rng.uniform(0.95, 1.25), 1.0, rng.uniform(0.8, 1.05)], np.float32)
    light = light + rng.uniform(0.0, 0.12)
    if chance(rng, 0.75):
        light = light * _beats(light.shape[0], light.shape[1], rng)
    if chance(rng, 0.35):
        light = light * _rolling(light.shape[0], rng)[:, None, None]
    if chance(rng, 0.4):
        glow = cv2.GaussianBlur(light, (0, 0), rng.uniform(4, 14))
        light = light * 0.85 + glow * rng.uniform(0.1, 0.3)
    return np.asarray(np.clip(light * 255, 0, 255), np.uint8)


def _beats(height: int, width: int, rng: Random) -> NDArray[np.float32]:
    """Moire: red, green and blue stripes of a screen, sampled by a turned and slightly warped second grid."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle, pitch = rng.uniform(-0.25, 0.25), rng.uniform(0.55, 2.6)
    bend = rng.normal(0, 0.0015, 2)
    u = (x * np.cos(angle) + y * np.sin(angle)) / pitch + bend[0] * x * y / pitch
    v = (y * np.cos(angle) - x * np.sin(angle)) / pitch + bend[1] * x * x / pitch
    depth = rng.uniform(0.02, 0.22)
    stripes = np.stack([np.cos(2 * np.pi * (u + shift)) for shift in (0, 1 / 3, 2 / 3)], -1) * rng.uniform(0.3, 1.0)
    rows = np.cos(2 * np.pi * v)[..., None] * rng.uniform(0.2, 1.0)
    pattern: NDArray[np.float32] = cv2.GaussianBlur(1 + depth * (stripes + rows), (0, 0), rng.uniform(0.3, 0.9)).astype(np.float32)
    return pattern


def _rolling(height: int, rng: Random) -> NDArray[np.float32]:
    """The dark band of a screen that is dimmed by switching, seen by a shutter that rolls."""
    rows = np.arange(height) / height
    return np.asarray(1 - rng.uniform(0.03, 0.2) * (np.cos(2 * np.pi * (rows * rng.uniform(0.5, 5) + rng.random())) > 0.3), np.float32)


# Held before a camera


def _held(medium: Pixels, box: Box, behind: Pixels, rng: Random, kind: Kind) -> Scene:
    """Lay the medium, tilted and perhaps bent, over another background; hands, shadow, reflection; then the camera."""
    if chance(rng, 0.4 if kind is Kind.PRINT else 0.0):
        medium = _bent(medium, rng)
    side = int(rng.integers(*SIDES_PX))
    background = _background(behind, side, rng)
    placing = np.vstack([_placing(box, side, rng, tilt=rng.normal(0, 6)), [0, 0, 1]])
    leaning = np.eye(3)
    leaning[2, :2] = rng.normal(0, 0.00045, 2)
    centre = np.array([[1, 0, side / 2], [0, 1, side / 2], [0, 0, 1]])
    matrix = centre @ leaning @ np.linalg.inv(centre) @ placing
    size = (side, side)
    picture = cv2.warpPerspective(medium, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = np.asarray(cv2.warpPerspective(np.full(medium.shape[:2], 255, np.uint8), matrix, size), np.uint8)
    if chance(rng, 0.5):
        shadow = cv2.GaussianBlur(np.roll(mask, rng.integers(-12, 13, 2), (0, 1)), (0, 0), rng.uniform(3, 12))
        background = (background * (1 - shadow[..., None] / 255 * rng.uniform(0.1, 0.6))).astype(np.uint8)
    if chance(rng, 0.45):
        picture = _reflecting(np.asarray(picture, np.uint8), behind, rng)
    alpha = mask[..., None].astype(np.float32) / 255
    scene = np.asarray(picture * alpha + background * (1 - alpha), np.uint8)
    if chance(rng, 0.3):
        scene = _with_hand(scene, mask, rng)
    points = np.array([[box[0], box[1]], [box[2], box[1]], [box[2], box[3]], [box[0], box[3]]], np.float64)
    moved = cv2.perspectiveTransform(points[None], matrix)[0]
    face = (moved[:, 0].min(), moved[:, 1].min(), moved[:, 0].max(), moved[:, 1].max())
    return Scene(photographed(scene, rng), (float(face[0]), float(face[1]), float(face[2]), float(face[3])), kind)


def _bent(medium: Pixels, rng: Random) -> Pixels:
    """Round a cylinder whose axis stands upright or lies: what is seen from the front moves, and its light with it."""
    height, width = medium.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    along = x if chance(rng, 0.7) else y
    strength = rng.uniform(0.2, 1.1)
    round_ = np.sin(along * strength) / np.sin(strength)
    where = (round_, y) if along is x else (x, round_)
    map_x, map_y = ((where[0] + 1) / 2 * (width - 1)).astype(np.float32), ((where[1] + 1) / 2 * (height - 1)).astype(np.float32)
    bent = cv2.remap(medium, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = 1 + rng.uniform(-0.35, 0.35) * along - rng.uniform(0, 0.3) * along * along
    return np.asarray(np.clip(bent * light[..., None], 0, 255), np.uint8)


def _reflecting(picture: Pixels, behind: Pixels, rng: Random) -> Pixels:
    """A lamp or the room, mirrored in glass or glossy paper."""
    height, width = picture.shape[:2]
    if chance(rng, 0.6):
        spot: NDArray[Any] = np.zeros((height, width), np.float32)
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.ellipse(spot, centre, (int(rng.integers(4, 60)), int(rng.integers(4, 40))), float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        spot = cv2.GaussianBlur(spot, (0, 0), rng.uniform(2, 25))
        return np.asarray(np.clip(picture + spot[..., None] * rng.uniform(30, 200), 0, 255), np.uint8)
    room = cv2.GaussianBlur(cv2.resize(behind, (width, height)), (0, 0), rng.uniform(3, 10))
    return np.asarray(cv2.addWeighted(picture, 1.0, room, rng.uniform(0.05, 0.25), 0), np.uint8)


def _with_hand(scene: Pixels, mask: NDArray[np.uint8], rng: Random) -> Pixels:
    """Fingers over the edge of what is held."""
    edges = np.argwhere(cv2.Canny(mask, 50, 100))
    if len(edges) == 0:
        return scene
    y, x = edges[int(rng.integers(len(edges)))]
    drawn = scene.copy()
    shade = np.array([105, 135, 190]) * rng.uniform(0.35, 1.25)
    for finger in range(int(rng.integers(1, 5))):
        place = (int(x + finger * rng.uniform(8, 16)), int(y + rng.normal(0, 4)))
        colour = tuple(float(c) for c in (shade * rng.normal(1, 0.04)).clip(0, 255))
        cv2.ellipse(drawn, place, (int(rng.integers(6, 12)), int(rng.integers(18, 40))), float(rng.normal(0, 25)), 0, 360, colour, -1)
    return np.asarray(blurred(drawn, 1.0) if chance(rng, 0.5) else drawn, np.uint8)


def _background(behind: Pixels, side: int, rng: Random) -> Pixels:
    if chance(rng, 0.25):
        low, high = rng.uniform(10, 230, (2, 3))
        ramp = np.linspace(0, 1, side)[:, None, None]
        flat = np.broadcast_to(low * (1 - ramp) + high * ramp, (side, side, 3))
        return flat.astype(np.uint8) if chance(rng, 0.5) else np.ascontiguousarray(flat.transpose(1, 0, 2)).astype(np.uint8)
    zoom = rng.uniform(1.0, 2.2)
    matrix: NDArray[Any] = cv2.getRotationMatrix2D((125.0, 125.0), float(rng.normal(0, 8)), side / 250 * zoom)
    matrix[:, 2] += (side - 250) / 2 + rng.normal(0, 60, 2)
    room = cv2.warpAffine(behind, matrix, (side, side), borderMode=cv2.BORDER_REFLECT_101)
    return blurred(np.asarray(room, np.uint8), rng.uniform(0.5, 9)) if chance(rng, 0.8) else np.asarray(room, np.uint8)


def _with_things_behind(photo: Pixels, box: Box, rng: Random) -> Pixels:
    """Door frames, posters, monitors and hands beside a real head: edges near a face are no proof of an attack."""
    drawn = photo.copy()
    height, width = photo.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        colour = tuple(float(c) for c in rng.uniform(0, 255, 3)) if chance(rng, 0.5) else (float(rng.integers(256)),) * 3
        x, y = int(rng.integers(-40, width)), int(rng.integers(-40, height))
        corners = cv2.boxPoints(((x, y), (rng.uniform(10, 160), rng.uniform(10, 220)), rng.normal(0, 6))).astype(np.int32)
        if chance(rng, 0.6):
            cv2.fillConvexPoly(drawn, corners, colour)
        else:
            cv2.polylines(drawn, [corners], True, colour, int(rng.integers(2, 12)))
    head: NDArray[Any] = np.zeros((height, width), np.float32)
    centre = (int((box[0] + box[2]) / 2), int((box[1] + box[3]) / 2 - 0.06 * (box[3] - box[1])))
    axes = (int((box[2] - box[0]) * 0.68), int((box[3] - box[1]) * 0.74))
    cv2.ellipse(head, centre, axes, 0, 0, 360, 1.0, -1)
    cv2.rectangle(head, (centre[0] - axes[0], centre[1] + axes[1] // 2), (centre[0] + axes[0], height), 1.0, -1)
    head = cv2.GaussianBlur(head, (0, 0), 2.5)[..., None]
    return np.asarray(photo * head + drawn * (1 - head), np.uint8)


# Places


def _mirrored(photo: Pixels, box: Box, rng: Random) -> tuple[Pixels, Box]:
    if chance(rng, 0.5):
        return photo, box
    width = photo.shape[1]
    return np.ascontiguousarray(photo[:, ::-1]), (width - 1 - box[2], box[1], width - 1 - box[0], box[3])


def _cut(photo: Pixels, box: Box, rng: Random) -> tuple[Pixels, Box]:
    """Keep the face and a random part of what is around it."""
    height, width = photo.shape[:2]
    room = rng.uniform(0.05, 1.0, 4)
    x0, y0 = int(box[0] * (1 - room[0])), int(box[1] * (1 - room[1]))
    x1, y1 = int(box[2] + (width - box[2]) * room[2]), int(box[3] + (height - box[3]) * room[3])
    x0, y0 = max(x0, 0), max(y0, 0)
    return photo[y0:y1, x0:x1], (box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0)


def _placing(box: Box, side: int, rng: Random, tilt: float) -> NDArray[np.float64]:
    """Return the 2x3 matrix that puts the face near the scene's middle, about as large as it was photographed."""
    zoom = rng.uniform(0.95, 1.25)
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, float(tilt), float(zoom)), np.float64)
    matrix[:, 2] += side / 2 - np.array(centre) + rng.normal(0, 9, 2)
    return matrix


def _moved(box: Box, matrix: NDArray[np.float64]) -> Box:
    """Return the box under a near-similarity: centre moved, sides scaled."""
    centre = matrix @ np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1.0])
    zoom = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    width, height = (box[2] - box[0]) * zoom / 2, (box[3] - box[1]) * zoom / 2
    return (float(centre[0] - width), float(centre[1] - height), float(centre[0] + width), float(centre[1] + height))
