"""The station's document reader on the model pack."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from kiosk.camera.staged import DOCUMENT_PICTURE
from kiosk.document.captures import further_portraits
from kiosk.document.engines import Engines
from kiosk.document.kept import together
from kiosk.document.mrz_read import ZoneReading
from kiosk.document.mrz_vote import Votes
from kiosk.document.other_side import with_other_side
from kiosk.document.read import read_document
from kiosk.document.reading import DocumentOutcome, Portrait, Read
from kiosk.document.without_mrz import with_other_print
from kiosk.frame import Frame
from kiosk.imaging.fading import fading
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
        self._votes = Votes()

    def prepare(self) -> None:
        self._loaded()

    def read(self, frame: Frame, so_far: Read | None, captures: tuple[Frame, ...] = ()) -> DocumentOutcome:
        outcome = self._read(frame, so_far)
        if not isinstance(outcome, Read):
            return outcome
        pictures = [capture.pixels for capture in captures]
        further = further_portraits(outcome, pictures, self._loaded().faces) or outcome.further_portraits
        return _fading(replace(outcome, further_portraits=further))

    def _read(self, frame: Frame, so_far: Read | None) -> DocumentOutcome:
        mrz_only = so_far is not None and so_far.fields.layout is not None
        if is_document_picture(frame.provenance):
            outcome = read_document(frame.pixels, self._loaded(), self._policy, self._today(), one_side_only=False, mrz_only=mrz_only)
        else:
            outcome = self._read_live(frame, mrz_only=mrz_only)
        if so_far is None:
            return outcome
        if isinstance(outcome, Read):
            return together(so_far, outcome) if outcome.fields.layout is not None else with_other_print(so_far, outcome)
        return with_other_side(so_far, frame.pixels, self._loaded(), self._today()) if mrz_only else outcome

    def _read_live(self, frame: Frame, *, mrz_only: bool) -> DocumentOutcome:
        """A camera's frames vote: an unsure frame is answered with asking for another."""

        def settle(reading: ZoneReading) -> ZoneReading | None:
            self._votes = self._votes.heard(reading, frame.captured_ns)
            return self._votes.outcome(self._policy)

        outcome = read_document(frame.pixels, self._loaded(), self._policy, self._today(), settle=settle, mrz_only=mrz_only)
        if isinstance(outcome, Read):
            # Nothing of a document stays behind for the next customer.
            self._votes = Votes()
        return outcome

    def _loaded(self) -> Engines:
        if self._engines is None:
            catalogue = self._catalogue()
            self._engines = Engines(MrzReader(catalogue), TextReader(catalogue), FaceFinder(catalogue), CodeReader())
        return self._engines


def _fading(outcome: Read) -> Read:
    """Return the same with a page and portraits that overwrite themselves; those they were made from are overwritten now."""
    return replace(
        outcome,
        portrait=None if outcome.portrait is None else _fading_portrait(outcome.portrait),
        further_portraits=tuple(map(_fading_portrait, outcome.further_portraits)),
        page=None if outcome.page is None else fading(outcome.page, spent=True),
    )


def _fading_portrait(portrait: Portrait) -> Portrait:
    return replace(portrait, pixels=fading(portrait.pixels, spent=True))


def is_document_picture(origin: Provenance) -> bool:
    """Return whether a picture was made of a document, not by a camera that also sees the customer."""
    return origin.capture is Capture.SCANNED_FILE or (origin.capture is Capture.RECORDING and origin.device == DOCUMENT_PICTURE)
