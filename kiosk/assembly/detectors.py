"""Every detector that looks at the pixels of a frame while a face is watched. To add one: write it, and put it here."""

from kiosk.liveness.cues import FrameDetector
from kiosk.liveness.injection import CameraWatch, RepeatWatch
from kiosk.liveness.motion_cues import MotionWatch
from kiosk.liveness.picture_cues import PictureWatch
from kiosk.liveness.scene_cues import SceneWatch
from kiosk.liveness.solid import SolidDetector
from kiosk.liveness.spoof_net import SECOND, NetWatch
from models.catalogue import Catalogue
from models.minifasnet import MinifasnetReader
from models.spoof_reader import SpoofReader


def frame_detectors(catalogue: Catalogue) -> tuple[FrameDetector, ...]:
    """Return fresh detectors for one camera; they are called in this order, on the eyes' own thread.

    catalogue: the model pack, for detectors that are networks.
    """
    spoof = SpoofReader(catalogue)
    always = (
        CameraWatch(),
        RepeatWatch(),
        MotionWatch(),
        SolidDetector(),
        PictureWatch(),
        SceneWatch(),
        NetWatch(spoof.chances_of_a_person),
    )
    if not MinifasnetReader.installed(catalogue.folder):
        return always
    return (*always, NetWatch(MinifasnetReader(catalogue.folder).chances_of_a_person, SECOND))
