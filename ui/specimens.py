"""States made by hand, for the gallery and the tests: every screen can be seen without a camera, a model or a station.

The only face is NASA's public-domain portrait of an astronaut, as built into the model pack; without it a head is drawn. All data
is that of ICAO's specimen holder.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
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
    DifferentFace,
    MatchEvidence,
    MatchVerdict,
    Picture,
    QualityNote,
    RegionFinding,
    SameFace,
    Unsure,
)
from kiosk.frame import Frame
from kiosk.journey import states as st
from kiosk.journey.events import Event
from kiosk.liveness import run as liveness
from kiosk.liveness.challenge import ChallengeDone, ChallengeKind, Hint, LightPath, Live, LivenessEvidence, NotLive, NotLiveBecause, Script
from kiosk.liveness.challenges import challenge_of
from kiosk.liveness.coaching import Coach
from kiosk.policy import DEMO, Policy
from kiosk.record import AccountOpening, Consent, ContactDetails, Decision, HighValueTransaction, Purpose
from kiosk.risk.decision import Evidence, Reason, ReasonCode, Refer, decide
from kiosk.station.overview import Backlog, CaseRow, DeliveryState, Referred, StationOverview
from kiosk.values import Channel, Masked, Moment, OperatorId, SessionId, StationClass, ns
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
    from kiosk.trust.factors import FactorOffer
    from kiosk.trust.operators import FactorEnrolled, FactorRefused, LockedUntil, NeedsFactor, SignInOutcome

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


class OpenDesk:
    """A desk that signs everybody in and asks nobody; remembers the pictures that were asked for."""

    def __init__(self) -> None:
        self.loaded: list[tuple[Path, SessionId]] = []
        self.agrees = True
        self.idle = False
        self.locks = self.touches = 0
        self.swiped: list[tuple[tuple[str, ...], SessionId]] = []
        self.scans_looked_for: list[SessionId] = []
        """The case a scan was looked for; an empty one where what lay there was to be forgotten."""

    def sign_in(self, name: str, password: str, code: str) -> "SignInOutcome":
        from kiosk.trust.operators import NeedsFactor, WrongSecret
        from kiosk.trust.permissions import Role
        from kiosk.trust.presence import SignedIn

        if name == "new":
            return NeedsFactor(OperatorId(name), NOW.wall)
        return SignedIn(OperatorId(name), Role.TELLER, NOW.wall) if password == "right" else WrongSecret()  # noqa: S105

    def unlock(self, password: str, code: str) -> "SignInOutcome":
        return self.sign_in("m.lind", password, code)

    def lock(self) -> None:
        self.locks += 1

    def touched(self) -> None:
        self.touches += 1

    def is_idle(self) -> bool:
        return self.idle

    def offer_factor(self, asked: "NeedsFactor") -> "FactorOffer":
        from kiosk.trust.factors import FactorOffer, Totp

        secret = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"  # noqa: S105  the example of every manual
        address = f"otpauth://totp/Identity%20desk:{asked.name}%40desk-1?secret={secret.replace(' ', '')}&issuer=Identity%20desk"
        return FactorOffer(Totp(Masked(bytes(20))), Masked(address), Masked(secret))

    def enrol_factor(self, asked: "NeedsFactor", offer: "FactorOffer", code: str) -> "FactorEnrolled | FactorRefused":
        from kiosk.trust.operators import FactorEnrolled, FactorRefused

        if code != "123456":
            return FactorRefused("wrong-code")
        return FactorEnrolled(tuple(Masked(f"ABCD-EFGH-JKLM-{number:04d}") for number in range(10)))

    def sign_out(self) -> None:
        """Nobody to forget."""

    def second_person(self, name: str, password: str, code: str) -> "bool | LockedUntil":
        return self.agrees and password == "right"  # noqa: S105

    def load_swiped(self, lines: tuple[str, ...], session: SessionId) -> None:
        self.swiped.append((lines, session))

    def load_scanned(self, session: SessionId) -> bool:
        self.scans_looked_for.append(session)
        return False

    def forget_scanned(self) -> None:
        self.scans_looked_for.append(SessionId(""))

    def load_picture(self, path: Path, session: SessionId) -> None:
        self.loaded.append((path, session))


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


MORE: Final = Script((ChallengeKind.BLINK, ChallengeKind.NOD, ChallengeKind.COME_CLOSER), light_path=LightPath.STEPS, light=(0, 1))


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
    script = replace(SCRIPT, light_path=path, light=(0, 1, 3, 2, 0, 1, 2, 3), light_spare=(1, 0, 2, 3, 1, 0, 3, 2))
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
        consent=Consent("2026-11", language, NOW.wall),
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
    recommended = decide(Evidence(document, verdict, match), channel, StationClass.DEMO, DEMO.risk)
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


def booth_specimens(language: str) -> tuple[Specimen, ...]:
    """Return every scene of the booth in the order a customer meets it."""
    new = case(Channel.BOOTH, language)
    read = replace(new, document=read_document())
    seen = replace(read, liveness=Live(liveness_evidence()), views=(face_view(),))
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
        Specimen("document-other-side", replace(showing(new), hint=PageHint.OTHER_WAY, so_far=read_document(), attempts=1), page),
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
        Specimen("could-not-keep", finished(Channel.BOOTH, language, st.CouldNotKeep("DiskFull"))),
        Specimen("out-of-service", st.OutOfService("ModelRefused")),
    )


def kept_rows() -> tuple[CaseRow, ...]:
    def row(number: int, holder: str, decision: Decision, delivery: DeliveryState, problem: str, channel: Channel) -> CaseRow:
        opened = NOW.wall - timedelta(minutes=14 * number)
        return CaseRow(
            session=SessionId(f"{number:032x}"),
            opened_at=opened,
            closed_at=opened + timedelta(minutes=2),
            channel=channel,
            purpose="high-value-transaction" if number % 3 == 0 else "account-opening",
            holder=Masked(holder),
            decision=decision,
            delivery=delivery,
            attempts=number if delivery is not DeliveryState.RECEIPTED else 1,
            next_attempt_at=NOW.wall + timedelta(seconds=20),
            last_problem=problem,
        )

    return (
        row(1, "ERIKSSON ANNA MARIA", Decision.APPROVE, DeliveryState.RECEIPTED, "", Channel.DESK),
        row(2, "MUSTERMANN ERIKA", Decision.REFER, DeliveryState.WAITING, "no-connection", Channel.BOOTH),
        row(3, "SPECIMEN JAN", Decision.DECLINE, DeliveryState.SET_ASIDE, "bad-signature", Channel.DESK),
        row(4, "DOE JANE", Decision.APPROVE, DeliveryState.RECEIPTED, "", Channel.BOOTH),
    )


def busy_overview() -> StationOverview:
    return StationOverview(rows=kept_rows(), backlog=Backlog(1, 1, NOW.wall, 400_000), bank_problem="no-connection", operator="m.lind")


def referred_overview() -> StationOverview:
    """A customer whom the booth referred waits for a teller, one who wants no biometrics, and one who asked for help there."""
    waits = Referred(
        SessionId("e" * 32), NOW.wall, Masked("ERIKSSON ANNA MARIA"), "account-opening", NOW.wall, NOW.wall + timedelta(minutes=90)
    )
    unchecked = (
        replace(waits, session=SessionId(digit * 32), holder=Masked(""), why=why)
        for digit, why in (("d", "no-biometrics"), ("f", "help-called"))
    )
    return replace(busy_overview(), referred=(waits, *unchecked))


def desk_specimens(language: str) -> tuple[Specimen, ...]:
    """Return every scene of the desk."""
    new = case(Channel.DESK, language)
    read = replace(new, document=read_document())
    page, face = page_frame(), face_frame()
    overview = busy_overview()
    good = concluded(Channel.DESK, language, doubtful=False, match=SameFace(match_evidence(0.957)))
    unsure = concluded(Channel.DESK, language, doubtful=True, match=Unsure(match_evidence(0.884)), purpose=TRANSACTION)
    altered = concluded(Channel.DESK, language, doubtful=True, match=SameFace(match_evidence(0.957)), purpose=TRANSACTION)
    by_eye = replace(new, recommendation=Refer((Reason(ReasonCode.NO_BIOMETRICS, Weight.NOTED),)))
    other = concluded(Channel.DESK, language, doubtful=False, match=DifferentFace(match_evidence(0.412)), live=False)

    def at(name: str, state: st.State, frame: Frame | None = None) -> Specimen:
        return Specimen(name, state, frame, overview)

    return (
        at("sign-in", st.Idle(), face),
        Specimen("referred-waiting", st.Idle(), face, referred_overview()),
        at("enrol", st.Idle(), face),
        at("recovery-codes", st.Idle(), face),
        at("locked", st.AwaitingDisposition(good), face),
        at("decide-by-eye", st.AwaitingDisposition(by_eye), face),
        at("ready", st.Idle(), face),
        Specimen("ready-empty", st.Idle(), face, StationOverview(operator="m.lind")),
        at("consent", st.AskingConsent(replace(new, consent=None)), face),
        at("document", replace(showing(new), hint=PageHint.HOLD_STILL, quad=PAGE_QUAD), page),
        at("document-reading", replace(showing(new), quad=PAGE_QUAD, reading_since_ns=ns(999)), page),
        at("document-failed", replace(showing(new), attempts=2, last_failure=Unreadable(UnreadableBecause.GLARE)), page),
        at("document-other-side", replace(showing(new), so_far=read_document(), hint=PageHint.OTHER_WAY, attempts=1), page),
        at("face-ready", st.PreparingFace(read, NOW.monotonic_ns), face),
        at("face", proving(read, live_run(1, hint=Hint.COME_CLOSER)), face),
        at("comparing", st.Comparing(replace(read, liveness=Live(liveness_evidence()), views=(face_view(),)), NOW.monotonic_ns), face),
        at("decide-approve", st.AwaitingDisposition(good), face),
        at("decide-refer", st.AwaitingDisposition(unsure), face),
        at("decide-document", st.AwaitingDisposition(altered), face),
        at("decide-other-person", st.AwaitingDisposition(other), face),
        at("keeping", st.Keeping(good, NOW.monotonic_ns, NOW.monotonic_ns, None), face),
        at("camera-away", st.CameraAway(new, showing(new), NOW.monotonic_ns - ns(5))),
        Specimen(
            "recording-ended",
            st.CameraAway(new, showing(new), NOW.monotonic_ns - ns(5)),
            overview=replace(overview, camera_problem="RecordingEnded"),
        ),
        at("booth-case", showing(case(Channel.BOOTH, language)), page),
        at("ended", finished(Channel.DESK, language, st.Decided(Decision.REFER)), face),
        at("ended-could-not-keep", finished(Channel.DESK, language, st.CouldNotKeep("DiskFull")), face),
        at("out-of-service", st.OutOfService("StoreDamaged")),
    )
