"""What the eyes of the station see of faces in one frame: measurements, no judgement."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiosk.frame import Pixels, Print
from kiosk.values import Provenance


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Degrees. yaw > 0: towards the subject's own left (image right, unmirrored); pitch > 0: face up; roll > 0: clockwise
    in the image. A face that looks at the camera reads 0 wherever it stands in the picture."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True)
class EyeOpenness:
    """Lid distance over eye width per eye (the subject's own), a ratio of at least 0; open eyes read about 0.13 to 0.4."""

    right: float
    left: float


@dataclass(frozen=True, slots=True, eq=False)
class FaceSeen:
    """One face. box: (x0, y0, x1, y1) pixels; landmarks: (478, 3) float32, x and y in pixels, z relative (a prior, never
    evidence of depth); score: the finder's or mesh's presence, 0..1; width_px: cheek to cheek."""

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    pose: HeadPose
    eyes: EyeOpenness
    score: float
    width_px: float


@dataclass(frozen=True, slots=True, eq=False)
class FaceView:
    """One good look at the face, kept for matching and for the person who decides.

    face_print: see Print; chip: aligned face, BGR uint8, square, eyes level; sharpness: variance of the Laplacian on the chip,
    gray levels squared; pose as above; surround: the face with room around it (`crops.surround_of`), from which the verifier makes its own
    prints, None where only the chip was kept.
    """

    face_print: Print
    chip: Pixels
    pose: HeadPose
    sharpness: float
    surround: Pixels | None = None


@dataclass(frozen=True, slots=True)
class SkinLight:
    """Mean light per channel (blue, green, red), linear, 0..1: of the skin, and of what is beside the head (None when it cannot be
    told). left, right: of the subject's own cheeks, None where one is hidden or clipped."""

    skin: tuple[float, float, float]
    around: tuple[float, float, float] | None
    left: tuple[float, float, float] | None = None
    right: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Sign:
    """What a detector measured in one frame. name: the cue it belongs to (kiosk/liveness/cue_table.py); value: in that cue's unit."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class FaceObservation:
    """Everything the eyes saw of faces in one frame.

    frame_size: (width, height) pixels; faces: largest first, empty if none; brightness: mean gray level 0..255 over the largest
    face (over the frame if none); view: set on some frames only (good ones, a few times a second and at least once per
    challenge), None otherwise; signs: what the frame detectors measured, at most a few per frame; light: of the largest
    face's skin, None without one or where it cannot be measured.
    """

    captured_ns: int
    sequence: int
    provenance: Provenance
    frame_size: tuple[int, int]
    faces: tuple[FaceSeen, ...]
    brightness: float
    view: FaceView | None
    signs: tuple[Sign, ...] = ()
    light: SkinLight | None = None
