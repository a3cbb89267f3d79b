"""The red team's attacks: seeded, of the camera's size, each what it claims to be."""

from pathlib import Path

import numpy as np
import pytest

from kiosk.actor.cue import Cue
from kiosk.actor.redteam.content import Sitter, acting, puppet_of, swapped
from kiosk.actor.redteam.presentations import AttackKind, Presentation, a_person, present
from kiosk.assembly.sight import ModelSight
from kiosk.frame import Pixels
from kiosk.measure.whole_path import attempt
from kiosk.policy import BRANCH
from kiosk.values import Capture, Provenance
from models.catalogue import open_catalogue
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


def yaw_after(shown: Presentation, cue: Cue, reader: FaceReader) -> float:
    """The yaw that is furthest from ahead within 2 s of being asked for something."""
    shown.told(Cue.LOOK_AHEAD, 0.0)
    shown.told(cue, 0.5)
    seen = [reader.observe(shown.at(0.5 + step / 5)) for step in range(11)]
    return max((faces[0].pose.yaw_deg for faces in seen if faces), key=abs, default=0.0)


def test_who_drives_a_puppet_turns_it_as_the_screen_asks_and_a_recording_does_not_hear(sitter: Sitter, reader: FaceReader) -> None:
    def shown(kind: AttackKind) -> Presentation:
        return present(kind, sitter, sitter, sitter.photo, 7)

    assert yaw_after(shown(AttackKind.PUPPET_INJECTED), Cue.TURN_LEFT, reader) > 18
    assert yaw_after(shown(AttackKind.PUPPET_INJECTED), Cue.TURN_RIGHT, reader) < -18
    assert yaw_after(a_person(sitter, sitter.photo, 7), Cue.TURN_LEFT, reader) > 18
    recorded = [shown(AttackKind.PHONE_REPLAY) for _ in range(2)]
    assert yaw_after(recorded[0], Cue.TURN_LEFT, reader) == yaw_after(recorded[1], Cue.TURN_RIGHT, reader)


AMBER, SKY = ((255, 168, 89),) * 2, ((137, 192, 255),) * 2
"""On both halves, so that the middle of a face gives back as much as it can."""


def warmth_gained(shown: Presentation) -> float:
    """How much redder against blue the middle of the frame becomes from a sky-blue to an amber screen."""
    levels = []
    for at_s, colour in ((0.2, SKY), (0.4, SKY), (0.6, AMBER), (0.8, AMBER)):
        shown.lit_by(colour, at_s)
        blue, _, red = shown.at(at_s)[200:290, 270:370].reshape(-1, 3).mean(0)
        levels.append(np.log(red / blue))
    return float(levels[-1] - levels[1])


def test_skin_and_paper_give_back_the_screens_colour_glass_hardly_and_an_injected_picture_not(sitter: Sitter) -> None:
    assert warmth_gained(a_person(sitter, sitter.photo, 3)) > 0.02
    assert warmth_gained(present(AttackKind.PRINT_FLAT, sitter, sitter, sitter.photo, 3)) > 0.02
    assert abs(warmth_gained(present(AttackKind.PHONE_REPLAY, sitter, sitter, sitter.photo, 3))) < 0.015
    assert abs(warmth_gained(present(AttackKind.FREEZE_INJECTED, sitter, sitter, sitter.photo, 3))) < 0.005


def test_a_head_gives_back_each_half_on_its_side_and_a_tint_does_not(sitter: Sitter) -> None:
    def left_over_right(kind: AttackKind) -> float:
        """How much redder the left of the picture becomes than the right when amber and sky change sides. Painted after half a second."""
        levels = []
        for at_s, screen in ((0.0, (SKY[0], AMBER[0])), (3.0, (AMBER[0], SKY[0]))):
            shown = present(kind, sitter, sitter, sitter.photo, 5)
            shown.lit_by(screen, at_s)
            picture = shown.at(at_s + 1.0)[200:290].astype(float)
            sides = (picture[:, 250:300].mean((0, 1)), picture[:, 340:390].mean((0, 1)))
            levels.append([np.log(side[2] / side[0]) for side in sides])
        return float((levels[0][0] - levels[0][1]) - (levels[1][0] - levels[1][1]))

    assert left_over_right(AttackKind.RELIT_SOLID) > 0.01
    assert abs(left_over_right(AttackKind.RELIT_INJECTED)) < 0.005


def test_a_relit_puppet_takes_on_the_screens_colour_after_its_delay(sitter: Sitter) -> None:
    shown = present(AttackKind.RELIT_INJECTED, sitter, sitter, sitter.photo, 5)
    shown.lit_by(SKY, 0.0)
    before = shown.at(0.01)[200:290, 270:370].mean((0, 1))
    shown.lit_by(AMBER, 1.0)
    at_once, later = (shown.at(at_s)[200:290, 270:370].mean((0, 1)) for at_s in (1.01, 2.0))
    assert np.abs(at_once[0] - later[0]) > 2
    assert later[0] < before[0] + 2


def test_the_whole_check_takes_a_lit_person_and_refuses_the_same_puppet_injected(sitter: Sitter, pack: Path) -> None:
    catalogue = open_catalogue(pack)
    sight = ModelSight(lambda: catalogue, BRANCH)
    source = Provenance(Capture.SIMULATION, "red team")
    person, injected = (
        attempt(shown, sight, BRANCH.liveness, source)
        for shown in (a_person(sitter, sitter.photo, 11), present(AttackKind.PUPPET_INJECTED, sitter, sitter, sitter.photo, 11))
    )
    assert (person.live(BRANCH.liveness), person.because, person.followed_light) == (True, "", True)
    assert person.seconds < 20
    assert (injected.live(BRANCH.liveness), injected.because, injected.obeyed) == (False, "light-not-followed", True)
    assert injected.live_without_light(BRANCH.liveness)
