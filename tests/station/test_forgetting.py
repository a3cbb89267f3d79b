"""What is overwritten is gone from the process's memory, and the search that says so can find it before."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from kiosk.document.reading import Read
from kiosk.face.observed import FaceView, HeadPose
from kiosk.journey.states import ProvingLive
from kiosk.measure.memory_scan import found_in_memory, needle_of_text, needles_of, reachable_texts
from kiosk.station.forgetting import overwrite, release
from tests.journey.walk import Journey

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc/self/mem")


def test_every_picture_and_print_of_a_state_is_overwritten() -> None:
    view = FaceView(np.ones(128, np.float32), np.full((150, 150, 3), 9, np.uint8), HeadPose(0.0, 0.0, 0.0), 300.0)
    state = Journey().proving().state
    assert isinstance(state, ProvingLive)
    read = state.case.document
    assert isinstance(read, Read)
    assert read.page is not None
    assert read.page.any()
    assert overwrite(replace(state, case=replace(state.case, views=(view,)))) >= 3
    assert not view.chip.any()
    assert not view.face_print.any()
    assert not read.page.any()


@linux
def test_a_picture_is_found_while_it_is_held_and_not_after_it_was_overwritten() -> None:
    picture = np.random.default_rng(7).integers(0, 255, (300, 400, 3), np.uint8)
    needles = needles_of("page", picture, 12)
    assert len(needles) == 12
    assert found_in_memory(needles) == {"page": 12}
    overwrite((picture,))
    assert found_in_memory(needles) == {"page": 0}


@linux
def test_what_was_freed_is_given_back_as_zeros() -> None:
    needles = needles_of("page", np.random.default_rng(8).integers(0, 255, (700, 900, 3), np.uint8), 12)
    release()
    assert found_in_memory(needles) == {"page": 0}


def test_a_text_is_reachable_while_somebody_holds_it() -> None:
    needle = needle_of_text("ERIKSSON-" + "7408122")
    held = ["-".join(("ERIKSSON", "7408122"))]
    assert reachable_texts([needle]) >= 1
    held.clear()
    assert reachable_texts([needle]) == 0
