"""States made by hand, for the gallery and the tests: every screen can be seen without a camera, a model or a station.

The only face is NASA's public-domain portrait of an astronaut, as built into the model pack; without it a head is drawn. All data
is that of ICAO's specimen holder.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np

from kiosk.document.reading import (
    DocumentFields,
    Finding,
    FindingCode,
    MrzLayout,
    PageHint,
    Portrait,
    Read,
    Unknown,
    Unreadable,
    UnreadableBecause,
    Weight,
)
from kiosk.face.crops import Region
from kiosk.face.observed import FaceView, HeadPose
from kiosk.face.quality import Measure
from kiosk.face.verdict import (
    Agreement,
    MatchEvidence,
    MatchVerdict,
    Picture,
    QualityNote,
    RegionFinding,
    SameFace,
)
from kiosk.frame import Frame
from kiosk.journey import states as st
from kiosk.journey.contact import ContactDraft, ContactField
from kiosk.journey.events import Event
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeDone, ChallengeKind, Hint, LightPath, Live, LivenessEvidence, NotLive, NotLiveBecause, Script
from kiosk.liveness.challenges import challenge_of
from kiosk.liveness.coaching import Coach
from kiosk.policy import DEMO, Policy
from kiosk.record import AccountOpening, Consent, ContactDetails, Decision, HighValueTransaction, Purpose
from kiosk.risk.assess import Assessment
from kiosk.risk.decision import Evidence, decide
from kiosk.station.overview import StationOverview
from kiosk.values import Channel, ConsentPurpose, Masked, Moment, OperatorId, SessionId, StationClass, ns
from ui.specimen_pictures import (
    FRAME_SIZE,
    NOW,
    PAGE_QUAD,
    SOURCE,
    card_pixels,
    face_frame,
    page_frame,
    portrait_pixels,
    printed_portrait,
)

if TYPE_CHECKING:
    pass

UNTROUBLED: Final = Assessment(None, (), 0.002, ())
"""What a risk policy says of an ordinary case."""
SESSION: Final = SessionId("5e551011" * 4)
FACE_BOX: Final = (447.0, 132.0, 669.0, 418.0)


@dataclass(slots=True, eq=False)
class StillStation:
    """A station that stands still: shows one state, remembers what was posted and asked."""

    state: st.State
    overview: StationOverview = field(default_factory=StationOverview)
    policy: Policy = DEMO
    moment: Moment = NOW
    frame: Frame | None = None
    posted: list[Event] = field(default_factory=list)
    begun: list[tuple[Channel, Purpose, str, OperatorId | None]] = field(default_factory=list)
    retried: list[SessionId] = field(default_factory=list)
    taken_over: list[tuple[SessionId, OperatorId]] = field(default_factory=list)
    pumps: int = 0
    tell: Callable[[], None] | None = None

    def post(self, event: Event) -> None:
        self.posted.append(event)

    def begin(self, channel: Channel, purpose: Purpose, language: str, operator: OperatorId | None) -> SessionId:
        self.begun.append((channel, purpose, language, operator))
        return SESSION

    def pump(self) -> int:
        self.pumps += 1
        return 0

    def tick(self) -> None:
        """Time stands still."""

    def now(self) -> Moment:
        return self.moment

    def on_inbox(self, callback: Callable[[], None]) -> None:
        self.tell = callback

    def latest_frame(self) -> Frame | None:
        return self.frame

    def take_over(self, referred: SessionId, operator: OperatorId) -> None:
        self.taken_over.append((referred, operator))

    def retry(self, session: SessionId) -> None:
        self.retried.append(session)


# Evidence


def read_document(*, doubtful: bool = False) -> Read:
    weight = Weight.CONTRADICTS if doubtful else Weight.AGREES
    fields = DocumentFields(
        layout=MrzLayout.TD1,
        document_code="I",
        issuing_state="UTO",
        number=Masked("D23145890"),
        surname=Masked("ERIKSSON"),
        given_names=Masked("ANNA MARIA"),
        nationality="UTO",
        birth_date=Masked(date(1974, 8, 12)),
        sex="F",
        expiry_date=date(2032, 4, 15),
        optional=Masked(""),
        printed_name=Masked("Anna Maria Eriksson"),
        printed_address=Masked("12 Harbour Road, Zenith"),
        kind="uto-card",
        issue_date=date(2022, 4, 16),
    )
    number = Weight.DOUBTS if doubtful else Weight.AGREES
    portrait_edit = Weight.DOUBTS if doubtful else Weight.NOTED
    findings = (
        Finding(FindingCode.CHECK_DIGIT, weight, "number"),
        Finding(FindingCode.CHECK_DIGIT, Weight.AGREES, "birth_date"),
        Finding(FindingCode.CHECK_DIGIT, Weight.AGREES, "expiry_date"),
        Finding(FindingCode.CHECK_DIGIT, weight, "composite"),
        Finding(FindingCode.DATES_POSSIBLE, Weight.AGREES, "birth_date"),
        Finding(FindingCode.EXPIRED, Weight.AGREES, "expiry_date"),
        Finding(FindingCode.ISSUER_EXISTS, Weight.NOTED, "issuing_state"),
        Finding(FindingCode.NAME_PRINTED, Weight.AGREES, "name"),
        Finding(FindingCode.NUMBER_PRINTED, number, "number", 0.93, Masked("D23145890 / D23145896")),
        Finding(FindingCode.PORTRAIT_EDITED, portrait_edit, "portrait", 0.7, Masked("edge")),
        Finding(FindingCode.PORTRAIT_FOUND, Weight.AGREES, "portrait"),
    )
    lines = Masked(("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F3204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"))
    portrait = Portrait(printed_portrait().copy(), 96.0)
    return Read(fields, lines, 0.93, findings, portrait, card_pixels())


def face_view() -> FaceView:
    chip = portrait_pixels()[70:205, 160:295].copy()
    return FaceView(np.full(4, 0.5, np.float32), chip, HeadPose(0.0, 0.0, 0.0), 120.0)


SCRIPT: Final = Script((ChallengeKind.TURN_LEFT, ChallengeKind.BLINK, ChallengeKind.TURN_RIGHT))


MORE: Final = Script((ChallengeKind.BLINK, ChallengeKind.NOD, ChallengeKind.COME_CLOSER), light_path=LightPath.STEPS, light=(1, 6))


def done_challenges(count: int) -> tuple[ChallengeDone, ...]:
    return tuple(ChallengeDone(kind, ns(980), ns(982), 24.0) for kind in SCRIPT.challenges[:count])


def liveness_evidence(done: int = 3) -> LivenessEvidence:
    return LivenessEvidence(SCRIPT, done_challenges(done), 0.28, 0.95, 240, 0)


def live_run(done: int, *, hint: Hint | None = None, asked_s: float | None = 3.0, script: Script = SCRIPT) -> liveness.LivenessRun:
    """asked_s: for how long the prompt has stood, None while settling."""
    coach = Coach(hint, ns(999), hint, ns(999))
    if asked_s is None:
        return liveness.LivenessRun(script, ns(990), liveness.Settling(ns(999)), coach=coach, responses=done_challenges(done))
    asked = NOW.monotonic_ns - ns(asked_s)
    phase = liveness.Asking(asked, ns(DEMO.liveness.response_window_s), challenge_of(script.challenges[done]).begin(), 60, NOW.monotonic_ns)
    return liveness.LivenessRun(script, ns(990), phase, coach=coach, responses=done_challenges(done))


def lit_run(at_s: float, path: LightPath = LightPath.STEPS) -> liveness.LivenessRun:
    """at_s: since the first colour."""
    script = replace(SCRIPT, light_path=path, light=(1, 6, 12, 11, 1, 6, 12, 11), light_spare=(6, 1, 11, 12, 6, 1, 11, 12))
    begun = NOW.monotonic_ns - ns(at_s)
    return liveness.LivenessRun(script, ns(990), liveness.Lighting(begun, script.light, begun), responses=done_challenges(3))


def match_evidence(similarity: float) -> MatchEvidence:
    """A made-up finding: at 0.95 it speaks very strongly for one person, at 0.88 for neither, below for two."""
    ratio = (similarity - 0.884) * 150.0
    doubts = similarity < 0.95
    agreement = Agreement.AGREES if similarity >= 0.95 else Agreement.UNCLEAR if similarity >= 0.85 else Agreement.DIFFERS
    regions = tuple(RegionFinding(region, Agreement.AGREES if region is Region.UPPER else agreement) for region in Region)
    notes = (QualityNote(Picture.PORTRAIT, Measure.SHARPNESS),) if doubts else ()
    return MatchEvidence(similarity, 6, 2, "specimen", 96.0, ratio, "specimen-1", regions, notes)


# Cases


def case(channel: Channel, language: str, purpose: Purpose | None = None) -> st.Case:
    return st.Case(
        session=SESSION,
        channel=channel,
        purpose=purpose or AccountOpening(None),
        language=language,
        operator=OperatorId("m.lind") if channel is Channel.DESK else None,
        opened=NOW,
        step=3,
        last_activity_ns=NOW.monotonic_ns,
        consent=Consent("2026-11-28", language, NOW.wall),
    )


def showing(given: st.Case) -> st.ShowingDocument:
    return st.ShowingDocument(given, PageHint.NO_PAGE, None, FRAME_SIZE, None, None, 0, None)


def proving(given: st.Case, run: liveness.LivenessRun, *, seen: bool = True) -> st.ProvingLive:
    return st.ProvingLive(given, run, FACE_BOX if seen else None, FRAME_SIZE)


def finished(channel: Channel, language: str, ending: st.Ending) -> st.Finished:
    return st.Finished(SESSION, channel, language, ending, NOW.monotonic_ns - ns(3))


def concluded(
    channel: Channel, language: str, *, doubtful: bool, match: MatchVerdict, live: bool = True, purpose: Purpose | None = None
) -> st.Case:
    verdict = Live(liveness_evidence()) if live else NotLive(NotLiveBecause.CHALLENGE_MISSED, liveness_evidence(1))
    document = read_document(doubtful=doubtful)
    recommended = decide(Evidence(document, verdict, match), channel, StationClass.DEMO, DEMO.risk, UNTROUBLED)
    return replace(
        case(channel, language, purpose),
        document=document,
        liveness=verdict,
        views=(face_view(),),
        match=match,
        recommendation=recommended,
        sources=(SOURCE,),
    )


TRANSACTION: Final = HighValueTransaction(2_450_000, "EUR", Masked("Harbour Yard Ltd"), Masked("UT12 0000 4711 0815"))
CONTACT: Final = ContactDetails(Masked("+44 20 7946 0000"), Masked("anna@example.com"), Masked("12 Harbour Road, Zenith"))


@dataclass(frozen=True, slots=True, eq=False)
class Specimen:
    """One picture of the gallery. overview: of the station around it."""

    name: str
    state: st.State
    frame: Frame | None = None
    overview: StationOverview = field(default_factory=StationOverview)


def contact_drafts() -> tuple[tuple[str, ContactDraft, ContactField], ...]:
    """Return a field that is empty, one that is going well, one that is wrong, and the document's address, with what each is called."""
    code = "+31 "
    printed = ContactDraft(phone=Masked(code), address=Masked("12 Harbour Road, Zenith"), prefilled=True, code=code)
    right = replace(printed, email=Masked("anna@example.org"))
    return (
        ("email", printed, ContactField.EMAIL),
        ("email-begun", replace(printed, email=Masked("anna")), ContactField.EMAIL),
        ("email-right", right, ContactField.EMAIL),
        ("email-wrong", replace(printed, email=Masked("anna@@example")), ContactField.EMAIL),
        ("phone", replace(right, phone=Masked("+31 20 79")), ContactField.PHONE),
        ("address", right, ContactField.ADDRESS),
        ("address-alone", printed, ContactField.ADDRESS),
    )


def booth_specimens(language: str) -> tuple[Specimen, ...]:
    """Return every scene of the booth in the order a customer meets it."""
    new = case(Channel.BOOTH, language)
    read = replace(new, document=read_document())
    seen = replace(read, liveness=Live(liveness_evidence()), views=(face_view(),))
    agreed = replace(read, consent=Consent("2026-11", language, NOW.wall, (ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.CONTACT)))
    alone = replace(agreed, seen_ns=NOW.monotonic_ns - ns(4), looked_ns=NOW.monotonic_ns)
    email = ContactField.EMAIL
    typed = st.TakingContact(agreed, ContactDraft(Masked("anna@")), email)
    quiet = replace(read, last_activity_ns=NOW.monotonic_ns - ns(70))
    page, face = page_frame(), face_frame()
    away = showing(new)
    return (
        Specimen("welcome", st.Idle()),
        Specimen("welcome-camera-trouble", st.Idle(), overview=StationOverview(camera_problem="CameraLost")),
        Specimen("consent", st.AskingConsent(new)),
        Specimen("consent-idle", st.AskingConsent(replace(new, last_activity_ns=NOW.monotonic_ns - ns(66)))),
        Specimen("document-searching", showing(new), face),
        Specimen("document-closer", replace(showing(new), hint=PageHint.CLOSER, quad=PAGE_QUAD), page),
        Specimen("document-reading", replace(showing(new), hint=None, quad=PAGE_QUAD, reading_since_ns=ns(999)), page),
        Specimen(
            "document-tried",
            replace(
                showing(new),
                hint=PageHint.GLARE,
                quad=PAGE_QUAD,
                attempts=2,
                last_failure=Unreadable(UnreadableBecause.MRZ_DAMAGED),
                glare=(720.0, 300.0, 860.0, 380.0),
            ),
            page,
        ),
        Specimen("document-unknown", replace(showing(new), quad=PAGE_QUAD, attempts=1, last_failure=Unknown(None)), page),
        Specimen("document-another", showing(replace(new, second_since_ns=ns(999))), face),
        Specimen("document-other-side", replace(showing(new), hint=PageHint.OTHER_WAY, so_far=read_document(), attempts=1), page),
        *(Specimen(f"contact-{name}", st.TakingContact(agreed, draft, at), face) for name, draft, at in contact_drafts()),
        Specimen("contact-hidden", replace(typed, left=True, hidden=frozenset({email})), face),
        Specimen("contact-covered", st.TakingContact(alone, ContactDraft(), ContactField.EMAIL), face),
        Specimen("face-ready", st.PreparingFace(read, NOW.monotonic_ns), face),
        Specimen("face-settling", proving(read, live_run(0, hint=Hint.COME_CLOSER, asked_s=None)), face),
        Specimen("face-nobody", proving(read, live_run(0, hint=Hint.NO_FACE, asked_s=None), seen=False), face),
        Specimen("face-turn-left", proving(read, live_run(0, asked_s=2.0)), face),
        Specimen("face-blink", proving(read, live_run(1, asked_s=3.0)), face),
        Specimen("face-turn-right", proving(read, live_run(2, hint=Hint.TURN_MORE, asked_s=5.0)), face),
        Specimen("face-nod", proving(read, live_run(1, script=MORE)), face),
        Specimen("face-come-closer", proving(read, live_run(2, hint=Hint.CLOSER_STILL, script=MORE)), face),
        Specimen("face-light-amber", proving(read, lit_run(0.1)), face),
        Specimen("face-light-lilac", proving(read, lit_run(0.9)), face),
        Specimen("face-idle", proving(quiet, live_run(0, asked_s=None), seen=False), face),
        Specimen("camera-away", st.CameraAway(new, away, NOW.monotonic_ns - ns(8))),
        Specimen(
            "recording-ended", st.CameraAway(new, away, NOW.monotonic_ns - ns(8)), overview=StationOverview(camera_problem="RecordingEnded")
        ),
        Specimen("comparing", st.Comparing(seen, NOW.monotonic_ns)),
        Specimen("keeping", st.Keeping(replace(seen, match=SameFace(match_evidence(0.96))), NOW.monotonic_ns, NOW.monotonic_ns, None)),
        Specimen("keeping-again", st.Keeping(seen, NOW.monotonic_ns, NOW.monotonic_ns, "DiskFull")),
        Specimen("approved", finished(Channel.BOOTH, language, st.Decided(Decision.APPROVE))),
        Specimen("referred", finished(Channel.BOOTH, language, st.Decided(Decision.REFER))),
        Specimen("declined", finished(Channel.BOOTH, language, st.Decided(Decision.DECLINE))),
        Specimen("cancelled", finished(Channel.BOOTH, language, st.Cancelled())),
        Specimen("timed-out", finished(Channel.BOOTH, language, st.TimedOut())),
        Specimen("no-consent", finished(Channel.BOOTH, language, st.ConsentRefused())),
        Specimen("help", finished(Channel.BOOTH, language, st.HelpCalled())),
        Specimen("help-handed-over", finished(Channel.BOOTH, language, st.HelpCalled(handed_over=True))),
        Specimen("could-not-keep", finished(Channel.BOOTH, language, st.CouldNotKeep("DiskFull"))),
        Specimen("out-of-service", st.OutOfService("ModelRefused")),
    )
