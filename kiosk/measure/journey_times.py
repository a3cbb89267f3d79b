"""How long a visit takes: simulated co-operative customers at a booth under the branch's policy, step by step.

    python app.py measure journey [--visits N] [--contact | --contact-both] [--json FILE]

The time is the customer's and the machine's together, on a clock stepped frame by frame (20 a second): a busy host changes only what is
added for reading and comparing, their own processor time. The customer reads the consent at 238 words a minute (Brysbaert 2019, silent
reading of English), takes a second to reach for a button, and answers prompts as `kiosk/actor/customer.py` says. A visit begins with the
touch that opens it and ends when the result is on the screen.

With --contact the customer also reads the line that offers it, ticks it, and types one way to be reached, which is all the booth asks for:
of every nine three write from a provider of many, three from an address of their own, three give a telephone number. With --contact-both
each types an e-mail address of their own and a telephone number. They strike two keys a second: 24 words a minute with one finger on a
pane, two thirds of what 37,000 people did with two thumbs on their own telephones (36 words a minute, Palin et al. 2019). What the booth
offers is taken where it is what they meant, and costs as long as a reach for a button: it must be read.
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
from kiosk.arguments import new_file
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
from kiosk.journey.contact_offers import offers
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
Typing = tuple[tuple[ContactField, str], ...]
"""Fields in the order they are typed, with what is to stand there."""
OWN: Final = (ContactField.EMAIL, "anna@example.org")
PHONE_DIGITS: Final = "2079460000"
"""Behind the code of the document's state, which the booth fills in."""
PHONE: Final = (ContactField.PHONE, PHONE_DIGITS)
ONE_WAY: Final[tuple[Typing, ...]] = (
    ((ContactField.EMAIL, "annika77@gmail.com"),),
    (OWN,),
    (PHONE,),
    ((ContactField.EMAIL, "lights.out@yahoo.com"),),
    (OWN,),
    (PHONE,),
    ((ContactField.EMAIL, "{given}.{last}@outlook.com"),),
    (OWN,),
    (PHONE,),
)
"""One way each, in turn. Three write from a provider of many, one of those under their own name; nobody's is a real address."""
BOTH_WAYS: Final[Typing] = (OWN, PHONE)


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


def consent_seconds(*, contact: bool = False) -> float:
    """Return how long the consent's words take to read, and a button to reach; with contact, the line that offers it and its tick too."""
    phrases = load_phrases("en")
    read = [phrases.text("consent.headline"), *(point.text for point in load_consent("en").points)]
    if contact:
        read.append(phrases.text("consent.contact"))
    return len(" ".join(read).split()) / READING_WORDS_PER_S + REACH_S * (2 if contact else 1)


class Hand:
    """What the customer touches, and when. Times are the stepped clock's."""

    def __init__(self, station: SteppedStation, typing: Typing) -> None:
        self._station, self._typing = station, typing
        self._since: dict[str, int] = {}
        self._next_s = REACH_S
        self._field = 0

    def act(self) -> None:
        state, now_ns = self._station.state, self._station.clock.monotonic_ns
        waited_s = (now_ns - self._since.setdefault(type(state).__name__, now_ns)) / 1e9
        if isinstance(state, AskingConsent) and waited_s >= consent_seconds(contact=bool(self._typing)):
            ticked = (ConsentPurpose.CONTACT,) if self._typing else ()
            self._station.station.post(ev.ConsentGiven("measured", (ConsentPurpose.IDENTITY_CHECK, *ticked)))
        elif isinstance(state, TakingContact):
            self._type(state, waited_s)

    def _type(self, state: TakingContact, waited_s: float) -> None:
        """One stroke after the other; what is offered is taken where it is meant. Then the way to the next field, or on."""
        if waited_s < self._next_s:
            return
        session, draft = state.case.session, state.draft
        if self._field == len(self._typing):
            self._station.station.post(ev.ContactGiven(session))
            return
        field, meant = self._typing[self._field]
        if state.at is not field:
            self._station.station.post(ev.ContactFieldTouched(session, field))
            self._next_s = waited_s + REACH_S
            return
        read = state.case.document.fields if isinstance(state.case.document, Read) else None
        names = ("", "") if read is None else (read.surname.reveal(), read.given_names.reveal())
        meant = (draft.code or "+44") + meant if field is ContactField.PHONE else spelt(meant, names)
        text = draft.text(field).reveal()
        if text == meant:
            self._field += 1
            self._next_s = waited_s + REACH_S - 1 / KEYS_PER_S
            return
        fitting = [one for one in offers(draft, field, names, state.case.language) if meant.startswith(one)]
        stroke = max(fitting, key=len) if fitting else meant[: len(text) + 1]
        self._station.station.post(ev.ContactTyped(session, field, Masked(stroke)))
        self._next_s = waited_s + (REACH_S if fitting else 1 / KEYS_PER_S)


def spelt(meant: str, names: tuple[str, str]) -> str:
    """Put the name on the document into an address that is made of it."""
    last, given = names[0].lower(), names[1].lower().split(" ")[0]
    return meant.format(given=given, last=last)


def visit(catalogue: Catalogue, cast: Cast, practice: Practice, seed: int, typing: Typing) -> Visit:
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
    hand, found = Hand(stepped, typing), Visit()
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


def report_of(visits: list[Visit], contact: str) -> dict[str, object]:
    """Return what is written: medians of the whole and of each step, and every visit. contact: `none`, `one` or `both` ways typed."""
    whole = [one.seconds for one in visits]
    return {
        "visits": len(visits),
        "contact_typed": contact != "none",
        "contact_ways": contact,
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
    parser.add_argument("--contact", action="store_true", help="the customer agrees to be reached and types one way to do so")
    parser.add_argument("--contact-both", action="store_true", help="they type an e-mail address of their own and a telephone number")
    parser.add_argument("--models", type=Path, default=Path("build/models"))
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    if chosen.visits < 1:
        parser.error("--visits: at least one")
    cv2.setNumThreads(1)
    catalogue, cast = open_catalogue(chosen.models), make_cast(chosen.models)
    visits: list[Visit] = []
    for seed in range(1, chosen.visits + 1):
        with Practice(f"journey-{seed}", StationClass.DEMO, BRANCH.sync) as practice:
            typing = BOTH_WAYS if chosen.contact_both else ONE_WAY[(seed - 1) % len(ONE_WAY)] if chosen.contact else ()
            visits.append(visit(catalogue, cast, practice, seed, typing))
        _say(f"visit {seed} of {chosen.visits}: {visits[-1].seconds:.1f} s, {visits[-1].ending}")
    report = report_of(visits, "both" if chosen.contact_both else "one" if chosen.contact else "none")
    _say(f"median {report['median_s']} s of {TARGET_S:.0f}; by step: {report['steps_median_s']}")
    if chosen.json:
        chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0 if float(str(report["median_s"])) < TARGET_S else 1


_say: Callable[[str], object] = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
