"""Every cue there is, and how it is weighed. To add one: write its file, and put its row here (docs/liveness.md holds its curve)."""

from typing import Final

from kiosk.liveness import injection, motion_cues, picture_cues, scene_cues, solid, spoof_net
from kiosk.liveness.cues import CueRow

CUES: Final[tuple[CueRow, ...]] = (
    CueRow(spoof_net.NAME, spoof_net.net_cue, attack="attack-cues"),
    CueRow(spoof_net.SECOND, spoof_net.second_cue, attack="attack-cues"),
    CueRow(picture_cues.BORDERS, picture_cues.borders_cue, attack="attack-cues"),
    CueRow(picture_cues.GLOW, picture_cues.glow_cue, attack="attack-cues"),
    CueRow(picture_cues.SKIN_COLOUR, picture_cues.skin_colour_cue, attack="attack-cues"),
    CueRow(motion_cues.REPETITION, motion_cues.repetition_cue, attack="frozen-picture"),
    CueRow(motion_cues.STILLNESS, motion_cues.stillness_cue, attack="frozen-picture"),
    CueRow(scene_cues.HELD_APART, scene_cues.held_apart_cue, attack="attack-cues"),
    CueRow(scene_cues.FLICKER, scene_cues.flicker_cue, attack="attack-cues"),
    *solid.ROWS,
    CueRow(injection.SEEN_BEFORE, injection.seen_before_cue, attack="frozen-picture"),
    CueRow(injection.PROVENANCE, injection.provenance_cue, attack="injected-video"),
    CueRow(injection.ARRIVAL, injection.arrival_cue, attack="injected-video"),
)
