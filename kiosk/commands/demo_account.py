"""What the demo says of each act while it plays, readable, with the seconds since the act began."""

import time
from collections.abc import Callable

from kiosk.document.reading import Read
from kiosk.journey import events as ev
from kiosk.journey.states import (
    AskingConsent,
    Comparing,
    Decided,
    Finished,
    Keeping,
    OutOfService,
    PreparingFace,
    ProvingLive,
    ShowingDocument,
    State,
)
from kiosk.liveness.challenge import ChallengeKind
from kiosk.risk.decision import Approve, Recommendation
from kiosk.values import Moment


class Account:
    """Prints what happens, readable, with the seconds since the act began."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = time.monotonic()
        self._prompt: ChallengeKind | None = None
        self._done = 0
        self._proving_since: float | None = None
        self.seconds_proving = 0.0

    def begin(self, says: str) -> None:
        self._began = time.monotonic()
        self._say(f"\n{says[0].upper()}{says[1:]}")

    def witness(self, before: State, event: ev.Event, after: State, moment: Moment) -> None:
        now = time.monotonic()
        if isinstance(after, ProvingLive) and self._proving_since is None:
            self._proving_since = now
        if not isinstance(after, ProvingLive) and self._proving_since is not None:
            self.seconds_proving += now - self._proving_since
            self._proving_since = None
        for line in self._lines(before, event, after):
            self._say(f"  {time.monotonic() - self._began:5.1f} s  {line}")

    def _lines(self, before: State, event: ev.Event, after: State) -> list[str]:
        if isinstance(after, ProvingLive):
            return self._liveness_lines(after)
        if type(after) is type(before):
            return []
        match after:
            case AskingConsent():
                return ["touched the screen; consent is asked before anything is captured"]
            case ShowingDocument():
                return ["agreed; the document is asked for"]
            case PreparingFace(case=case) if isinstance(case.document, Read):
                findings = len(case.document.findings)
                layout = case.document.fields.layout
                return [f"document read: {layout}, {findings} checks, least certain character {case.document.confidence:.2f}"]
            case Comparing(case=case):
                return [f"liveness: {type(case.liveness).__name__}{_because(case.liveness)}"]
            case Keeping(case=case):
                recommended = type(case.recommendation).__name__
                matched = f"face on the document: {type(case.match).__name__}{_similarity(case.match)}" if case.match else "no comparison"
                return [matched, f"recommended: {recommended}{_reasons(case.recommendation)}"]
            case Finished(ending=ending):
                shown = ending.decision if isinstance(ending, Decided) else type(ending).__name__
                return [f"record sealed, result shown: {shown}"]
            case OutOfService(fault=fault):
                return [f"OUT OF SERVICE: {fault}"]
            case _:
                return []

    def _liveness_lines(self, state: ProvingLive) -> list[str]:
        lines = []
        if state.run.done != self._done:
            if state.run.done > self._done:
                lines.append(f"done ({state.run.done} of {state.run.total})")
            self._done = state.run.done
        if state.run.prompt is not self._prompt:
            self._prompt = state.run.prompt
            if self._prompt is not None:
                lines.append(f"asked: {self._prompt}")
        return lines


def _because(verdict: object) -> str:
    because = getattr(verdict, "because", None)
    return f" ({because})" if because is not None else ""


def _similarity(verdict: object) -> str:
    evidence = getattr(verdict, "evidence", None)
    return f" (cosine {evidence.similarity:.3f}, {evidence.live_views} views)" if evidence is not None else _because(verdict)


def _reasons(recommendation: Recommendation | None) -> str:
    if recommendation is None or isinstance(recommendation, Approve):
        return ""
    gravest = [reason for reason in recommendation.reasons if reason.weight in ("contradicts", "doubts")]
    return " because of " + ", ".join(f"{r.code}{f' ({r.about})' if r.about else ''}" for r in gravest)
