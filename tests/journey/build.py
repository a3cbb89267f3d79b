"""Small builders of evidence for journey tests: invented people, no models."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from kiosk.document.reading import DocumentFields, Finding, FindingCode, MrzLayout, PageObservation, Portrait, Read, Weight
from kiosk.face.observed import EyeOpenness, FaceObservation, FaceSeen, FaceView, HeadPose
from kiosk.face.verdict import DifferentFace, MatchEvidence, SameFace, Unsure
from kiosk.frame import Frame
from kiosk.journey.closing import Context
from kiosk.journey.states import Case, Comparing
from kiosk.liveness.challenge import (
    ChallengeDone,
    ChallengeKind,
    Live,
    LivenessEvidence,
    NotLive,
    NotLiveBecause,
    Script,
    Undecided,
    UndecidedBecause,
)
from kiosk.policy import BRANCH, DEMO
from kiosk.record import AccountOpening, StationFacts
from kiosk.risk.decision import Reason, ReasonCode, Refer
from kiosk.trust.risk_policy import shipped_policy
from kiosk.values import Capture, Channel, Masked, Moment, OperatorId, Provenance, SessionId, StationClass

CAMERA = Provenance(Capture.LIVE_CAMERA, "camera 0")
SESSION = SessionId("0" * 31 + "1")
FACTS = StationFacts("booth-1", "harbour", StationClass.DEMO, "0.1.0", "demo-1")
CALM = replace(shipped_policy(), required=(), score=replace(shipped_policy().score, weights=()))
"""The shipped policy without its score and without readings it requires: what rules it has still count."""
UNATTENDED = Context(DEMO, FACTS, CALM)
ATTENDED = Context(BRANCH, FACTS, CALM)
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TELLER = OperatorId("tess")
SCRIPT = Script((ChallengeKind.BLINK, ChallengeKind.TURN_LEFT, ChallengeKind.TURN_RIGHT))


def at(seconds: float) -> Moment:
    return Moment(round(seconds * 1e9), START + timedelta(seconds=seconds))


def picture(width: int = 64, height: int = 40) -> np.ndarray:
    return np.full((height, width, 3), 127, np.uint8)


def frame(sequence: int = 0) -> Frame:
    return Frame(picture(), sequence, 0, CAMERA)


def fields() -> DocumentFields:
    return DocumentFields(
        layout=MrzLayout.TD1,
        document_code="I",
        issuing_state="NLD",
        number=Masked("D23145890"),
        surname=Masked("ERIKSSON"),
        given_names=Masked("ANNA MARIA"),
        nationality="NLD",
        birth_date=Masked(date(1974, 8, 12)),
        sex="F",
        expiry_date=date(2032, 4, 15),
        optional=Masked(""),
        printed_name=Masked("Anna Maria Eriksson"),
        printed_address=Masked(None),
    )


def read(portrait: bool = True, finding: Finding | None = None) -> Read:
    findings = (
        Finding(FindingCode.CHECK_DIGIT, Weight.AGREES, "composite"),
        Finding(FindingCode.NUMBER_PRINTED, Weight.AGREES, "number"),
        Finding(FindingCode.EXPIRED, Weight.AGREES, "expiry_date"),
        *((finding,) if finding else ()),
    )
    cut = Portrait(picture(), 120.0) if portrait else None
    return Read(fields(), Masked(("I<UTO",)), 0.99, findings, cut, picture())


def page(ready: bool = True) -> PageObservation:
    quad = ((1.0, 1.0), (60.0, 1.0), (60.0, 38.0), (1.0, 38.0))
    return PageObservation(0, 0, (64, 40), quad, 200.0, 0.5, None, ready)


def liveness_evidence() -> LivenessEvidence:
    done = tuple(ChallengeDone(kind, index, index + 1, 0.3) for index, kind in enumerate(SCRIPT.challenges))
    return LivenessEvidence(SCRIPT, done, 0.3, 0.95, 100, 0)


def live() -> Live:
    return Live(liveness_evidence())


def not_live(because: NotLiveBecause = NotLiveBecause.CHALLENGE_MISSED) -> NotLive:
    return NotLive(because, liveness_evidence())


def undecided() -> Undecided:
    return Undecided(UndecidedBecause.NO_FACE, liveness_evidence())


def match_evidence(similarity: float = 0.97) -> MatchEvidence:
    return MatchEvidence(similarity, 6, 1, "face_print", 120.0)


def same() -> SameFace:
    return SameFace(match_evidence())


def unsure() -> Unsure:
    return Unsure(match_evidence(0.9))


def different() -> DifferentFace:
    return DifferentFace(match_evidence(0.7))


def face(
    yaw_deg: float = 0.0, openness: float = 0.3, print_seed: int = 1, with_view: bool = True, at_ns: int = 0, sequence: int = 0
) -> FaceObservation:
    pose = HeadPose(yaw_deg, 0.0, 0.0)
    rng = np.random.default_rng(sequence)
    landmarks = rng.normal((640, 360, 0), 0.5, (478, 3)).astype(np.float32)
    seen = FaceSeen((480.0, 200.0, 800.0, 560.0), landmarks, pose, EyeOpenness(openness, openness), 0.99, 300.0)
    direction = np.random.default_rng(print_seed).normal(size=128)
    view = FaceView((direction / np.linalg.norm(direction)).astype(np.float32), picture(150, 150), pose, 300.0) if with_view else None
    return FaceObservation(at_ns, sequence, CAMERA, (1280, 720), (seen,), 130.0, view)


def opening() -> AccountOpening:
    return AccountOpening(None)


BOOTH, DESK = Channel.BOOTH, Channel.DESK


def comparing(case: Case) -> Comparing:
    """Both faces are at hand; the liveness run has its own tests."""
    return Comparing(case, case.last_activity_ns)


def referred() -> Refer:
    return Refer((Reason(ReasonCode.RISK_SIGNAL, Weight.DOUBTS, "endpoint.remote-desktop"),))
