"""Labelled clips of faces, and what the station's eyes see in them. The labels' format is that of the set named in docs/liveness.md."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.assembly.sight import ModelSight
from kiosk.camera.recording import Pacing, Recording
from kiosk.camera.source import Ended
from kiosk.face.observed import FaceObservation
from kiosk.frame import Frame
from kiosk.liveness.challenge import ChallengeKind
from kiosk.policy import BRANCH
from models.catalogue import Catalogue, open_catalogue

PACK = Path(__file__).resolve().parents[2] / "build" / "models"
START_NS = 1_000_000_000

GENUINE = "genuine"
_AROUND_AMBIGUOUS_FRAME = 4


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """start, peak, end: frames; kind: the subject's own side; yaw_deg: the label's peak, positive, relative beyond 45."""

    start: int
    peak: int
    end: int
    kind: ChallengeKind
    yaw_deg: float


@dataclass(frozen=True, slots=True)
class LabelledClip:
    """One clip. person: who is in it, a code; kind: `genuine`, `replay`, `deepfake` or `synthetic`; blinks, ambiguous: spans of
    frames, inclusive; blinks is None where the eyes cannot be judged."""

    file: str
    person: str
    kind: str
    fps: float
    blinks: tuple[tuple[int, int], ...] | None
    ambiguous: tuple[tuple[int, int], ...]
    turns: tuple[LabelledTurn, ...]


def read_labels(labels: Path) -> tuple[LabelledClip, ...]:
    """Read the `clips` of a labels file. Raises KeyError, ValueError or OSError if it is not one."""
    return tuple(_clip(row) for row in json.loads(labels.read_text(encoding="utf-8"))["clips"])


def _clip(row: Any) -> LabelledClip:
    around = _AROUND_AMBIGUOUS_FRAME
    turns = tuple(
        LabelledTurn(
            int(turn["start"]),
            int(turn["peak"]),
            int(turn["end"]),
            ChallengeKind.TURN_LEFT if turn["direction"] == "left" else ChallengeKind.TURN_RIGHT,
            float(turn["peak_yaw_deg"]),
        )
        for turn in row["turns"]
    )
    return LabelledClip(
        file=str(row["file"]),
        person=str(row["person"]),
        kind=str(row["kind"]),
        fps=float(row["fps"]),
        blinks=_spans(row["blink_spans"]) if row["blinks_scored"] else None,
        ambiguous=_spans([(at - around, at + around) for at in row.get("ambiguous") or []]) + _spans(row.get("amb_spans") or []),
        turns=turns,
    )


def _spans(rows: Any) -> tuple[tuple[int, int], ...]:
    return tuple((int(first), int(last)) for first, last in rows)


@dataclass(frozen=True, slots=True)
class ClipEyes:
    """Looks at clips with the station's own eyes. One catalogue for all clips; each clip starts with nothing remembered."""

    catalogue: Callable[[], Catalogue]

    def observe(self, file: Path) -> tuple[FaceObservation, ...]:
        """Return what is seen in each frame, oldest first, the first at START_NS. Raises RecordingUnreadable."""
        return tuple(seen for _, seen, _ in self.watch(file))

    def watch(self, file: Path) -> Iterator[tuple[Frame, FaceObservation, float]]:
        """Yield each frame, what is seen in it, and the milliseconds of one core that took. Raises RecordingUnreadable."""
        sight = ModelSight(self.catalogue, BRANCH)
        recording = Recording(file, lambda: START_NS, Pacing.AS_FAST_AS_POSSIBLE)
        recording.open()
        sight.prepare()
        try:
            while not isinstance(frame := recording.read(), Ended):
                began = time.thread_time()
                seen = sight.faces(frame)
                yield frame, seen, 1000 * (time.thread_time() - began)
        finally:
            recording.close()


def open_eyes() -> ClipEyes:
    catalogue = open_catalogue(PACK)
    return ClipEyes(lambda: catalogue)
