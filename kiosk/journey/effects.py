"""What the journey asks of the world. The reducer never does any of it itself."""

from dataclasses import dataclass
from enum import StrEnum

from kiosk.document.reading import DocumentFields, Portrait, Read
from kiosk.face.enrolled import FaceTemplate
from kiosk.face.observed import FaceView
from kiosk.frame import Frame, Pixels
from kiosk.liveness.script import ScriptPlan
from kiosk.record import Purpose, SessionRecord
from kiosk.values import Masked, OperatorId, SessionId, Ticket


class Watch(StrEnum):
    """What the eyes look for in the frames that come."""

    NOTHING = "nothing"
    PAGE = "page"
    FACE = "face"
    PRESENCE = "presence"
    """Only whether anybody is there; nothing else is made of the picture."""


@dataclass(frozen=True, slots=True)
class WatchFor:
    watch: Watch
    ticket: Ticket | None


@dataclass(frozen=True, slots=True, eq=False)
class ReadDocument:
    """so_far: what the first side gave; then only its portrait and printed text are wanted from this picture. captures: more frames of
    the same page, from which only the portrait is taken."""

    ticket: Ticket
    frame: Frame
    so_far: Read | None
    captures: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawScript:
    ticket: Ticket
    plan: ScriptPlan


@dataclass(frozen=True, slots=True, eq=False)
class CompareFaces:
    """further: more captures of the portrait. account: what pays, of a high-value transaction; then its holder and the face enrolled
    for it are compared too."""

    ticket: Ticket
    views: tuple[FaceView, ...]
    portrait: Portrait | None
    further: tuple[Portrait, ...] = ()
    account: Masked[str] | None = None
    fields: DocumentFields | None = None


@dataclass(frozen=True, slots=True, eq=False)
class KeepCase:
    """Seal the record, its pictures, an audit line and an outbox row in one transaction. template: what the customer agreed to enrol."""

    ticket: Ticket
    record: SessionRecord
    page: Pixels | None
    portrait: Pixels | None
    live: Pixels | None
    template: FaceTemplate | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HandToPerson:
    """Keep a booth's case in which nothing was captured, and bring it to the desk. The customer does not wait for it: they are on their way
    there."""

    record: SessionRecord


@dataclass(frozen=True, slots=True)
class NoteEnding:
    """Write the audit line of a session that ended without a record. how: the ending's class name."""

    session: SessionId
    how: str


@dataclass(frozen=True, slots=True)
class NoteStep:
    """Write an audit line that a case came this far, before anybody can make it disappear. step: a short code."""

    session: SessionId
    step: str


@dataclass(frozen=True, slots=True)
class LookBack:
    """Ask the store what it knows of this document and this operator, and the watch-list of these and of what the customer came for; the
    answer is `Sensed`. fields: None before there is a document; second: another one's, of which the worse reading counts."""

    session: SessionId
    fields: DocumentFields | None
    operator: OperatorId | None
    purpose: Purpose
    second: DocumentFields | None = None


@dataclass(frozen=True, slots=True)
class Wipe:
    """Let go of every picture and print of this session that the station's workers and mailboxes still hold. Memory is freed, not
    overwritten: a picture may be shared with a reader that is still at work."""

    session: SessionId


Effect = WatchFor | ReadDocument | DrawScript | CompareFaces | KeepCase | HandToPerson | NoteEnding | NoteStep | LookBack | Wipe
