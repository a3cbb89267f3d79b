"""A recorded journey: what QA keeps with `--record DIR` and plays with `replay DIR`. Never of real customers.

    DIR/journey.json          language, the script that was drawn, how it ended
    DIR/01-page/ 02-face/ …   the frames of each stage, one folder per change of what was looked for, with their times

The recording holds frames and the script, not verdicts: a replay runs the same eyes, reducer and models again and may come to another
result, which is what it is for.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

from kiosk.camera.latest import Latest
from kiosk.camera.recorder import Recorder
from kiosk.camera.recording import Recording
from kiosk.camera.source import MonotonicClock
from kiosk.camera.staged import Staged
from kiosk.faults import RecordingUnreadable, SettingsRefused
from kiosk.frame import Frame
from kiosk.journey import events as ev
from kiosk.journey.effects import Watch, WatchFor
from kiosk.journey.states import AskingConsent, Finished, State
from kiosk.liveness.challenge import Script
from kiosk.liveness.script import fixed_script
from kiosk.values import Moment, StationClass

JOURNEY_FILE = "journey.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Recorded:
    """What stands in journey.json. ending: as the journey ended then, to compare with."""

    language: str
    script: tuple[str, ...]
    ending: str


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
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qa-recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being recorded. Raises DiskFull."""
        self._stopped.set()
        self.frames.close()
        self._thread.join(timeout=10)
        self._turn_to(None)
        content = {"format": FORMAT, "language": self._recorded.language, "script": self._recorded.script, "ending": self._recorded.ending}
        (self._folder / JOURNEY_FILE).write_text(json.dumps(content, indent=1), encoding="utf-8")

    def watch(self, wanted: WatchFor) -> None:
        """A new thing is looked for: a new stage begins."""
        self._turn_to(wanted.watch if wanted.watch is not Watch.NOTHING else None)

    def witness(self, before: State, event: ev.Event, after: State, moment: Moment) -> None:
        if isinstance(after, AskingConsent):
            self._recorded = Recorded(after.case.language, (), "")
        if isinstance(event, ev.ScriptDrawn):
            names = tuple(kind.value for kind in event.script.challenges)
            self._recorded = Recorded(self._recorded.language, names, self._recorded.ending)
        if isinstance(after, Finished):
            self._recorded = Recorded(self._recorded.language, self._recorded.script, str(after.ending))

    def _turn_to(self, watch: Watch | None) -> None:
        with self._lock:
            if self._stage is not None:
                self._stage.finish()
            self._stage = None
            if watch is not None:
                self._stages += 1
                self._stage = Recorder(self._folder / f"{self._stages:02d}-{watch}", self._class)

    def _run(self) -> None:
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
