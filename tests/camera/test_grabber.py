"""The camera thread: delivers, tells, tries again, stops."""

import threading
import weakref
from pathlib import Path

import pytest

from kiosk.camera.grabber import Grabber
from kiosk.camera.latest import Latest
from kiosk.camera.recording import Pacing, Recording
from kiosk.camera.source import Ended, FrameSource
from kiosk.faults import CameraLost, CameraUnavailable, DiskFull, RecordingUnreadable
from kiosk.frame import Frame
from kiosk.station.crew import guard
from tests.camera.clips import LIVE, Flaky, Watcher, an_hour_apart, picture


def grabbing(source: FrameSource, *boxes: Latest[Frame]) -> tuple[Grabber, Watcher]:
    watcher = Watcher()
    grabber = Grabber(source, boxes, watcher, first_retry_s=0.001, longest_retry_s=0.004)
    grabber.start()
    return grabber, watcher


def test_every_mailbox_gets_the_newest_frame_and_the_end_is_told() -> None:
    boxes: tuple[Latest[Frame], Latest[Frame]] = (Latest(), Latest())
    grabber, watcher = grabbing(Flaky((5, Ended(5))), *boxes)
    assert watcher.wait(2) == ["working", "ended after 5"]
    assert [box.peek().sequence for box in boxes if box.peek() is not None] == [4, 4]  # type: ignore[union-attr]
    assert grabber.stop()


def test_a_lost_camera_is_told_once_and_comes_back_with_growing_numbers() -> None:
    box: Latest[Frame] = Latest()
    gone = CameraUnavailable("not there yet")
    source = Flaky((3, CameraLost("unplugged")), (-1, gone), (-1, gone), (-1, gone), (2, Ended(2)))
    grabber, watcher = grabbing(source, box)
    assert watcher.wait(4) == ["working", "CameraLost", "working", "ended after 2"]
    newest = box.peek()
    assert newest is not None
    assert newest.sequence == 4
    assert grabber.stop()
    assert source.opened == source.closed == 5


def test_a_camera_missing_from_the_start_is_told_and_tried_again() -> None:
    grabber, watcher = grabbing(Flaky((-1, CameraUnavailable("none")), (-1, CameraUnavailable("none")), (1, Ended(1))))
    assert watcher.wait(3) == ["CameraUnavailable", "working", "ended after 1"]
    assert grabber.stop()


def test_a_camera_that_opens_but_gives_nothing_is_told_once() -> None:
    lost = CameraLost("opens, gives nothing")
    grabber, watcher = grabbing(Flaky((0, lost), (0, lost), (0, lost), (1, Ended(1))))
    assert watcher.wait(3) == ["CameraLost", "working", "ended after 1"]
    assert grabber.stop()


def test_an_unreadable_recording_is_told_and_not_tried_again() -> None:
    source = Flaky((-1, RecordingUnreadable("no video")))
    grabber, watcher = grabbing(source)
    assert watcher.wait(1) == ["RecordingUnreadable"]
    assert grabber.stop()
    assert source.opened == source.closed == 1


def test_stopping_does_not_wait_for_a_slow_recording(tmp_path: Path) -> None:
    recording = Recording(an_hour_apart(tmp_path / "frames"), lambda: 0, Pacing.REAL_TIME)
    grabber, watcher = grabbing(recording)
    assert watcher.wait(1) == ["working"]
    assert grabber.stop()


def test_a_grabber_that_never_started_stops_at_once() -> None:
    assert Grabber(Flaky(), (), Watcher()).stop()


class Buggy(Flaky):
    """Gives one frame, then has a bug where it is told to."""

    def __init__(self, where: str) -> None:
        super().__init__((1, CameraLost("unplugged")))
        self._where = where

    def open(self) -> None:
        self._bug_in("open")
        super().open()

    def read(self) -> Frame | Ended:
        if self.given:
            self._bug_in("read")
        return super().read()

    def close(self) -> None:
        super().close()
        self._bug_in("close")

    @property
    def given(self) -> bool:
        return self._left == 0

    def _bug_in(self, where: str) -> None:
        if where == self._where:
            raise ZeroDivisionError("ERIKSSON")


@pytest.mark.parametrize(
    ("where", "told"), [("open", ["CameraLost"]), ("read", ["working", "CameraLost"]), ("close", ["working", "CameraLost"])]
)
def test_a_bug_of_the_camera_thread_is_told_and_the_camera_counts_as_lost(where: str, told: list[str]) -> None:
    bugs: list[str] = []
    watcher, source = Watcher(), Buggy(where)
    grabber = Grabber(source, (), watcher, guard=guard("camera", watcher.camera_lost, bugs.append))
    grabber.start()
    assert watcher.wait(len(told)) == told
    assert grabber.stop()
    assert bugs == ["ZeroDivisionError"]
    assert source.closed == 1


def test_a_fault_no_camera_should_raise_is_told_and_not_tried_again() -> None:
    source = Flaky((2, DiskFull("strange")))
    grabber, watcher = grabbing(source)
    assert watcher.wait(2) == ["working", "DiskFull"]
    assert grabber.stop()
    assert source.opened == source.closed == 1


class Pausing:
    """Gives one frame and then waits for its next one until it is interrupted."""

    provenance = LIVE

    def __init__(self) -> None:
        self.waiting, self._interrupted = threading.Event(), threading.Event()
        self.first = Frame(picture(1), 0, 1, LIVE)
        self.pixels = weakref.ref(self.first.pixels)

    def open(self) -> None:
        """Nothing to open."""

    def read(self) -> Frame | Ended:
        if hasattr(self, "first"):
            first = self.first
            del self.first
            return first
        self.waiting.set()
        self._interrupted.wait(30)
        return Ended(1)

    def close(self) -> None:
        """Nothing to close."""

    def interrupt(self) -> None:
        self._interrupted.set()


def test_a_frame_wiped_from_the_mailbox_is_not_held_by_a_camera_that_waits() -> None:
    box, source = Latest[Frame](), Pausing()
    grabber, _ = grabbing(source, box)
    assert source.waiting.wait(30)
    assert source.pixels() is not None
    box.clear()
    assert source.pixels() is None
    assert grabber.stop()


def test_a_camera_that_is_opened_anew_is_told_as_lost_and_comes_back() -> None:
    source = Flaky((10**6, Ended(0)), (1, Ended(1)))
    grabber, watcher = grabbing(source)
    assert watcher.wait(1) == ["working"]
    grabber.reopen()
    assert watcher.wait(4)[:3] == ["working", "CameraLost", "working"]
    assert grabber.stop()
    assert source.opened == source.closed == 2
