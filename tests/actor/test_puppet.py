"""The puppet, judged by the same mesh reader that judges customers."""

import numpy as np
import pytest

from kiosk.actor.customer import Cast
from kiosk.actor.expression import Expression
from kiosk.actor.puppet import Puppet
from kiosk.face.observed import FaceSeen
from kiosk.policy import LivenessPolicy
from models.face_reader import FaceReader


def seen(cast: Cast, reader: FaceReader, expression: Expression) -> FaceSeen:
    faces = reader.observe(cast.puppet.draw(expression))
    assert len(faces) == 1
    return faces[0]


def openness(face: FaceSeen) -> float:
    return (face.eyes.left + face.eyes.right) / 2


def test_lowered_lids_read_as_shut_eyes(cast: Cast, reader: FaceReader) -> None:
    baseline = openness(seen(cast, reader, Expression()))
    assert baseline > 0.25
    for shut in (seen(cast, reader, Expression(lids=1.0)), seen(cast, reader, Expression(lids=1.0, yaw_deg=12))):
        assert max(shut.eyes.left, shut.eyes.right) < LivenessPolicy().blink_closed_ratio * baseline


@pytest.mark.parametrize("asked", [30.0, -30.0])
def test_a_turn_reads_to_the_side_asked_and_well_past_the_threshold(cast: Cast, reader: FaceReader, asked: float) -> None:
    yaw = seen(cast, reader, Expression(yaw_deg=asked)).pose.yaw_deg
    assert np.sign(yaw) == np.sign(asked)
    assert 22 <= abs(yaw) <= 35


def test_a_turn_grows_with_what_is_asked(cast: Cast, reader: FaceReader) -> None:
    yaws = [seen(cast, reader, Expression(yaw_deg=asked)).pose.yaw_deg for asked in (-35, -20, -10, 0, 10, 20, 35)]
    assert yaws == sorted(yaws)


def test_a_nod_reads_up_and_down(cast: Cast, reader: FaceReader) -> None:
    ahead = seen(cast, reader, Expression()).pose.pitch_deg
    assert seen(cast, reader, Expression(pitch_deg=10)).pose.pitch_deg > ahead + 3
    assert seen(cast, reader, Expression(pitch_deg=-10)).pose.pitch_deg < ahead - 3


def test_a_tilt_reads_clockwise(cast: Cast, reader: FaceReader) -> None:
    ahead = seen(cast, reader, Expression()).pose.roll_deg
    assert seen(cast, reader, Expression(roll_deg=6)).pose.roll_deg == pytest.approx(ahead + 6, abs=1.5)


def test_looking_ahead_reads_as_facing_the_camera(cast: Cast, reader: FaceReader) -> None:
    face, policy = seen(cast, reader, Expression()), LivenessPolicy()
    assert abs(face.pose.yaw_deg) < policy.facing_yaw_deg / 2
    assert abs(face.pose.pitch_deg) < policy.facing_pitch_deg / 2
    assert policy.min_face_width_share * 1280 < face.width_px < policy.max_face_width_share * 1280


def test_the_puppet_stays_the_same_person_through_a_whole_run(cast: Cast, reader: FaceReader) -> None:
    expressions = [Expression(yaw_deg=yaw) for yaw in (-30, -15, 0, 15, 30)] + [Expression(lids=1), Expression(pitch_deg=8)]
    frames = [cast.puppet.draw(expression) for expression in expressions]
    prints = np.stack([reader.print_of(frame, reader.observe(frame)[0]) for frame in frames])
    assert (prints @ prints.T).min() > 0.92


def test_drawing_is_a_function_of_the_expression_alone(cast: Cast) -> None:
    expression = Expression(yaw_deg=17, lids=0.4, shift_px=(3, 2))
    first = cast.puppet.draw(expression)
    kept = first.copy()
    cast.puppet.draw(Expression(yaw_deg=-30, lids=1))
    first[:] = 0  # what was given away is the taker's
    assert np.array_equal(cast.puppet.draw(expression), kept)


def test_only_the_head_moves_and_the_room_stands_still(cast: Cast) -> None:
    ahead, turned = cast.puppet.draw(Expression()), cast.puppet.draw(Expression(yaw_deg=30, pitch_deg=5))
    assert np.array_equal(ahead[:, :200], turned[:, :200])
    assert np.array_equal(ahead[:, -200:], turned[:, -200:])


def test_a_puppet_needs_a_whole_mesh(cast: Cast) -> None:
    with pytest.raises(ValueError, match="landmarks"):
        Puppet(np.zeros((100, 100, 3), np.uint8), np.zeros((68, 3), np.float32))
