"""Whole journeys on real recordings: does the program decide as it should, end to end?

For every labelled clip with a portrait of the same person, the portrait is printed on a specimen card, the card is photographed, and the
card and the clip go through the same eyes, reader, comparer, reducer and risk decision as in the branch, under the branch's policy:

- a guided clip under the script it performs: Live and SameFace expected;
- the same clip under a script it does not perform: NotLive expected;
- the same clip with somebody else's card: DifferentFace, or a referral;
- replays, loops and prints: whatever they reach, never an approval without a person.

    python app.py measure sessions LABELS.json [--json FILE] [--limit N] [--documents DOCUMENTS.json]
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kiosk.actor.customer import face_box
from kiosk.actor.person import invent_person
from kiosk.actor.photographed import photograph
from kiosk.actor.specimen import issue
from kiosk.arguments import new_file
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.assembly.recorded_journey import JourneyRunner, summary_of
from kiosk.assembly.scripts import FixedScripts
from kiosk.camera.picture import decode_picture
from kiosk.camera.staged import DOCUMENT_PICTURE
from kiosk.document.reading import MrzLayout, Read
from kiosk.frame import Frame, Pixels
from kiosk.journey.closing import Context
from kiosk.liveness.challenge import Script
from kiosk.liveness.script import fixed_script
from kiosk.policy import BRANCH
from kiosk.record import SessionRecord, StationFacts
from kiosk.trust.risk_policy import shipped_policy
from kiosk.values import Capture, Provenance, StationClass
from models.catalogue import Catalogue, open_catalogue
from models.face_reader import FaceReader

TODAY = date(2026, 7, 1)
_FACTS = StationFacts("measure", "measure", StationClass.QA, "measure", BRANCH.version)
_CARD = Provenance(Capture.RECORDING, DOCUMENT_PICTURE)


@dataclass(frozen=True, slots=True)
class Planned:
    """One journey. expect: `live-same`, `not-live`, `other-face` or `no-approval`."""

    clip: str
    portrait: str
    script: tuple[str, ...]
    expect: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of it; class names of the outcomes, with the reason where there is one."""

    clip: str
    portrait: str
    script: str
    expect: str
    document: str
    liveness: str
    match: str
    similarity: float | None
    recommendation: str
    as_expected: bool


class Printer:
    """Prints portraits on specimen cards and photographs them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._face_reader = FaceReader(catalogue)

    def card_of(self, portrait: Pixels, seed: int) -> Pixels:
        """Return a photographed specimen card with this portrait on it."""
        faces = self._face_reader.faces_in(portrait, max(portrait.shape[:2]) * 0.1)
        if not faces:
            raise ValueError("the portrait shows no face")
        document = issue(invent_person(seed, today=TODAY), MrzLayout.TD1, portrait, face_box(faces[0].landmarks))
        return photograph(document, random.Random(seed), megapixels=6.0)  # noqa: S311 - a repeatable picture, no secret


def plan(labels: dict[str, Any]) -> list[Planned]:
    """Return the journeys worth running, from the labels alone."""
    clips = {f"clips/{clip['file']}": clip for clip in labels["clips"]}
    own: dict[str, str] = {}
    for pair in labels["pairs"]:
        if pair["same"] and pair["strength"] != "WEAK":
            own.setdefault(pair["clip"], pair["doc"])
    planned: list[Planned] = []
    portraits = sorted(set(own.values()))
    for number, (name, portrait) in enumerate(sorted(own.items())):
        clip = clips[name]
        performed = tuple(f"turn-{turn['direction']}" for turn in clip.get("turns") or () if turn["direction"] in ("left", "right"))
        if clip["kind"] == "genuine" and len(performed) >= 2:
            planned.append(Planned(name, portrait, performed, "live-same"))
            planned.append(Planned(name, portrait, tuple(reversed(performed)), "not-live"))
            other = portraits[(number + 1) % len(portraits)]
            planned.append(Planned(name, other if other != portrait else portraits[number - 1], performed, "other-face"))
        elif clip["kind"] != "genuine":
            planned.append(Planned(name, portrait, ("turn-left", "turn-right"), "no-approval"))
            planned.append(Planned(name, portrait, ("turn-left", "blink", "turn-right"), "no-approval"))
        else:
            planned.append(Planned(name, portrait, ("turn-left", "turn-right", "blink"), "not-live"))
    return planned


def judge(planned: Planned, record: SessionRecord) -> Ran:
    came = summary_of(record)
    match planned.expect:
        case "live-same":
            fine = came.liveness == "Live" and came.match == "SameFace"
        case "not-live":
            fine = came.liveness.startswith(("NotLive", "Undecided"))
        case "other-face":
            fine = came.match in ("DifferentFace", "Unsure", "NotCompared")
        case _:
            fine = True
    return Ran(
        clip=planned.clip.removeprefix("clips/"),
        portrait=planned.portrait.removeprefix("docs/"),
        script=",".join(planned.script),
        expect=planned.expect,
        document=came.document,
        liveness=came.liveness,
        match=came.match,
        similarity=came.similarity,
        recommendation=came.recommendation,
        as_expected=fine and came.recommendation != "Approve",
    )


def run(folder: Path, planned: list[Planned], catalogue: Catalogue) -> Iterator[Ran]:
    """Run the planned journeys; folder holds the labels, the clips and the portraits."""
    runner = JourneyRunner(catalogue, Context(BRANCH, _FACTS, shipped_policy()), lambda: TODAY)
    printer = Printer(catalogue)
    cards: dict[str, Pixels] = {}
    for number, one in enumerate(planned):
        if one.portrait not in cards:
            picture = decode_picture((folder / one.portrait).read_bytes(), BRANCH.document)
            cards = {one.portrait: printer.card_of(picture, number)}
        script = fixed_script(one.script)
        if not isinstance(script, Script):
            raise ValueError(f"not a script: {one.script}")
        yield judge(one, runner.run((cards[one.portrait],), folder / one.clip, FixedScripts(script)))


def layouts_read(labels: Path, catalogue: Catalogue) -> dict[str, tuple[int, int]]:
    """Return per MRZ layout how many photographed specimens were read with every character right, and of how many."""
    reader = ModelDocumentReader(lambda: catalogue, BRANCH.document, lambda: TODAY)
    counted: dict[str, tuple[int, int]] = {}
    for label in json.loads(labels.read_text(encoding="utf-8")):
        if not label["mrz"]:
            continue
        pixels = decode_picture((labels.parent / label["file"]).read_bytes(), BRANCH.document)
        outcome = reader.read(Frame(pixels, 0, 0, _CARD), None)
        right = isinstance(outcome, Read) and list(outcome.raw_lines.reveal()) == label["mrz"]
        exact, of = counted.get(label["kind"], (0, 0))
        counted[label["kind"]] = (exact + right, of + 1)
    return counted


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure sessions", description=__doc__.split("\n\n")[0])
    parser.add_argument("labels", type=Path, help="labels.json of the clips; clips and portraits lie beside it")
    parser.add_argument("--documents", type=Path, help="labels.json of photographed specimens; default: ../documents/ beside the clips")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--limit", type=int, help="run only the first N journeys")
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    cv2.setNumThreads(1)
    catalogue = open_catalogue(chosen.models)
    planned = plan(json.loads(chosen.labels.read_text(encoding="utf-8")))[: chosen.limit]
    ran: list[Ran] = []
    print("| clip | portrait | script | expected | document | liveness | match | cosine | recommendation | as expected |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for number, one in enumerate(run(chosen.labels.parent, planned, catalogue), 1):
        ran.append(one)
        print("| " + " | ".join(str(value) for value in asdict(one).values()) + " |", flush=True)
        print(f"\r{number}/{len(planned)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    documents = chosen.documents or chosen.labels.parent.parent / "documents" / "labels.json"
    layouts = layouts_read(documents, catalogue) if documents.is_file() and chosen.limit is None else {}
    for layout, (exact, of) in sorted(layouts.items()):
        print(f"{layout}: {exact} of {of} photographed specimens read exactly")
    summary = {
        "sessions": len(ran),
        "as_expected": sum(one.as_expected for one in ran),
        "approved_unattended": sum(one.recommendation == "Approve" for one in ran),
        "live_same": _share([one for one in ran if one.expect == "live-same"]),
        "not_live": _share([one for one in ran if one.expect == "not-live"]),
        "other_face": _share([one for one in ran if one.expect == "other-face"]),
        "layouts": {layout: list(counts) for layout, counts in layouts.items()},
    }
    print(json.dumps(summary))
    if chosen.json:
        chosen.json.write_text(json.dumps({**summary, "runs": [asdict(one) for one in ran]}, indent=1), encoding="utf-8")
    return 0 if summary["as_expected"] == len(ran) else 1


def _share(runs: list[Ran]) -> float | None:
    return float(np.mean([one.as_expected for one in runs])) if runs else None
