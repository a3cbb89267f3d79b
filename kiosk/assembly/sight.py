"""The station's eyes on the model pack: frames to face and page observations, and the views worth keeping."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from kiosk.assembly.detectors import frame_detectors
from kiosk.camera.staged import DOCUMENT_PICTURE
from kiosk.document.best_frame import Choosing, choose
from kiosk.document.reading import PageObservation
from kiosk.document.watch import observe_page
from kiosk.face.crops import surround_of
from kiosk.face.observed import FaceObservation, FaceSeen, FaceView
from kiosk.face.skin import skin_light
from kiosk.frame import Frame, Pixels
from kiosk.imaging.fading import fading
from kiosk.liveness.cues import FrameDetector
from kiosk.policy import FacePolicy, Policy
from kiosk.values import ns
from models.catalogue import Catalogue
from models.face_reader import FaceReader

CAPTURES_KEPT = 2
"""Further captures of a portrait; with the chosen frame three. Five brought no more than three (docs/evidence/faces.md)."""


@dataclass(slots=True)
class _Following:
    """What is remembered from frame to frame; dropped by `forget`."""

    faces: tuple[FaceSeen, ...] = ()
    page: PageObservation | None = None
    choosing: Choosing = field(default_factory=Choosing)
    captures: tuple[Frame, ...] = ()
    """Frames of this page that would do, before the chosen one."""
    last_view_ns: int | None = None


class ModelSight:
    """Implements `station.ports.Sight`. The models are loaded on the first call, on the eyes' own thread, so a window paints before."""

    def __init__(self, catalogue: Callable[[], Catalogue], policy: Policy) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._reader: FaceReader | None = None
        self._detectors: tuple[FrameDetector, ...] = ()
        self._following = _Following()

    def prepare(self) -> None:
        self._face_reader()

    def faces(self, frame: Frame) -> FaceObservation:
        reader = self._face_reader()
        faces = reader.observe(frame.pixels, self._following.faces)
        self._following.faces = faces
        return FaceObservation(
            captured_ns=frame.captured_ns,
            sequence=frame.sequence,
            provenance=frame.provenance,
            frame_size=frame.size,
            faces=faces,
            brightness=_brightness(frame.pixels, faces),
            view=self._view(reader, frame, faces),
            signs=tuple(sign for detector in self._detectors for sign in detector.look(frame, faces)),
            light=skin_light(frame.pixels, faces[0]) if faces else None,
        )

    def page(self, frame: Frame) -> PageObservation:
        seen = observe_page(frame, self._following.page, self._policy.document)
        self._following.page = seen
        # A photograph of a document has no hand to steady and perhaps no edge to find: it is worth reading as it is.
        if frame.provenance.device == DOCUMENT_PICTURE:
            return replace(seen, hint=None, ready=True)
        following = self._following
        following.choosing, chosen = choose(following.choosing, seen)
        if not seen.ready:
            following.captures = ()
        elif not chosen:
            following.captures = (*following.captures, frame)[-CAPTURES_KEPT:]
        return replace(seen, ready=chosen)

    def anybody(self, frame: Frame) -> bool:
        return self._face_reader().anybody(frame.pixels)

    def page_captures(self) -> tuple[Frame, ...]:
        return self._following.captures

    def forget(self) -> None:
        self._following = _Following()
        for detector in self._detectors:
            detector.forget()

    def _face_reader(self) -> FaceReader:
        if self._reader is None:
            self._reader = FaceReader(self._catalogue())
            self._detectors = frame_detectors(self._catalogue())
        return self._reader

    def _view(self, reader: FaceReader, frame: Frame, faces: tuple[FaceSeen, ...]) -> FaceView | None:
        last = self._following.last_view_ns
        policy = self._policy.face
        if not faces or (last is not None and 0 <= frame.captured_ns - last < ns(policy.view_every_s)):
            return None
        face = faces[0]
        if not _worth_a_view(face, policy):
            return None
        self._following.last_view_ns = frame.captured_ns
        chip = reader.chip_of(frame.pixels, face)
        sharpness = float(cv2.Laplacian(cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())
        return FaceView(
            face_print=fading(reader.print_of_chip(chip), spent=True),
            chip=fading(chip, spent=True),
            pose=face.pose,
            sharpness=sharpness,
            surround=fading(surround_of(frame.pixels, face.landmarks), spent=True),
        )


def _worth_a_view(face: FaceSeen, policy: FacePolicy) -> bool:
    straight = abs(face.pose.yaw_deg) <= policy.view_max_yaw_deg and abs(face.pose.pitch_deg) <= policy.view_max_pitch_deg
    return straight and face.width_px >= policy.view_min_width_px


def _brightness(pixels: Pixels, faces: tuple[FaceSeen, ...]) -> float:
    """Return the mean gray level of the largest face, of the whole frame without one, 0..255."""
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = (int(side) for side in faces[0].box) if faces else (0, 0, width, height)
    part = pixels[max(0, y0) : max(1, min(height, y1)) : 4, max(0, x0) : max(1, min(width, x1)) : 4]
    return float(np.mean(part)) if part.size else 0.0
