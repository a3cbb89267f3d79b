"""Light and focus, as whoever sets a camera up sees them."""

import cv2
import numpy as np
import pytest

from kiosk.frame import Pixels
from kiosk.imaging.light_and_focus import Seen, light_and_focus

ROOM = np.random.default_rng(1).integers(90, 170, (720, 1280, 3), np.uint8)


def blurred(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 9), np.uint8)


@pytest.mark.parametrize(
    ("pixels", "light", "focus"),
    [
        (ROOM, Seen.GOOD, Seen.GOOD),
        (blurred(ROOM), Seen.GOOD, Seen.BLURRED),
        (np.asarray(ROOM // 4, np.uint8), Seen.TOO_DARK, Seen.BLURRED),
        (np.full((720, 1280, 3), 250, np.uint8), Seen.TOO_BRIGHT, Seen.BLURRED),
        (np.concatenate([ROOM[:, :640] // 2, ROOM[:, 640:] + 80], 1), Seen.UNEVEN, Seen.GOOD),
        (np.zeros((8, 8, 3), np.uint8), Seen.TOO_DARK, Seen.BLURRED),
    ],
    ids=["room", "blurred", "dark", "bright", "window at one side", "tiny"],
)
def test_a_picture_is_called_what_it_is(pixels: Pixels, light: Seen, focus: Seen) -> None:
    seen = light_and_focus(pixels)
    assert (seen.light, seen.focus) == (light, focus)
