"""Recordings that follow the journey."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from kiosk.camera.latest import Latest
from kiosk.camera.recording import Recording
from kiosk.camera.source import Ended, FrameSource
from kiosk.camera.staged import DOCUMENT_PICTURE, Staged, StillPictures
from kiosk.frame import Frame
from tests.camera.clips import Flaky, folder, number_of, picture
from tests.camera.test_grabber import grabbing


def stages(counts: Sequence[int]) -> list[FrameSource]:
    return [Flaky(*[(count, Ended(count))] * 3) for count in counts]


def taken(staged: Staged, count: int) -> list[int]:
    """Read so many frames; Flaky numbers them downwards to 0."""
    frames = [staged.read() for _ in range(count)]
    return [frame.sequence for frame in frames if isinstance(frame, Frame)]


def test_a_change_of_what_is_looked_for_starts_the_next_stage_of_that_kind_and_the_last_over_and_over() -> None:
    staged = Staged(stages([5, 3]), stages([7]))
    staged.open()
    assert taken(staged, 2) == [4, 3]
    staged.follow(face=True)
    assert taken(staged, 2) == [6, 5]
    staged.follow(face=False)
    assert taken(staged, 1) == [2]
    staged.follow(face=True)
    staged.follow(face=True)
    assert taken(staged, 2) == [6, 5]
    staged.follow(face=False)
    assert taken(staged, 1) == [2]
    staged.close()


def test_a_face_that_is_over_is_the_end_of_the_recording() -> None:
    staged = Staged(stages([5]), stages([2]))
    staged.open()
    staged.follow(face=True)
    assert taken(staged, 2) == [1, 0]
    assert staged.read() == Ended(2)


class Telling(Flaky):
    """Tells when it gave its end."""

    def __init__(self, count: int) -> None:
        super().__init__((count, Ended(count)))
        self.ended = threading.Event()

    def read(self) -> Frame | Ended:
        taken = super().read()
        if isinstance(taken, Ended):
            self.ended.set()
        return taken


def test_a_document_that_is_over_waits_for_the_face() -> None:
    document, box = Telling(2), Latest[Frame]()
    staged = Staged([document], stages([4]))
    grabber, watcher = grabbing(staged, box)
    assert document.ended.wait(30)
    assert watcher.told == ["working"]
    staged.follow(face=True)
    assert watcher.wait(2) == ["working", "ended after 4"]
    newest = box.peek()
    assert newest is not None
    assert newest.sequence == 5
    assert grabber.stop()


def test_a_document_that_is_over_does_not_hold_up_stopping() -> None:
    document = Telling(2)
    grabber, _ = grabbing(Staged([document], stages([4])))
    assert document.ended.wait(30)
    assert grabber.stop()


def test_recorded_stages_can_be_played_again_after_they_ended(tmp_path: Path) -> None:
    page = Recording(folder(tmp_path / "page", 3), lambda: 0)
    face = Recording(folder(tmp_path / "face", 2), lambda: 10**12)
    staged = Staged([page], [face])
    staged.open()
    page.interrupt()
    first = staged.read()
    staged.follow(face=True)
    staged.follow(face=False)
    again = staged.read()
    assert isinstance(first, Frame)
    assert isinstance(again, Frame)
    assert (number_of(first.pixels), number_of(again.pixels)) == (0, 0)
    staged.close()


def test_still_pictures_are_shown_two_seconds_each_and_marked_as_document_pictures() -> None:
    still = StillPictures([picture(1), picture(2)], lambda: 7)
    still.open()
    still.interrupt()
    frames = [still.read() for _ in range(45)]
    numbers = [number_of(frame.pixels) for frame in frames if isinstance(frame, Frame)]
    assert numbers == [1] * 20 + [2] * 20 + [1] * 5
    assert still.provenance.device == DOCUMENT_PICTURE


def test_nothing_to_show_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        StillPictures([], lambda: 0)
    with pytest.raises(ValueError, match="needs a document and a face"):
        Staged(stages([1]), [])
