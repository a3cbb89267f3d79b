"""Draws genuine specimens, forges them in ways we can simulate, photographs all of them, and counts what each look for forgery sees.

    app.py measure authenticity [LABELS.json] [--count N] [--json FILE]

LABELS.json: genuine pictures of documents besides (format of `measure documents`); every sign there counts as a false alarm. What is
simulated is not what criminals do: a look that misses here is weak, one that sees here may still miss them.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from kiosk.actor import forgery
from kiosk.actor.foreign import draw_foreign
from kiosk.actor.person import invent_person
from kiosk.actor.photographed import photograph
from kiosk.actor.specimen import SpecimenDocument, issue
from kiosk.actor.stranger import ENLARGED, stranger_of
from kiosk.arguments import new_file
from kiosk.camera.picture import decode_picture
from kiosk.document.authenticity import ghost_finding, signs_of_forgery
from kiosk.document.engines import Engines
from kiosk.document.ghost import find_ghost
from kiosk.document.kinds import kind_named, kind_of
from kiosk.document.mrz_search import search_mrz
from kiosk.document.page import flatten_page, locate_page
from kiosk.document.portrait import find_portrait
from kiosk.document.reading import Finding, FindingCode, MrzLayout, Weight
from kiosk.faults import PictureUnreadable
from kiosk.frame import Pixels
from kiosk.imaging.geometry import gray_of
from kiosk.policy import BRANCH
from models.catalogue import open_catalogue
from models.code_reader import CodeReader
from models.face_finder import FaceFinder
from models.face_reader import FaceReader
from models.mrz_reader import MrzReader
from models.text_reader import TextReader

PACK = Path(__file__).resolve().parents[2] / "build" / "models"
TODAY = date(2026, 7, 1)
FACE_BOX = (177.0, 68.0, 272.0, 192.0)
"""Of the specimen portrait in the pack, pixels."""
LOOKS = (
    FindingCode.SCREEN_RECAPTURE,
    FindingCode.GRAY_COPY,
    FindingCode.PORTRAIT_EDITED,
    FindingCode.MRZ_PRINTING,
    FindingCode.GHOST_PORTRAIT,
)
AIMED = {
    "splice": FindingCode.PORTRAIT_EDITED,
    "gray-copy": FindingCode.GRAY_COPY,
    "screen": FindingCode.SCREEN_RECAPTURE,
    "screen-halved": FindingCode.SCREEN_RECAPTURE,
    "mrz-font": FindingCode.MRZ_PRINTING,
    "ghost-differs": FindingCode.GHOST_PORTRAIT,
}
"""Which look each forgery should raise; a colour reprint has none of its own."""
LAYOUTS = (MrzLayout.TD1, MrzLayout.TD2, MrzLayout.TD3)


@dataclass(frozen=True, slots=True)
class Group:
    """One sort of picture. pictures: looked at; looked: how often each look could be taken; raised: how often it doubted."""

    name: str
    pictures: int
    looked: dict[str, int]
    raised: dict[str, int]


@dataclass(frozen=True, slots=True)
class Faces:
    own: tuple[Pixels, tuple[float, float, float, float]]
    other: tuple[Pixels, tuple[float, float, float, float]]


def look(picture: Pixels, engines: Engines) -> tuple[Finding, ...] | None:
    """Return the signs seen in a picture with an MRZ, None where none was found."""
    gray = gray_of(picture)
    reading = search_mrz(gray, engines)
    if reading is None:
        return None
    content = reading.parsed.content
    kind = kind_of(content.layout, content.issuing_state, content.document_code)
    located = locate_page(picture, reading, kind)
    page = flatten_page(picture, located.quad, kind)
    return signs_of_forgery(picture, gray, page, located.quad, find_portrait(page, engines.faces), reading)


def simulated(count: int, faces: Faces, engines: Engines) -> Iterator[tuple[str, tuple[Finding, ...] | None]]:
    """Yield every simulated picture's sort and signs."""
    for seed in range(count):
        rng = random.Random(f"authenticity {seed}")  # noqa: S311 - must be repeatable
        document = issue(invent_person(seed, today=TODAY), LAYOUTS[seed % 3], *faces.own)
        photo = _photo(document, document.face, rng)
        yield "genuine", look(photo, engines)
        face = _face_in(photo, engines)
        if face is not None:
            yield "splice", look(forgery.spliced(photo, face, _crop(*faces.other), rng), engines)
        yield "gray-copy", look(_photo(document, forgery.without_colour(document.face, rng), rng), engines)
        yield "colour-reprint", look(_photo(document, forgery.reprinted(document.face, rng), rng), engines)
        shown = forgery.on_a_screen(photo, rng)
        yield "screen", look(shown, engines)
        yield "screen-halved", look(forgery.jpeg(_halved(shown), 92), engines)
        zone = _zone(document.face, engines)
        if zone is not None:
            name = forgery.MRZ_FONTS[seed % len(forgery.MRZ_FONTS)]
            yield "mrz-font", look(_photo(document, forgery.other_mrz(document.face, document.lines, zone, name), rng), engines)
        yield from _ghosts(seed, faces, engines, rng)


def _ghosts(seed: int, faces: Faces, engines: Engines, rng: random.Random) -> Iterator[tuple[str, tuple[Finding, ...] | None]]:
    place = kind_named("fr-id").ghost
    for name, second in (("ghost-same", faces.own), ("ghost-differs", faces.other)):
        drawn = draw_foreign("fr-id", invent_person(seed, today=TODAY), *faces.own, ghost=second)
        soft = cv2.GaussianBlur(cv2.resize(drawn.front, (1027, 648), interpolation=cv2.INTER_AREA), (0, 0), rng.uniform(0.3, 1.2))
        page = forgery.jpeg(np.asarray(soft, np.uint8), rng.randint(70, 95))
        portrait = find_portrait(page, engines.faces)
        ghost = find_ghost(page, place, portrait, engines.faces) if portrait is not None and place is not None else None
        yield name, None if ghost is None else (ghost_finding(ghost),)


def _halved(picture: Pixels) -> Pixels:
    """Return a picture at half its size, as a messenger sends it: what beats between pixels is averaged away."""
    return np.asarray(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _photo(document: SpecimenDocument, face: Pixels, rng: random.Random) -> Pixels:
    shown = SpecimenDocument(document.layout, document.person, document.lines, document.tampering, face)
    return forgery.jpeg(photograph(shown, rng, megapixels=rng.choice((3.0, 5.0, 8.0))), rng.randint(88, 96))


def _crop(portrait: Pixels, box: tuple[float, float, float, float]) -> Pixels:
    x0, y0, x1, y1 = box
    room = 0.3 * (x1 - x0)
    return portrait[max(0, int(y0 - room)) : int(y1 + room), max(0, int(x0 - room)) : int(x1 + room)]


def _face_in(photo: Pixels, engines: Engines) -> tuple[int, int, int, int] | None:
    found = engines.faces.find_small(photo, 0.09 * photo.shape[1])
    if not found:
        return None
    x0, y0, x1, y1 = (int(value) for value in found[0].box)
    return x0, y0, x1, y1


def _zone(page: Pixels, engines: Engines) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
    reading = search_mrz(gray_of(page), engines)
    return None if reading is None else reading.corners


def faces_of(pack: Path) -> Faces:
    """Return the specimen portrait and a stranger's. Raises ModelRefused where the pack is not right."""
    catalogue = open_catalogue(pack)
    portrait = cv2.imdecode(np.frombuffer(catalogue.content("specimen_portrait"), np.uint8), cv2.IMREAD_COLOR)
    own = np.asarray(portrait, np.uint8)
    seen = FaceReader(catalogue).observe(own, ())
    other = stranger_of(own, seen[0].landmarks)
    x0, y0, x1, y1 = (ENLARGED * value for value in FACE_BOX)
    return Faces((own, FACE_BOX), (other, (x0, y0, x1, y1)))


def counted(cases: Sequence[tuple[str, tuple[Finding, ...] | None]]) -> tuple[Group, ...]:
    """Return the cases by sort; a picture on which a look could not be taken is not in its `looked`."""
    groups = []
    for name in dict.fromkeys(name for name, _ in cases):
        signs = [findings for own, findings in cases if own == name]
        looked = Counter(finding.code.value for findings in signs for finding in findings or ())
        raised = Counter(finding.code.value for findings in signs for finding in findings or () if finding.weight is Weight.DOUBTS)
        groups.append(Group(name, len(signs), dict(looked), {code.value: raised[code.value] for code in LOOKS if looked[code.value]}))
    return tuple(groups)


def _open(labels: Path, engines: Engines) -> Iterator[tuple[str, tuple[Finding, ...] | None]]:
    for label in json.loads(labels.read_text(encoding="utf-8")):
        if label["mrz"] is None:
            continue
        try:
            picture = decode_picture((labels.parent / str(label["file"])).read_bytes(), BRANCH.document)
        except PictureUnreadable:
            continue
        yield "open specimens", look(picture, engines)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="measure authenticity", description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else None)
    parser.add_argument("labels", type=Path, nargs="?", help="genuine pictures, to count false alarms on")
    parser.add_argument("--count", type=int, default=30, help="specimens to draw and forge (default 30)")
    parser.add_argument("--json", type=new_file, help="write the figures there")
    parser.add_argument("--pack", type=Path, default=PACK)
    asked = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    catalogue = open_catalogue(asked.pack)
    engines = Engines(MrzReader(catalogue), TextReader(catalogue), FaceFinder(catalogue), CodeReader())
    cases: list[tuple[str, tuple[Finding, ...] | None]] = []
    for case in simulated(asked.count, faces_of(asked.pack), engines):
        cases.append(case)
        print(f"\r{len(cases)} pictures", end="", file=sys.stderr, flush=True)
    if asked.labels is not None:
        cases += _open(asked.labels, engines)
    groups = counted(cases)
    print(file=sys.stderr)
    for group in groups:
        aimed = AIMED.get(group.name)
        row = "  ".join(f"{'*' * (code == aimed)}{code} {number} of {group.looked[code]}" for code, number in group.raised.items())
        print(f"{group.name:15} {group.pictures:4}  {row}")
    print("* the look this forgery should raise; everything else there, and all on genuine pictures, is a false alarm")
    if asked.json:
        asked.json.write_text(json.dumps([asdict(group) for group in groups], indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
