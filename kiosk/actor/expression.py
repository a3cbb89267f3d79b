"""What a puppet is told: how to hold head and lids in one frame."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expression:
    """How the puppet holds itself in one frame.

    yaw_deg > 0: towards the subject's own left (image right); pitch_deg > 0: face up; roll_deg > 0: clockwise in the image.
    lids: 0 open to 1 shut, both eyes. shift_px: (right, down) movement of the head in the frame.
    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    lids: float = 0.0
    shift_px: tuple[float, float] = (0.0, 0.0)
