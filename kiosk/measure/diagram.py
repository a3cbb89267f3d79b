"""Draws the journey's state diagram by trying every event in every reachable state: it cannot disagree with the reducer.

`python app.py diagram` prints it; `--write` renews the block in docs/architecture.md; a test fails when that block is out of date.
"""

import argparse
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from kiosk.document.reading import DocumentFields, MrzLayout, PageObservation, Portrait, Read, Unreadable, UnreadableBecause
from kiosk.face.verdict import MatchEvidence, SameFace
from kiosk.frame import Frame
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.contact import ContactField, details_of
from kiosk.journey.openings import wants_contact
from kiosk.journey.reduce import reduce
from kiosk.journey.states import Finished, Idle, OutOfService, State, TakingContact
from kiosk.liveness.challenge import ChallengeKind, Script
from kiosk.policy import DEMO
from kiosk.record import AccountOpening, Decision, Disposition, OverrideReason, StationFacts
from kiosk.values import Capture, Channel, ConsentPurpose, Masked, Moment, OperatorId, Provenance, SessionId, StationClass, Ticket

_START = datetime(2026, 1, 1, tzinfo=UTC)
_CONTEXT = Context(DEMO, StationFacts("diagram", "diagram", StationClass.DEMO, "0", DEMO.version))
_SOURCE = Provenance(Capture.SIMULATION, "diagram")
_PICTURE = np.zeros((4, 4, 3), np.uint8)
_FRAME = Frame(_PICTURE, 0, 0, _SOURCE)
_TELLER = OperatorId("teller")
_MAX_DEPTH = 14
MARK_BEGIN, MARK_END = "<!-- diagram:begin -->", "<!-- diagram:end -->"

Edge = tuple[str, str, str]
"""(state's name, event's name, next state's name)"""


def edges() -> list[Edge]:
    """Return every change of state the reducer makes, breadth first from Idle, sorted."""
    found: set[Edge] = set()
    seen: set[tuple[str, ...]] = set()
    waiting: deque[tuple[State, float, int]] = deque([(Idle(), 1.0, 0)])
    while waiting:
        state, seconds, depth = waiting.popleft()
        for event, after_s in _events(state):
            moment = Moment(round((seconds + after_s) * 1e9), _START + timedelta(seconds=seconds + after_s))
            following, _ = reduce(state, event, moment, _CONTEXT)
            if type(following) is not type(state):
                found.add((type(state).__name__, _name(event, after_s), type(following).__name__))
            key = _kind(following)
            if key not in seen and depth < _MAX_DEPTH:
                seen.add(key)
                waiting.append((following, seconds + after_s, depth + 1))
    return sorted(found)


def mermaid() -> str:
    """Return the diagram in Mermaid's state syntax; edges between the same two states share one arrow."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for before, event, after in edges():
        if after != "OutOfService":
            arrows.setdefault((before, after), []).append(event)
    lines = ["stateDiagram-v2", "    [*] --> Idle"]
    lines += [f"    {before} --> {after}: {', '.join(events)}" for (before, after), events in sorted(arrows.items())]
    lines += ["    note right of OutOfService", "        ServiceEnded leads here from everywhere", "    end note"]
    return "\n".join(lines)


def block() -> str:
    """Return the marked block that stands in docs/architecture.md."""
    return f"{MARK_BEGIN}\n```mermaid\n{mermaid()}\n```\n{MARK_END}"


def main(argv: list[str]) -> int:
    """Print the diagram, or renew it in the docs."""
    parser = argparse.ArgumentParser(prog="app.py diagram", description="Draw the journey's states by trying every event in each.")
    parser.add_argument("--write", action="store_true", help="renew the block in docs/architecture.md instead of printing")
    if not parser.parse_args(argv).write:
        print(mermaid())
        return 0
    page = Path("docs/architecture.md")
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARK_BEGIN)
    page.write_text(before + block() + rest.partition(MARK_END)[2], encoding="utf-8")
    return 0


def _kind(state: State) -> tuple[str, ...]:
    """What makes two states different enough to look at both."""
    if isinstance(state, Idle | Finished | OutOfService):
        return (type(state).__name__,)
    details = (
        getattr(state, "reading_since_ns", None) is not None,
        getattr(state, "so_far", None) is not None,
        getattr(state, "attempts", 0),
        getattr(state, "last_failure", None) is not None,
        type(getattr(state, "resume", None)).__name__,
        type(state.case.recommendation).__name__,
        wants_contact(state.case),
        isinstance(state, TakingContact) and details_of(state.draft) is not None,
    )
    return (type(state).__name__, state.case.channel.value, *(str(detail) for detail in details))


def _events(state: State) -> Iterator[tuple[ev.Event, float]]:
    if isinstance(state, Idle | Finished | OutOfService):
        ticket = Ticket(SessionId("0" * 32), 0)
    else:
        ticket = Ticket(state.case.session, state.case.step)
    for channel in Channel:
        operator = _TELLER if channel is Channel.DESK else None
        yield ev.CaseOpened(SessionId("0" * 32), channel, AccountOpening(None), "en", operator), 0.1
    read = _read()
    quick: tuple[ev.Event, ...] = (
        ev.ConsentGiven("1"),
        ev.ConsentGiven("1", (ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.CONTACT)),
        ev.ContactTyped(ticket.session, ContactField.EMAIL, Masked("a@b.cc")),
        ev.ContactGiven(ticket.session),
        ev.ContactSkipped(ticket.session),
        ev.ConsentDenied(),
        ev.PageSeen(ticket, PageObservation(0, 0, (4, 4), None, 0.0, 0.0, None, True), _FRAME),
        ev.DocumentAnswered(ticket, read, _FRAME),
        ev.DocumentAnswered(ticket, replace(read, portrait=None), _FRAME),
        ev.DocumentAnswered(ticket, Unreadable(UnreadableBecause.GLARE), _FRAME),
        ev.ScriptDrawn(ticket, Script((ChallengeKind.BLINK, ChallengeKind.TURN_LEFT, ChallengeKind.BLINK))),
        ev.FacesCompared(ticket, SameFace(MatchEvidence(1.0, 1, 1, "diagram", 100.0))),
        ev.DispositionMade(Disposition(_TELLER, Decision.DECLINE, Masked("why"), None, _START, OverrideReason.OTHER)),
        ev.CaseKept(ticket),
        ev.WorkFailed(ticket, "DiskFull"),
        ev.CameraStopped("CameraLost"),
        ev.CameraReturned(),
        ev.CancelTouched(),
        ev.HelpTouched(),
        ev.FinishTouched(),
        ev.ServiceEnded("Bug"),
    )
    for event in quick:
        yield event, 0.1
    yield ev.Ticked(), 1000.0


def _name(event: ev.Event, after_s: float) -> str:
    return "TimePassed" if isinstance(event, ev.Ticked) and after_s > 1 else type(event).__name__


def _read() -> Read:
    fields = DocumentFields(
        MrzLayout.TD1,
        "I",
        "UTO",
        Masked("0"),
        Masked("A"),
        Masked("B"),
        "UTO",
        Masked(None),
        "X",
        None,
        Masked(""),
        Masked(None),
        Masked(None),
    )
    return Read(fields, Masked(()), 1.0, (), Portrait(_PICTURE, 100.0), _PICTURE)
