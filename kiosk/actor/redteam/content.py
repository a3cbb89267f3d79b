"""What an attacker shows: a photograph, a puppet of it, his own head with the victim's face, or a photograph with holes for his eyes."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.actor.expression import Expression
from kiosk.actor.puppet import Puppet
from kiosk.actor.redteam.media import Random
from kiosk.actor.redteam.play import Play
from kiosk.actor.reflection import Reflection, mean_gain
from kiosk.frame import Pixels

CONTENT_SIZE = (360, 440)
FACE_PX = 170.0
_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58),
    *(132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_EYES = ((33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
         (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249))  # fmt: skip
_STEADY = (33, 133, 362, 263, 1, 61, 291, 152, 10, 234, 454)
Moving = Callable[[float], Pixels]
"""The picture at a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Sitter:
    """Somebody's photograph, BGR, with the mesh of their face, (478, 3) in its pixels."""

    photo: Pixels
    landmarks: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """moving: the content over time, CONTENT_SIZE; landmarks: (468, 3) of the face at rest, in its pixels."""

    moving: Moving
    landmarks: NDArray[np.float32]


def puppet_of(sitter: Sitter) -> Puppet:
    return Puppet(sitter.photo, sitter.landmarks, frame_size=CONTENT_SIZE, face_width_px=FACE_PX)


def still(puppet: Puppet) -> Shown:
    picture = puppet.draw_ahead()
    return Shown(lambda _: picture, puppet.landmarks)


def acting(puppet: Puppet, rng: Random, speed: float = 1.0) -> Shown:
    """A puppet that sways, turns and blinks; speed: times as fast as people do."""
    phases, rates = rng.uniform(0, 2 * math.pi, 5), rng.uniform(0.12, 0.4, 5) * speed
    reach = np.array([rng.uniform(4, 22), rng.uniform(1, 6), 1.5, 3.0, 2.0])
    blink_s, every_s = rng.uniform(0.2, 1.2), rng.uniform(1.8, 4.0) / speed

    def at(second: float) -> Pixels:
        yaw, pitch, roll, right, down = (float(value) for value in reach * np.sin(2 * math.pi * rates * second + phases))
        since = (second - blink_s) % every_s
        lids = max(0.0, 1 - abs(since * speed - 0.15) / 0.15)
        return puppet.draw(Expression(yaw, pitch, roll, lids, (right, down)))

    return Shown(at, puppet.landmarks)


def driven(puppet: Puppet, play: Play) -> Shown:
    """A puppet that its driver makes do what the screen asks."""
    return Shown(lambda second: puppet.draw(play.expression(second)), puppet.landmarks)


def relit(shown: Shown, play: Play, rng: Random, *, solid: bool = False) -> Shown:
    """The same, coloured by its driver's program as he sees the screen shine, after his delay: a tint on the face, or on all of it.

    solid: the program knows where the screen's halves are and lights the face as a head would be.
    """
    delay_s, share = rng.uniform(0.05, 0.8), rng.uniform(0.1, 0.35)
    everywhere = rng.random() < 0.5 and not solid
    light = Reflection(shown.landmarks[:, :2], CONTENT_SIZE, share, solid=solid)

    def at(second: float) -> Pixels:
        picture, screen = shown.moving(second), play.light(second - delay_s)
        if screen is None:
            return picture
        if everywhere:
            return np.asarray((picture * mean_gain(screen, share)).clip(0, 255), np.uint8)
        return light.lit(picture, screen)

    return Shown(at, shown.landmarks)


def swapped(attacker: Sitter, victim: Sitter) -> Sitter:
    """Return the attacker's photograph with the victim's face blended in: aligned by steady points, its colours drawn to the skin's."""
    matrix = _alignment(victim.landmarks, attacker.landmarks)
    size = (attacker.photo.shape[1], attacker.photo.shape[0])
    face = cv2.warpAffine(victim.photo, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    mask = np.zeros((size[1], size[0]), np.uint8)
    outline = attacker.landmarks[list(_OVAL), :2]
    middle = outline.mean(0)
    cv2.fillPoly(mask, [np.round(middle + (outline - middle) * 0.86).astype(np.int32)], 255)
    inside = mask > 0
    skin, drawn = attacker.photo[inside].astype(np.float32), face[inside].astype(np.float32)
    face = (face - drawn.mean(0)) * (skin.std(0) / np.maximum(drawn.std(0), 1)) + skin.mean(0)
    soft = cv2.GaussianBlur(mask, (0, 0), 3.0)[..., None].astype(np.float32) / 255
    blended = face * soft + attacker.photo * (1 - soft)
    return Sitter(np.asarray(blended.clip(0, 255), np.uint8), attacker.landmarks)


def with_eye_holes(printed: Pixels, landmarks: NDArray[np.float32], attacker: Shown) -> Moving:
    """The attacker looks through holes cut into a print: his eyes move and blink in it, shaded by the paper's edge.

    printed: the print, of which `landmarks` tell where the eyes are.
    """
    matrix = _alignment(attacker.landmarks, landmarks)
    size = (printed.shape[1], printed.shape[0])
    holes = np.zeros((size[1], size[0]), np.uint8)
    for eye in _EYES:
        points = landmarks[list(eye), :2]
        middle = points.mean(0)
        cv2.fillPoly(holes, [np.round(middle + (points - middle) * [1.35, 1.9]).astype(np.int32)], 255)
    edge = cv2.GaussianBlur(holes, (0, 0), 2.2)[..., None].astype(np.float32) / 255
    hole = (holes > 0)[..., None]

    def at(second: float) -> Pixels:
        eyes = cv2.warpAffine(attacker.moving(second), matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        return np.asarray(np.where(hole, eyes * (0.35 + 0.65 * edge), printed), np.uint8)

    return at


def _alignment(source: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the similarity, (2, 3), that lays one face's steady points over another's (least squares, Umeyama 1991)."""
    a, b = (points[list(_STEADY), :2].astype(np.float64) for points in (source, target))
    a_middle, b_middle = a.mean(0), b.mean(0)
    u, scales, vt = np.linalg.svd((b - b_middle).T @ (a - a_middle))
    sign = np.diag([1.0, float(np.sign(np.linalg.det(u @ vt)))])
    turn = u @ sign @ vt
    scale = float((scales * np.diag(sign)).sum() / ((a - a_middle) ** 2).sum())
    return np.column_stack([scale * turn, b_middle - scale * turn @ a_middle])
