"""What the station needs done, as small protocols. The real ones are joined in `kiosk/assembly.py`; tests bring their own real ones."""

from datetime import datetime
from typing import Protocol

from kiosk.document.reading import DocumentFields, DocumentOutcome, PageObservation, Portrait, Read
from kiosk.face.enrolled import FaceTemplate
from kiosk.face.observed import FaceObservation, FaceView
from kiosk.face.verdict import Comparison, MatchVerdict
from kiosk.frame import Frame
from kiosk.liveness.challenge import Script
from kiosk.liveness.script import ScriptPlan
from kiosk.outbox import Backlog
from kiosk.record import EvidencePictures, Purpose, SessionRecord
from kiosk.risk.returning import NoEnrolledFace
from kiosk.risk.signals import Signal
from kiosk.station.overview import CaseRow, Referred
from kiosk.values import Masked, Moment, OperatorId, SessionId
from kiosk.wire.lookup import Enrolled
from kiosk.wire.packet import Content


class Clock(Protocol):
    def now(self) -> Moment: ...


class Sight(Protocol):
    """The eyes' models. Called from one thread. `forget` drops everything held of the person in front."""

    def prepare(self) -> None:
        """Load what takes time, so that the first customer does not wait for it. May raise a Fault."""
        ...

    def faces(self, frame: Frame) -> FaceObservation: ...

    def page(self, frame: Frame) -> PageObservation: ...

    def anybody(self, frame: Frame) -> bool:
        """Return whether there is a face in the picture; nothing is remembered of it."""
        ...

    def page_captures(self) -> tuple[Frame, ...]:
        """Return the frames just before the last page that would have done as well, oldest first."""
        ...

    def forget(self) -> None: ...


class DocumentReader(Protocol):
    """Reads one picture; with so_far, adds the portrait and printed text of the other side to what was read. captures: frames of the same
    page, which add further captures of its portrait."""

    def prepare(self) -> None: ...

    def read(self, frame: Frame, so_far: Read | None, captures: tuple[Frame, ...] = ()) -> DocumentOutcome: ...


class FaceComparer(Protocol):
    def prepare(self) -> None: ...

    def compare(self, views: tuple[FaceView, ...], portrait: Portrait | None, further: tuple[Portrait, ...] = ()) -> Comparison: ...

    def compare_enrolled(self, views: tuple[FaceView, ...], template: FaceTemplate) -> MatchVerdict | None:
        """Return None if another model made the template."""
        ...


class HolderLookup(Protocol):
    """Asks the bank who holds an account and which face is enrolled for it, for this session only. Never raises for what the world does."""

    def look_up(self, session: SessionId, account: Masked[str]) -> Enrolled | NoEnrolledFace: ...


class Archive(Protocol):
    """Where records go. `keep` seals record, packet, audit line and outbox row in one transaction or raises a Fault."""

    def keep(self, record: SessionRecord, pictures: EvidencePictures) -> None: ...

    def note_ending(self, session: SessionId, how: str) -> None: ...

    def note_step(self, session: SessionId, step: str) -> None: ...

    def rows(self) -> tuple[CaseRow, ...]: ...

    def backlog(self) -> Backlog:
        """Return what the bank does not hold yet."""
        ...

    def retry(self, session: SessionId) -> None:
        """Make a delivery that was set aside due again."""
        ...


class ReferredCases(Protocol):
    """What the booths referred to this desk."""

    def waiting(self, now: datetime) -> tuple[Referred, ...]:
        """Return the cases a teller can go on with, oldest first. Destroys what came too long ago."""
        ...

    def open(self, session: SessionId) -> Content:
        """Return one of them. LookupError if it is not there any more."""
        ...

    def answered(self, session: SessionId, now: datetime) -> None:
        """It was gone on with, and that is kept: destroy it here."""
        ...


class LooksBack(Protocol):
    def signals(
        self, fields: DocumentFields | None, operator: OperatorId | None, now: datetime, purpose: Purpose | None = None
    ) -> tuple[Signal, ...]:
        """Return what is remembered of this document, this station and this operator, and what the bank's watch-list says of the document
        and of what the customer came for. May raise a Fault."""
        ...


class ScriptSource(Protocol):
    """Draws the challenge script from a cryptographic random source, or gives the one QA fixed."""

    def draw(self, plan: ScriptPlan) -> Script: ...
