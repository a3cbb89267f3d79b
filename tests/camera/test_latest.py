"""The one-place mailbox."""

import threading

import pytest

from kiosk.camera.latest import Latest
from kiosk.frame import Frame
from tests.camera.clips import frame


def test_the_newest_frame_wins_and_the_ones_it_pushed_out_are_counted() -> None:
    box: Latest[Frame] = Latest()
    for sequence in range(5):
        box.put(frame(sequence))
    newest = box.wait_newer(-1, timeout_s=0)
    assert newest is not None
    assert newest.sequence == 4
    assert box.dropped == 4


def test_a_frame_somebody_took_does_not_count_as_dropped() -> None:
    box: Latest[Frame] = Latest()
    box.put(frame(0))
    assert box.peek() is not None
    box.put(frame(1))
    assert box.wait_newer(0, timeout_s=0) is not None
    box.put(frame(2))
    assert box.dropped == 0


def test_a_reader_never_gets_the_same_frame_twice() -> None:
    box: Latest[Frame] = Latest()
    box.put(frame(7))
    assert box.wait_newer(7, timeout_s=0) is None


def test_a_waiting_reader_wakes_when_a_frame_comes() -> None:
    box: Latest[Frame] = Latest()
    got: list[Frame | None] = []
    reader = threading.Thread(target=lambda: got.append(box.wait_newer(-1, timeout_s=30)))
    reader.start()
    box.put(frame(3))
    reader.join(30)
    assert [taken.sequence for taken in got if taken is not None] == [3]


def test_closing_wakes_a_waiting_reader_with_nothing() -> None:
    box: Latest[Frame] = Latest()
    got: list[Frame | None] = []
    reader = threading.Thread(target=lambda: got.append(box.wait_newer(-1, timeout_s=30)))
    reader.start()
    box.close()
    reader.join(30)
    assert got == [None]


def test_nothing_of_a_customer_stays_after_clear_or_close() -> None:
    box: Latest[Frame] = Latest()
    box.put(frame(0))
    box.clear()
    assert box.peek() is None
    box.put(frame(1))
    box.close()
    assert box.peek() is None
    box.put(frame(2))
    assert box.peek() is None


def test_a_frame_from_the_past_is_a_bug_of_the_writer() -> None:
    box: Latest[Frame] = Latest()
    box.put(frame(5))
    with pytest.raises(ValueError, match="sequences grow"):
        box.put(frame(5))
