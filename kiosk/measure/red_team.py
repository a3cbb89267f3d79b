"""Attacks made on purpose against the whole check: `python app.py measure red-team FACES_FOLDER [--per-kind N] [--json FILE]`.

FACES_FOLDER holds a folder of photographs for each person (LFW's layout). Only people whom nothing was trained on are used, and NASA's
portrait from the model pack. Every presentation is drawn as the camera would see it, guided by drawn prompts and lit by the colours of the
screen like any customer, looked at by the station's own eyes, and thrown away. The families of distortion (kiosk/actor/redteam) are not
those of the training (models/train/spoof). Who drives a puppet or holds a print sees the prompts and answers them; recordings cannot.

Three verdicts of each: by the passive cues alone, by everything but the light, and by the whole. Provenance is left out: the frames come as
from a camera of hardware, which is the worst case of an injection. Simulated genuine people go the same way, for the BPCER.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from kiosk.actor.redteam.content import Sitter
from kiosk.actor.redteam.presentations import AttackKind, a_person, present
from kiosk.assembly.sight import ModelSight
from kiosk.face.observed import FaceSeen
from kiosk.liveness.challenge import NotLiveBecause, Undecided, UndecidedBecause
from kiosk.liveness.cues import Leaning
from kiosk.measure.attack_rates import Rate
from kiosk.measure.liveness_clips import PACK
from kiosk.measure.whole_path import Attempt, attempt
from kiosk.policy import BRANCH, LivenessPolicy
from kiosk.values import Capture, Provenance
from models.catalogue import open_catalogue
from models.face_reader import FaceReader
from models.train.spoof.faces import Part, cleaned, part_of

SOURCE = Provenance(Capture.SIMULATION, "red team")
PERSON = "person"
GROUPS: dict[str, tuple[AttackKind, ...]] = {
    "print": (AttackKind.PRINT_FLAT, AttackKind.PRINT_BENT),
    "eye-holes": (AttackKind.EYE_HOLES,),
    "replay": (AttackKind.PHONE_REPLAY, AttackKind.TABLET_REPLAY),
    "puppet-on-screen": (AttackKind.PUPPET_ON_SCREEN,),
    "swap-on-screen": (AttackKind.SWAP_ON_SCREEN,),
    "loop-or-freeze-injected": (AttackKind.LOOP_INJECTED, AttackKind.FREEZE_INJECTED),
    "moving-injected": (AttackKind.PUPPET_INJECTED, AttackKind.SWAP_INJECTED, AttackKind.SPEED_UP_INJECTED),
    "relit-live": (AttackKind.RELIT_INJECTED, AttackKind.RELIT_ON_SCREEN),
    PERSON: (),
}
"""What is counted as one kind: each gets so many presentations, its members in turn. relit-live sees the screen's colours and paints them
onto the puppet after 0.05 to 0.8 s. The last are simulated genuine people."""
_SMALLEST_FACE_PX = 50.0
_AHEAD_YAW_DEG, _AHEAD_PITCH_DEG = 10.0, 18.0
_OPEN_EYES = 0.2


@dataclass(frozen=True, slots=True)
class Tried:
    """kind: None for a person."""

    kind: AttackKind | None
    seed: int
    attempt: Attempt
    without_light: bool


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """accepted: by the whole, of so many; accepted_passive, accepted_without_light: by the passive cues alone, by all but the light;
    undecided: of the others; lit, followed: that answered every prompt and were told by the light, and that followed it; seconds:
    median of the accepted; because: what the others were turned away for."""

    presentations: int
    accepted: int
    accepted_passive: int
    accepted_without_light: int
    undecided: int
    lit: int
    followed: int
    seconds: float | None
    by_kind: dict[str, str]
    because: dict[str, int]

    @property
    def rate(self) -> Rate:
        return Rate(self.accepted, self.presentations)

    @property
    def refused(self) -> Rate:
        return Rate(self.presentations - self.accepted, self.presentations)


def sitters(folder: Path, portrait: Path, reader: FaceReader) -> Iterator[tuple[str, Sitter]]:
    """Yield one photograph of each person that is kept for this, and the public-domain portrait."""
    files = [next(iter(sorted(person.glob("*.jpg"))), None) for person in sorted(folder.iterdir()) if part_of(person.name) is Part.RED_TEAM]
    for file in (*files, portrait):
        photo = cv2.imread(str(file)) if file is not None else None
        if file is None or photo is None:
            continue
        faces = reader.faces_in(np.asarray(photo, np.uint8), _SMALLEST_FACE_PX)
        face = max(faces, key=lambda one: one.width_px, default=None)
        if face is not None and _looks_ahead(face):
            yield file.parent.name, Sitter(cleaned(np.asarray(photo, np.uint8)), face.landmarks)


def _looks_ahead(face: FaceSeen) -> bool:
    """Whether a thief would choose this picture, and a customer who is told to look ahead looks so: a puppet of half-closed eyes cannot
    blink."""
    ahead = abs(face.pose.yaw_deg) <= _AHEAD_YAW_DEG and abs(face.pose.pitch_deg) <= _AHEAD_PITCH_DEG
    return ahead and min(face.eyes.left, face.eyes.right) >= _OPEN_EYES


def campaign(
    people: Sequence[Sitter], sight: ModelSight, groups: Sequence[str], per_group: int, seed: int, policy: LivenessPolicy
) -> Iterator[tuple[str, Tried]]:
    """Yield every attempt with its group. People are drawn anew for each; the same seed makes the same campaign."""
    for place, (group, kinds) in enumerate(GROUPS.items()):
        for number in range(per_group if group in groups else 0):
            rng = np.random.default_rng((seed, place, number))
            victim, attacker, behind = (people[int(one)] for one in rng.choice(len(people), 3, replace=False))
            kind = kinds[number % len(kinds)] if kinds else None
            one = int(rng.integers(1 << 31))
            shown = a_person(victim, one) if kind is None else present(kind, victim, attacker, behind.photo, one)
            tried = attempt(shown, sight, policy, SOURCE)
            _tell(f"{group} {number + 1} of {per_group}")
            yield group, Tried(kind, one, tried, tried.live_without_light(policy))


def figures_of(tried: Sequence[Tried]) -> GroupFigures:
    by_kind = {}
    for kind in sorted({one.kind for one in tried if one.kind is not None}):
        shown = [one for one in tried if one.kind is kind]
        by_kind[kind.value] = f"{sum(one.attempt.live for one in shown)} of {len(shown)}"
    refused = [one.attempt for one in tried if not one.attempt.live]
    lit = [one.attempt for one in tried if one.attempt.obeyed and one.attempt.light]
    times = [one.attempt.seconds for one in tried if one.attempt.live]
    return GroupFigures(
        presentations=len(tried),
        accepted=len(tried) - len(refused),
        accepted_passive=sum(one.attempt.passive.leaning is Leaning.LIVE for one in tried),
        accepted_without_light=sum(one.without_light for one in tried),
        undecided=sum(isinstance(one.verdict, Undecided) for one in refused),
        lit=len(lit),
        followed=sum(one.followed_light for one in lit),
        seconds=round(median(times), 1) if times else None,
        by_kind=by_kind,
        because=dict(Counter(_because(one) for one in refused).most_common()),
    )


def _because(one: Attempt) -> str:
    """The reason, and for cues the gravest one."""
    if one.because not in (NotLiveBecause.ATTACK_CUES, UndecidedBecause.UNSURE_CUES):
        return one.because
    against = min(one.verdict.evidence.cues, key=lambda cue: cue.weight, default=None)
    return one.because if against is None or against.weight >= 0 else f"{one.because}: {against.name}"


def report(groups: dict[str, GroupFigures], people: int) -> Iterator[str]:
    yield f"{people} people, none of them trained on. Provenance left out."
    yield ""
    yield "| kind | presented | accepted: passive alone | without the light | whole | 95 % upper bound | undecided | light followed |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, one in groups.items():
        if name != PERSON:
            light = f"{one.followed} of {one.lit}"
            accepted = f"{one.accepted_passive} | {one.accepted_without_light} | {one.accepted} | {one.rate.upper:.1%}"
            yield f"| {name} | {one.presentations} | {accepted} | {one.undecided} | {light} |"
    yield ""
    yield "| kind | accepted by kind | turned away for |"
    yield "|---|---|---|"
    for name, one in groups.items():
        because = ", ".join(f"{cue} {count}" for cue, count in one.because.items())
        yield f"| {name} | {', '.join(f'{kind} {count}' for kind, count in one.by_kind.items())} | {because} |"
    genuine = groups.get(PERSON)
    if genuine is not None:
        refused = genuine.refused
        yield ""
        yield f"Simulated genuine people: {refused.errors} of {refused.of} turned away or undecided (BPCER {refused.share:.1%}, at most"
        yield f"{refused.upper:.1%} with 95 %), median {genuine.seconds} s from the first frame to Live."


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure red-team", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("faces", type=Path, help="a folder with a folder of photographs for each person")
    parser.add_argument("--per-kind", type=int, default=150, metavar="N", help="presentations of each kind (150)")
    parser.add_argument("--seed", type=int, default=20261125, help="another seed makes other attacks")
    parser.add_argument("--only", action="append", choices=tuple(GROUPS), help="only this kind; may be given again")
    parser.add_argument("--challenges", type=int, default=BRANCH.liveness.challenges, help="in a script, as by the policy if not given")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    catalogue = open_catalogue(PACK)
    people = [sitter for _, sitter in sitters(options.faces, PACK / catalogue.entry("specimen_portrait").file, FaceReader(catalogue))]
    if len(people) < 3:
        print(f"{options.faces}: at least three people with photographs are needed", file=sys.stderr)
        return 2
    wanted = tuple(options.only or GROUPS)
    policy = replace(BRANCH.liveness, challenges=options.challenges)
    sight = ModelSight(lambda: catalogue, BRANCH)
    tried: dict[str, list[Tried]] = {group: [] for group in GROUPS if group in wanted}
    began = time.monotonic()
    for group, one in campaign(people, sight, wanted, options.per_kind, options.seed, policy):
        tried[group].append(one)
    print(f"\r{sum(map(len, tried.values()))} attempts in {time.monotonic() - began:.0f} s", file=sys.stderr)
    groups = {group: figures_of(rows) for group, rows in tried.items()}
    for line in report(groups, len(people)):
        print(line)
    if options.json:
        rows = {"people": len(people), "seed": options.seed, "kinds": {name: _row(one) for name, one in groups.items()}}
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _tell(line: str) -> None:
    print(f"\r{line}      ", end="", file=sys.stderr, flush=True)


def _row(one: GroupFigures) -> dict[str, object]:
    return {**asdict(one), "upper_bound": round(one.rate.upper, 4)}


if __name__ == "__main__":
    raise SystemExit(main())
