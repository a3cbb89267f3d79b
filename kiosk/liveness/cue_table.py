"""Every cue there is, and how it is weighed. To add one: write its file, and put its row here (docs/liveness.md holds its curve)."""

from typing import Final

from kiosk.liveness.cues import CueRow

CUES: Final[tuple[CueRow, ...]] = ()
