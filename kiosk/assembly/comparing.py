"""The station's comparer on the model pack: the portrait's print against the prints of the live views."""

from collections.abc import Callable

from kiosk.document.reading import Portrait
from kiosk.face.enrolled import FaceTemplate, compare_enrolled
from kiosk.face.observed import FaceView
from kiosk.face.verdict import MatchVerdict
from kiosk.face.verifier import compare
from kiosk.policy import FacePolicy
from models.catalogue import Catalogue
from models.face_reader import FaceReader, PortraitPrint


class ModelComparer:
    """Implements `station.ports.FaceComparer`. Belongs to one worker thread; the models are loaded on the first call."""

    def __init__(self, catalogue: Callable[[], Catalogue], policy: FacePolicy) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._reader: FaceReader | None = None

    def prepare(self) -> None:
        self._face_reader()

    def compare(self, views: tuple[FaceView, ...], portrait: Portrait | None) -> MatchVerdict:
        reader = self._face_reader()
        shown = reader.portrait_print(portrait.pixels) if portrait is not None else None
        # The mesh measures cheek to cheek, as the policy does; the finder's box, with which the portrait comes, is wider.
        width_px = shown.face.width_px if isinstance(shown, PortraitPrint) else 0.0
        return compare(
            [view.face_print for view in views],
            [shown.face_print] if isinstance(shown, PortraitPrint) else [],
            self._policy,
            portrait_width_px=width_px,
            print_name=reader.printer.name,
        )

    def compare_enrolled(self, views: tuple[FaceView, ...], template: FaceTemplate) -> MatchVerdict | None:
        if template.print_name != self._face_reader().printer.name:
            return None
        return compare_enrolled([view.face_print for view in views], template, self._policy)

    def _face_reader(self) -> FaceReader:
        if self._reader is None:
            self._reader = FaceReader(self._catalogue())
        return self._reader
