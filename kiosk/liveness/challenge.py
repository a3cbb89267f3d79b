"""The words of a guided liveness check: challenges, scripts, hints and verdicts."""

from dataclasses import dataclass
from enum import StrEnum


class ChallengeKind(StrEnum):
    """Sides are the subject's own."""

    BLINK = "blink"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"


@dataclass(frozen=True, slots=True)
class Script:
    """The challenges in order. fixed_by_qa: the order was chosen by a person, not drawn; the record says so. spares: drawn with the
    rest and added to `challenges` when a response was wrong (see kiosk/liveness/script.py)."""

    challenges: tuple[ChallengeKind, ...]
    fixed_by_qa: bool = False
    spares: tuple[ChallengeKind, ...] = ()


class Hint(StrEnum):
    """One hint at a time to the customer, in plain words from the phrase files."""

    NO_FACE = "no-face"
    ONE_PERSON = "one-person"
    COME_CLOSER = "come-closer"
    MOVE_BACK = "move-back"
    CENTRE_FACE = "centre-face"
    TOO_DARK = "too-dark"
    TOO_BRIGHT = "too-bright"
    LOOK_AHEAD = "look-ahead"
    OTHER_SIDE = "other-side"
    TURN_MORE = "turn-more"
    COME_BACK = "come-back-to-middle"


class NotLiveBecause(StrEnum):
    CHALLENGE_MISSED = "challenge-missed"
    WRONG_RESPONSE = "wrong-response"
    FACE_CHANGED = "face-changed"
    FACE_LEFT = "face-left"
    FRAMES_JUMPED = "frames-jumped"
    FROZEN_PICTURE = "frozen-picture"


class UndecidedBecause(StrEnum):
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    TOO_FEW_FRAMES = "too-few-frames"
    POOR_PICTURE = "poor-picture"
    CAMERA_LOST = "camera-lost"


@dataclass(frozen=True, slots=True)
class ChallengeDone:
    """What was seen of one challenge. asked_ns and done_ns: monotonic; peak: openness ratio of the blink (closed over open
    baseline) or the peak yaw in degrees (subject's left positive)."""

    kind: ChallengeKind
    asked_ns: int
    done_ns: int
    peak: float


@dataclass(frozen=True, slots=True)
class LivenessEvidence:
    """open_eye_baseline: this person's own; min_self_similarity: lowest cosine between any two views of the run, None with
    fewer than two views; retries: how often a challenge was asked again."""

    script: Script
    done: tuple[ChallengeDone, ...]
    open_eye_baseline: float | None
    min_self_similarity: float | None
    frames: int
    retries: int


@dataclass(frozen=True, slots=True)
class Live:
    evidence: LivenessEvidence


@dataclass(frozen=True, slots=True)
class NotLive:
    because: NotLiveBecause
    evidence: LivenessEvidence


@dataclass(frozen=True, slots=True)
class Undecided:
    because: UndecidedBecause
    evidence: LivenessEvidence


LivenessVerdict = Live | NotLive | Undecided
