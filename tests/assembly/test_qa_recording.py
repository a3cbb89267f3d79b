"""A QA recording: kept while a journey runs, played again as a camera, honest about what it lacks."""

import json
from pathlib import Path

import pytest

from kiosk.assembly.qa_recording import JOURNEY_FILE, QaRecorder, Recorded, RecorderEnded, read_recorded, script_of, staged_source
from kiosk.camera.recorder import Recorder
from kiosk.camera.source import Ended
from kiosk.faults import DiskFull, RecordingUnreadable, SettingsRefused
from kiosk.frame import Frame
from kiosk.journey import events as ev
from kiosk.journey.effects import Watch, WatchFor
from kiosk.journey.states import AskingConsent, Case, Decided, Finished, Idle
from kiosk.record import Decision
from kiosk.values import Channel, StationClass, Ticket
from tests.camera.clips import number_of, picture
from tests.journey.build import CAMERA, SCRIPT, SESSION, at, opening
from tests.station.crew_parts import Told

TICKET = Ticket(SESSION, 1)
PAGE, FACE, NOTHING = WatchFor(Watch.PAGE, TICKET), WatchFor(Watch.FACE, TICKET), WatchFor(Watch.NOTHING, None)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Told[int]:
    """Told the sequence of every frame that is on disk, so that a test can wait for it."""
    told = Told[int]()
    keep = Recorder.keep

    def keeping(self: Recorder, frame: Frame) -> None:
        keep(self, frame)
        told(frame.sequence)

    monkeypatch.setattr(Recorder, "keep", keeping)
    return told


def frame(sequence: int) -> Frame:
    return Frame(picture(sequence), sequence, sequence * 40_000_000, CAMERA)


def case(language: str) -> Case:
    return Case(SESSION, Channel.BOOTH, opening(), language, None, at(0), 0, 0)


def shown(recorder: QaRecorder, written: Told[int], *sequences: int) -> None:
    """Show one frame after the other, each when the one before is on disk."""
    for sequence in sequences:
        before = len(written.all)
        recorder.frames.put(frame(sequence))
        written.wait_for(before + 1)


def test_what_was_recorded_is_played_again_stage_by_stage(tmp_path: Path, written: Told[int]) -> None:
    folder = tmp_path / "recording"
    recorder = QaRecorder(folder, StationClass.QA)
    recorder.start()
    recorder.witness(Idle(), ev.Ticked(), AskingConsent(case("ar")), at(0))
    recorder.watch(PAGE)
    shown(recorder, written, 0, 1)
    recorder.watch(NOTHING)
    recorder.witness(Idle(), ev.ScriptDrawn(TICKET, SCRIPT), Idle(), at(1))
    recorder.watch(FACE)
    shown(recorder, written, 3, 4, 5)
    recorder.watch(NOTHING)
    recorder.witness(Idle(), ev.Ticked(), Finished(SESSION, Channel.BOOTH, "ar", Decided(Decision.APPROVE), 0), at(2))
    recorder.stop()

    recorded = read_recorded(folder)
    assert recorded == Recorded("ar", ("blink", "turn-left", "turn-right"), str(Decided(Decision.APPROVE)))
    assert script_of(recorded).challenges == SCRIPT.challenges
    source = staged_source(folder, lambda: 10**15)
    source.open()
    page = [source.read(), source.read()]
    source.follow(face=True)
    face = [source.read() for _ in range(4)]
    source.close()
    assert [number_of(one.pixels) for one in page + face if isinstance(one, Frame)] == [0, 1, 3, 4, 5]
    assert face[3] == Ended(3)


def ended_early(folder: Path, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> QaRecorder:
    """Record one frame, then meet trouble with the second."""
    met = Told[int]()

    def failing(self: Recorder, frame: Frame) -> None:
        met(frame.sequence)
        raise trouble

    monkeypatch.setattr(Recorder, "keep", failing)
    recorder = QaRecorder(folder, StationClass.QA)
    recorder.start()
    recorder.watch(PAGE)
    recorder.frames.put(frame(0))
    met.wait_for(1)
    recorder.watch(FACE)
    return recorder


def test_a_full_disk_is_raised_at_the_stop_and_the_recording_says_it_is_incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "recording"
    recorder = ended_early(folder, monkeypatch, DiskFull("full"))
    with pytest.raises(DiskFull):
        recorder.stop()
    assert json.loads((folder / JOURNEY_FILE).read_text())["incomplete"] == "DiskFull"
    with pytest.raises(RecordingUnreadable, match="incomplete"):
        read_recorded(folder)


def test_a_bug_of_the_recorder_is_raised_at_the_stop_by_its_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "recording"
    recorder = ended_early(folder, monkeypatch, ZeroDivisionError("ERIKSSON"))
    with pytest.raises(RecorderEnded, match=r"^ZeroDivisionError$"):
        recorder.stop()
    assert json.loads((folder / JOURNEY_FILE).read_text())["incomplete"] == "ZeroDivisionError"


def test_a_disk_that_is_full_when_a_stage_ends_does_not_disturb_the_journey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Recorder) -> int:
        raise DiskFull("full")

    monkeypatch.setattr(Recorder, "finish", full)
    recorder = QaRecorder(tmp_path / "recording", StationClass.QA)
    recorder.start()
    recorder.watch(PAGE)
    recorder.watch(FACE)
    with pytest.raises(DiskFull):
        recorder.stop()


def test_a_production_station_records_nobody(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused):
        QaRecorder(tmp_path / "recording", StationClass.PRODUCTION)
    assert not (tmp_path / "recording").exists()


def test_a_recording_without_a_face_cannot_be_played(tmp_path: Path, written: Told[int]) -> None:
    recorder = QaRecorder(tmp_path / "recording", StationClass.QA)
    recorder.start()
    recorder.watch(PAGE)
    shown(recorder, written, 0)
    recorder.stop()
    with pytest.raises(RecordingUnreadable, match="lacks"):
        staged_source(tmp_path / "recording", lambda: 0)
