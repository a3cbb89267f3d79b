"""The station's document reader on the model pack."""

from collections.abc import Callable
from datetime import date

from kiosk.camera.staged import DOCUMENT_PICTURE
from kiosk.document.engines import Engines
from kiosk.document.other_side import with_other_side
from kiosk.document.read import read_document
from kiosk.document.reading import DocumentOutcome, Read
from kiosk.frame import Frame
from kiosk.policy import DocumentPolicy
from kiosk.values import Capture, Provenance
from models.catalogue import Catalogue
from models.code_reader import CodeReader
from models.face_finder import FaceFinder
from models.mrz_reader import MrzReader
from models.text_reader import TextReader


class ModelDocumentReader:
    """Implements `station.ports.DocumentReader`. Belongs to one worker thread. today: the date at the station, for expiry."""

    def __init__(self, catalogue: Callable[[], Catalogue], policy: DocumentPolicy, today: Callable[[], date]) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._today = today
        self._engines: Engines | None = None

    def prepare(self) -> None:
        self._loaded()

    def read(self, frame: Frame, so_far: Read | None) -> DocumentOutcome:
        one_side_only = not is_document_picture(frame.provenance)
        outcome = read_document(frame.pixels, self._loaded(), self._policy, self._today(), one_side_only=one_side_only)
        if so_far is None or isinstance(outcome, Read):
            return outcome
        return with_other_side(so_far, frame.pixels, self._loaded(), self._today())

    def _loaded(self) -> Engines:
        if self._engines is None:
            catalogue = self._catalogue()
            self._engines = Engines(MrzReader(catalogue), TextReader(catalogue), FaceFinder(catalogue), CodeReader())
        return self._engines


def is_document_picture(origin: Provenance) -> bool:
    """Return whether a picture was made of a document, not by a camera that also sees the customer."""
    return origin.capture is Capture.SCANNED_FILE or (origin.capture is Capture.RECORDING and origin.device == DOCUMENT_PICTURE)
