"""Recordings as cameras: real files, really decoded."""

import json
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.camera.recorder import Recorder
from kiosk.camera.recording import Pacing, Recording, possible_rate
from kiosk.camera.source import Ended
from kiosk.faults import RecordingUnreadable, SettingsRefused
from kiosk.frame import Frame
from kiosk.values import Capture, StationClass
from tests.camera.clips import LIVE, an_hour_apart, folder, number_of, picture, turned, video


def start_at_one_second() -> int:
    return 1_000_000_000


def all_of(recording: Recording, at_most: int = 1000) -> list[Frame]:
    recording.open()
    frames: list[Frame] = []
    while len(frames) < at_most:
        taken = recording.read()
        if isinstance(taken, Ended):
            assert taken.frames == len(frames)
            break
        frames.append(taken)
    recording.close()
    return frames


def fast(path: Path, *, loop: bool = False) -> Recording:
    return Recording(path, start_at_one_second, Pacing.AS_FAST_AS_POSSIBLE, loop=loop)


def test_a_video_gives_its_frames_in_order_with_its_own_times(tmp_path: Path) -> None:
    frames = all_of(fast(video(tmp_path / "clip.avi", 6, rate=10)))
    assert [number_of(frame.pixels) for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.sequence for frame in frames] == [0, 1, 2, 3, 4, 5]
    assert [frame.captured_ns for frame in frames[:3]] == [1_000_000_000, 1_100_000_000, 1_200_000_000]


def test_a_folder_gives_its_pictures_by_number_not_by_letter(tmp_path: Path) -> None:
    frames = all_of(fast(folder(tmp_path / "frames", 12)))
    assert [number_of(frame.pixels) for frame in frames] == list(range(12))


def test_every_frame_says_it_was_recorded_and_never_the_name_of_the_file(tmp_path: Path) -> None:
    frames = all_of(fast(video(tmp_path / "maria-schmidt.avi", 2)))
    assert {frame.provenance.capture for frame in frames} == {Capture.RECORDING}
    assert {frame.provenance.device for frame in frames} == {"video file"}


def test_in_real_time_a_frame_waits_until_it_is_due(tmp_path: Path) -> None:
    now_ns = [0]

    def clock() -> int:
        now_ns[0] += 40_000_000  # a reader so slow that no frame is ever early: nothing waits, stamps are the clock's
        return now_ns[0]

    recording = Recording(video(tmp_path / "clip.avi", 3, rate=30), clock, Pacing.REAL_TIME)
    stamps = [frame.captured_ns for frame in all_of(recording)]
    assert all(later > earlier for earlier, later in pairwise(stamps))
    assert stamps[0] > 40_000_000


def test_an_interrupted_recording_does_not_wait_for_its_next_frame(tmp_path: Path) -> None:
    recording = Recording(an_hour_apart(tmp_path / "frames"), lambda: 0, Pacing.REAL_TIME)
    recording.open()
    recording.read()
    recording.interrupt()
    assert isinstance(recording.read(), Frame)
    recording.close()


def test_a_loop_starts_over_and_its_numbers_and_times_go_on(tmp_path: Path) -> None:
    frames = all_of(fast(video(tmp_path / "clip.avi", 3), loop=True), at_most=7)
    assert [number_of(frame.pixels) for frame in frames] == [0, 1, 2, 0, 1, 2, 0]
    assert [frame.sequence for frame in frames] == [0, 1, 2, 3, 4, 5, 6]
    assert all(later.captured_ns > earlier.captured_ns for earlier, later in pairwise(frames))


@pytest.mark.parametrize("degrees", [90, 180])
def test_a_clip_filmed_with_a_turned_phone_comes_out_upright(tmp_path: Path, degrees: int) -> None:
    path = tmp_path / "phone.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 30, (160, 120))
    marked = picture(0)
    marked[:40, :40] = 250  # a mark in the upper left corner
    for _ in range(3):
        writer.write(marked)
    writer.release()
    pixels = all_of(fast(turned(path, degrees)))[0].pixels
    corners = {"upper left": pixels[:20, :20], "upper right": pixels[:20, -20:], "lower right": pixels[-20:, -20:]}
    assert pixels.shape == ((160, 120, 3) if degrees == 90 else (120, 160, 3))
    assert {name for name, part in corners.items() if part.mean() > 150} == {"upper right" if degrees == 90 else "lower right"}


@pytest.mark.parametrize("rate", [0.0, -5.0, 1000.0, float("nan"), float("inf")])
def test_an_impossible_frame_rate_counts_as_the_usual_one(rate: float) -> None:
    assert possible_rate(rate) == 30.0


def test_a_possible_frame_rate_is_believed() -> None:
    assert possible_rate(24.0) == 24.0


@pytest.mark.parametrize("content", [b"", b"no video at all", b"RIFF\x00\x00\x00\x00AVI LIST", b"\x00" * 4096])
def test_a_file_that_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(RecordingUnreadable):
        all_of(fast(path))


def test_a_video_without_a_frame_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingUnreadable):
        all_of(fast(video(tmp_path / "clip.avi", 0)))


def test_a_video_cut_short_ends_cleanly_after_the_frames_it_has(tmp_path: Path) -> None:
    path = video(tmp_path / "clip.avi", 20)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert 0 < len(all_of(fast(path))) < 20


def test_a_missing_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingUnreadable):
        fast(tmp_path / "nothing.mp4").open()


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "frames").mkdir()
    with pytest.raises(RecordingUnreadable):
        fast(tmp_path / "frames").open()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 cut"])
def test_a_folder_with_a_broken_picture_is_refused_when_it_comes_to_it(tmp_path: Path, content: bytes) -> None:
    frames = folder(tmp_path / "frames", 2)
    (frames / "1.png").write_bytes(content)
    recording = fast(frames)
    recording.open()
    assert isinstance(recording.read(), Frame)
    with pytest.raises(RecordingUnreadable):
        recording.read()


def test_a_recording_kept_by_the_recorder_plays_back_with_its_times(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "kept", StationClass.QA)
    for number, captured_ns in enumerate((50, 33_000_050, 99_000_050)):
        recorder.keep(Frame(picture(number), number, captured_ns, LIVE))
    assert recorder.finish() == 3
    frames = all_of(fast(tmp_path / "kept"))
    assert [number_of(frame.pixels) for frame in frames] == [0, 1, 2]
    assert [frame.captured_ns - frames[0].captured_ns for frame in frames] == [0, 33_000_000, 99_000_000]
    assert json.loads((tmp_path / "kept" / "timestamps.json").read_text())["capture"] == "live-camera"


@pytest.mark.parametrize("times", ["", "[]", '{"captured_ns": [1, 2]}', '{"captured_ns": [3, 2, 1]}', '{"captured_ns": "abc"}'])
def test_a_list_of_times_that_does_not_fit_is_refused(tmp_path: Path, times: str) -> None:
    frames = folder(tmp_path / "frames", 3)
    (frames / "timestamps.json").write_text(times)
    with pytest.raises(RecordingUnreadable):
        fast(frames).open()


def test_a_production_station_keeps_no_recording(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused):
        Recorder(tmp_path / "kept", StationClass.PRODUCTION)
    assert not (tmp_path / "kept").exists()


def test_a_recording_never_goes_over_another(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "000000.jpg").write_bytes(b"somebody")
    with pytest.raises(SettingsRefused):
        Recorder(tmp_path / "kept", StationClass.QA)


def test_a_frame_read_is_the_readers_own(tmp_path: Path) -> None:
    frames = all_of(fast(video(tmp_path / "clip.avi", 3)))
    before = frames[1].pixels.copy()
    frames[0].pixels[:] = 255
    assert np.array_equal(frames[1].pixels, before)
