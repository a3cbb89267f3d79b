"""Plain words for codes, and how times, amounts and ids are written. English, as all of the console is."""

import re
from datetime import datetime, timedelta
from typing import Final

from kiosk.document.reading import Weight
from kiosk.intake.analysis.fact import LinkKind
from kiosk.intake.office.proposals import Kind, Outcome
from kiosk.record import Decision

WEIGHTS: Final = {
    Weight.CONTRADICTS: ("✕", "against", "bad"),
    Weight.DOUBTS: ("!", "doubtful", "doubt"),
    Weight.NOTED: ("·", "noted", "note"),
    Weight.AGREES: ("✓", "in favour", "good"),
}
"""Sign, word and style class: the sign and the word say it without the colour."""
DECISIONS: Final = {
    Decision.APPROVE: ("✓", "approved", "good"),
    Decision.REFER: ("!", "referred", "doubt"),
    Decision.DECLINE: ("✕", "declined", "bad"),
}
OUTCOMES: Final = {
    Outcome.CONFIRMED_FRAUD: "Confirmed fraud",
    Outcome.FALSE_ALARM: "False alarm",
    Outcome.GENUINE: "Genuine",
    Outcome.UNCLEAR: "Not clear",
}
STATES: Final = {
    "steady": ("✓", "steady", "good"),
    "drifting": ("!", "look at it", "bad"),
    "unknown": ("?", "too little yet", "note"),
}
KINDS: Final = {
    Kind.OUTCOME: "Outcome of a case",
    Kind.WATCH_ADD: "New watch-list entry",
    Kind.WATCH_REMOVE: "Watch-list entry to be removed",
    Kind.POLICY: "Risk policy",
    Kind.CHALLENGER: "Challenger, to run in the shadow",
    Kind.MODEL_NOTICE: "Model notice",
}
TIES: Final = {
    LinkKind.DOCUMENT: "document",
    LinkKind.PERSON: "name and birth date",
    LinkKind.PHONE: "telephone",
    LinkKind.EMAIL: "e-mail",
    LinkKind.ADDRESS: "address",
    LinkKind.ACCOUNT: "account",
    LinkKind.PAYEE: "payee",
    LinkKind.FACE: "face",
    LinkKind.RUN: "liveness run",
    LinkKind.HALF: "half of a document number",
    LinkKind.SERIES: "series of document numbers",
}


def when(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago, in one unit. A time ahead of now is said to be so."""
    gone = now - at
    if gone < timedelta(seconds=-5):
        return "in the future"
    seconds = max(0, int(gone.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def short(session: str) -> str:
    """Return the first digits of an id: enough for people to tell cases apart, the whole stands in the address and in `title`."""
    return session[:8]


def money(minor: int | None, currency: str) -> str:
    return "" if minor is None else f"{minor / 100:,.2f} {currency}"


def many(count: int, one: str, several: str = "") -> str:
    """Return a number and its word."""
    return f"{count} {one if count == 1 else several or one + 's'}"


def spoken(code: str) -> str:
    """Return a code as words."""
    return code.replace("-", " ").replace("_", " ").replace(":", ": ")


def figure(value: float | None) -> str:
    """Return a reading with as many digits as a person compares."""
    return "none" if value is None else f"{value:.3g}" if abs(value) < 1e6 else f"{value:.2e}"


def in_words(name: str) -> str:
    """Return a fault's class name as words: `CameraLost` as `camera lost`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
