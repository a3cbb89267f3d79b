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
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from kiosk.actor.expression import Expression
from kiosk.actor.redteam.content import Sitter, puppet_of
from kiosk.actor.redteam.media import Random
from kiosk.actor.redteam.presentations import AttackKind, a_person, present
from kiosk.arguments import new_file
from kiosk.assembly.sight import ModelSight
from kiosk.face.observed import FaceSeen
from kiosk.liveness.challenge import UndecidedBecause
from kiosk.liveness.cues import Cue, Gathered, Leaning
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
SEED = 20261125
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
    "relit-solid": (AttackKind.RELIT_SOLID,),
}
"""What is counted as one kind: each gets so many presentations, its members in turn. relit-live sees the screen's colours and paints them
onto the puppet after 0.05 to 0.8 s, relit-solid so that each half lights its side. person: simulated genuine people."""
_SMALLEST_FACE_PX, _SMALLEST_OTHER_PX = 50.0, 30.0
_AHEAD_YAW_DEG, _AHEAD_PITCH_DEG = 10.0, 18.0
_OPEN_EYES = 0.2
_SHUT_SHARE = 0.45


@dataclass(frozen=True, slots=True)
class Tried:
    """One row of a details file. group, number: which of the campaign; kind: empty for a person."""

    group: str
    number: int
    kind: str
    seed: int
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """accepted: by the whole, of so many; accepted_passive, accepted_without_light: by the passive cues alone, by all but the light;
    undecided: of the others; lit, followed: that answered every prompt and were told by the light, and that followed it; older: of the lit,
    whose rows do not say where the light came from; seconds: median of the accepted; because: what the others were turned away for."""

    presentations: int
    accepted: int
    accepted_passive: int
    accepted_without_light: int
    undecided: int
    lit: int
    followed: int
    older: int
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
        faces = reader.faces_in(np.asarray(photo, np.uint8), _SMALLEST_OTHER_PX)
        face = faces[0] if len(faces) == 1 else None  # nobody looks over the shoulder
        if face is not None and face.width_px >= _SMALLEST_FACE_PX and _looks_ahead(face):
            sitter = Sitter(cleaned(np.asarray(photo, np.uint8)), face.landmarks)
            if _blinks(sitter, face, reader):
                yield file.parent.name, sitter


def _looks_ahead(face: FaceSeen) -> bool:
    """Whether a thief would choose this picture, and a customer who is told to look ahead looks so: a puppet of half-closed eyes cannot
    blink."""
    ahead = abs(face.pose.yaw_deg) <= _AHEAD_YAW_DEG and abs(face.pose.pitch_deg) <= _AHEAD_PITCH_DEG
    return ahead and min(face.eyes.left, face.eyes.right) >= _OPEN_EYES


def _blinks(sitter: Sitter, face: FaceSeen, reader: FaceReader) -> bool:
    """Whether lids that are drawn down look so: under a fringe or behind thick glasses they do not, and neither person nor puppet of that
    picture could blink."""
    shut = reader.faces_in(puppet_of(sitter).draw(Expression(lids=1.0)), _SMALLEST_FACE_PX)
    eyes = [(one.eyes.left + one.eyes.right) / (face.eyes.left + face.eyes.right) for one in shut[:1]]
    return bool(eyes) and eyes[0] < _SHUT_SHARE


def random_of(group: str, number: int, seed: int) -> Random:
    return np.random.default_rng((seed, tuple(GROUPS).index(group), number))


def drawn_people(rng: Random, people: int) -> tuple[int, int, int]:
    """Draw who is attacked (or stands there), who attacks, and whose picture makes the room, of so many."""
    victim, attacker, behind = (int(one) for one in rng.choice(people, 3, replace=False))
    return victim, attacker, behind


def campaign(
    people: Sequence[Sitter], sight: ModelSight, wanted: Sequence[tuple[str, int]], seed: int, policy: LivenessPolicy
) -> Iterator[Tried]:
    """Yield an attempt for each (group, number) wanted. People are drawn anew for each; the same seed makes the same campaign."""
    for group, number in wanted:
        kinds = GROUPS[group]
        rng = random_of(group, number, seed)
        victim, attacker, behind = (people[one] for one in drawn_people(rng, len(people)))
        kind = kinds[number % len(kinds)] if kinds else None
        one = int(rng.integers(1 << 31))
        shown = a_person(victim, behind.photo, one) if kind is None else present(kind, victim, attacker, behind.photo, one)
        yield Tried(group, number, "" if kind is None else kind.value, one, attempt(shown, sight, policy, SOURCE))


def figures_of(tried: Sequence[Tried], policy: LivenessPolicy) -> GroupFigures:
    live = {one.number: one.attempt.live(policy) for one in tried}
    by_kind = {}
    for kind in sorted({one.kind for one in tried if one.kind}):
        shown = [live[one.number] for one in tried if one.kind == kind]
        by_kind[kind] = f"{sum(shown)} of {len(shown)}"
    refused = [one.attempt for one in tried if not live[one.number]]
    lit = [one.attempt for one in tried if one.attempt.by_cues and one.attempt.light is not None]
    times = [one.attempt.seconds for one in tried if live[one.number]]
    reasons = [_because(one, policy) for one in refused]
    return GroupFigures(
        presentations=len(tried),
        accepted=sum(live.values()),
        accepted_passive=sum(one.attempt.passive(policy).leaning is Leaning.LIVE for one in tried),
        accepted_without_light=sum(one.attempt.live_without_light(policy) for one in tried),
        undecided=sum(one.startswith("unsure") or at.undecided for one, at in zip(reasons, refused, strict=True)),
        lit=len(lit),
        followed=sum(one.followed_light for one in lit),
        older=sum(one.sides is None for one in lit),
        seconds=round(median(times), 1) if times else None,
        by_kind=by_kind,
        because=dict(Counter(reasons).most_common()),
    )


def _because(one: Attempt, policy: LivenessPolicy) -> str:
    """What an attempt was turned away for; where cues decided, the gravest one."""
    if not one.by_cues:
        return one.because
    fused = one.fused(policy)
    return f"{'attack' if fused.leaning is Leaning.ATTACK else 'unsure'}: {fused.gravest or 'no light told'}"


# A campaign takes hours: what is done is kept, and told from what is kept.


def read_rows(file: Path) -> list[Tried]:
    """Read a details file; of rows of the same presentation the last one counts. Raises OSError, ValueError, KeyError or TypeError."""
    rows = [_tried(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line]
    return list({(one.group, one.number): one for one in rows}.values())


def worth_again(tried: Sequence[Tried], policy: LivenessPolicy) -> list[tuple[str, int]]:
    """Return the presentations whose rows are older than where the light came from, and whose verdict that could change, or than people
    who stand alone in a room: the accepted ones first, then people."""
    old = [one for one in tried if one.attempt.sides is None]
    touched = [one for one in old if one.attempt.light is not None or one.attempt.because == UndecidedBecause.SEVERAL_FACES]
    ranked = sorted(touched, key=lambda one: (one.group == PERSON or not one.attempt.live(policy), one.group != PERSON))
    return [(one.group, one.number) for one in ranked]


def _tried(row: dict[str, Any]) -> Tried:
    attempt_ = row.pop("attempt")
    light, sides = (None if (cue := attempt_.pop(name, None)) is None else Cue(**cue) for name in ("light", "sides"))
    gathered = tuple(Gathered(**{**one, "kept": tuple(one["kept"])}) for one in attempt_.pop("gathered"))
    return Tried(**row, attempt=Attempt(**attempt_, light=light, sides=sides, gathered=gathered))


def report(groups: dict[str, GroupFigures], people: int) -> Iterator[str]:
    who = f"{people} people, none of them trained on." if people else "Judged from what is kept; nothing was run."
    yield f"{who} Provenance left out. Bounds: Clopper and Pearson, one-sided."
    yield ""
    yield "| kind | presented | accepted: passive alone | without the light | whole | 95 % bound | undecided | light followed | old rows |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, one in groups.items():
        if name != PERSON:
            light = f"{one.followed} of {one.lit} | {one.older}"
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
    parser.add_argument("--seed", type=int, default=SEED, help="another seed makes other attacks")
    parser.add_argument("--only", action="append", choices=tuple(GROUPS), help="only this kind; may be given again")
    parser.add_argument("--details", type=Path, metavar="FILE", help="keep every attempt here, and go on from what is kept")
    parser.add_argument(
        "--seconds",
        type=float,
        default=math.inf,
        metavar="S",
        help="stop after so long (0: only judge what is kept); with --details a later call goes on",
    )
    parser.add_argument("--again", action="store_true", help="run kept presentations again whose rows are older than the light as it is")
    parser.add_argument("--challenges", type=int, default=BRANCH.liveness.challenges, help="in a script, as by the policy if not given")
    parser.add_argument("--json", type=new_file, metavar="FILE", help="write the figures here")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    catalogue = open_catalogue(PACK)
    portrait = PACK / catalogue.entry("specimen_portrait").file
    runs = options.seconds > 0
    people = [sitter for _, sitter in sitters(options.faces, portrait, FaceReader(catalogue))] if runs else []
    if runs and len(people) < 3:
        print(f"{options.faces}: at least three people with photographs are needed", file=sys.stderr)
        return 2
    policy = replace(BRANCH.liveness, challenges=options.challenges)
    kept = read_rows(options.details) if options.details and options.details.is_file() else []
    groups = [group for group in GROUPS if group in (options.only or GROUPS)]
    tried = [one for one in kept if one.group in groups and one.number < options.per_kind]
    done = {(one.group, one.number) for one in tried}
    # in turn over the kinds, so that a campaign that is stopped has as many of each
    wanted = [(group, number) for number in range(options.per_kind) for group in groups if (group, number) not in done]
    wanted = worth_again(tried, policy) if options.again else wanted
    began = time.monotonic()
    for one in campaign(people, ModelSight(lambda: catalogue, BRANCH), wanted if runs else [], options.seed, policy):
        tried = [kept_one for kept_one in tried if (kept_one.group, kept_one.number) != (one.group, one.number)] + [one]
        _tell(f"{len(tried)} of {len(groups) * options.per_kind}")
        if options.details:
            with options.details.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(one)) + "\n")
        if time.monotonic() - began > options.seconds:
            break
    print(f"\n{time.monotonic() - began:.0f} s", file=sys.stderr)
    figures = {group: figures_of([one for one in tried if one.group == group], policy) for group in groups}
    for line in report(figures, len(people)):
        print(line)
    if options.json:
        rows = {"people": len(people), "seed": options.seed, "kinds": {name: _row(one) for name, one in figures.items()}}
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _tell(line: str) -> None:
    print(f"\r{line}      ", end="", file=sys.stderr, flush=True)


def _row(one: GroupFigures) -> dict[str, object]:
    return {**asdict(one), "upper_bound": round(one.rate.upper, 4)}


if __name__ == "__main__":
    raise SystemExit(main())
