"""Every detector that looks at the pixels of a frame while a face is watched. To add one: write it, and put it here."""

from kiosk.liveness.cues import FrameDetector
from kiosk.liveness.motion_cues import MotionWatch
from kiosk.liveness.solid import SolidDetector
from models.catalogue import Catalogue


def frame_detectors(catalogue: Catalogue) -> tuple[FrameDetector, ...]:
    """Return fresh detectors for one camera; they are called in this order, on the eyes' own thread.

    catalogue: the model pack, for detectors that are networks.
    """
    return MotionWatch(), SolidDetector()
