"""Every cue there is, and how it is weighed. To add one: write its file, and put its row here (docs/liveness.md holds its curve)."""

from typing import Final

from kiosk.liveness import motion_cues, solid
from kiosk.liveness.cues import CueRow

CUES: Final[tuple[CueRow, ...]] = (
    CueRow(motion_cues.REPETITION, motion_cues.repetition_cue, attack="frozen-picture"),
    CueRow(motion_cues.STILLNESS, motion_cues.stillness_cue, attack="frozen-picture"),
    *solid.ROWS,
)
