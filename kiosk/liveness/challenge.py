"""The words of a guided liveness check: challenges, scripts, hints and verdicts."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.liveness.cues import Cue


class ChallengeKind(StrEnum):
    """Sides are the subject's own."""

    BLINK = "blink"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"
    NOD = "nod"
    COME_CLOSER = "come-closer"


class Need(StrEnum):
    """What a customer asked to be spared; every one has another way."""

    NO_BLINK = "no-blink"
    NO_TURN = "no-turn"
    NO_CHANGING_LIGHT = "no-changing-light"
    NO_LIGHT = "no-light"


class LightPath(StrEnum):
    """How the light challenge is shown. steps: soft colours that change at most three times a second; gentle: slow fades without any
    step, for whoever is sensitive to changing light; none: no light challenge."""

    STEPS = "steps"
    GENTLE = "gentle"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Draw:
    """Every number that was drawn for a script, in order: chosen[i] is one of limits[i] whole numbers from 0, each equally likely. With it
    and the policy anybody can draw the same script again (kiosk/liveness/recheck.py)."""

    limits: tuple[int, ...] = ()
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """The challenges in order. fixed_by_qa: the order was chosen by a person, not drawn; the record says so. spares: drawn with the rest
    and added to `challenges` when a response was wrong (see kiosk/liveness/script.py). light: numbers of the colours drawn, of which its
    path shows the first ones (kiosk/liveness/light.py), light_spare: those of a second try; needs: what the script spares the customer."""

    challenges: tuple[ChallengeKind, ...]
    fixed_by_qa: bool = False
    spares: tuple[ChallengeKind, ...] = ()
    light_path: LightPath = LightPath.NONE
    light: tuple[int, ...] = ()
    light_spare: tuple[int, ...] = ()
    needs: tuple[Need, ...] = ()
    draw: Draw = Draw()


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
    NOD_DEEPER = "nod-deeper"
    CLOSER_STILL = "closer-still"


class NotLiveBecause(StrEnum):
    CHALLENGE_MISSED = "challenge-missed"
    WRONG_RESPONSE = "wrong-response"
    FACE_CHANGED = "face-changed"
    FACE_LEFT = "face-left"
    FRAMES_JUMPED = "frames-jumped"
    FROZEN_PICTURE = "frozen-picture"
    FLAT_FACE = "flat-face"
    LIGHT_NOT_FOLLOWED = "light-not-followed"
    ATTACK_CUES = "attack-cues"
    INJECTED_VIDEO = "injected-video"


class UndecidedBecause(StrEnum):
    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    TOO_FEW_FRAMES = "too-few-frames"
    POOR_PICTURE = "poor-picture"
    CAMERA_LOST = "camera-lost"
    UNSURE_CUES = "unsure-cues"
    TOO_MANY_RETRIES = "too-many-retries"
    ASSISTANCE = "assistance"


@dataclass(frozen=True, slots=True)
class ChallengeDone:
    """What was seen of one challenge. asked_ns and done_ns: monotonic; peak: openness ratio of the blink (closed over open
    baseline), the peak yaw in degrees (subject's left positive), the lowest pitch of a nod in degrees, or how much larger the face
    became."""

    kind: ChallengeKind
    asked_ns: int
    done_ns: int
    peak: float


class PromptOutcome(StrEnum):
    DONE = "done"
    MISSED = "missed"
    WRONG = "wrong"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class PromptGiven:
    """One prompt, answered or not. asked_ns, ended_ns: monotonic; window_ms: how long an answer was waited for; peak: see ChallengeDone,
    0 without an answer."""

    kind: ChallengeKind
    asked_ns: int
    window_ms: int
    ended_ns: int
    outcome: PromptOutcome
    peak: float


@dataclass(frozen=True, slots=True)
class LightShown:
    """One colour of the light challenge and what the face gave back. colour: its number; shown_ns: monotonic, from when; blue, green, red:
    mean of the skin over the surroundings while it was shown, natural logarithm, 0.0 where nothing was measured."""

    colour: int
    shown_ns: int
    blue: float
    green: float
    red: float


@dataclass(frozen=True, slots=True)
class LivenessEvidence:
    """open_eye_baseline: this person's own; min_self_similarity: lowest cosine between any two views of the run, None with
    fewer than two views; retries: how often a challenge was asked again; prompts: all that were given, in order; begun_ns, ended_ns: first
    and last moment, monotonic; longest_gap_ms: between two frames after the first prompt; cues: everything weighed; light: see LightShown;
    extensions: how often more time was asked for; earlier_runs: runs of the same session that ended without a verdict or were followed by
    this one, because something could not be done, the camera was away, or one more was asked for."""

    script: Script
    done: tuple[ChallengeDone, ...]
    open_eye_baseline: float | None
    min_self_similarity: float | None
    frames: int
    retries: int
    prompts: tuple[PromptGiven, ...] = ()
    begun_ns: int = 0
    ended_ns: int = 0
    longest_gap_ms: int = 0
    cues: tuple[Cue, ...] = ()
    light: tuple[LightShown, ...] = ()
    extensions: int = 0
    earlier_runs: int = 0


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
