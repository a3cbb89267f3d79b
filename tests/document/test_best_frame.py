"""Which frame of a held-up card is read."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from kiosk.document.best_frame import Choosing, choose
from kiosk.document.reading import PageHint, PageObservation

MS = 1_000_000


def seen(at_ms: int, sharpness: float, *, ready: bool = True) -> PageObservation:
    hint = None if ready else PageHint.HOLD_STILL
    return PageObservation(at_ms * MS, at_ms, (1280, 720), ((0, 0), (9, 0), (9, 9), (0, 9)), sharpness, 1.0, hint, ready)


def chosen(frames: Sequence[PageObservation]) -> list[int]:
    choosing, taken = Choosing(), []
    for frame in frames:
        choosing, take = choose(choosing, frame)
        if take:
            taken.append(frame.captured_ns // MS)
    return taken


def test_the_first_frame_that_would_do_is_not_taken_at_once() -> None:
    assert chosen([seen(at, 100.0) for at in range(0, 300, 33)])[0] == 231


def test_a_blurred_frame_is_passed_over_for_a_sharp_one() -> None:
    frames = [seen(at, 200.0) for at in range(0, 200, 40)] + [seen(200, 120.0), seen(240, 130.0), seen(280, 195.0)]
    assert chosen(frames) == [280]


def test_after_a_while_any_frame_that_will_do_is_taken() -> None:
    frames = [seen(0, 300.0)] + [seen(at, 100.0) for at in range(40, 700, 40)]
    assert chosen(frames)[0] == 600


def test_a_card_that_moved_is_chosen_anew() -> None:
    frames = [seen(0, 100.0), seen(150, 100.0), seen(190, 20.0, ready=False), seen(230, 100.0), seen(400, 100.0)]
    assert chosen(frames) == []


@given(st.lists(st.tuples(st.integers(20, 60), st.floats(0, 1e4), st.booleans()), max_size=60))
def test_only_frames_that_will_do_are_ever_taken(steps: list[tuple[int, float, bool]]) -> None:
    at, frames = 0, []
    for step, sharpness, ready in steps:
        at += step
        frames.append(seen(at, sharpness, ready=ready))
    ready_at = {frame.captured_ns // MS for frame in frames if frame.ready}
    assert set(chosen(frames)) <= ready_at
