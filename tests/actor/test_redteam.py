"""The red team's attacks: seeded, of the camera's size, each what it claims to be."""

import numpy as np
import pytest

from kiosk.actor.redteam.content import Sitter, acting, puppet_of, swapped
from kiosk.actor.redteam.presentations import AttackKind, present
from kiosk.frame import Pixels
from models.face_reader import FaceReader


@pytest.fixture(scope="module")
def sitter(portrait: Pixels, reader: FaceReader) -> Sitter:
    return Sitter(portrait, reader.faces_in(portrait, 60)[0].landmarks)


@pytest.mark.parametrize("kind", AttackKind)
def test_an_attack_is_a_camera_picture_of_a_face_and_the_same_for_the_same_seed(
    kind: AttackKind, sitter: Sitter, reader: FaceReader
) -> None:
    one, again = (present(kind, sitter, sitter, sitter.photo, 7) for _ in range(2))
    frames = [frame for _, frame in one.frames(0.4, 5)]
    assert [frame.shape for frame in frames] == [(480, 640, 3)] * 2
    assert all(np.array_equal(a, b) for a, (_, b) in zip(frames, again.frames(0.4, 5), strict=True))
    other = present(kind, sitter, sitter, sitter.photo, 8)
    assert not np.array_equal(frames[0], next(iter(other.frames(0.2, 5)))[1])
    assert len(reader.faces_in(frames[1], 60)) >= 1


def test_a_loop_comes_again_and_a_frozen_picture_stands_but_for_noise(sitter: Sitter) -> None:
    frozen = [frame.astype(np.int16) for _, frame in present(AttackKind.FREEZE_INJECTED, sitter, sitter, sitter.photo, 3).frames(0.6, 5)]
    assert 0 < np.abs(frozen[0] - frozen[2]).mean() < 4
    moving = [frame.astype(np.int16) for _, frame in present(AttackKind.PUPPET_INJECTED, sitter, sitter, sitter.photo, 3).frames(2.0, 1)]
    assert np.abs(moving[0] - moving[1]).mean() > np.abs(frozen[0] - frozen[2]).mean()


def test_a_swapped_face_leaves_the_attackers_hair_and_changes_the_face(sitter: Sitter) -> None:
    darker = Sitter(np.asarray(np.roll(sitter.photo, 40, axis=2) // 2, np.uint8), sitter.landmarks)
    other = Sitter(np.ascontiguousarray(darker.photo[::-1]), sitter.landmarks)
    mixed = swapped(sitter, other).photo.astype(np.int16)
    nose = sitter.landmarks[1, :2].astype(int)
    assert np.abs(mixed[nose[1], nose[0]] - sitter.photo[nose[1], nose[0]]).max() > 3
    assert np.array_equal(mixed[2, 2], sitter.photo[2, 2])


def test_a_clip_that_is_sped_up_moves_faster(sitter: Sitter) -> None:
    puppet = puppet_of(sitter)
    usual, fast = (acting(puppet, np.random.default_rng(1), speed) for speed in (1.0, 2.5))
    assert np.array_equal(usual.moving(1.0).shape, fast.moving(1.0).shape)
    steps = [np.abs(one.moving(0.3).astype(np.int16) - one.moving(0.2)).mean() for one in (usual, fast)]
    assert steps[1] > steps[0]
