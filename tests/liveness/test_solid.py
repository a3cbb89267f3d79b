"""A solid head or a picture: the fit on points whose truth is known, and the detector on nothing and nonsense."""

import math

import numpy as np
import pytest

from kiosk.face.observed import Sign
from kiosk.frame import Frame
from kiosk.liveness.cues import Cue, Leaning, conclude, fuse, gather
from kiosk.liveness.solid import PICTURE_MOTION, RELIEF, ROWS, SolidDetector, fit_motion
from kiosk.values import ns
from tests.liveness.stage import POLICY, SIMULATED, replace, seen

COUNT = 100
EVERYTHING = np.ones(COUNT, np.bool_)


def face(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Points of a face 120 pixels wide and their height: a round head with a nose."""
    x, y = np.random.default_rng(seed).uniform(-55, 55, (2, COUNT))
    head = 40 - 0.009 * (x**2 + 0.6 * y**2)
    nose = 26 * np.exp(-(x**2 + (y - 5) ** 2) / 200)
    return np.stack([x, y], axis=1), head + nose


def turned(points: np.ndarray, depth: np.ndarray, degrees: float, noise: float = 0.2, raised: float = 0.0) -> np.ndarray:
    """The same points after a turn about the upright axis, then raised about the level one, seen from ten face widths away."""
    angle, up = math.radians(degrees), math.radians(raised)
    x = points[:, 0] * math.cos(angle) + depth * math.sin(angle)
    forward = depth * math.cos(angle) - points[:, 0] * math.sin(angle)
    y = points[:, 1] * math.cos(up) - forward * math.sin(up)
    z = forward * math.cos(up) + points[:, 1] * math.sin(up)
    scale = 1200 / (1200 - z)
    moved = np.stack([x * scale, y * scale], axis=1)
    return moved + np.random.default_rng(7).normal(0, noise, moved.shape)


@pytest.mark.parametrize("degrees", [-24, -15, 15, 24])
@pytest.mark.parametrize("bend", [0.0, 0.004, 0.009, -0.004])
def test_a_flat_or_bent_picture_is_explained_and_has_no_relief(degrees: float, bend: float) -> None:
    points, depth = face()
    curved = -bend * points[:, 0] ** 2
    moved = turned(points, curved, degrees)
    fit = fit_motion(points.astype(np.float32), moved.astype(np.float32), EVERYTHING, depth.astype(np.float32), degrees)
    assert fit.explained > 0.9
    assert abs(fit.relief) < 0.1


@pytest.mark.parametrize("degrees", [-24, -15, 15, 24])
def test_a_head_has_the_relief_of_a_head_even_if_every_point_is_found(degrees: float) -> None:
    points, depth = face()
    moved = turned(points, depth, degrees)
    fit = fit_motion(points.astype(np.float32), moved.astype(np.float32), EVERYTHING, depth.astype(np.float32), degrees)
    assert fit.relief > 0.7
    assert fit.certain > 5


@pytest.mark.parametrize("raised", [-12, 12])
@pytest.mark.parametrize("degrees", [-15, 15])
def test_who_also_raises_or_lowers_the_head_while_turning_has_no_less_relief(degrees: float, raised: float) -> None:
    """A person whose chin sank by ten degrees read 0.1 while the upright axis alone was thought of, and 0.2 since."""
    points, depth = face()
    moved = turned(points, depth, degrees, raised=raised).astype(np.float32)
    fit = fit_motion(points.astype(np.float32), moved, EVERYTHING, depth.astype(np.float32), degrees, raised)
    assert fit.relief == pytest.approx(1.0, abs=0.25)
    assert fit.relief > fit_motion(points.astype(np.float32), moved, EVERYTHING, depth.astype(np.float32), degrees, -raised).relief + 0.3
    flat = turned(points, np.zeros(COUNT), degrees, raised=raised).astype(np.float32)
    assert abs(fit_motion(points.astype(np.float32), flat, EVERYTHING, depth.astype(np.float32), degrees, raised).relief) < 0.1


def test_with_too_few_points_nothing_is_explained() -> None:
    points, depth = face()
    few = np.arange(COUNT) < 10
    fit = fit_motion(points.astype(np.float32), points.astype(np.float32), few, depth.astype(np.float32), 20.0)
    assert (fit.explained, fit.relief) == (0.0, 0.0)


def test_a_picture_weighs_as_an_attack_and_a_head_does_not() -> None:
    def weight(explained: float) -> float:
        gathered = ()
        for _ in range(5):
            gathered = gather(gathered, (Sign(PICTURE_MOTION, explained),))
        return conclude(gathered, ROWS)[0].weight

    assert weight(0.62) == -4.0
    assert weight(0.15) == 0.0  # points that are not found again are no proof of a head
    assert conclude(gather((), (Sign(PICTURE_MOTION, 0.9),)), ROWS) == ()


def relief_weight(relief: float, frames: int = 10) -> float:
    gathered = ()
    for _ in range(frames):
        gathered = gather(gathered, (Sign(RELIEF, relief),))
    return conclude(gathered, ROWS)[0].weight


def test_what_turns_and_shows_no_relief_is_not_made_up_for_by_the_looks_of_skin() -> None:
    """A print with holes for the eyes read 0.15, its skin +1: that must not be Live. The flattest clip of a person reads 0.23."""
    skin = Cue("skin", 1.0, "", POLICY.cue_for_at_most, 9, "")

    def leaning(relief: float) -> Leaning:
        cue = Cue(RELIEF, relief, "", relief_weight(relief), 10, "")
        return fuse((cue, skin), POLICY).leaning

    assert [leaning(relief) for relief in (-0.2, 0.0, 0.1, 0.16)] == [Leaning.UNSURE] * 4
    assert [leaning(relief) for relief in (0.23, 0.3, 0.9)] == [Leaning.LIVE] * 3


def test_a_few_frames_in_which_the_tracking_failed_weigh_little() -> None:
    assert relief_weight(-0.2, frames=3) == pytest.approx(-0.8)
    assert relief_weight(-0.2, frames=7) == -4.0


def test_thousands_of_frames_of_nothing_and_nonsense_end_well() -> None:
    detector = SolidDetector()
    picture = np.zeros((720, 1280, 3), np.uint8)
    for number in range(3000):
        one = seen(number / 30, yaw=30 * math.sin(number / 9), sequence=number)
        landmarks = np.full((478, 3), np.nan if number % 500 == 3 else number % 700, np.float32)
        faces = () if number % 7 == 0 else (replace(one.faces[0], landmarks=landmarks),)
        signs = detector.look(Frame(picture, number, ns(number / 30), SIMULATED), faces)
        assert all(math.isfinite(sign.value) for sign in signs)
