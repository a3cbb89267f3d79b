"""A recorded journey: what QA keeps with `--record DIR` and plays with `replay DIR`. Never of real customers.

    DIR/journey.json          language, the script that was drawn, how it ended, what kept it from being whole
    DIR/01-page/ 02-face/ …   the frames of each stage, one folder per change of what was looked for, with their times

The recording holds frames and the script, not verdicts: a replay runs the same eyes, reducer and models again and may come to another
result, which is what it is for.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kiosk.camera.latest import Latest
from kiosk.camera.recorder import Recorder
from kiosk.camera.recording import Recording
from kiosk.camera.source import MonotonicClock
from kiosk.camera.staged import Staged
from kiosk.faults import DiskFull, Fault, RecordingUnreadable, SettingsRefused
from kiosk.frame import Frame
from kiosk.journey import events as ev
from kiosk.journey.effects import Watch, WatchFor
from kiosk.journey.states import AskingConsent, Finished, State
from kiosk.liveness.challenge import Script
from kiosk.liveness.script import fixed_script
from kiosk.station.crew import guarded
from kiosk.values import Moment, StationClass

JOURNEY_FILE = "journey.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """What stands in journey.json. ending: as the journey ended then, to compare with."""

    language: str
    script: tuple[str, ...]
    ending: str


class RecorderEnded(RuntimeError):
    """A bug ended the recorder in the middle of its work."""


class QaRecorder:
    """Records one journey into a new folder. `frames` is the mailbox to give to the camera; `watch` and `witness` to the station."""

    def __init__(self, folder: Path, station_class: StationClass) -> None:
        """Raises SettingsRefused on a production station, or if the folder holds something already."""
        if station_class is StationClass.PRODUCTION:
            raise SettingsRefused("a production station never keeps recordings of its customers")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise SettingsRefused("a recording goes into a new or empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        self.frames: Latest[Frame] = Latest()
        self._folder, self._class = folder, station_class
        self._lock = threading.Lock()
        self._stage: Recorder | None = None
        self._stages = 0
        self._recorded = Recorded("en", (), "")
        self._fault: Fault | None = None
        self._bug = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qa-recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being recorded. Raises the fault that ended the recording early (DiskFull), and RecorderEnded after a bug;
        journey.json then says that the recording is incomplete."""
        self._stopped.set()
        self.frames.close()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._guarded(partial(self._turn_to, None))
        try:
            self._write_journey()
        except OSError as error:
            raise DiskFull("the recorded journey could not be written") from error
        if self._fault is not None:
            raise self._fault
        if self._bug:
            raise RecorderEnded(self._bug)

    def watch(self, wanted: WatchFor) -> None:
        """A new thing is looked for: a new stage begins. Trouble with it is kept for `stop`: no recording may disturb the journey."""
        self._guarded(partial(self._turn_to, wanted.watch if wanted.watch in (Watch.PAGE, Watch.FACE) else None))

    def witness(self, before: State, event: ev.Event, after: State, moment: Moment) -> None:
        if isinstance(after, AskingConsent):
            self._recorded = Recorded(after.case.language, (), "")
        if isinstance(event, ev.ScriptDrawn):
            names = tuple(kind.value for kind in event.script.challenges)
            self._recorded = Recorded(self._recorded.language, names, self._recorded.ending)
        if isinstance(after, Finished):
            self._recorded = Recorded(self._recorded.language, self._recorded.script, str(after.ending))

    @property
    def _incomplete(self) -> str:
        """What kept the recording from being whole, as a class name; empty when nothing did."""
        return self._bug or (type(self._fault).__name__ if self._fault is not None else "")

    def _write_journey(self) -> None:
        recorded = self._recorded
        content = {
            "format": FORMAT,
            "language": recorded.language,
            "script": recorded.script,
            "ending": recorded.ending,
            "incomplete": self._incomplete,
        }
        (self._folder / JOURNEY_FILE).write_text(json.dumps(content, indent=1), encoding="utf-8")

    def _guarded(self, work: Callable[[], None]) -> bool:
        return guarded("qa-recorder", work, self._met_fault, self._met_bug)

    def _met_fault(self, fault: Fault) -> None:
        self._fault = self._fault or fault
        self._stage = None

    def _met_bug(self, what: str) -> None:
        self._bug = self._bug or what
        self._stage = None

    def _turn_to(self, watch: Watch | None) -> None:
        with self._lock:
            ending, self._stage = self._stage, None
            if ending is not None:
                ending.finish()
            if watch is not None and not self._incomplete:
                self._stages += 1
                self._stage = Recorder(self._folder / f"{self._stages:02d}-{watch}", self._class)

    def _run(self) -> None:
        self._guarded(self._record)

    def _record(self) -> None:
        last = -1
        while not self._stopped.is_set():
            frame = self.frames.wait_newer(last, timeout_s=0.5)
            if frame is None:
                continue
            last = frame.sequence
            with self._lock:
                if self._stage is not None:
                    self._stage.keep(frame)


def read_recorded(folder: Path) -> Recorded:
    """Return what journey.json says. Raises RecordingUnreadable."""
    try:
        content = json.loads((folder / JOURNEY_FILE).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise RecordingUnreadable("this recording was made by another version")
        if content.get("incomplete"):
            raise RecordingUnreadable("this recording is incomplete: it would be compared with an ending it does not show")
        return Recorded(str(content["language"]), tuple(str(name) for name in content["script"]), str(content["ending"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordingUnreadable("the folder holds no recorded journey") from error


def script_of(recorded: Recorded) -> Script:
    """Return the recorded script, marked as fixed. Raises RecordingUnreadable for words that are no challenges."""
    script = fixed_script(recorded.script)
    if not isinstance(script, Script):
        raise RecordingUnreadable("the recorded script holds unknown challenges")
    return script


def staged_source(folder: Path, clock: MonotonicClock) -> Staged:
    """Return the recorded stages as a camera. Raises RecordingUnreadable when a kind of stage is missing."""
    stages = {
        kind: [Recording(stage, clock) for stage in sorted(folder.glob(f"*-{kind}")) if any(stage.glob("*.jpg"))]
        for kind in (Watch.PAGE, Watch.FACE)
    }
    if not stages[Watch.PAGE] or not stages[Watch.FACE]:
        raise RecordingUnreadable("the recorded journey lacks its document or its face")
    return Staged(stages[Watch.PAGE], stages[Watch.FACE])
