"""From the program's codes to phrase keys: every enum a person may meet has its family of phrases.

`FAMILIES` names every family with its members; a test holds that each language has exactly these. PURE, no Qt.
"""

import math
from datetime import date
from enum import StrEnum
from typing import Final, assert_never

from kiosk.document.kinds import KINDS
from kiosk.document.portrait_edit import EditSign
from kiosk.document.reading import (
    DocumentOutcome,
    Finding,
    FindingCode,
    MrzLayout,
    PageHint,
    Read,
    Unknown,
    Unreadable,
    UnreadableBecause,
    Weight,
)
from kiosk.face.crops import Region
from kiosk.face.quality import Measure
from kiosk.face.verdict import Agreement, DifferentFace, MatchVerdict, NoComparison, NotCompared, Picture, SameFace, Unsure
from kiosk.faults import FAULTS, CameraLost, Fault
from kiosk.imaging.light_and_focus import Seen
from kiosk.journey.contact import ContactField, Typed, Why
from kiosk.liveness.challenge import ChallengeKind, Hint, Live, LivenessVerdict, Need, NotLive, NotLiveBecause, Undecided, UndecidedBecause
from kiosk.record import AccountOpening, Decision, OverrideReason, Purpose
from kiosk.risk.decision import Reason, ReasonCode
from kiosk.risk.policy_file import StepUpKind
from kiosk.risk.signals import KNOWN
from kiosk.station.overview import Halt
from kiosk.trust.permissions import PEOPLE
from kiosk.trust.security_key import KeyTrouble
from kiosk.values import Channel, Masked, StationClass
from ui.desk_scenes import CaseGroup, CheckLine
from ui.look import WISHES, Paint
from ui.practice import Exercise
from ui.rooms import Room
from ui.scenes import Gesture, Mark, Stage, Words

FIELD_NAMES: Final = (
    "layout",
    "document_code",
    "issuing_state",
    "number",
    "surname",
    "given_names",
    "name",
    "nationality",
    "birth_date",
    "sex",
    "expiry_date",
    "optional",
    "composite",
    "printed_name",
    "printed_address",
    "portrait",
    "mrz",
    "print",
    "picture",
    "issue_date",
    "personal_number",
    "kind",
)
"""What a finding or a table row may be about."""

DELIVERY_PROBLEMS: Final = (
    "no-connection", "not-trusted", "timed-out", "stopped", "nonsense", "answer-too-long", "redirected", "receipt-wrong",
    "refusal-unsigned", "other-keys", "server-error", "unknown-station", "slow-down", "storage-full", "storage-trouble",
    "too-large", "too-slow",
    "malformed", "id-mismatch", "unknown-bank-key", "bad-signature", "unsealable", "not-production", "wrong-class", "id-conflict",
    "receipt-of-another", "stale-answer", "log-rolled-back", "log-forked", "not-in-log", "practice",
)  # fmt: skip
"""Codes of the connector (`kiosk.bank`), of the bank's refusals and of its lies (`kiosk.wire`), which the screen does not import: a test
holds that these are all."""

KIND_CODES: Final = tuple(kind.code for kind in KINDS)

RATIO_STEPS: Final = ((10_000, "very-strong"), (1_000, "strong"), (100, "moderate"), (10, "weak"))
"""Likelihood ratio from which a word is used: the steps forensic science reports by (ENFSI guideline for evaluative reporting, 2015)."""

DELIVERY_STATES: Final = ("waiting", "receipted", "set-aside")
PURPOSES: Final = ("account-opening", "high-value-transaction")

DIFFERENCES: Final = ("vanished", "not-sent", "set-aside", "case-without-line", "receipt-without-line", "line-without-case", "practised")
CUSTOMERS: Final = ("cooperative", "ignores-prompts", "somebody-elses-card", "tampered-card")
"""Simulated customers of practice."""
COLUMNS: Final = (
    "number", "time", "event", "case", "who", "second", "decision", "recommended", "reason", "detail", "role", "lessons", "certificate",
)  # fmt: skip

RECEIPT: Final = (
    "verified", "stored", "duration", "withdraw", "case", "when", "where", "name", "document", "purpose", "result", "checked-document",
    "no-document", "checked-live", "checked-face", "no-face", "stored-here", "stored-bank", "later-yes", "later-no", "here-days",
    "bank-law", "how", "rights", "not-real",
)  # fmt: skip
KEY_STORES: Final = ("tpm", "keyring", "passphrase", "file")
BROKEN: Final = (
    "altered", "out-of-place", "missing", "cut-off", "rewritten", "older-than-the-store", "head-unreadable", "head-forged", "head-missing",
)  # fmt: skip
"""Why the log is not as it was written: the codes of `kiosk.vault`, which the screen does not import."""
STATION_FACTS: Final = (
    "light", "focus", "keys", "models", "name", "software", "master-key", "station-key", "audit-key", "sealing-key", "answers-key",
    "in-order", "not-in-order",
)  # fmt: skip

FAMILIES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("enrol-refused", ("wrong-code", "too-late", "has-one-already", "belongs-to-another", *KeyTrouble)),
    ("override", tuple(OverrideReason)),
    ("held", ("cancel", *Decision)),
    ("case-group", tuple(CaseGroup)),
    ("room", tuple(Room)),
    ("role", tuple(PEOPLE)),
    ("difference", DIFFERENCES),
    ("seen", tuple(Seen)),
    ("customer", CUSTOMERS),
    ("column", COLUMNS),
    ("receipt", RECEIPT),
    ("station", STATION_FACTS),
    ("station-class", tuple(StationClass)),
    ("key-store", KEY_STORES),
    ("broken", BROKEN),
    ("day", ("opened", "ended", "kept", "sent", "receipted")),
    ("practice", ("well", "badly", "strict")),
    ("exercise", ("title", *Exercise)),
    ("hint", tuple(Hint)),
    ("page-hint", tuple(PageHint)),
    ("unreadable", tuple(UnreadableBecause)),
    ("not-live", tuple(NotLiveBecause)),
    ("undecided", tuple(UndecidedBecause)),
    ("no-comparison", tuple(NoComparison)),
    ("ratio", ("neither", "unknown", *(f"{kind}-{word}" for kind in ("same", "different") for _, word in RATIO_STEPS))),
    ("region", tuple(Region)),
    ("quality", tuple(Measure)),
    ("quality-of", tuple(Picture)),
    ("finding", tuple(FindingCode)),
    ("edit-sign", tuple(EditSign)),
    ("weight", tuple(Weight)),
    ("look", tuple(Paint)),
    ("reason", tuple(ReasonCode)),
    ("risk", tuple(KNOWN)),
    ("recommended", tuple(f"step-up-{kind}" for kind in StepUpKind)),
    ("decision", tuple(Decision)),
    ("need", tuple(Need)),
    ("challenge", tuple(ChallengeKind)),
    ("prompt", tuple(ChallengeKind)),
    ("say", tuple(ChallengeKind)),
    ("stage", tuple(Stage)),
    ("channel", tuple(Channel)),
    ("layout", tuple(MrzLayout)),
    ("kind", KIND_CODES),
    ("purpose", PURPOSES),
    ("delivery", DELIVERY_STATES),
    ("delivery-problem", DELIVERY_PROBLEMS),
    ("halt", tuple(Halt)),
    ("field", FIELD_NAMES),
    ("wish", WISHES),
    ("contact-field", tuple(ContactField)),
    ("contact-example", tuple(ContactField)),
    ("contact-check", tuple(Why)),
    ("typed", tuple(Typed)),
)

RECORDING_ENDED: Final = "RecordingEnded"
"""What the station says of a camera that was a recording and has been played to its end; no fault."""

_OF_SEVERAL_FIELDS: Final = frozenset(
    {
        FindingCode.CHECK_DIGIT,
        FindingCode.DATES_POSSIBLE,
        FindingCode.LOW_CONFIDENCE,
        FindingCode.CHARACTER_SETTLED,
        FindingCode.BARCODE_AGREES,
    }
)
"""Checks made of more than one field; the others name theirs already."""

_FAULT_BY_NAME: Final = {fault.__name__: fault for fault in FAULTS}


def gesture_of(kind: ChallengeKind) -> Gesture:
    match kind:
        case ChallengeKind.BLINK:
            return Gesture.BLINK
        case ChallengeKind.TURN_LEFT:
            return Gesture.TURN_LEFT
        case ChallengeKind.TURN_RIGHT:
            return Gesture.TURN_RIGHT
        case ChallengeKind.NOD:
            return Gesture.NOD
        case ChallengeKind.COME_CLOSER:
            return Gesture.COME_CLOSER
        case _:
            assert_never(kind)


def page_hint_gesture(hint: PageHint | None) -> Gesture:
    return Gesture.TURN_CARD if hint is PageHint.OTHER_WAY else Gesture.SHOW_CARD


def fault_words(name: str) -> Words:
    """Return the words of a fault by its class name; work that never answered has its own, anything else the general ones."""
    if name.endswith(("TooLate", "Stuck")):
        return Words("fault.too-late")
    if name == RECORDING_ENDED:
        return Words("recording-ended.headline")
    if name == "CameraLostAgain":
        return Words(CameraLost.phrase)
    return Words(_FAULT_BY_NAME.get(name, Fault).phrase)


def remedy_words(name: str) -> Words:
    return Words(_FAULT_BY_NAME.get(name, Fault).remedy)


def purpose_words(purpose: Purpose) -> Words:
    return Words("purpose.account-opening" if isinstance(purpose, AccountOpening) else "purpose.high-value-transaction")


def problem_words(problem: str) -> Words:
    """Return a delivery problem's words; a code from a newer bank is shown as it is."""
    return Words(f"delivery-problem.{problem}") if problem in DELIVERY_PROBLEMS else Words("bank.trouble", (("code", problem),))


def field_words(about: str) -> Words:
    """about: a field's name, possibly with a place after a colon or dot, for example `optional:2`."""
    stem = about.replace("-", "_").split(":")[0].split(".")[0]
    return Words(f"field.{stem}") if stem in FIELD_NAMES else Words("field.other", (("about", about),))


def mark_of(weight: Weight) -> Mark:
    return Mark(weight.value)


def reason_words(reason: Reason) -> Words:
    """Return the reason in words, with what it is about."""
    about = _about_words(reason)
    plain = Words(f"reason.{reason.code}")
    return plain if about is None else Words("reason-about", (("reason", plain), ("about", about)))


def _about_words(reason: Reason) -> Words | None:
    match reason.code:
        case ReasonCode.DOCUMENT_DOUBTED | ReasonCode.DOCUMENT_CONTRADICTS:
            code, _, field = reason.about.partition(":")
            return finding_words(code, field)
        case ReasonCode.DOCUMENT_UNCONFIRMED:
            return field_words(reason.about) if reason.about else None
        case ReasonCode.DOCUMENT_UNREADABLE:
            return _member("unreadable", UnreadableBecause, reason.about)
        case ReasonCode.NOT_LIVE | ReasonCode.ATTACK_SUSPECTED:
            return _member("not-live", NotLiveBecause, reason.about)
        case ReasonCode.LIVENESS_UNDECIDED:
            return _member("undecided", UndecidedBecause, reason.about)
        case ReasonCode.FACE_NOT_COMPARED:
            return _member("no-comparison", NoComparison, reason.about)
        case ReasonCode.WORK_FAILED:
            return fault_words(reason.about)
        case ReasonCode.RISK_SIGNAL:
            return signal_words(reason.about)
        case _:
            return None


def signal_words(name: str) -> Words | None:
    """Return a risk signal's words; None for one this version does not know."""
    return Words(f"risk.{name}") if name in KNOWN else None


def finding_words(code: str, about: str) -> Words:
    name = Words(f"finding.{code}") if code in set(FindingCode) else Words("finding-other", (("code", code),))
    says_which = about and code in _OF_SEVERAL_FIELDS
    return Words("check-about", (("check", name), ("field", field_words(about)))) if says_which else name


def seen_words(finding: Finding) -> Masked[str] | Masked[date] | tuple[Words, ...]:
    """Return what the finding saw, for a person: values of the document as they stand there, signs in words, no bare figure."""
    seen = finding.seen.reveal()
    match finding.code:
        case FindingCode.PORTRAIT_EDITED:
            return tuple(Words(f"edit-sign.{sign}") for sign in seen.split(", ") if sign in set(EditSign))
        case FindingCode.SCREEN_RECAPTURE | FindingCode.GRAY_COPY | FindingCode.MRZ_PRINTING | FindingCode.GHOST_PORTRAIT:
            return ()
        case FindingCode.NOT_YET_ISSUED if (day := _day_of(seen)) is not None:
            return Masked(day)
        case _:
            return finding.seen


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def known_words(family: str, code: str) -> Words:
    """Return a code's words; the code as it is where this version does not know it."""
    known = next((members for name, members in FAMILIES if name == family), ())
    return Words(f"{family}.{code}") if code in known else Words("field.other", (("about", code),))


def _member(family: str, members: type[StrEnum], value: str) -> Words | None:
    return Words(f"{family}.{value}") if value in {str(member) for member in members} else None


def document_words(document: DocumentOutcome | None) -> tuple[Words, Mark]:
    match document:
        case None:
            return Words("document.not-shown"), Mark.NOTED
        case Unreadable(because=because):
            return Words(f"unreadable.{because}"), Mark.DOUBTS
        case Unknown():
            return Words("document.unknown"), Mark.DOUBTS
        case Read(findings=findings):
            weights = {finding.weight for finding in findings}
            if Weight.CONTRADICTS in weights:
                return Words("document.contradicts"), Mark.CONTRADICTS
            if Weight.DOUBTS in weights:
                return Words("document.doubted"), Mark.DOUBTS
            return Words("document.read"), Mark.AGREES
        case _:
            assert_never(document)


def match_words(match: MatchVerdict | None) -> tuple[Words, Mark]:
    """Return the verdict on the two faces and its mark."""
    match match:
        case None:
            return Words("match.waiting"), Mark.NOTED
        case SameFace():
            return Words("match.same-face"), Mark.AGREES
        case Unsure():
            return Words("match.unsure"), Mark.DOUBTS
        case DifferentFace():
            return Words("match.different-face"), Mark.CONTRADICTS
        case NotCompared():
            return Words("match.not-compared"), Mark.DOUBTS
        case _:
            assert_never(match)


def match_ratio(match: MatchVerdict | None) -> Words | None:
    """Return how strongly the pictures speak and for what, in words: a percentage would be taken for the chance of being right."""
    match match:
        case SameFace(evidence=evidence) | Unsure(evidence=evidence) | DifferentFace(evidence=evidence):
            ratio = evidence.log_likelihood_ratio
        case NotCompared(because=because):
            return Words(f"no-comparison.{because}")
        case None:
            return None
    if ratio is None:
        return Words("ratio.unknown")
    for least, word in RATIO_STEPS:
        if abs(ratio) >= math.log(least):
            return Words(f"ratio.{'same' if ratio > 0 else 'different'}-{word}")
    return Words("ratio.neither")


REGION_MARKS = {Agreement.AGREES: Mark.AGREES, Agreement.UNCLEAR: Mark.DOUBTS, Agreement.DIFFERS: Mark.CONTRADICTS}


def match_regions(match: MatchVerdict | None) -> tuple[CheckLine, ...]:
    """Return what each part of the face says by itself."""
    match match:
        case SameFace(evidence=evidence) | Unsure(evidence=evidence) | DifferentFace(evidence=evidence):
            return tuple(CheckLine(REGION_MARKS[one.agreement], Words(f"region.{one.region}")) for one in evidence.regions)
        case NotCompared() | None:
            return ()


def match_notes(match: MatchVerdict | None) -> tuple[Words, ...]:
    """Return what is wrong with either picture, the document's first."""
    match match:
        case SameFace(evidence=evidence) | Unsure(evidence=evidence) | DifferentFace(evidence=evidence):
            return tuple(Words(f"quality-of.{one.picture}", (("about", Words(f"quality.{one.measure}")),)) for one in evidence.notes)
        case NotCompared() | None:
            return ()


def liveness_words(verdict: LivenessVerdict | None) -> tuple[Words, Mark]:
    match verdict:
        case None:
            return Words("liveness.waiting"), Mark.NOTED
        case Live():
            return Words("liveness.live"), Mark.AGREES
        case NotLive(because=because):
            return Words(f"not-live.{because}"), Mark.CONTRADICTS
        case Undecided(because=because):
            return Words(f"undecided.{because}"), Mark.DOUBTS
        case _:
            assert_never(verdict)
