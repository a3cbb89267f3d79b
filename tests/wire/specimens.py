"""Records that could have happened, and every record the types allow."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import get_args

import numpy as np
from hypothesis import strategies as st

from kiosk.document.reading import DocumentFields, Finding, FindingCode, MrzLayout, Weight
from kiosk.face.crops import Region
from kiosk.face.enrolled import FaceTemplate
from kiosk.face.quality import Measure
from kiosk.face.verdict import Agreement, MatchEvidence, Picture, QualityNote, RegionFinding, SameFace
from kiosk.liveness.challenge import (
    ChallengeDone,
    ChallengeKind,
    Draw,
    LightPath,
    LightShown,
    Live,
    LivenessEvidence,
    Need,
    PromptGiven,
    PromptOutcome,
    Script,
)
from kiosk.liveness.cues import Cue
from kiosk.record import (
    AccountOpening,
    Consent,
    ContactDetails,
    Decision,
    Disposition,
    DocumentEvidence,
    EvidencePictures,
    HighValueTransaction,
    OverrideReason,
    SessionRecord,
    StationFacts,
    Wish,
)
from kiosk.risk.assess import RiskReason
from kiosk.risk.decision import Approve, Reason, ReasonCode, Refer
from kiosk.risk.facts import RiskFacts
from kiosk.risk.policy_file import Act, StepUpKind
from kiosk.risk.returning import HolderCompared, NoEnrolledFace
from kiosk.risk.signals import Signal, Source, signal
from kiosk.values import Capture, Channel, ConsentPurpose, Masked, OperatorId, Provenance, SessionId, StationClass
from kiosk.wire.template import template_to_bytes

NOON = datetime(2026, 3, 4, 12, 0, 0, tzinfo=UTC)
SESSION = SessionId("0123456789abcdef0123456789abcdef")

_REGIONS = (RegionFinding(Region.UPPER, Agreement.AGREES), RegionFinding(Region.LOWER, Agreement.UNCLEAR))
_NOTES = (QualityNote(Picture.PORTRAIT, Measure.SHARPNESS),)
_SCRIPT = Script((ChallengeKind.TURN_LEFT, ChallengeKind.BLINK, ChallengeKind.TURN_RIGHT))

_LIVENESS = LivenessEvidence(
    replace(
        _SCRIPT,
        light_path=LightPath.GENTLE,
        light=(1, 6, 12, 11, 1, 6),
        light_spare=(6, 1, 11, 12, 6, 1),
        needs=(Need.NO_CHANGING_LIGHT,),
        draw=Draw((2, 2, 4), (0, 1, 3)),
    ),
    (ChallengeDone(ChallengeKind.BLINK, 1_000, 2_000, 0.31),),
    0.29,
    0.96,
    frames=412,
    retries=0,
    prompts=(PromptGiven(ChallengeKind.BLINK, 1_000, 8_000, 2_000, PromptOutcome.DONE, 0.31),),
    begun_ns=500,
    ended_ns=3_000,
    longest_gap_ms=66,
    cues=(Cue("light", 0.0025, "chance", 1.69, 88, "followed"),),
    light=(LightShown(0, 2_000, -0.31, -0.22, 0.05),),
    extensions=1,
)

APPROVED = SessionRecord(
    session=SESSION,
    station=StationFacts("booth-1", "Utopia Main Street", StationClass.PRODUCTION, "0.1.0", "branch-1"),
    channel=Channel.DESK,
    purpose=AccountOpening(ContactDetails(Masked("+000 1"), Masked("anna@example.org"), Masked("Šídlo 1, Utopia"))),
    language="en",
    opened_at=NOON,
    closed_at=NOON.replace(minute=1, microsecond=125_000),
    consent=Consent("1", "en", NOON.replace(second=5)),
    document=DocumentEvidence(
        outcome="read",
        fields=DocumentFields(
            layout=MrzLayout.TD1,
            document_code="I",
            issuing_state="NLD",
            number=Masked("D23145890"),
            surname=Masked("ERIKSSON"),
            given_names=Masked("ANNA MARIA"),
            nationality="UTO",
            birth_date=Masked(date(1974, 8, 12)),
            sex="F",
            expiry_date=date(2032, 4, 15),
            optional=Masked(""),
            printed_name=Masked("Anna Maria Eriksson"),
            printed_address=Masked(None),
            kind="icao-td1",
            issue_date=date(2022, 4, 16),
        ),
        raw_lines=Masked(("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F3204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")),
        confidence=0.97,
        findings=(
            Finding(FindingCode.CHECK_DIGIT, Weight.AGREES, "composite"),
            Finding(FindingCode.NUMBER_FORMAT, Weight.DOUBTS, "number", 0.9, Masked("D23145890")),
        ),
    ),
    liveness=Live(_LIVENESS),
    match=SameFace(MatchEvidence(0.955, 6, 1, "face-print-1", 212.5, 9.25, "face-print-1-900", _REGIONS, _NOTES)),
    recommendation=Approve((Reason(ReasonCode.SAME_FACE, Weight.AGREES),)),
    disposition=None,
    sources=(Provenance(Capture.LIVE_CAMERA, "camera 0 (V4L2)"),),
    failed_work=(),
    risk=RiskFacts(
        policy="branch",
        version=3,
        digest="0123456789abcdef" * 4,
        models=("face-finder:0123456789abcdef",),
        wanted=Act.STEP_UP,
        step_ups=(StepUpKind.CHALLENGE,),
        probability=0.0625,
        signals=(
            signal("context.earlier-attempts", 1, NOON),
            signal("endpoint.debugger", 0, NOON, 0.875),
            signal("identity.match-ratio", 9.25, NOON),
        ),
        reasons=(RiskReason("context.earlier-attempts", 0.5), RiskReason("context.amount", 0.25, "very-large-amount")),
        stepped_up=(StepUpKind.CHALLENGE,),
    ),
)
"""The holder is ICAO's specimen of the fictional state Utopia."""

TRANSFER = replace(
    APPROVED,
    wishes=(Wish.LARGE_TEXT, Wish.SPOKEN),
    purpose=HighValueTransaction(1_250_000, "EUR", Masked("Utopia Boatyard"), Masked("UT00 0000 0001")),
    recommendation=Refer((Reason(ReasonCode.BOOTH_NEEDS_PERSON, Weight.DOUBTS),)),
    disposition=Disposition(
        OperatorId("teller-1"),
        Decision.APPROVE,
        Masked("known customer"),
        OperatorId("teller-2"),
        NOON,
        OverrideReason.KNOWN_CUSTOMER,
    ),
)

PICTURES = EvidencePictures(
    page=Masked(b"\xff\xd8\xff" + b"page" * 40),
    portrait=Masked(b"\xff\xd8\xff" + b"portrait" * 10),
    live=Masked(b"\xff\xd8\xff" + b"live" * 20),
)
ENROLLED = template_to_bytes(FaceTemplate("face-print-1", np.full(64, 0.125, np.float32)))
AGREED = replace(APPROVED, consent=replace(APPROVED.consent, purposes=(ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.RECOGNISE_LATER)))
"""An account opening whose customer has a face print enrolled."""
NO_PICTURES = EvidencePictures(None, None, None)


def of_station(record: SessionRecord, name: str, station_class: StationClass) -> SessionRecord:
    return replace(record, station=replace(record.station, station=name, station_class=station_class))


def numbered(number: int, record: SessionRecord = APPROVED) -> SessionRecord:
    return replace(record, session=SessionId(f"{number:032x}"))


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)

st.register_type_strategy(Masked, lambda kind: st.builds(Masked, st.from_type(get_args(kind)[0])))

RECORDS: st.SearchStrategy[SessionRecord] = st.deferred(
    lambda: st.builds(
        SessionRecord,
        opened_at=_TIMES,
        closed_at=_TIMES,
        consent=st.builds(Consent, _TEXTS, _TEXTS, _TIMES),
        disposition=st.none() | st.builds(Disposition, at=_TIMES),
        document=st.builds(DocumentEvidence, confidence=_FLOATS, findings=st.lists(_FINDINGS, max_size=3).map(tuple)),
        liveness=st.none() | st.builds(Live, _LIVENESS),
        match=st.none() | st.builds(SameFace, _MATCHES),
        returning=st.none() | st.builds(NoEnrolledFace) | st.builds(HolderCompared, match=st.builds(SameFace, _MATCHES)),
        risk=st.none() | _RISKS,
        purpose=st.builds(AccountOpening) | st.builds(HighValueTransaction, amount_minor=_INTEGERS),
    )
)
"""Anything the types allow, sensible or not."""

_TIMES = st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(UTC))
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_INTEGERS = st.integers(-(2**63) + 1, 2**63 - 1)
_FINDINGS = st.builds(Finding, st.sampled_from(FindingCode), st.sampled_from(Weight), _TEXTS, _FLOATS, st.builds(Masked, _TEXTS))
_MATCHES = st.builds(MatchEvidence, _FLOATS, _INTEGERS, _INTEGERS, _TEXTS, _FLOATS)
_SIGNALS = st.builds(Signal, _TEXTS, _FLOATS, _TEXTS, _TIMES, st.sampled_from(Source), _FLOATS)
_RISKS = st.builds(
    RiskFacts,
    version=_INTEGERS,
    probability=_FLOATS,
    signals=st.lists(_SIGNALS, max_size=3).map(tuple),
    reasons=st.lists(st.builds(RiskReason, _TEXTS, _FLOATS, _TEXTS, st.booleans()), max_size=3).map(tuple),
    stepped_up=st.lists(st.sampled_from(StepUpKind), max_size=3).map(tuple),
)
_CHALLENGES = st.builds(ChallengeDone, st.sampled_from(ChallengeKind), _INTEGERS, _INTEGERS, _FLOATS)
_LIVENESS = st.builds(
    LivenessEvidence,
    st.builds(Script),
    st.lists(_CHALLENGES, max_size=4).map(tuple),
    st.none() | _FLOATS,
    st.none() | _FLOATS,
    _INTEGERS,
    _INTEGERS,
)
