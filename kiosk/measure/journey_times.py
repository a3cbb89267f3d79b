"""How long a visit takes: simulated co-operative customers at a booth under the branch's policy, step by step.

    python app.py measure journey [--visits N] [--contact] [--json FILE]

The time is the customer's and the machine's together, on a clock stepped frame by frame (20 a second): a busy host changes only what is
added for reading and comparing, their own processor time. The customer reads the consent at 238 words a minute (Brysbaert 2019, silent
reading of English), takes a second to reach for a button, and answers prompts as `kiosk/actor/customer.py` says. A visit begins with the
touch that opens it and ends when the result is on the screen. With --contact an e-mail address and a telephone number are typed, two keys
a second.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2

from kiosk.actor.camera import SimulatedCamera
from kiosk.actor.customer import Cast, CustomerKind
from kiosk.assembly.archive import VaultArchive
from kiosk.assembly.comparing import ModelComparer
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.assembly.practice import Practice
from kiosk.assembly.scripts import DrawnScripts
from kiosk.assembly.sight import ModelSight
from kiosk.commands.cues import cue_of, light_of
from kiosk.commands.demo_stage import make_cast
from kiosk.document.reading import DocumentOutcome, Portrait, Read
from kiosk.face.observed import FaceView
from kiosk.face.verdict import Comparison
from kiosk.frame import Frame
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.contact import ContactField
from kiosk.journey.states import (
    AskingConsent,
    Comparing,
    Decided,
    Finished,
    Idle,
    Keeping,
    OutOfService,
    PreparingFace,
    ProvingLive,
    ShowingDocument,
    State,
    TakingContact,
)
from kiosk.policy import BRANCH
from kiosk.record import AccountOpening, StationFacts
from kiosk.station.stepped import SteppedClock, SteppedStation
from kiosk.trust.presence import Authority, Presence
from kiosk.trust.risk_policy import shipped_policy
from kiosk.values import Channel, ConsentPurpose, Masked, StationClass
from kiosk.wire.succession import TrustedBank
from models.catalogue import Catalogue, open_catalogue
from ui.phrases import load_consent, load_phrases

TODAY: Final = datetime(2026, 7, 1, 9, tzinfo=UTC)
PERIOD_NS: Final = 50_000_000
READING_WORDS_PER_S: Final = 238 / 60
REACH_S: Final = 1.0
KEYS_PER_S: Final = 2.0
LONGEST_S: Final = 180.0
TARGET_S: Final = 45.0
STEPS: Final = ("consent", "document", "contact", "face", "compare", "seal")
TYPED: Final = ((ContactField.EMAIL, "anna@example.org"), (ContactField.PHONE, "+442079460000"))


@dataclass(slots=True)
class Visit:
    """seconds: in all and by step; ending: the last state's, for example `refer`; asked: prompts of the face step that were done."""

    seconds: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)
    ending: str = "did not finish"
    asked: int = 0


class _Timed:
    """A reader and a comparer whose own processor time passes on the stepped clock."""

    def __init__(self, reader: ModelDocumentReader, comparer: ModelComparer, clock: SteppedClock) -> None:
        self._reader, self._comparer, self._clock = reader, comparer, clock
        self.compared_s = 0.0

    def prepare(self) -> None:
        self._reader.prepare()
        self._comparer.prepare()

    def read(self, frame: Frame, so_far: Read | None, captures: tuple[Frame, ...] = ()) -> DocumentOutcome:
        began = time.thread_time_ns()
        outcome = self._reader.read(frame, so_far, captures)
        self._pass(began)
        return outcome

    def compare(self, views: tuple[FaceView, ...], portrait: Portrait | None, further: tuple[Portrait, ...] = ()) -> Comparison:
        began = time.thread_time_ns()
        compared = self._comparer.compare(views, portrait, further)
        self.compared_s += self._pass(began)
        return compared

    def compare_enrolled(self, views: tuple[FaceView, ...], template: object) -> None:
        raise ValueError("an account opening looks nobody up")

    def _pass(self, began: int) -> float:
        took_ns = time.thread_time_ns() - began
        self._clock.advance_to(self._clock.monotonic_ns + took_ns)
        return took_ns / 1e9


def step_of(state: State) -> str | None:
    match state:
        case AskingConsent():
            return "consent"
        case ShowingDocument():
            return "document"
        case TakingContact():
            return "contact"
        case PreparingFace() | ProvingLive():
            return "face"
        case Comparing():
            return "compare"
        case Keeping():
            return "seal"
        case _:
            return None


def consent_seconds() -> float:
    """Return how long the consent's words take to read, and a button to reach."""
    words = " ".join((load_phrases("en").text("consent.headline"), *(point.text for point in load_consent("en").points)))
    return len(words.split()) / READING_WORDS_PER_S + REACH_S


class Hand:
    """What the customer touches, and when. Times are the stepped clock's."""

    def __init__(self, station: SteppedStation, *, contact: bool) -> None:
        self._station, self._contact = station, contact
        self._since: dict[str, int] = {}
        self._typed = 0

    def act(self) -> None:
        state, now_ns = self._station.state, self._station.clock.monotonic_ns
        waited_s = (now_ns - self._since.setdefault(type(state).__name__, now_ns)) / 1e9
        if isinstance(state, AskingConsent) and waited_s >= consent_seconds():
            ticked = (ConsentPurpose.CONTACT,) if self._contact else ()
            self._station.station.post(ev.ConsentGiven("measured", (ConsentPurpose.IDENTITY_CHECK, *ticked)))
        elif isinstance(state, TakingContact):
            self._type(state, waited_s)

    def _type(self, state: TakingContact, waited_s: float) -> None:
        """One key after the other, then the way to the next field."""
        strokes = [(kind, text[: end + 1]) for kind, text in TYPED for end in range(len(text))]
        if self._typed < len(strokes):
            if waited_s >= REACH_S + self._typed / KEYS_PER_S:
                kind, text = strokes[self._typed]
                self._station.station.post(ev.ContactTyped(state.case.session, kind, Masked(text)))
                self._typed += 1
        elif waited_s >= REACH_S * (1 + len(TYPED)) + len(strokes) / KEYS_PER_S:
            self._station.station.post(ev.ContactGiven(state.case.session))


def visit(catalogue: Catalogue, cast: Cast, practice: Practice, seed: int, *, contact: bool) -> Visit:
    """Let one customer go the whole way; return how long each step took."""
    clock = SteppedClock(TODAY)
    camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE, seed), lambda: clock.monotonic_ns)
    reader = ModelDocumentReader(lambda: catalogue, BRANCH.document, TODAY.date)
    timed = _Timed(reader, ModelComparer(lambda: catalogue, BRANCH.face), clock)
    timed.prepare()
    facts = StationFacts(practice.identity.name, "measure", StationClass.DEMO, "measure", BRANCH.version)
    presence = Presence(Authority(practice.store))
    stepped = SteppedStation(
        Context(BRANCH, facts, shipped_policy()),
        ModelSight(lambda: catalogue, BRANCH),
        timed,
        timed,
        DrawnScripts(BRANCH.liveness),
        VaultArchive(practice.store, practice.identity, TrustedBank(practice.bank), clock, presence),
        clock=clock,
    )
    hand, found = Hand(stepped, contact=contact), Visit()
    stepped.station.begin(Channel.BOOTH, AccountOpening(None), "en", None)
    stepped.station.pump()
    began_ns = before_ns = clock.monotonic_ns
    while clock.monotonic_ns - began_ns < LONGEST_S * 1e9:
        step = step_of(stepped.state)
        if isinstance(stepped.state, ProvingLive):
            found.asked = max(found.asked, stepped.state.run.done)
        camera.show(cue_of(stepped.state), clock.monotonic_ns)
        camera.lit_by(light_of(stepped.state, clock.monotonic_ns, BRANCH))
        hand.act()
        stepped.show(camera.next_frame(clock.monotonic_ns + PERIOD_NS))
        if step is not None:
            found.steps[step] = found.steps.get(step, 0.0) + (clock.monotonic_ns - before_ns) / 1e9
        before_ns = clock.monotonic_ns
        if isinstance(stepped.state, Finished | Idle | OutOfService):
            break
    # Comparing is done within the frame that ends the face step.
    found.steps["compare"] = found.steps.get("compare", 0.0) + timed.compared_s
    found.steps["face"] = max(0.0, found.steps.get("face", 0.0) - timed.compared_s)
    found.seconds = (clock.monotonic_ns - began_ns) / 1e9
    state = stepped.state
    if isinstance(state, Finished):
        found.ending = str(state.ending.decision) if isinstance(state.ending, Decided) else type(state.ending).__name__
    return found


def report_of(visits: list[Visit], *, contact: bool) -> dict[str, object]:
    """Return what is written: medians of the whole and of each step, and every visit."""
    whole = [one.seconds for one in visits]
    return {
        "visits": len(visits),
        "contact_typed": contact,
        "median_s": round(statistics.median(whole), 1),
        "longest_s": round(max(whole), 1),
        "target_s": TARGET_S,
        "steps_median_s": {step: round(statistics.median([one.steps.get(step, 0.0) for one in visits]), 1) for step in STEPS},
        "endings": {ending: sum(one.ending == ending for one in visits) for ending in sorted({one.ending for one in visits})},
        "each": [
            {"seconds": round(one.seconds, 1), "ending": one.ending, "steps_s": {name: round(s, 1) for name, s in one.steps.items()}}
            for one in visits
        ],
    }


def main(argv: list[str]) -> int:
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="app.py measure journey", description=__doc__, formatter_class=shown)
    parser.add_argument("--visits", type=int, default=9)
    parser.add_argument("--contact", action="store_true", help="the customer agrees to be reached and types e-mail and telephone")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--json", type=Path, metavar="FILE")
    chosen = parser.parse_args(argv)
    if chosen.visits < 1:
        parser.error("--visits: at least one")
    cv2.setNumThreads(1)
    catalogue, cast = open_catalogue(chosen.models), make_cast(chosen.models)
    visits: list[Visit] = []
    for seed in range(1, chosen.visits + 1):
        with Practice(f"journey-{seed}", StationClass.DEMO, BRANCH.sync) as practice:
            visits.append(visit(catalogue, cast, practice, seed, contact=chosen.contact))
        _say(f"visit {seed} of {chosen.visits}: {visits[-1].seconds:.1f} s, {visits[-1].ending}")
    report = report_of(visits, contact=chosen.contact)
    _say(f"median {report['median_s']} s of {TARGET_S:.0f}; by step: {report['steps_median_s']}")
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0 if float(str(report["median_s"])) < TARGET_S or chosen.contact else 1


_say: Callable[[str], object] = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
