"""A bank of nobody, to look at: made-up cases of eight stations, some of them fraud, and three people who work there.

Nothing in it was ever anybody's: names are invented, pictures are drawn cards of Utopia without a face, keys are drawn anew and go away
with the folder. What is printed signs in to this bank alone, for as long as the program runs.
"""

import secrets
import sys
import tempfile
import threading
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import cv2
import numpy as np

from kiosk.actor.person import SpecimenPerson, invent_person
from kiosk.actor.specimen import issue
from kiosk.commands.console import wait_for_the_end
from kiosk.document.reading import Finding, FindingCode, MrzLayout, Weight
from kiosk.face.verdict import MatchEvidence, MatchVerdict, NoComparison, NotCompared, SameFace, Unsure
from kiosk.intake.ceremony import bank_keys, enrol, init_bank, open_bank
from kiosk.intake.console.serving import open_office, serving_console
from kiosk.intake.fleet import open_fleet
from kiosk.intake.office.backtest import back_test
from kiosk.intake.office.office import Office
from kiosk.intake.office.proposals import Outcome
from kiosk.intake.reception import Reception
from kiosk.journey.measured import asked_of
from kiosk.liveness.challenge import (
    ChallengeDone,
    ChallengeKind,
    Draw,
    LightPath,
    Live,
    LivenessEvidence,
    LivenessVerdict,
    Need,
    NotLive,
    NotLiveBecause,
    PromptGiven,
    PromptOutcome,
    Undecided,
    UndecidedBecause,
)
from kiosk.liveness.script import draw_script, plan_for
from kiosk.measure.made_up_case import made_up_case
from kiosk.policy import BRANCH
from kiosk.record import AccountOpening, Decision, Disposition, EvidencePictures, HighValueTransaction, Purpose, SessionRecord
from kiosk.risk.decision import Approve, Decline, Reason, ReasonCode, Recommendation, Refer
from kiosk.risk.facts import RiskFacts, assessed
from kiosk.risk.signals import signal
from kiosk.trust.factors import Totp, code_of, draw_offer
from kiosk.trust.operators import Added, NeedsFactor
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.trust.risk_policy import shipped_policy
from kiosk.values import Channel, ConsentPurpose, Masked, OperatorId, SessionId, StationClass
from kiosk.wire.heartbeat import Figures, Report, Running
from kiosk.wire.keys import StationIdentity, draw_station_identity, enrolment_to_text
from kiosk.wire.packet import make_packet
from kiosk.wire.signed_update import UpdateKind
from kiosk.wire.watch_list import Watched

CASES: Final = 120
BRANCHES: Final = ("Harbour Street", "Old Market", "University", "Airport")
PEOPLE: Final = (("ines", Role.ANALYST), ("omar", Role.SUPERVISOR), ("vera", Role.AUDITOR))
_MODELS: Final = ("dlib-resnet 0f3a9c21", "face-verifier lfw-896")
_TELLERS: Final = ("tess", "pavel", "mei")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works at the made-up bank, with what signs them in."""

    name: str
    role: Role
    password: str
    totp: Totp


def demo(port: int) -> int:
    with tempfile.TemporaryDirectory(prefix="identity-desk-console-") as made:
        folder = Path(made) / "bank"
        print("Making up a bank …", flush=True)
        sessions = fill_bank(folder, datetime.now(UTC))
        with open_office(folder) as office:
            people = hire(office, datetime.now(UTC) - timedelta(minutes=10))
            look_into(office, people, sessions, datetime.now(UTC) - timedelta(minutes=5))
            run_challenger(office, people, datetime.now(UTC) - timedelta(minutes=4))
            with serving_console(office, port=port) as console:
                print(f"\nThe console is at {console.url} (stop with Ctrl-C).\n")
                for one in people:
                    print(f"  {one.name:6} {one.role:14} password {one.password}")
                print("\nEach sign-in takes a code of this moment, and each code once. Press Enter for codes.", flush=True)
                threading.Thread(target=_tell_codes, args=(people,), daemon=True).start()
                wait_for_the_end()
    return 0


def _tell_codes(people: "list[Person]") -> None:
    for _ in sys.stdin:
        now = datetime.now(UTC)
        print("  ".join(f"{one.name} {code_of(one.totp, now).reveal()}" for one in people), f"({30 - now.second % 30} s left)", flush=True)


def fill_bank(folder: Path, now: datetime, cases: int = CASES, store: str = "") -> list[SessionId]:
    """Make a bank, its stations and their cases; return the cases' ids, oldest first. The same every time but for keys and ids. store: the
    ledger's database, empty for the file in the folder."""
    init_bank(folder, production=False)
    chance = Random(8)  # noqa: S311 - a made-up bank, not a secret
    stations = [draw_station_identity(f"{kind}-{number}", StationClass.DEMO) for number in range(1, 5) for kind in ("booth", "desk")]
    for station in stations:
        enrol(folder, enrolment_to_text(station), StationClass.DEMO, now, store=store)
    bank, public = open_bank(folder, store), bank_keys(folder)
    sessions = []
    with closing(bank.store):
        clock = [now]
        reception = Reception(bank.store, bank.keys, replace(bank.acceptance, per_station_per_minute=10_000), lambda: clock[0])
        for number in range(cases):
            clock[0] = now - timedelta(hours=60) * (1 - number / cases)
            station = stations[chance.randrange(len(stations))]
            record, pictures = _case(number, station, clock[0], chance)
            packet = make_packet(record, pictures, station, public)
            reception.receive(packet.sealed, packet.packet_id)
            sessions.append(record.session)
    with open_fleet(folder, store) as fleet:
        for number, station in enumerate(stations[:-1]):
            fleet.heard(station.key_id, station.name, _report(number, now), now - timedelta(seconds=400 if number == 3 else 4 + number))
    return sessions


def hire(office: Office, at: datetime) -> list[Person]:
    """Add an administrator, who is told to nobody, and the three people."""
    office.operators.first_administrator("ada", Masked(secrets.token_urlsafe(24)), at)
    administrator = SignedIn(OperatorId("ada"), Role.ADMINISTRATOR, at)
    people = []
    for name, role in PEOPLE:
        password = "-".join(secrets.token_hex(3) for _ in range(3))
        added = office.operators.add(name, Masked(password), role, administrator, at)
        if not isinstance(added, Added):
            raise ValueError(f"{name} could not be added")
        offer = draw_offer(name, "bank")
        office.operators.enrol_totp(NeedsFactor(added.name, at), offer.totp, code_of(offer.totp, at), at)
        people.append(Person(name, role, password, offer.totp))
    return people


def look_into(office: Office, people: list[Person], sessions: list[SessionId], at: datetime) -> None:
    """Settle some of the cases, and leave some proposals waiting."""
    first = SignedIn(OperatorId(people[0].name), people[0].role, at)
    second = SignedIn(OperatorId(people[1].name), people[1].role, at)
    ring = [session for number, session in enumerate(sessions) if _is_ring(number)]
    fraud = office.propose_outcome(first, ring[0], Outcome.CONFIRMED_FRAUD, Masked("The issuer says this card was reported stolen."), at)
    office.agree(second, fraud.number, fraud.digest, at)
    entry = office.propose_watch(first, ring[0], Watched.DOCUMENT, 1.0, Masked("Reported stolen by the issuer."), at)
    office.agree(second, entry.number, entry.digest, at)
    honest = office.propose_outcome(first, sessions[5], Outcome.GENUINE, Masked("Called back; everything is as it should be."), at)
    office.agree(second, honest.number, honest.digest, at)
    office.propose_outcome(first, ring[1], Outcome.CONFIRMED_FRAUD, Masked("Same telephone and address as the stolen card's case."), at)
    office.propose_watch(first, ring[1], Watched.PHONE, 0.7, Masked("Third account opened with this number in two days."), at)


def run_challenger(office: Office, people: list[Person], at: datetime) -> None:
    """Let a harder policy run in the shadow, over what this bank received already."""
    first, second = (SignedIn(OperatorId(one.name), one.role, at) for one in people[:2])
    text = office.publishing.policy_text().replace("\nversion = 1", "\nversion = 2").replace("offset = ", "offset = -7.2 # was ", 1)
    made = office.propose_challenger(first, text, back_test(office, text).says, Masked("Two frauds of March scored just below."), at)
    office.agree(second, made.number, made.digest, at)
    office.watch.rows.begin_anew(made.number)


def _is_ring(number: int) -> bool:
    return number % 17 == 9


def _case(number: int, station: StationIdentity, at: datetime, chance: Random) -> tuple[SessionRecord, EvidencePictures]:
    """Return one case: mostly honest ones; a ring that shares telephone and address, and one document under several names."""
    person = invent_person(number)
    ring, doubtful = _is_ring(number), chance.random() < 0.22
    plain = made_up_case(SessionId(secrets.token_hex(16)), station.name)
    fields = plain.document.fields
    if fields is None:
        raise ValueError("a made-up case has a document")
    shared = number % 51 == 9
    fields = replace(
        fields,
        issuing_state="UTO",
        nationality="UTO",
        number=Masked("X00417733" if shared else person.number),
        surname=Masked(person.surname.upper()),
        given_names=Masked(person.given_names.upper()),
        birth_date=Masked(person.birth),
        sex=person.sex,
        expiry_date=person.expires,
        printed_name=Masked(f"{person.given_names} {person.surname}".title()),
    )
    findings = (Finding(FindingCode.CHECK_DIGIT, Weight.AGREES, "composite"), Finding(FindingCode.NUMBER_PRINTED, Weight.AGREES, "number"))
    desk = station.name.startswith("desk")
    channel = Channel.DESK if desk else Channel.BOOTH
    recommendation = _recommendation(ring, doubtful, chance)
    purpose = _purpose(number, ring, person, chance)
    if isinstance(purpose, HighValueTransaction) and isinstance(recommendation, Approve):
        recommendation = Refer((Reason(ReasonCode.ENROLLED_FACE_MISSING, Weight.DOUBTS, "not-enrolled"), *recommendation.reasons))
    codes = {reason.code for reason in recommendation.reasons}
    evidence = _live(channel, purpose.amount_minor if isinstance(purpose, HighValueTransaction) else None, chance)
    liveness: LivenessVerdict = Live(evidence)
    if ReasonCode.ATTACK_SUSPECTED in codes:
        liveness = NotLive(NotLiveBecause.FROZEN_PICTURE, evidence)
    elif ReasonCode.LIVENESS_UNDECIDED in codes:
        liveness = Undecided(UndecidedBecause.POOR_PICTURE, evidence)
    match: MatchVerdict = SameFace(_match(chance.uniform(4.0, 9.0)))
    if ReasonCode.FACE_UNSURE in codes:
        match = Unsure(_match(chance.uniform(0.2, 2.8)))
    elif ReasonCode.FACE_NOT_COMPARED in codes:
        match = NotCompared(NoComparison.PORTRAIT_TOO_SMALL)
    disposition = None
    if desk:
        decision = Decision(type(recommendation).__name__.lower())
        disposition = Disposition(OperatorId(_TELLERS[number % 3]), decision, Masked("seen and compared"), None, at)
    record = replace(
        plain,
        station=replace(plain.station, branch=BRANCHES[int(station.name[-1]) - 1], station_class=StationClass.DEMO, software="0.2.0"),
        channel=channel,
        purpose=purpose,
        opened_at=at - timedelta(seconds=95),
        closed_at=at - timedelta(seconds=5),
        consent=replace(
            plain.consent, given_at=at - timedelta(seconds=90), purposes=(ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.CONTACT)
        ),
        document=replace(plain.document, fields=fields, findings=findings),
        liveness=liveness,
        match=match,
        recommendation=recommendation,
        disposition=disposition,
        risk=_risk(purpose, recommendation, match, ring, at, chance),
    )
    return record, EvidencePictures(_card(person, number) if ring or number % 9 == 0 else None, None, None)


def _live(channel: Channel, amount_minor: int | None, chance: Random) -> LivenessEvidence:
    """Return what a run of an honest person would leave, drawn as the desk draws it; who asks for no light is shown none."""
    policy = BRANCH.liveness
    drawn: list[tuple[int, int]] = []

    def choose(limit: int) -> int:
        drawn.append((limit, chance.randrange(limit)))
        return drawn[-1][1]

    script = draw_script(choose, policy, plan_for(policy, (), amount_minor, own_screen=channel is Channel.BOOTH))
    draw = Draw(tuple(limit for limit, _ in drawn), tuple(chosen for _, chosen in drawn))
    script = replace(script, light_path=LightPath.NONE, light=(), light_spare=(), needs=(Need.NO_LIGHT,), draw=draw)
    at, prompts = 4_000_000_000, []
    for kind in script.challenges:
        took = chance.randrange(600, 2_400) * 1_000_000
        peak = {ChallengeKind.BLINK: 0.21, ChallengeKind.TURN_LEFT: 24.0, ChallengeKind.TURN_RIGHT: -24.0}.get(kind, 1.2)
        prompts.append(PromptGiven(kind, at, 8_000, at + took, PromptOutcome.DONE, peak * chance.uniform(0.9, 1.2)))
        at += took + 500_000_000
    done = tuple(ChallengeDone(one.kind, one.asked_ns, one.ended_ns, one.peak) for one in prompts)
    return LivenessEvidence(
        script, done, 0.28, round(chance.uniform(0.95, 0.99), 3), 210, 0, tuple(prompts), 2_000_000_000, at, chance.randrange(40, 90)
    )


def _risk(purpose: Purpose, recommendation: Recommendation, match: MatchVerdict, ring: bool, at: datetime, chance: Random) -> RiskFacts:
    """Return what the shipped policy says of readings such as a station takes. What an approval was asked for was done."""
    nats = 0.0 if isinstance(match, NotCompared) else match.evidence.log_likelihood_ratio or 0.0
    is_calm = isinstance(recommendation, Approve)
    readings = {
        "endpoint.debugger": 0.0,
        "endpoint.virtual-camera": 0.0,
        "endpoint.clock-behind": 0.0,
        "identity.match-ratio": nats,
        "identity.liveness-cues": -2.5 if isinstance(recommendation, Decline) else chance.uniform(2.0 if is_calm else 0.5, 3.0),
        "identity.liveness-wrong": float(chance.randrange(1 if is_calm else 3)),
        "identity.document-confidence": chance.uniform(0.9, 0.99),
        "context.earlier-attempts": float(chance.randrange(1, 4)) if ring else 0.0,
        "behaviour.document-time": chance.uniform(6.0, 30.0),
    }
    signals = tuple(signal(name, value, at) for name, value in readings.items())
    said = assessed(shipped_policy(), asked_of(purpose), signals, _MODELS, ())
    return replace(said, stepped_up=said.step_ups) if is_calm else said


def _match(nats: float) -> MatchEvidence:
    return MatchEvidence(round(0.93 + nats / 100, 3), 6, 1, "dlib-resnet", 118.0, round(nats, 1), "lfw-896")


def _recommendation(ring: bool, doubtful: bool, chance: Random) -> Recommendation:
    fine = (
        Reason(ReasonCode.DOCUMENT_READ, Weight.AGREES),
        Reason(ReasonCode.LIVE, Weight.AGREES),
        Reason(ReasonCode.SAME_FACE, Weight.AGREES),
    )
    if ring and chance.random() < 0.3:
        return Decline((Reason(ReasonCode.ATTACK_SUSPECTED, Weight.CONTRADICTS, "frozen-picture"), fine[0]))
    if ring:
        return Refer((Reason(ReasonCode.FACE_UNSURE, Weight.DOUBTS), *fine[:2]))
    if doubtful:
        doubts = (
            Reason(ReasonCode.DOCUMENT_CONTRADICTS, Weight.CONTRADICTS, "birth-printed:birth_date"),
            Reason(ReasonCode.LIVENESS_UNDECIDED, Weight.DOUBTS, "poor-picture"),
            Reason(ReasonCode.FACE_NOT_COMPARED, Weight.DOUBTS, "portrait-too-small"),
            Reason(ReasonCode.DOCUMENT_EXPIRED, Weight.DOUBTS, "expiry_date"),
        )
        return Refer((doubts[chance.randrange(4)], *fine[:2]))
    return Refer((Reason(ReasonCode.BOOTH_NEEDS_PERSON, Weight.DOUBTS), *fine)) if chance.random() < 0.2 else Approve(fine)


def _purpose(number: int, ring: bool, person: SpecimenPerson, chance: Random) -> Purpose:
    made = made_up_case(SessionId("0" * 32)).purpose
    if not isinstance(made, AccountOpening) or made.contact is None:
        raise ValueError("a made-up case opens an account")
    if chance.random() < 0.35 and not ring:
        payee, account = f"Utopia Works {number % 37}", f"UT{number:02d} 0000 {number:04d}"
        return HighValueTransaction(chance.randrange(9, 400) * 100_000, "EUR", Masked(payee), Masked(account))
    phone = "+99 555 0199" if ring else f"+99 555 {1000 + number}"
    street = "Quay 7, Utopia" if ring else f"Harbour Lane {number}, Utopia"
    name = person.surname.split()[0].lower()
    return AccountOpening(
        replace(made.contact, phone=Masked(phone), email=Masked(f"{name}{number}@utopia.example"), address=Masked(street))
    )


def _card(person: SpecimenPerson, number: int) -> Masked[bytes]:
    """Return a drawn card with a silhouette for a portrait: nobody's face is needed to show where one would be."""
    portrait = np.full((500, 400, 3), (206, 198, 190), np.uint8)
    shade = (150 - number % 40, 140, 128)
    cv2.ellipse(portrait, (200, 470), (170, 180), 0, 180, 360, shade, -1, cv2.LINE_AA)
    cv2.ellipse(portrait, (200, 210), (92, 120), 0, 0, 360, shade, -1, cv2.LINE_AA)
    page = issue(person, MrzLayout.TD1, portrait, (108.0, 90.0, 292.0, 330.0)).face
    done, jpeg = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise ValueError("a drawn card could not be encoded")
    return Masked(jpeg.tobytes())


def _report(number: int, now: datetime) -> Report:
    troubled = number == 2
    figures = Figures(
        waiting=2 * (number == 3) + number % 2,
        oldest_s=1_260 if number == 3 else 0,
        cases=20 + 7 * number,
        referred=4 + number,
        declined=number % 3,
        live=18 + 6 * number,
        not_live=1 + number % 3,
        undecided=number % 4,
        frames_per_100s=0 if troubled else 2_900 + 11 * number,
        camera_losses=3 if troubled else 0,
    )
    watch_list = Running(UpdateKind.WATCHLIST, 0, "malformed", 1) if number == 4 else Running(UpdateKind.WATCHLIST, 1)
    running = (Running(UpdateKind.POLICY, 0), watch_list)
    return Report(
        now - timedelta(seconds=2),
        now - timedelta(hours=9, minutes=number),
        "0.2.0",
        "idle" if number % 3 else "busy",
        "CameraLost" if troubled else "",
        "",
        running,
        figures,
    )
