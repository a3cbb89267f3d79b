"""Face prints of pictures, on the model pack, for the bank's analysis."""

from pathlib import Path
from typing import Final

from kiosk.camera.picture import decode_picture
from kiosk.face.crops import surround_of
from kiosk.face.verifier_model import Side, side_of
from kiosk.faults import ModelRefused, PictureUnreadable
from kiosk.intake.prints.search import VerifierJudge
from kiosk.policy import DocumentPolicy
from models.build import DEFAULT_FOLDER
from models.catalogue import open_catalogue
from models.face_prints import PrintTableWrong, makers_of
from models.face_reader import FaceReader
from models.face_verifier import open_verifier

_SIZES: Final = DocumentPolicy()
_SMALLEST_FACE_PX: Final = 40.0


class ModelFacePrinter:
    """Implements `kiosk.intake.prints.ports.FacePrinter` with the first print the verifier was fitted with. Raises ModelRefused."""

    def __init__(self, pack: Path = DEFAULT_FOLDER) -> None:
        catalogue = open_catalogue(pack)
        verifier = open_verifier(catalogue, pack)
        try:
            self._maker = makers_of(verifier, catalogue, pack)[0]
        except PrintTableWrong as trouble:
            raise ModelRefused(str(trouble)) from trouble
        if len(verifier.prints) != 1:
            raise ModelRefused("the print index keeps one print of a face, and the verifier installed here was fitted with several")
        self._reader = FaceReader(catalogue)
        self.print_name = f"{verifier.name} {verifier.version}"
        self.length = self._maker.spec.length
        self.judge = VerifierJudge(verifier)

    def side_of(self, jpeg: bytes) -> Side | None:
        try:
            picture = decode_picture(jpeg, _SIZES)
        except PictureUnreadable:
            return None
        faces = self._reader.observe(picture) or self._reader.faces_in(picture, _SMALLEST_FACE_PX)
        if not faces:
            return None
        return side_of([self._maker.crops(surround_of(picture, faces[0].landmarks))])
