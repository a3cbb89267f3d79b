"""What several captures of a card bring to the comparison, and what its ghost image brings: `app.py measure card-captures DIR`.

DIR has one folder per person. One picture of each person is printed on a specimen card of Utopia, which is held before a camera (1280x720;
blur, noise and JPEG drawn anew for every frame); another picture of the same person is the live look. The same for a French card whose
ghost image repeats the portrait. Every person counts once. Only figures leave this program.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from kiosk.actor.customer import face_box
from kiosk.actor.foreign import draw_foreign
from kiosk.actor.person import invent_person
from kiosk.actor.photographed import HeldCard
from kiosk.actor.specimen import issue
from kiosk.arguments import new_file
from kiosk.assembly.comparing import ModelComparer
from kiosk.document.captures import portrait_on
from kiosk.document.ghost import find_ghost
from kiosk.document.kinds import kind_named, kind_of
from kiosk.document.portrait import cut_out, find_portrait
from kiosk.document.reading import MrzLayout, Portrait
from kiosk.face.crops import surround_of
from kiosk.face.observed import FaceView
from kiosk.face.verdict import DifferentFace, MatchVerdict, NotCompared, SameFace, Unsure
from kiosk.frame import Pixels
from kiosk.measure.stills import pictures_by_person, report
from kiosk.policy import FacePolicy
from models.build import DEFAULT_FOLDER
from models.catalogue import open_catalogue
from models.face_finder import FaceFinder
from models.face_reader import FaceReader

TODAY = date(2026, 7, 1)
FRAME_SIZE = (1280, 720)
MOMENTS_S = (1.6, 1.8, 2.1, 2.4, 2.7)
"""When the frames are taken, after the card came into sight: by then it stands still but for the hand's trembling."""
_SMALL_FACES = FacePolicy(portrait_min_width_px=30.0)
"""A ghost alone is smaller than the product compares; here its figure is wanted."""


@dataclass(frozen=True, slots=True)
class Row:
    """accepted, below: shares of the people taken for the same face, and for another; mean_ratio: mean natural log-likelihood ratio."""

    portrait: str
    people: int
    accepted: float
    below: float
    mean_ratio: float


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure card-captures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--people", type=int, default=150, metavar="N", help="how many people, drawn by the seed; default %(default)s")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--models", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the model pack")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    pairs = [paths[:2] for paths in pictures_by_person(options.folder).values() if len(paths) > 1] if options.folder.is_dir() else []
    if not pairs:
        print(f"measure card-captures: {options.folder}: nobody with two pictures", file=sys.stderr)
        return 2
    cv2.setNumThreads(1)
    drawn = [pairs[index] for index in np.random.default_rng(options.seed).permutation(len(pairs))[: options.people]]
    rows = [*_rows(list(Bench(options.models).run(drawn)))]
    for row in rows:
        shares = f"same {row.accepted:6.1%}  other {row.below:6.1%}"
        print(f"{row.portrait:28s} {row.people:4d} people  {shares}  mean ln ratio {row.mean_ratio:5.2f}")
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", encoding="utf-8")
    return 0


class Bench:
    """Prints, holds up, cuts out and compares, one person after another."""

    def __init__(self, models: Path) -> None:
        catalogue = open_catalogue(models)
        self._reader = FaceReader(catalogue)
        self._finder = FaceFinder(catalogue)
        self._comparer = ModelComparer(lambda: catalogue, _SMALL_FACES, models)
        self._comparer.prepare()

    def run(self, people: Sequence[Sequence[Path]]) -> Iterator[dict[str, MatchVerdict]]:
        """Yield each person's verdicts, by what the document's side was; whoever lacks one of them is left out."""
        for number, (printed, live) in enumerate(people):
            report("people", number, len(people))
            verdicts = self._person(number, _picture(printed), _picture(live))
            if verdicts:
                yield verdicts

    def _person(self, number: int, printed: Pixels, live: Pixels) -> dict[str, MatchVerdict]:
        faces, seen = self._reader.faces_in(printed, 60.0), self._reader.observe(live)
        if not faces or not seen:
            return {}
        chip = self._reader.chip_of(live, seen[0])
        view = FaceView(np.zeros(1, np.float32), chip, seen[0].pose, 0.0, surround_of(live, seen[0].landmarks))
        rng = random.Random(number)  # noqa: S311 - must be repeatable
        captures = self._captures(printed, face_box(faces[0].landmarks), rng)
        ghosted = self._ghosted(printed, face_box(faces[0].landmarks), rng)
        if len(captures) < len(MOMENTS_S) or len(ghosted) < 2:
            return {}
        shown = {f"{count} captures": captures[:count] for count in (1, 2, 3, 5)}
        shown |= {"French card, portrait": ghosted[:1], "French card, with its ghost": ghosted, "French card, ghost alone": ghosted[1:]}
        return {name: self._comparer.compare((view,), some[0], tuple(some[1:])).verdict for name, some in shown.items()}

    def _captures(self, printed: Pixels, box: tuple[float, float, float, float], rng: random.Random) -> list[Portrait]:
        held = HeldCard(issue(invent_person(rng.randrange(999), today=TODAY), MrzLayout.TD1, printed, box), FRAME_SIZE, rng)
        room = np.full((FRAME_SIZE[1], FRAME_SIZE[0], 3), 90, np.uint8)
        kind = kind_of(MrzLayout.TD1, "UTO", "I")
        seen = (portrait_on(_through_lens(held.draw(room, moment), rng), kind, self._finder) for moment in MOMENTS_S)
        return [found[0] for found in seen if found is not None]

    def _ghosted(self, printed: Pixels, box: tuple[float, float, float, float], rng: random.Random) -> list[Portrait]:
        front = draw_foreign("fr-id", invent_person(rng.randrange(999), today=TODAY), printed, box).front
        page = _through_lens(np.asarray(cv2.resize(front, (1027, 648), interpolation=cv2.INTER_AREA), np.uint8), rng)
        portrait, place = find_portrait(page, self._finder), kind_named("fr-id").ghost
        ghost = find_ghost(page, place, portrait, self._finder) if portrait is not None and place is not None else None
        if portrait is None or ghost is None:
            return []
        second = cut_out(page, ghost.box)
        return [portrait] if second is None else [portrait, second]


def _rows(verdicts: Sequence[dict[str, MatchVerdict]]) -> Iterator[Row]:
    """Yield a row for each kind of document side, over the people for whom a ratio was had on every one."""
    whole = [one for one in verdicts if all(_ratio(verdict) is not None for verdict in one.values())]
    for name in whole[0] if whole else ():
        found = [one[name] for one in whole]
        yield Row(
            name,
            len(found),
            float(np.mean([isinstance(verdict, SameFace) for verdict in found])),
            float(np.mean([isinstance(verdict, DifferentFace) for verdict in found])),
            float(np.mean([ratio for ratio in map(_ratio, found) if ratio is not None])),
        )


def _ratio(verdict: MatchVerdict) -> float | None:
    match verdict:
        case SameFace(evidence) | Unsure(evidence) | DifferentFace(evidence):
            return evidence.log_likelihood_ratio
        case NotCompared():
            return None


def _picture(path: Path) -> Pixels:
    image = cv2.imread(str(path))
    return np.zeros((8, 8, 3), np.uint8) if image is None else np.asarray(image, np.uint8)


def _through_lens(frame: Pixels, rng: random.Random) -> Pixels:
    """Return a frame as a webcam gives it: soft, its contrast and level a little off, noisy, through a JPEG."""
    soft = cv2.GaussianBlur(frame, (0, 0), 0.8 + 0.8 * rng.random()).astype(np.float64)
    toned = (soft - 128) * (0.85 + 0.2 * rng.random()) + 128 + rng.uniform(-12, 12)
    noisy = toned + np.random.default_rng(rng.randrange(1 << 30)).normal(0, 5, frame.shape)
    packed = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
