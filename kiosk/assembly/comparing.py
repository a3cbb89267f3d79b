"""The station's comparer on the model pack: the document's portrait against the best looks of the live run, under every print installed."""

from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk.document.reading import Portrait
from kiosk.face import quality, regions
from kiosk.face.crops import PRINT_CROPS, Region, chip_of_surround, surround_of, surround_of_chip
from kiosk.face.enrolled import FaceTemplate, compare_enrolled
from kiosk.face.observed import FaceSeen, FaceView
from kiosk.face.verdict import Comparison, MatchVerdict, Picture, QualityNote, RegionFinding
from kiosk.face.verifier import compare
from kiosk.face.verifier_model import Side, VerifierModel, side_of
from kiosk.faults import ModelRefused
from kiosk.frame import Pixels
from kiosk.imaging.fading import fading
from kiosk.policy import FacePolicy
from models.build import DEFAULT_FOLDER
from models.catalogue import Catalogue
from models.face_prints import DEFAULT_PRINT, PrintMaker, PrintTableWrong, makers_of
from models.face_reader import FaceReader, main_face
from models.face_verifier import open_verifier

_LIVE_CROPS = (PRINT_CROPS[0::2], PRINT_CROPS[1::2])
"""Live looks take turns at half of the crops: ten looks then cost what five would, and all crops are seen."""
_SPECIFIC_TO_THE_FRAME = quality.Measure.HEAD_SIZE


class ModelComparer:
    """Implements `station.ports.FaceComparer`. Belongs to one worker thread; the models are loaded on the first call."""

    def __init__(self, catalogue: Callable[[], Catalogue], policy: FacePolicy, pack: Path = DEFAULT_FOLDER) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._pack = pack
        self._parts: tuple[FaceReader, VerifierModel, tuple[PrintMaker, ...]] | None = None

    def prepare(self) -> None:
        self._loaded()

    def compare(self, views: tuple[FaceView, ...], portrait: Portrait | None, further: tuple[Portrait, ...] = ()) -> Comparison:
        """Return the verdict. further: more captures of the same portrait; those that show no face are passed over."""
        reader, model, makers = self._loaded()
        main = self._portrait_face(portrait)
        others = [shown for shown in map(self._portrait_face, further) if shown is not None]
        live = [_surround(view) for view in views[: self._policy.live_views_wanted]]
        shown = [] if main is None else [main[1], *(surround for _, surround in others)]
        verdict = compare(
            _sides(makers, live, live_side=True),
            _sides(makers, shown, live_side=False),
            model,
            self._policy,
            portrait_width_px=main[0].width_px if main is not None else 0.0,
            regions=self._regions(makers, live, shown),
            notes=self._notes(reader, live, main),
        )
        return Comparison(verdict, fading(chip_of_surround(main[1]), spent=True) if main is not None else None)

    def compare_enrolled(self, views: tuple[FaceView, ...], template: FaceTemplate) -> MatchVerdict | None:
        # A template is named by the prints that decided when it was made: the station's own view print is one model with them.
        if template.print_name != self._loaded()[1].name:
            return None
        return compare_enrolled([view.face_print for view in views], template, self._policy)

    def _portrait_face(self, portrait: Portrait | None) -> tuple[FaceSeen, Pixels] | None:
        """Return the face on a portrait and its surround. The mesh measures cheek to cheek, as the policy does; the finder's box is
        wider."""
        if portrait is None:
            return None
        reader, _, _ = self._loaded()
        faces = reader.faces_on_document(portrait.pixels)
        if not faces:
            return None
        face = main_face(faces)
        return face, fading(surround_of(portrait.pixels, face.landmarks), spent=True)

    def _regions(self, makers: Sequence[PrintMaker], live: Sequence[Pixels], shown: Sequence[Pixels]) -> tuple[RegionFinding, ...]:
        """Compare the regions of the best look and the portrait, under the print whose regions were measured."""
        maker = next((maker for maker in makers if maker.spec.name == DEFAULT_PRINT), None)
        if maker is None or not live or not shown:
            return ()
        wanted = tuple(Region)
        return regions.findings(maker.regions(live[0], wanted), maker.regions(shown[0], wanted), wanted)

    def _notes(self, reader: FaceReader, live: Sequence[Pixels], main: tuple[FaceSeen, Pixels] | None) -> tuple[QualityNote, ...]:
        notes: list[QualityNote] = []
        if main is not None:
            notes += [QualityNote(Picture.PORTRAIT, measure) for measure in quality.notes_on(quality.measures_of(main[1], main[0]))]
        faces = reader.observe(live[0]) if live else ()
        if faces:
            measures = quality.measures_of(live[0], faces[0])
            # A surround has one size whatever the frame's was.
            del measures[_SPECIFIC_TO_THE_FRAME]
            notes += [QualityNote(Picture.LIVE, measure) for measure in quality.notes_on(measures)]
        return tuple(notes)

    def _loaded(self) -> tuple[FaceReader, VerifierModel, tuple[PrintMaker, ...]]:
        if self._parts is None:
            catalogue = self._catalogue()
            verifier = open_verifier(catalogue, self._pack)
            try:
                self._parts = FaceReader(catalogue), verifier, makers_of(verifier, catalogue, self._pack)
            except PrintTableWrong as trouble:
                raise ModelRefused(str(trouble)) from trouble
        return self._parts


def _surround(view: FaceView) -> Pixels:
    return view.surround if view.surround is not None else surround_of_chip(view.chip)


def _sides(makers: Sequence[PrintMaker], surrounds: Sequence[Pixels], *, live_side: bool) -> dict[str, Side] | None:
    """Return one side under every print, None without a picture."""
    if not surrounds:
        return None
    crops = _LIVE_CROPS if live_side and len(surrounds) > 1 else (PRINT_CROPS,)
    return {
        maker.spec.name: side_of([maker.crops(surround, crops[number % len(crops)]) for number, surround in enumerate(surrounds)])
        for maker in makers
    }
