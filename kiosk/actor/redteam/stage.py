"""A medium held before the station's camera: the hand that trembles, the room behind, the light on it, the camera."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.actor.redteam.media import Medium, Random, beaten
from kiosk.actor.reflection import across, mean_gain
from kiosk.frame import Pixels
from kiosk.liveness.colours import Screen

SIZE = (640, 480)
_FOCAL_PX = 560.0
"""Of a camera that sees 60 degrees."""
_SHARPEST = 6
_WALL_SHARE = 0.05
"""What reaches the wall behind, of what the screen gives the thing in front of it."""


_SHEET_ASIDE = 0.1
"""How much more of the nearer half reaches a flat sheet at the edge of a face, 7 cm aside: it is only nearer."""
_FACE_HALF_PX = 80.0
_OF_LEFT_ON_A_SHEET = (1 + np.clip(_SHEET_ASIDE * (np.arange(SIZE[0]) - SIZE[0] / 2) / _FACE_HALF_PX, -0.4, 0.4)).astype(np.float32)[
    None, :, None
] / 2


@dataclass(frozen=True, slots=True)
class Pose:
    """How a held thing is turned on purpose. yaw_deg: towards the right of the picture is positive, as a subject's left; near: grows."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    near: float = 1.0


@dataclass(frozen=True, slots=True)
class Lighting:
    """What the station's screen does to the thing. screen: how it shines, None as usual; share: of the thing's own brightness that its
    full light adds: skin and paper 0.1 to 0.4 in a room, glass that shines by itself a hundredth of that; mirror: a part of the frame
    (x0, y0, x1, y1) in which glass mirrors the screen, and the share there."""

    screen: Screen | None = None
    share: float = 0.0
    mirror: tuple[tuple[int, int, int, int], float] | None = None

    def on(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the lit picture."""
        if self.screen is None:
            return picture
        lit = picture * across(self.screen, self.share, _OF_LEFT_ON_A_SHEET)
        if self.mirror is not None:
            (x0, y0, x1, y1), share = self.mirror
            # A mirror image of the screen: its left half lies on the right of the picture.
            of_left = (np.arange(x1 - x0) >= (x1 - x0) / 2).astype(np.float32)[None, :, None]
            wide = min(x1, lit.shape[1]) - x0
            lit[y0:y1, x0:x1] *= across(self.screen, share, of_left[:, :wide])
        return np.asarray(lit, np.float32)

    def on_room(self, room: Pixels) -> NDArray[np.float32]:
        lit = room.astype(np.float32)
        return lit if self.screen is None else np.asarray(lit * mean_gain(self.screen, _WALL_SHARE * max(self.share, 0.15)), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """How a thing is held: zoom from medium to frame pixels, the middle of the face in the medium, waves of tremor and sway."""

    zoom: float
    middle: tuple[float, float]
    tilt_deg: float
    waves: NDArray[np.float64]
    """(6, 2, 3): for right, down, turn, grow, lean, slant two waves of amplitude, hertz, phase."""

    def matrix(self, at_s: float, pose: Pose | None = None) -> NDArray[np.float64]:
        """Return the homography from the medium to the frame. pose: how it is turned and brought nearer on purpose."""
        right, down, turn, grow, lean, slant = (
            float(sum(a * math.sin(2 * math.pi * f * at_s + p) for a, f, p in waves)) for waves in self.waves
        )
        pose = Pose() if pose is None else pose
        angle, zoom = math.radians(self.tilt_deg + turn), self.zoom * (1 + grow) * pose.near
        cosine, sine = zoom * math.cos(angle), zoom * math.sin(angle)
        x, y = self.middle
        centre = SIZE[0] / 2 + right, SIZE[1] / 2 + down
        flat = np.array([[cosine, -sine, -cosine * x + sine * y], [sine, cosine, -sine * x - cosine * y], [0, 0, 1]])
        a, b = math.radians(pose.yaw_deg), math.radians(pose.pitch_deg)
        across, down_far = math.sin(a) / _FOCAL_PX, -math.sin(b) / _FOCAL_PX
        tipped = np.array([[math.cos(a), 0, 0], [0, math.cos(b), 0], [slant + across, lean + down_far, 1.0]])
        return np.asarray(np.array([[1, 0, centre[0]], [0, 1, centre[1]], [0, 0, 1]]) @ tipped @ flat, np.float64)


def a_hand(face_width_px: float, middle: tuple[float, float], rng: Random) -> Hand:
    """face_width_px: of the face in the medium."""
    spans = np.array([9.0, 7.0, 1.2, 0.02, 1.5e-4, 1.5e-4])[:, None] * rng.uniform(0.4, 1.6, (6, 2)) * np.array([1.0, 0.15])
    rates = np.stack([rng.uniform(0.15, 0.7, 6), rng.uniform(2.0, 6.0, 6)], 1)
    waves = np.stack([spans, rates, rng.uniform(0, 2 * math.pi, (6, 2))], -1)
    return Hand(rng.uniform(125, 205) / face_width_px, middle, float(rng.normal(0, 4)), waves)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What does not change during a presentation. curve: how far paper is bent round an upright axis, 0 flat to about 1."""

    room: Pixels
    hand: Hand
    curve: float
    gloss: NDArray[np.float32] | None
    fingers: tuple[tuple[float, float, float, float], ...]
    skin: tuple[float, float, float]
    dimmer_hz: float
    dimmer_depth: float


def a_scene(behind: Pixels, hand: Hand, medium: Medium, bent: bool, rng: Random) -> Scene:
    screen = medium.pitch > 0
    height, width = medium.picture.shape[:2]
    gloss = None
    if rng.random() < (0.5 if screen else 0.35):
        spot: NDArray[np.float32] = np.zeros((SIZE[1], SIZE[0]), np.float32)
        window = cv2.boxPoints(((rng.uniform(0, SIZE[0]), rng.uniform(0, SIZE[1])), (rng.uniform(20, 130), rng.uniform(20, 160)), 12.0))
        cv2.fillConvexPoly(spot, np.round(window).astype(np.int32), rng.uniform(15, 110))
        gloss = np.asarray(cv2.GaussianBlur(spot, (0, 0), rng.uniform(4, 24)), np.float32)
    fingers = []
    if rng.random() < 0.5:
        x, y = width * (0.0 if rng.random() < 0.5 else 1.0), height * rng.uniform(0.5, 0.95)
        fingers = [(x + rng.normal(0, 4), y + 14 * n, rng.uniform(14, 24), rng.uniform(5, 9)) for n in range(int(rng.integers(1, 5)))]
    skin = tuple(float(value) for value in (np.array([110, 140, 195]) * rng.uniform(0.4, 1.2)).clip(0, 255))
    return Scene(
        room=a_room(behind, rng),
        hand=hand,
        curve=rng.uniform(0.35, 1.0) if bent else 0.0,
        gloss=gloss,
        fingers=tuple(fingers),
        skin=(skin[0], skin[1], skin[2]),
        dimmer_hz=rng.uniform(0.3, 9.0),
        dimmer_depth=rng.uniform(0.0, 0.08) if screen else 0.0,
    )


def a_room(behind: Pixels, rng: Random) -> Pixels:
    """Return a picture of a room, SIZE, blurred as what is out of focus."""
    large = cv2.resize(behind, SIZE, interpolation=cv2.INTER_CUBIC)
    soft = cv2.GaussianBlur(large, (0, 0), rng.uniform(6, 22))
    return np.asarray(cv2.convertScaleAbs(soft, alpha=rng.uniform(0.5, 1.1), beta=rng.uniform(0, 30)), np.uint8)


def held(medium: Medium, scene: Scene, at_s: float, pose: Pose | None = None, lighting: Lighting | None = None) -> Pixels:
    """Return the scene before the camera at a time, without the camera's own doing."""
    lighting = Lighting() if lighting is None else lighting
    picture, mask = medium.picture, medium.mask
    if scene.curve:
        picture, mask = _curved(picture, scene.curve), _curved(mask, scene.curve)
    if scene.fingers:
        picture, mask = picture.copy(), mask.copy()
        for x, y, long, thick in scene.fingers:
            for layer, colour in ((picture, scene.skin), (mask, (255.0,))):
                cv2.ellipse(layer, (round(x), round(y)), (round(long), round(thick)), 0, 0, 360, colour, -1)
    matrix = scene.hand.matrix(at_s, pose)
    shown = np.asarray(cv2.warpPerspective(picture, matrix, SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE), np.uint8)
    where = np.asarray(cv2.warpPerspective(mask, matrix, SIZE), np.uint8)
    if medium.pitch:
        shown = beaten(shown, where, np.asarray(np.linalg.inv(matrix), np.float64), medium)
    light = 1 + scene.dimmer_depth * math.sin(2 * math.pi * scene.dimmer_hz * at_s)
    over = lighting.on(shown.astype(np.float32) * light)
    if scene.gloss is not None:
        over += scene.gloss[..., None]
    alpha = where[..., None].astype(np.float32) / 255
    return np.asarray((over * alpha + lighting.on_room(scene.room) * (1 - alpha)).clip(0, 255), np.uint8)


def _curved(picture: NDArray[np.uint8], curve: float) -> NDArray[np.uint8]:
    """Bend round an upright axis: the sides turn away and come nearer together."""
    height, width = picture.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)
    source = ((np.arcsin(x * math.sin(curve)) / curve + 1) / 2 * (width - 1)).astype(np.float32)
    map_x = np.broadcast_to(source, (height, width)).astype(np.float32)
    map_y = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], (height, width)).astype(np.float32)
    bent = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR)
    shade = (np.cos(x * curve) * 0.5 + 0.5).astype(np.float32)
    lit = bent * (shade[None, :, None] if bent.ndim == 3 else 1.0)
    return np.asarray(lit, np.uint8)


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera's character. grain: noise at mid gray; soft_px: its lens; hunts: how much its focus wanders; quality: its JPEG."""

    grain: float
    soft_px: float
    hunts: float
    gain: float
    warmth: float
    quality: int

    def taken(self, scene: Pixels, at_s: float, rng: Random) -> Pixels:
        """Return the picture the camera makes of a scene: lens, colour filter array, light-dependent noise, coder."""
        blur = self.soft_px + self.hunts * max(0.0, math.sin(2 * math.pi * 0.35 * at_s)) ** _SHARPEST
        picture = cv2.GaussianBlur(scene, (0, 0), blur) if blur > 0.25 else scene
        light = picture.astype(np.float32) * np.array([self.gain / self.warmth, self.gain, self.gain * self.warmth], np.float32)
        light += _grain(light.shape[0], light.shape[1], rng) * self.grain * np.sqrt(np.maximum(light, 4) / 128)
        mosaic = np.empty(light.shape[:2], np.uint8)
        exact = np.asarray(light.clip(0, 255), np.uint8)
        for row, column, channel in ((0, 0, 2), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
            mosaic[row::2, column::2] = exact[row::2, column::2, channel]
        colour = cv2.cvtColor(mosaic, cv2.COLOR_BayerRGGB2BGR)
        _, packed = cv2.imencode(".jpg", colour, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


_GRAIN = np.random.default_rng(0).standard_normal((1200, 1500, 3), np.float32)


def _grain(height: int, width: int, rng: Random) -> NDArray[np.float32]:
    """Return noise of deviation 1: another part of a large field each time, which costs a tenth of drawing it."""
    y, x = int(rng.integers(_GRAIN.shape[0] - height)), int(rng.integers(_GRAIN.shape[1] - width))
    return np.asarray(_GRAIN[y : y + height, x : x + width], np.float32)


def a_camera(rng: Random) -> Camera:
    return Camera(
        grain=float(rng.uniform(1.0, 6.0)),
        soft_px=float(rng.uniform(0.2, 1.0)),
        hunts=float(rng.uniform(0.0, 1.5)),
        gain=float(rng.uniform(0.85, 1.15)),
        warmth=float(rng.uniform(0.92, 1.08)),
        quality=int(rng.integers(75, 96)),
    )
