"""Seeded attacks on the camera: who is attacked, with what, how it is held, frame by frame as the station's camera would see it.

An attack is told what the screen asks and in which colours it shines; what it can do with that is its kind's. Frames are made when they are
asked for and kept nowhere. A presentation is a function of its kind, its two people, its seed and what it was told.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

import cv2
import numpy as np
from numpy.typing import NDArray

from kiosk.actor.cue import Cue
from kiosk.actor.puppet import Puppet
from kiosk.actor.redteam.content import (
    CONTENT_SIZE,
    Moving,
    Shown,
    Sitter,
    acting,
    driven,
    puppet_of,
    relit,
    still,
    swapped,
    with_eye_holes,
)
from kiosk.actor.redteam.media import Medium, Random, a_screen, on_paper
from kiosk.actor.redteam.play import Play
from kiosk.actor.redteam.stage import SIZE, Lighting, Pose, Scene, a_camera, a_hand, a_room, a_scene, held
from kiosk.actor.reflection import Reflection
from kiosk.frame import Pixels
from kiosk.liveness.colours import Screen


class AttackKind(StrEnum):
    PRINT_FLAT = "print-flat"
    PRINT_BENT = "print-bent"
    EYE_HOLES = "eye-holes"
    PHONE_REPLAY = "phone-replay"
    TABLET_REPLAY = "tablet-replay"
    PUPPET_ON_SCREEN = "puppet-on-screen"
    SWAP_ON_SCREEN = "swap-on-screen"
    LOOP_INJECTED = "loop-injected"
    FREEZE_INJECTED = "freeze-injected"
    SPEED_UP_INJECTED = "speed-up-injected"
    PUPPET_INJECTED = "puppet-injected"
    SWAP_INJECTED = "swap-injected"
    RELIT_INJECTED = "relit-injected"
    RELIT_ON_SCREEN = "relit-on-screen"
    RELIT_SOLID = "relit-solid"


INJECTED = frozenset(
    {
        AttackKind.LOOP_INJECTED,
        AttackKind.FREEZE_INJECTED,
        AttackKind.SPEED_UP_INJECTED,
        AttackKind.PUPPET_INJECTED,
        AttackKind.SWAP_INJECTED,
        AttackKind.RELIT_INJECTED,
        AttackKind.RELIT_SOLID,
    }
)
"""Fed to the program in place of a camera's picture; the others are held before a real camera."""

RECORDED = frozenset(
    {
        AttackKind.PHONE_REPLAY,
        AttackKind.TABLET_REPLAY,
        AttackKind.LOOP_INJECTED,
        AttackKind.FREEZE_INJECTED,
        AttackKind.SPEED_UP_INJECTED,
    }
)
"""These hear no prompt."""

_SPEED_UP = 2.5
_CLIP_QUALITY = (55, 92)
_PAPER_TURN = 2.0
"""Degrees paper is turned for each a head would be: the mesh reads less of a turn in a picture."""
_BRIGHTEST = 215.0
_SKIN_SHARE = (0.1, 0.35)
_GLASS_SHARE = (0.001, 0.01)
_MIRROR_CHANCE = 0.3
_MIRROR_SHARE = (0.01, 0.06)
"""The screen's light over the room's. Skin and paper: a 24-inch screen at 60 cm in an office. Glass: one or two hundredths of what
falls on it come back diffuse, against its own light; a twenty-fifth as a mirror image, where that happens to lie over the face."""


@dataclass(frozen=True, slots=True, eq=False)
class Presentation:
    """at: the frame at a second, BGR, 640x480; times must not go back. kind: None for a person. play: what it is told."""

    kind: AttackKind | None
    seed: int
    at: Moving
    play: Play

    @property
    def driven(self) -> bool:
        """Whether somebody drives it who sees what the screen asks."""
        return self.kind not in RECORDED

    def told(self, cue: Cue, at_s: float) -> None:
        self.play.told(cue, at_s)

    def lit_by(self, screen: Screen | None, at_s: float) -> None:
        self.play.lit_by(screen, at_s)

    def frames(self, seconds: float, fps: float) -> Iterator[tuple[float, Pixels]]:
        for number in range(round(seconds * fps)):
            yield number / fps, self.at(number / fps)


def present(kind: AttackKind, victim: Sitter, attacker: Sitter, behind: Pixels, seed: int) -> Presentation:
    """Prepare one attack (a tenth of a second). behind: a picture to make a room of, for what is held before a camera."""
    rng = np.random.default_rng(seed)
    play = Play(rng)
    return Presentation(kind, seed, _moving(kind, victim, attacker, behind, play, rng), play)


def a_person(sitter: Sitter, behind: Pixels, seed: int) -> Presentation:
    """Prepare somebody who stands there and does what is asked, lit by the screen: the head is a puppet of the photograph, alone in a room
    that is made of another picture. What this is not: skin in three dimensions."""
    rng = np.random.default_rng(seed)
    play = Play(rng)
    face_width_px = float(rng.uniform(125, 205))
    alone = in_a_room(sitter, behind, face_width_px, rng)
    puppet = Puppet(alone.photo, alone.landmarks, frame_size=SIZE, face_width_px=face_width_px)
    reflection = Reflection(puppet.landmarks[:, :2], SIZE, float(rng.uniform(*_SKIN_SHARE)))
    camera = a_camera(rng)
    camera = replace(camera, gain=min(camera.gain, _metered(puppet, camera.warmth)))

    def at(second: float) -> Pixels:
        scene = _nearer(puppet.draw(play.expression(second)), play.nearness(second))
        screen = play.light(second)
        return camera.taken(scene if screen is None else reflection.lit(scene, screen), second, rng)

    return Presentation(None, seed, at, play)


def in_a_room(sitter: Sitter, behind: Pixels, face_width_px: float, rng: Random) -> Sitter:
    """Return the photograph of head and shoulders before a room, large enough for the frame. A photograph's own background may hold other
    people, and mirrored beyond its edge (as Puppet fills a frame) the head beside itself."""
    low, high = sitter.landmarks[:, :2].min(0), sitter.landmarks[:, :2].max(0)
    scale = face_width_px / float(high[0] - low[0])
    size = (math.ceil(SIZE[0] / scale) + 4, math.ceil(SIZE[1] / scale) + 4)
    moved = np.array([size[0] / 2, size[1] / 2]) - (low + high) / 2
    matrix = np.array([[1.0, 0.0, moved[0]], [0.0, 1.0, moved[1]]])
    photo = cv2.warpAffine(sitter.photo, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    landmarks = (sitter.landmarks + np.array([*moved, 0.0], np.float32)).astype(np.float32)
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [np.round(_head_outline(landmarks, size[1])).astype(np.int32)], 255)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.05 * float(high[0] - low[0]))[..., None].astype(np.float32) / 255
    room = cv2.resize(a_room(behind, rng), size, interpolation=cv2.INTER_AREA)
    return Sitter(np.asarray((photo * soft + room * (1 - soft)).clip(0, 255), np.uint8), landmarks)


def _metered(puppet: Puppet, warmth: float) -> float:
    """Return the highest gain at which a camera that meters the face does not burn it out."""
    (x0, y0), (x1, y1) = puppet.landmarks[:, :2].min(0), puppet.landmarks[:, :2].max(0)
    face = puppet.draw_ahead()[int(y0) : int(y1), int(x0) : int(x1)]
    return _BRIGHTEST / (max(float(np.percentile(face, 95)), 1.0) * max(warmth, 1 / warmth))


def _moving(kind: AttackKind, victim: Sitter, attacker: Sitter, behind: Pixels, play: Play, rng: Random) -> Moving:
    match kind:
        case AttackKind.PRINT_FLAT | AttackKind.PRINT_BENT:
            return _print(victim, behind, kind is AttackKind.PRINT_BENT, play, rng)
        case AttackKind.EYE_HOLES:
            return _eye_holes(victim, attacker, behind, play, rng)
        case AttackKind.PHONE_REPLAY | AttackKind.TABLET_REPLAY:
            return _screen(acting(puppet_of(victim), rng), behind, kind is AttackKind.TABLET_REPLAY, play, rng)
        case AttackKind.PUPPET_ON_SCREEN:
            return _screen(driven(puppet_of(victim), play), behind, _either(rng), play, rng)
        case AttackKind.SWAP_ON_SCREEN:
            return _screen(driven(puppet_of(swapped(attacker, victim)), play), behind, _either(rng), play, rng)
        case AttackKind.RELIT_ON_SCREEN:
            return _screen(relit(driven(puppet_of(victim), play), play, rng), behind, _either(rng), play, rng)
        case AttackKind.LOOP_INJECTED:
            return _coded(_looped(acting(puppet_of(victim), rng).moving, rng.uniform(0.8, 1.4)), rng)
        case AttackKind.FREEZE_INJECTED:
            return _coded(still(puppet_of(victim)).moving, rng)
        case AttackKind.SPEED_UP_INJECTED:
            return _coded(acting(puppet_of(victim), rng, _SPEED_UP).moving, rng)
        case AttackKind.PUPPET_INJECTED:
            return _coded(_leaning(driven(puppet_of(victim), play), play), rng)
        case AttackKind.SWAP_INJECTED:
            return _coded(_leaning(driven(puppet_of(swapped(attacker, victim)), play), play), rng)
        case AttackKind.RELIT_INJECTED:
            return _coded(_leaning(relit(driven(puppet_of(victim), play), play, rng), play), rng)
        case AttackKind.RELIT_SOLID:
            return _coded(_leaning(relit(driven(puppet_of(victim), play), play, rng, solid=True), play), rng)
        case _:
            assert_never(kind)


def _either(rng: Random) -> bool:
    return bool(rng.random() < 0.5)


# Held before a camera


def _print(victim: Sitter, behind: Pixels, bent: bool, play: Play, rng: Random) -> Moving:
    shown = still(puppet_of(victim))
    outline = _head_outline(shown.landmarks, shown.moving(0.0).shape[0]) if rng.random() < 0.3 else None
    medium = on_paper(shown.moving(0.0), outline, rng)
    return _paper(lambda _: medium, _scene(medium, shown, behind, bent, rng), play, rng)


def _eye_holes(victim: Sitter, attacker: Sitter, behind: Pixels, play: Play, rng: Random) -> Moving:
    shown = still(puppet_of(victim))
    medium = on_paper(shown.moving(0.0), None, rng)
    margin = (medium.picture.shape[1] - shown.moving(0.0).shape[1]) // 2
    landmarks = shown.landmarks + np.array([margin, margin, 0], np.float32)
    eyes = puppet_of(attacker)
    behind_it = Shown(lambda second: eyes.draw(play.eyes_only(second)), eyes.landmarks)
    moving = with_eye_holes(medium.picture, landmarks, behind_it)
    scene = _scene(medium, shown, behind, bool(rng.random() < 0.4), rng)
    return _paper(lambda at_s: Medium(moving(at_s), medium.mask), scene, play, rng)


def _paper(medium: Callable[[float], Medium], scene: Scene, play: Play, rng: Random) -> Moving:
    """A sheet that its holder turns and brings nearer as the screen asks, and that the screen lights as it would skin."""
    camera, share = a_camera(rng), float(rng.uniform(*_SKIN_SHARE))

    def at(second: float) -> Pixels:
        asked = play.expression(second)
        pose = Pose(_PAPER_TURN * asked.yaw_deg, asked.pitch_deg, play.nearness(second))
        return camera.taken(held(medium(second), scene, second, pose, Lighting(play.light(second), share)), second, rng)

    return at


def _screen(shown: Shown, behind: Pixels, tablet: bool, play: Play, rng: Random) -> Moving:
    screen = a_screen(tablet, rng)
    scene, camera = _scene(screen.showing(shown.moving(0.0)), shown, behind, False, rng), a_camera(rng)
    share, mirror = float(rng.uniform(*_GLASS_SHARE)), _mirror(rng)

    def at(second: float) -> Pixels:
        pose, lighting = Pose(near=play.nearness(second)), Lighting(play.light(second), share, mirror)
        return camera.taken(held(screen.showing(shown.moving(second)), scene, second, pose, lighting), second, rng)

    return at


def _mirror(rng: Random) -> tuple[tuple[int, int, int, int], float] | None:
    x, y = int(rng.uniform(0, SIZE[0] * 0.7)), int(rng.uniform(0, SIZE[1] * 0.7))
    wide, high = int(rng.uniform(60, 360)), int(rng.uniform(60, 300))
    share = float(rng.uniform(*_MIRROR_SHARE))
    return ((x, y, x + wide, y + high), share) if rng.random() < _MIRROR_CHANCE else None


def _scene(medium: Medium, shown: Shown, behind: Pixels, bent: bool, rng: Random) -> Scene:
    border = (np.array(medium.picture.shape[1::-1]) - np.array(shown.moving(0.0).shape[1::-1])) / 2
    middle = shown.landmarks[:, :2].mean(0) + border
    width = float(np.ptp(shown.landmarks[:, 0]))
    return a_scene(behind, a_hand(width, (float(middle[0]), float(middle[1])), rng), medium, bent, rng)


def _head_outline(landmarks: NDArray[np.float32], height: int) -> np.ndarray:
    """Return a line around hair, face and neck, (n, 2). height: of the picture."""
    low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
    middle, half = (low + high) / 2, (high - low) / 2
    angles = np.linspace(np.pi * 0.85, np.pi * 2.15, 40)
    around = middle + half * [1.3, 1.45] * np.stack([np.cos(angles), np.sin(angles)], 1)
    bottom = height - 1
    return np.concatenate([[[around[0, 0] - half[0] * 0.6, bottom]], around, [[around[-1, 0] + half[0] * 0.6, bottom]]])


# Injected


def _looped(moving: Moving, round_s: float) -> Moving:
    return lambda at_s: moving(at_s % round_s)


def _leaning(shown: Shown, play: Play) -> Moving:
    """Enlarged when the screen asks to come closer."""
    return lambda at_s: _nearer(shown.moving(at_s), play.nearness(at_s))


def _nearer(picture: Pixels, share: float) -> Pixels:
    if share < 1.005:
        return picture
    height, width = picture.shape[:2]
    matrix = np.array([[share, 0.0, (1 - share) * width / 2], [0.0, share, (1 - share) * height / 2]])
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)


def _coded(moving: Moving, rng: Random) -> Moving:
    """What a file or a feigned camera gives: content alone, as large as a frame, coded with loss; noise so that no two are alike."""
    quality = int(rng.integers(*_CLIP_QUALITY))
    grain = float(rng.uniform(0.6, 2.0))

    def at(at_s: float) -> Pixels:
        content = moving(at_s)
        height = SIZE[1]
        width = round(CONTENT_SIZE[0] * height / CONTENT_SIZE[1])
        large = cv2.resize(content, (width, height), interpolation=cv2.INTER_LINEAR)
        side = (SIZE[0] - width) // 2
        frame = cv2.copyMakeBorder(large, 0, 0, side, SIZE[0] - width - side, cv2.BORDER_REPLICATE)
        noisy = frame + rng.normal(0, grain, frame.shape)
        _, packed = cv2.imencode(".jpg", noisy.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)

    return at
