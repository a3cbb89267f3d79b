"""Seeded attacks on the camera: who is attacked, with what, how it is held, frame by frame as the station's camera would see it.

Frames are made when they are asked for and kept nowhere. A presentation is a function of its kind, its two people and its seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import cv2
import numpy as np

from kiosk.actor.redteam.content import Moving, Shown, Sitter, acting, puppet_of, still, swapped, with_eye_holes
from kiosk.actor.redteam.media import Medium, Random, a_screen, on_paper
from kiosk.actor.redteam.stage import SIZE, Scene, a_camera, a_hand, a_scene, held
from kiosk.frame import Pixels


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


INJECTED = frozenset(
    {
        AttackKind.LOOP_INJECTED,
        AttackKind.FREEZE_INJECTED,
        AttackKind.SPEED_UP_INJECTED,
        AttackKind.PUPPET_INJECTED,
        AttackKind.SWAP_INJECTED,
    }
)
"""Fed to the program in place of a camera's picture; the others are held before a real camera."""

_SPEED_UP = 2.5
_CLIP_QUALITY = (55, 92)


@dataclass(frozen=True, slots=True, eq=False)
class Presentation:
    """at: the frame at a second, BGR, 640x480; times must not go back."""

    kind: AttackKind
    seed: int
    at: Moving

    def frames(self, seconds: float, fps: float) -> Iterator[tuple[float, Pixels]]:
        for number in range(round(seconds * fps)):
            yield number / fps, self.at(number / fps)


def present(kind: AttackKind, victim: Sitter, attacker: Sitter, behind: Pixels, seed: int) -> Presentation:
    """Prepare one attack (a tenth of a second). behind: a picture to make a room of, for what is held before a camera."""
    rng = np.random.default_rng(seed)
    return Presentation(kind, seed, _moving(kind, victim, attacker, behind, rng))


def _moving(kind: AttackKind, victim: Sitter, attacker: Sitter, behind: Pixels, rng: Random) -> Moving:
    match kind:
        case AttackKind.PRINT_FLAT | AttackKind.PRINT_BENT:
            return _print(victim, behind, kind is AttackKind.PRINT_BENT, rng)
        case AttackKind.EYE_HOLES:
            return _eye_holes(victim, attacker, behind, rng)
        case AttackKind.PHONE_REPLAY | AttackKind.TABLET_REPLAY | AttackKind.PUPPET_ON_SCREEN:
            tablet = kind is AttackKind.TABLET_REPLAY or (kind is AttackKind.PUPPET_ON_SCREEN and rng.random() < 0.5)
            return _screen(acting(puppet_of(victim), rng), behind, tablet, rng)
        case AttackKind.SWAP_ON_SCREEN:
            return _screen(acting(puppet_of(swapped(attacker, victim)), rng), behind, bool(rng.random() < 0.5), rng)
        case AttackKind.LOOP_INJECTED:
            return _coded(_looped(acting(puppet_of(victim), rng).moving, rng.uniform(0.8, 1.4)), rng)
        case AttackKind.FREEZE_INJECTED:
            return _coded(still(puppet_of(victim)).moving, rng)
        case AttackKind.SPEED_UP_INJECTED:
            return _coded(acting(puppet_of(victim), rng, _SPEED_UP).moving, rng)
        case AttackKind.PUPPET_INJECTED:
            return _coded(acting(puppet_of(victim), rng).moving, rng)
        case AttackKind.SWAP_INJECTED:
            return _coded(acting(puppet_of(swapped(attacker, victim)), rng).moving, rng)
        case _:
            assert_never(kind)


# Held before a camera


def _print(victim: Sitter, behind: Pixels, bent: bool, rng: Random) -> Moving:
    shown = still(puppet_of(victim))
    outline = _head_outline(shown) if rng.random() < 0.3 else None
    medium = on_paper(shown.moving(0.0), outline, rng)
    scene = _scene(medium, shown, behind, bent, rng)
    camera = a_camera(rng)
    return lambda at_s: camera.taken(held(medium, scene, at_s), at_s, rng)


def _eye_holes(victim: Sitter, attacker: Sitter, behind: Pixels, rng: Random) -> Moving:
    shown = still(puppet_of(victim))
    medium = on_paper(shown.moving(0.0), None, rng)
    margin = (medium.picture.shape[1] - shown.moving(0.0).shape[1]) // 2
    landmarks = shown.landmarks + np.array([margin, margin, 0], np.float32)
    moving = with_eye_holes(medium.picture, landmarks, acting(puppet_of(attacker), rng))
    scene, camera = _scene(medium, shown, behind, bool(rng.random() < 0.4), rng), a_camera(rng)
    return lambda at_s: camera.taken(held(Medium(moving(at_s), medium.mask), scene, at_s), at_s, rng)


def _screen(shown: Shown, behind: Pixels, tablet: bool, rng: Random) -> Moving:
    screen = a_screen(tablet, rng)
    scene, camera = _scene(screen.showing(shown.moving(0.0)), shown, behind, False, rng), a_camera(rng)
    return lambda at_s: camera.taken(held(screen.showing(shown.moving(at_s)), scene, at_s), at_s, rng)


def _scene(medium: Medium, shown: Shown, behind: Pixels, bent: bool, rng: Random) -> Scene:
    border = (np.array(medium.picture.shape[1::-1]) - np.array(shown.moving(0.0).shape[1::-1])) / 2
    middle = shown.landmarks[:, :2].mean(0) + border
    width = float(np.ptp(shown.landmarks[:, 0]))
    return a_scene(behind, a_hand(width, (float(middle[0]), float(middle[1])), rng), medium, bent, rng)


def _head_outline(shown: Shown) -> np.ndarray:
    """Return a line around hair, face and neck, (n, 2)."""
    low, high = shown.landmarks[:, :2].min(0), shown.landmarks[:, :2].max(0)
    middle, half = (low + high) / 2, (high - low) / 2
    angles = np.linspace(np.pi * 0.85, np.pi * 2.15, 40)
    around = middle + half * [1.3, 1.45] * np.stack([np.cos(angles), np.sin(angles)], 1)
    bottom = shown.moving(0.0).shape[0] - 1
    return np.concatenate([[[around[0, 0] - half[0] * 0.6, bottom]], around, [[around[-1, 0] + half[0] * 0.6, bottom]]])


# Injected


def _looped(moving: Moving, round_s: float) -> Moving:
    return lambda at_s: moving(at_s % round_s)


def _coded(moving: Moving, rng: Random) -> Moving:
    """What a file or a feigned camera gives: content alone, as large as a frame, coded with loss; noise so that no two are alike."""
    quality = int(rng.integers(*_CLIP_QUALITY))
    grain = float(rng.uniform(0.6, 2.0))

    def at(at_s: float) -> Pixels:
        content = moving(at_s)
        height = SIZE[1]
        width = round(content.shape[1] * height / content.shape[0])
        large = cv2.resize(content, (width, height), interpolation=cv2.INTER_LINEAR)
        side = (SIZE[0] - width) // 2
        frame = cv2.copyMakeBorder(large, 0, 0, side, SIZE[0] - width - side, cv2.BORDER_REFLECT)
        noisy = frame + rng.normal(0, grain, frame.shape)
        _, packed = cv2.imencode(".jpg", noisy.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)

    return at
