"""Attacks made on purpose against the passive cues: `python app.py measure red-team FACES_FOLDER [--per-kind N] [--json FILE]`.

FACES_FOLDER holds a folder of photographs for each person (LFW's layout). Only people whom nothing was trained on are used, and NASA's
portrait from the model pack. Every presentation is drawn as the camera would see it, shown to the station's own eyes, judged by the cues,
and thrown away. The families of distortion (kiosk/actor/redteam) are not those of the training (models/train/spoof).
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from kiosk.actor.redteam.content import Sitter
from kiosk.actor.redteam.presentations import AttackKind, Presentation, present
from kiosk.assembly.sight import ModelSight
from kiosk.frame import Frame, Pixels
from kiosk.liveness.cue_table import CUES
from kiosk.liveness.cues import Leaning
from kiosk.liveness.passive import PassiveVerdict, PassiveView, verdict, watch
from kiosk.measure.attack_rates import Rate
from kiosk.measure.liveness_clips import PACK, START_NS
from kiosk.policy import BRANCH, LivenessPolicy
from kiosk.values import Capture, Provenance, ns
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader
from models.train.spoof.faces import Part, cleaned, part_of

SOURCE = Provenance(Capture.SIMULATION, "red team")
GROUPS: dict[str, tuple[AttackKind, ...]] = {
    "print": (AttackKind.PRINT_FLAT, AttackKind.PRINT_BENT),
    "eye-holes": (AttackKind.EYE_HOLES,),
    "replay": (AttackKind.PHONE_REPLAY, AttackKind.TABLET_REPLAY),
    "puppet-on-screen": (AttackKind.PUPPET_ON_SCREEN,),
    "swap-on-screen": (AttackKind.SWAP_ON_SCREEN,),
    "loop-or-freeze-injected": (AttackKind.LOOP_INJECTED, AttackKind.FREEZE_INJECTED),
    "moving-injected": (AttackKind.PUPPET_INJECTED, AttackKind.SWAP_INJECTED, AttackKind.SPEED_UP_INJECTED),
}
"""What is counted as one kind: each gets so many presentations, its members in turn."""
_LONG = frozenset({AttackKind.LOOP_INJECTED, AttackKind.FREEZE_INJECTED})
_SMALLEST_FACE_PX = 50.0


@dataclass(frozen=True, slots=True)
class Tried:
    kind: AttackKind
    seed: int
    verdict: PassiveVerdict


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """accepted: of so many; undecided: of the others; because: what the refused were refused for, the gravest cue's name."""

    presentations: int
    accepted: int
    undecided: int
    by_kind: dict[str, str]
    because: dict[str, int]

    @property
    def rate(self) -> Rate:
        return Rate(self.accepted, self.presentations)


def sitters(folder: Path, portrait: Path, reader: FaceReader) -> Iterator[tuple[str, Sitter]]:
    """Yield one photograph of each person that is kept for this, and the public-domain portrait."""
    files = [next(iter(sorted(person.glob("*.jpg"))), None) for person in sorted(folder.iterdir()) if part_of(person.name) is Part.RED_TEAM]
    for file in (*files, portrait):
        photo = cv2.imread(str(file)) if file is not None else None
        if file is None or photo is None:
            continue
        faces = reader.faces_in(np.asarray(photo, np.uint8), _SMALLEST_FACE_PX)
        if faces:
            face = max(faces, key=lambda one: one.width_px)
            yield file.parent.name, Sitter(cleaned(np.asarray(photo, np.uint8)), face.landmarks)


def attempt(presentation: Presentation, sight: ModelSight, policy: LivenessPolicy) -> PassiveVerdict:
    """Show one presentation to the station's eyes and return what the cues say."""
    seconds, fps = (4.0, 10.0) if presentation.kind in _LONG else (2.2, 5.0)
    sight.forget()
    view = PassiveView()
    for number, (at_s, pixels) in enumerate(presentation.frames(seconds, fps)):
        frame = Frame(pixels, number, START_NS + ns(at_s), SOURCE)
        view = watch(view, sight.faces(frame), policy)
    return verdict(view, CUES, policy)


def campaign(
    people: Sequence[Sitter], sight: ModelSight, per_group: int, seed: int, tell: Callable[[str], None]
) -> Iterator[tuple[str, Tried]]:
    """Yield every attempt with its group. People are drawn anew for each; the same seed makes the same campaign."""
    for place, (group, kinds) in enumerate(GROUPS.items()):
        for number in range(per_group):
            rng = np.random.default_rng((seed, place, number))
            victim, attacker, behind = (people[int(one)] for one in rng.choice(len(people), 3, replace=False))
            kind = kinds[number % len(kinds)]
            one = int(rng.integers(1 << 31))
            shown = present(kind, victim, attacker, _room(behind), one)
            yield group, Tried(kind, one, attempt(shown, sight, BRANCH.liveness))
            tell(f"{group} {number + 1} of {per_group}")


def _room(sitter: Sitter) -> Pixels:
    return sitter.photo


def figures_of(tried: Sequence[Tried]) -> GroupFigures:
    kinds = sorted({one.kind for one in tried})
    by_kind = {}
    for kind in kinds:
        shown = [one for one in tried if one.kind is kind]
        by_kind[kind.value] = f"{sum(one.verdict.leaning is Leaning.LIVE for one in shown)} of {len(shown)}"
    refused = [one for one in tried if one.verdict.leaning is not Leaning.LIVE]
    return GroupFigures(
        presentations=len(tried),
        accepted=len(tried) - len(refused),
        undecided=sum(one.verdict.leaning is Leaning.UNSURE for one in refused),
        by_kind=by_kind,
        because=dict(Counter(_gravest(one.verdict) for one in refused).most_common()),
    )


def _gravest(said: PassiveVerdict) -> str:
    against = min(said.cues, key=lambda cue: cue.weight, default=None)
    return said.because if against is None or against.weight >= 0 else against.name


def report(groups: dict[str, GroupFigures], people: int) -> Iterator[str]:
    yield f"{people} people, none of them trained on. Passive cues only: no prompt, no light, no provenance."
    yield ""
    yield "| kind | presentations | accepted | 95 % upper bound | undecided | refused for (gravest cue) | accepted by kind |"
    yield "|---|---|---|---|---|---|---|"
    for name, one in groups.items():
        because = ", ".join(f"{cue} {count}" for cue, count in one.because.items())
        kinds = ", ".join(f"{kind} {count}" for kind, count in one.by_kind.items())
        yield f"| {name} | {one.presentations} | {one.accepted} | {one.rate.upper:.1%} | {one.undecided} | {because} | {kinds} |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure red-team", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("faces", type=Path, help="a folder with a folder of photographs for each person")
    parser.add_argument("--per-kind", type=int, default=150, metavar="N", help="presentations of each kind (150)")
    parser.add_argument("--seed", type=int, default=20261125, help="another seed makes other attacks")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    catalogue = open_catalogue(PACK)
    people = [sitter for _, sitter in sitters(options.faces, PACK / catalogue.entry("specimen_portrait").file, FaceReader(catalogue))]
    if len(people) < 3:
        print(f"{options.faces}: at least three people with photographs are needed", file=sys.stderr)
        return 2
    tried: dict[str, list[Tried]] = {group: [] for group in GROUPS}
    began = time.monotonic()
    for group, one in campaign(people, _sight(catalogue), options.per_kind, options.seed, _tell):
        tried[group].append(one)
    print(f"\r{sum(map(len, tried.values()))} attacks in {time.monotonic() - began:.0f} s", file=sys.stderr)
    groups = {group: figures_of(rows) for group, rows in tried.items()}
    for line in report(groups, len(people)):
        print(line)
    if options.json:
        options.json.write_text(json.dumps(_rows(groups, len(people), options.seed), indent=1) + "\n", encoding="utf-8")
    return 0


def _sight(catalogue: Catalogue) -> ModelSight:
    """The station's eyes, without the prints of the face, which no cue uses and which cost a third of the time."""
    return ModelSight(lambda: catalogue, replace(BRANCH, face=replace(BRANCH.face, view_every_s=1e6)))


def _tell(line: str) -> None:
    print(f"\r{line}      ", end="", file=sys.stderr, flush=True)


def _rows(groups: dict[str, GroupFigures], people: int, seed: int) -> dict[str, object]:
    kinds = {
        name: {
            "presentations": one.presentations,
            "accepted": one.accepted,
            "upper_bound": round(one.rate.upper, 4),
            "undecided": one.undecided,
            "by_kind": one.by_kind,
            "because": one.because,
        }
        for name, one in groups.items()
    }
    return {"people": people, "seed": seed, "kinds": kinds}


if __name__ == "__main__":
    raise SystemExit(main())
