"""Carries out what the journey asks for, on worker threads, and posts the answers."""

from collections.abc import Callable
from datetime import UTC, datetime

import cv2
import numpy as np

from kiosk.document.reading import DocumentFields
from kiosk.faults import Fault
from kiosk.frame import Pixels
from kiosk.journey.effects import CompareFaces, DrawScript, HandToPerson, KeepCase, LookBack, NoteEnding, NoteStep, ReadDocument
from kiosk.journey.events import CaseKept, CaseTakenOver, DocumentAnswered, Event, FacesCompared, ScriptDrawn, Sensed, WorkFailed
from kiosk.record import EvidencePictures, Purpose
from kiosk.risk.returning import HolderCompared, NoEnrolledFace, NoEnrolledFaceBecause, Returning, is_holder
from kiosk.risk.signals import Signal, signal, worst_of_each
from kiosk.station.crew import Job, JobTaker
from kiosk.station.forgetting import release
from kiosk.station.life import CasesListed, LifeEvent, ReferredListed
from kiosk.station.ports import Archive, DocumentReader, FaceComparer, HolderLookup, LooksBack, ReferredCases, ScriptSource
from kiosk.values import Masked, OperatorId, SessionId, Ticket
from kiosk.wire.template import template_to_bytes

JPEG_QUALITY = 90
PAGE_MAX_WIDTH_PX = 1600
"""A flattened page wider than this is made smaller before it is kept: OCR is done, a person still reads it easily."""


class Clerk:
    """Two takers of jobs: `heavy` reads and compares, `records` keeps, and must not wait behind a reading.

    on_unready: told the fault's class name when reader or comparer cannot be made ready; such a station must serve nobody.
    """

    def __init__(
        self,
        reader: DocumentReader,
        comparer: FaceComparer,
        scripts: ScriptSource,
        archive: Archive,
        post: Callable[[Event], None],
        post_life: Callable[[LifeEvent], None],
        on_kept: Callable[[], None],
        on_unready: Callable[[str], None],
        heavy: JobTaker,
        records: JobTaker,
        lookup: HolderLookup | None = None,
        referred: ReferredCases | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        past: LooksBack | None = None,
    ) -> None:
        self._reader = reader
        self._comparer = comparer
        self._scripts = scripts
        self._archive = archive
        self._post = post
        self._post_life = post_life
        self._on_kept = on_kept
        self._on_unready = on_unready
        self._heavy = heavy
        self._records = records
        self._lookup = lookup
        self._referred = referred
        self._now = now
        self._past = past

    def start(self) -> None:
        self._heavy.start()
        self._records.start()
        self.list_cases()
        self._heavy.put(Job("prepare-reader", self._reader.prepare, self._unready))
        self._heavy.put(Job("prepare-comparer", self._comparer.prepare, self._unready))

    def stop(self) -> None:
        self._heavy.stop()
        self._records.stop()

    def read(self, asked: ReadDocument) -> None:
        def work() -> None:
            outcome = self._reader.read(asked.frame, asked.so_far, asked.captures)
            self._post(DocumentAnswered(asked.ticket, outcome, asked.frame))

        self._heavy.put(Job("read-document", work, self._failed(asked.ticket)))

    def compare(self, asked: CompareFaces) -> None:
        def work() -> None:
            compared = self._comparer.compare(asked.views, asked.portrait, asked.further)
            returning = None if asked.account is None else self._returning(asked, asked.account)
            self._post(FacesCompared(asked.ticket, compared.verdict, returning, compared.portrait))

        self._heavy.put(Job("compare-faces", work, self._failed(asked.ticket)))

    def _returning(self, asked: CompareFaces, account: Masked[str]) -> Returning:
        """Compare the live face and the document with whoever holds the account. What the bank told is let go of on return."""
        if self._lookup is None:
            return NoEnrolledFace(NoEnrolledFaceBecause.BANK_SILENT)
        found = self._lookup.look_up(asked.ticket.session, account)
        if isinstance(found, NoEnrolledFace):
            return found
        if found.since is not None:
            now = self._now()
            age = signal("context.account-age", max((now.date() - found.since).days, 0), now)
            self._post(Sensed((age,), asked.ticket.session))
        verdict = self._comparer.compare_enrolled(asked.views, found.template)
        if verdict is None:
            return NoEnrolledFace(NoEnrolledFaceBecause.OTHER_MODEL)
        return HolderCompared(is_holder(asked.fields, found.holder.reveal()), verdict)

    def draw(self, asked: DrawScript) -> None:
        def work() -> None:
            self._post(ScriptDrawn(asked.ticket, self._scripts.draw(asked.plan)))

        self._records.put(Job("draw-script", work, self._failed(asked.ticket)))

    def keep(self, asked: KeepCase) -> None:
        def work() -> None:
            template = None if asked.template is None else Masked(template_to_bytes(asked.template))
            pictures = EvidencePictures(_jpeg(asked.page), _jpeg(asked.portrait), _jpeg(asked.live), template)
            self._archive.keep(asked.record, pictures)
            self._post(CaseKept(asked.ticket))
            self._list()
            self._on_kept()

        self._records.put(Job("keep-case", work, self._failed(asked.ticket)))

    def hand_to_person(self, asked: HandToPerson) -> None:
        """Keep the case like any other, without a picture; the archive brings it to the desk. Not kept, the customer is at the desk all the
        same, and the audit log has the ending."""

        def work() -> None:
            self._archive.keep(asked.record, EvidencePictures(None, None, None))
            self._list()
            self._on_kept()

        self._records.put(Job("hand-to-person", work, _nothing))

    def note_ending(self, asked: NoteEnding) -> None:
        def work() -> None:
            self._archive.note_ending(asked.session, asked.how)

        self._records.put(Job("note-ending", work, _nothing))

    def note_step(self, asked: NoteStep) -> None:
        def work() -> None:
            self._archive.note_step(asked.session, asked.step)

        self._records.put(Job("note-step", work, _nothing))

    def look_back(self, asked: LookBack) -> None:
        """Ask the store what it remembers. What cannot be asked is no signal, and the policy says what that counts. Without a `past`, which
        every branch has, a booth waits in vain to hear of a second document, and a person decides."""
        past = self._past
        if past is None:
            return

        def work() -> None:
            found = remembered_of(past, asked.fields, asked.second, asked.operator, self._now(), asked.purpose)
            self._post(Sensed(found, asked.session, both=asked.second is not None))

        self._records.put(Job("look-back", work, _nothing))

    def release_memory(self) -> None:
        """Hand back the memory a customer's pictures were in. On the readers' thread: it takes tens of milliseconds."""
        self._heavy.put(Job("release-memory", _release, _nothing))

    def retry(self, session: SessionId) -> None:
        def work() -> None:
            self._archive.retry(session)
            self._list()
            self._on_kept()

        self._records.put(Job("retry-delivery", work, _nothing))

    def take_over(self, session: SessionId, referred: SessionId, operator: OperatorId, sensed: tuple[Signal, ...] = ()) -> None:
        """Go on with a case the booth referred, under the new id `session`. One that is not there any more leaves the list."""
        source = self._referred
        if source is None:
            return

        def work() -> None:
            try:
                content = source.open(referred)
            except LookupError:
                self._list()
                return
            pictures = content.pictures
            shown = (_pixels(pictures.page), _pixels(pictures.portrait), _pixels(pictures.live))
            found = content.record
            past = self._past
            second = None if found.second_document is None else found.second_document.fields
            remembered = () if past is None else remembered_of(past, found.document.fields, second, operator, self._now(), found.purpose)
            self._post(CaseTakenOver(session, operator, found, *shown, (*sensed, *remembered)))

        self._records.put(Job("take-over", work, _nothing))

    def list_cases(self) -> None:
        self._records.put(Job("list-cases", self._list, _nothing))

    def _list(self) -> None:
        self._post_life(CasesListed(self._archive.rows(), self._archive.backlog()))
        if self._referred is not None:
            self._post_life(ReferredListed(self._referred.waiting(self._now())))

    def _unready(self, fault: Fault) -> None:
        self._on_unready(type(fault).__name__)

    def _failed(self, ticket: Ticket) -> Callable[[Fault], None]:
        return lambda fault: self._post(WorkFailed(ticket, type(fault).__name__))


def remembered_of(
    past: LooksBack,
    first: DocumentFields | None,
    second: DocumentFields | None,
    operator: OperatorId | None,
    now: datetime,
    purpose: Purpose,
) -> tuple[Signal, ...]:
    """Return what is remembered of one document or of two, the worse reading of each."""
    found = past.signals(first, operator, now, purpose)
    return found if second is None else worst_of_each((*found, *past.signals(second, operator, now, purpose)))


def _release() -> None:
    release()


def _nothing(fault: Fault) -> None:
    """The fault is in the log; no customer waits for this job."""


def _pixels(jpeg: Masked[bytes] | None) -> Pixels | None:
    """Return a picture that came sealed from an enrolled booth; None for none or one that is no picture."""
    if jpeg is None:
        return None
    decoded = cv2.imdecode(np.frombuffer(jpeg.reveal(), np.uint8), cv2.IMREAD_COLOR)
    return None if decoded is None else decoded.astype(np.uint8)


def _jpeg(pixels: Pixels | None) -> Masked[bytes] | None:
    if pixels is None:
        return None
    width = pixels.shape[1]
    if width > PAGE_MAX_WIDTH_PX:
        scale = PAGE_MAX_WIDTH_PX / width
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(pixels.dtype)
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("a captured picture could not be encoded")
    return Masked(encoded.tobytes())
