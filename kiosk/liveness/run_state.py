"""The whole state of a guided liveness run: frozen values, bounded memory. The rules are in kiosk/liveness/run.py."""

from dataclasses import dataclass, field

from kiosk.face.observed import FaceView
from kiosk.liveness.challenge import (
    ChallengeDone,
    ChallengeKind,
    Hint,
    LightShown,
    LivenessEvidence,
    LivenessVerdict,
    PromptGiven,
    Script,
)
from kiosk.liveness.coaching import Coach
from kiosk.liveness.continuity import Continuity
from kiosk.liveness.cues import Cue, Gathered
from kiosk.liveness.identity import Likeness
from kiosk.liveness.light import LightReading
from kiosk.liveness.light_fit import LightSample, Watched
from kiosk.liveness.person import Person
from kiosk.liveness.response import Progress


@dataclass(frozen=True, slots=True)
class Settling:
    """Waiting for one face that looks ahead. since_ns: when this began; steady_ns: since when all is well, None if it is not; proved:
    a view since then was the same face."""

    since_ns: int
    steady_ns: int | None = None
    proved: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """A prompt is on the screen. window_ns: how long an answer is waited for; frames: with the face, since the prompt; seen_ns: when the
    one face was last seen."""

    asked_ns: int
    window_ns: int
    progress: Progress
    frames: int
    seen_ns: int


@dataclass(frozen=True, slots=True)
class Lighting:
    """The screen shows its colours. begun_ns: when the first appeared; seen_ns: when the one face was last seen; proved: a view since
    then was the same face."""

    begun_ns: int
    colours: tuple[int, ...]
    seen_ns: int
    samples: tuple[LightSample, ...] = ()
    proved: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    verdict: LivenessVerdict


Phase = Settling | Asking | Lighting | Ended


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LivenessRun:
    """script: as drawn, longer after a wrong response; responses: the challenges done, in order; prompts: all that were given; misses: how
    often the present challenge was missed; retries: prompts given again; interruptions: see rule 3; crowded_ns: since when a second
    face is seen, None if not; gathered: the signs so far; light_tries: sequences of colours begun; light_watched: those that were
    shown to their end; light_over: no more will be;
    extensions: how often more time was asked for; earlier: runs of this session before this one."""

    script: Script
    begun_ns: int
    phase: Phase
    person: Person = field(default_factory=Person)
    continuity: Continuity = field(default_factory=Continuity)
    likeness: Likeness = field(default_factory=Likeness)
    coach: Coach = field(default_factory=Coach)
    responses: tuple[ChallengeDone, ...] = ()
    prompts: tuple[PromptGiven, ...] = ()
    misses: int = 0
    retries: int = 0
    interruptions: int = 0
    frames: int = 0
    crowded_ns: int | None = None
    longest_gap_ns: int = 0
    gathered: tuple[Gathered, ...] = ()
    light_tries: int = 0
    light_watched: tuple[Watched, ...] = ()
    light_over: bool = False
    light_reading: LightReading | None = None
    light_shown: tuple[LightShown, ...] = ()
    extensions: int = 0
    earlier: int = 0

    @property
    def verdict(self) -> LivenessVerdict | None:
        return self.phase.verdict if isinstance(self.phase, Ended) else None

    @property
    def prompt(self) -> ChallengeKind | None:
        """What is asked now; None while settling, between challenges and while colours are shown."""
        return self.script.challenges[self.done] if isinstance(self.phase, Asking) else None

    @property
    def lighting(self) -> bool:
        """Whether the screen shows its colours."""
        return isinstance(self.phase, Lighting)

    @property
    def hint(self) -> Hint | None:
        return None if isinstance(self.phase, Ended) else self.coach.shown

    @property
    def done(self) -> int:
        return len(self.responses)

    @property
    def total(self) -> int:
        return len(self.script.challenges)

    @property
    def asked_before(self) -> bool:
        """Whether anything was asked yet: from then on the face is held to be the same."""
        return bool(self.responses or self.retries or self.light_tries)

    @property
    def views(self) -> tuple[FaceView, ...]:
        """The best frontal views of the one face, oldest first, at most identity.VIEWS_KEPT."""
        return tuple(kept.view for kept in self.likeness.kept)

    def evidence(self, cues: tuple[Cue, ...] = ()) -> LivenessEvidence:
        return LivenessEvidence(
            script=self.script,
            done=self.responses,
            open_eye_baseline=self.person.open_eye_baseline,
            min_self_similarity=self.likeness.lowest,
            frames=self.frames,
            retries=self.retries,
            prompts=self.prompts,
            begun_ns=self.begun_ns,
            ended_ns=self.continuity.last_ns or self.begun_ns,
            longest_gap_ms=self.longest_gap_ns // 1_000_000,
            cues=cues,
            light=self.light_shown,
            extensions=self.extensions,
            earlier_runs=self.earlier,
        )
