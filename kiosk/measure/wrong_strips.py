"""Every clip that something is wrong about, as a strip of frames with the reason: its verdict, a script, its blinks or its turns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from kiosk.face.observed import FaceObservation
from kiosk.measure.film_strip import Strip
from kiosk.measure.liveness_clips import GENUINE, LabelledClip
from kiosk.measure.liveness_counts import blinks_seen, count_blinks, count_turns
from kiosk.measure.liveness_first_look import ScriptRun
from kiosk.policy import LivenessPolicy

LIVE = "Live"


def is_wrong(run: ScriptRun) -> bool:
    """Whether a genuine clip was not Live under a script that it performs, or any clip was under one that it does not."""
    if run.performs is None:
        return False
    return run.verdict != LIVE and run.kind == GENUINE if run.performs else run.verdict == LIVE


def reasons(
    clip: LabelledClip, observations: Sequence[FaceObservation], runs: Sequence[ScriptRun], policy: LivenessPolicy
) -> Iterator[str]:
    """Yield what is wrong about a clip beside its passive verdict."""
    for run in runs:
        if run.file == clip.file and is_wrong(run):
            yield f"script {run.script}, {'performed' if run.performs else 'not performed'}: {run.verdict}"
    seen = [(clip, tuple(observations))]
    blinks = count_blinks(seen, lambda one: blinks_seen(one, policy))
    if blinks.found < blinks.labelled or blinks.invented:
        yield f"blinks: {blinks.found} of {blinks.labelled} found, {blinks.invented} invented"
    turns = count_turns(seen, policy)
    if turns.found < turns.labelled or turns.invented:
        yield f"turns: {turns.found} of {turns.labelled} found, {turns.invented} invented"


def write(strip: Strip, clip: LabelledClip, why: Sequence[str], pictures: Path) -> None:
    """Write the strip if anything is wrong. Raises OSError."""
    if why:
        strip.write([clip.kind, *why], pictures / f"wrong-asked-{Path(clip.file).stem}.jpg")
