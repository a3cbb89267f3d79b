"""All face models behind one door: frames to faces, faces to prints.

A frame costs one mesh for each face already known and, every second frame, one look of the finder at a part of the picture. The finder
looks at three overlapping parts in turn, so a face that enters is noticed within six frames (0.2 s), and a face that is followed is never
the only thing looked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiosk.face.alignment import aligned_chip, mirrored
from kiosk.face.geometry import Landmarks, bounding_box, eye_openness, face_width_px, head_pose
from kiosk.face.observed import FaceSeen
from kiosk.frame import Pixels, Print
from models.catalogue import Catalogue
from models.face_finder import FaceFinder, FoundFace, Tile
from models.face_mesh import FaceMesh, FaceRegion, region_of_found, region_of_landmarks
from models.face_print import FacePrinter

_FOLLOW_AT_LEAST = 0.5
"""MediaPipe's own threshold of the mesh's presence for following a face."""
_BELIEVE_AT_LEAST = 0.8
"""Presence for a new face of which the finder is not sure. All 1,583 LFW faces read above 0.99."""
_DOUBTFUL_TRIED = 3
_SURE_SCORE = 0.7
"""Finder's score. Faces on 57 real documents read 0.82 and more with two exceptions, LFW's 0.81 and more; curtains, furniture
and print that the mesh takes for a face read 0.5 to 0.69."""
_MOST_FACES = 4
"""Followed at once; a fifth face changes nothing, since more than one is already too many."""
_SAME_FACE_OVERLAP = 0.35
_PORTRAIT_SHARES = (0.12, 0.06, 0.03)
"""Cheek to cheek over the longer side of a document's picture: cut out, a card alone, a card that fills a third of a photograph."""


@dataclass(frozen=True, slots=True, eq=False)
class PortraitPrint:
    """The face on a document. face_print: mean of the face's and its mirror image's print, unit length; chip: BGR uint8 square,
    level; face: in the given picture's pixels; faces_found: how many there are, not counting much smaller ones."""

    face_print: Print
    chip: Pixels
    face: FaceSeen
    faces_found: int


@dataclass(frozen=True, slots=True)
class NoFace:
    """The picture shows no face that the finder and the mesh agree on."""


class FaceReader:
    """Reads faces from one camera. Belongs to one thread: it remembers which part of the picture comes next."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.finder = FaceFinder(catalogue)
        self.mesh = FaceMesh(catalogue)
        self.printer = FacePrinter(catalogue)
        self._turn = 0

    def observe(self, frame: Pixels, previous: tuple[FaceSeen, ...] = ()) -> tuple[FaceSeen, ...]:
        """Return the faces in a frame, largest first.

        previous: the answer for the frame before, empty for the first. While no face is followed every part of the frame is
        searched; otherwise one part every second frame.
        """
        seen = self._read(frame, [region_of_landmarks(face.landmarks) for face in previous], (), _FOLLOW_AT_LEAST)
        parts = _parts(frame.shape[1], frame.shape[0])
        if seen:
            self._turn += 1
            parts = (parts[self._turn // 2 % len(parts)],) if self._turn % 2 == 0 else ()
        found = self.finder.find_in_tiles(frame, parts)
        return self._with_found(frame, found, seen)

    def anybody(self, frame: Pixels) -> bool:
        """Return whether the finder sees a face anywhere; nothing is measured of it. A doubtful one counts: this only keeps a screen on."""
        return bool(self.finder.find_in_tiles(frame, _parts(frame.shape[1], frame.shape[0])))

    def faces_in(self, image: Pixels, smallest_face_px: float) -> tuple[FaceSeen, ...]:
        """Return all faces of a still picture at least that wide, largest first."""
        return self._with_found(image, self.finder.find_small(image, smallest_face_px), ())

    def chip_of(self, frame: Pixels, face: FaceSeen) -> Pixels:
        """Return the face cut out level, square, at the size the print wants."""
        return aligned_chip(frame, face.landmarks, self.printer.side_px)

    def print_of(self, frame: Pixels, face: FaceSeen, mirror: bool = True) -> Print:
        """Return the face's print, unit length. mirror: average with its mirror image's, steadier and twice the time."""
        return self.print_of_chip(self.chip_of(frame, face), mirror)

    def print_of_chip(self, chip: Pixels, mirror: bool = True) -> Print:
        """Return the print of a face already cut out by `chip_of`."""
        total = self.printer.prints_of([chip, mirrored(chip)] if mirror else [chip]).sum(axis=0)
        unit: Print = (total / max(float(np.linalg.norm(total)), 1e-12)).astype(np.float32)
        return unit

    def portrait_print(self, image: Pixels) -> PortraitPrint | NoFace:
        """Return the print of a document's main face, from its picture or from a portrait cut out of it.

        Smaller faces are looked for only where there is none the finder is sure of: they could not be the largest.
        """
        faces = self.faces_on_document(image)
        if not faces:
            return NoFace()
        face = main_face(faces)
        chip = self.chip_of(image, face)
        return PortraitPrint(self.print_of_chip(chip), chip, face, len(faces))

    def faces_on_document(self, image: Pixels) -> tuple[FaceSeen, ...]:
        """Return the faces on a document's picture or on a portrait cut out of it, largest first."""
        longer_side = max(image.shape[:2])
        faces: tuple[FaceSeen, ...] = ()
        found: tuple[FoundFace, ...] = ()
        for share in _PORTRAIT_SHARES:
            if not faces:
                found = self.finder.find_small(image, longer_side * share)
                faces = self._with_found(image, [face for face in found if face.score >= _SURE_SCORE], ())
        return faces or self._with_found(image, found, ())

    def _with_found(self, image: Pixels, found: Sequence[FoundFace], seen: tuple[FaceSeen, ...]) -> tuple[FaceSeen, ...]:
        """Return the faces seen and all the finder is sure of or, if there is none yet, the best the mesh is sure of."""
        sure = [region_of_found(face) for face in found if face.score >= _SURE_SCORE]
        seen = self._read(image, sure, seen, _FOLLOW_AT_LEAST)
        for face in () if seen else found[:_DOUBTFUL_TRIED]:
            seen = seen or self._read(image, [region_of_found(face)], (), _BELIEVE_AT_LEAST)
        return seen

    def _read(
        self, frame: Pixels, regions: Sequence[FaceRegion], known: Sequence[FaceSeen], presence_at_least: float
    ) -> tuple[FaceSeen, ...]:
        """Return the known faces and those the mesh confirms in the regions, each once, largest first.

        Largest regions first: a closer look at a nose and mouth may pass for a small face, a face inside a face never is one.
        """
        seen = list(known)
        for region in sorted(regions, key=lambda region: -region.side_px):
            if len(seen) >= _MOST_FACES:
                break
            if _is_inside(region.centre_x, region.centre_y, seen):
                continue
            reading = self.mesh.read(frame, region)
            if reading.presence < presence_at_least:
                continue
            face = _face_seen(reading.landmarks, reading.presence, (frame.shape[1], frame.shape[0]))
            if all(_overlap(face.box, other.box) < _SAME_FACE_OVERLAP for other in seen):
                seen.append(face)
        return tuple(sorted(seen, key=lambda face: -face.width_px))


def main_face(faces: Sequence[FaceSeen]) -> FaceSeen:
    """Return the face a document is about: large, and surely one. Print may pass for a wider face than the portrait's, but barely."""
    return max(faces, key=lambda face: face.score * face.width_px)


def _face_seen(landmarks: Landmarks, presence: float, frame_size: tuple[int, int]) -> FaceSeen:
    return FaceSeen(
        box=bounding_box(landmarks),
        landmarks=landmarks,
        pose=head_pose(landmarks, frame_size),
        eyes=eye_openness(landmarks),
        score=presence,
        width_px=face_width_px(landmarks),
    )


def _parts(width: int, height: int) -> tuple[Tile, ...]:
    """Return the whole frame and the squares at both its ends, which show faces larger to the finder."""
    side = min(width, height)
    whole = Tile(0, 0, width, height)
    if max(width, height) < 1.2 * side:
        return (whole,)
    return whole, Tile(0, 0, side, side), Tile(width - side, height - side, width, height)


def _is_inside(x: float, y: float, seen: Sequence[FaceSeen]) -> bool:
    return any(face.box[0] <= x <= face.box[2] and face.box[1] <= y <= face.box[3] for face in seen)


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Return intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union
