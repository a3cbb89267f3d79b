"""Carries out what the journey asks for, on worker threads, and posts the answers."""

from collections.abc import Callable

import cv2

from kiosk.faults import Fault
from kiosk.frame import Pixels
from kiosk.journey.effects import CompareFaces, DrawScript, KeepCase, NoteEnding, NoteStep, ReadDocument
from kiosk.journey.events import CaseKept, DocumentAnswered, Event, FacesCompared, ScriptDrawn, WorkFailed
from kiosk.record import EvidencePictures
from kiosk.station.crew import Job, JobTaker
from kiosk.station.life import CasesListed, LifeEvent
from kiosk.station.ports import Archive, DocumentReader, FaceComparer, ScriptSource
from kiosk.values import Masked, SessionId, Ticket

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
            outcome = self._reader.read(asked.frame, asked.so_far)
            self._post(DocumentAnswered(asked.ticket, outcome, asked.frame))

        self._heavy.put(Job("read-document", work, self._failed(asked.ticket)))

    def compare(self, asked: CompareFaces) -> None:
        def work() -> None:
            self._post(FacesCompared(asked.ticket, self._comparer.compare(asked.views, asked.portrait)))

        self._heavy.put(Job("compare-faces", work, self._failed(asked.ticket)))

    def draw(self, asked: DrawScript) -> None:
        def work() -> None:
            self._post(ScriptDrawn(asked.ticket, self._scripts.draw()))

        self._records.put(Job("draw-script", work, self._failed(asked.ticket)))

    def keep(self, asked: KeepCase) -> None:
        def work() -> None:
            pictures = EvidencePictures(_jpeg(asked.page), _jpeg(asked.portrait), _jpeg(asked.live))
            self._archive.keep(asked.record, pictures)
            self._post(CaseKept(asked.ticket))
            self._list()
            self._on_kept()

        self._records.put(Job("keep-case", work, self._failed(asked.ticket)))

    def note_ending(self, asked: NoteEnding) -> None:
        def work() -> None:
            self._archive.note_ending(asked.session, asked.how)

        self._records.put(Job("note-ending", work, _nothing))

    def note_step(self, asked: NoteStep) -> None:
        def work() -> None:
            self._archive.note_step(asked.session, asked.step)

        self._records.put(Job("note-step", work, _nothing))

    def retry(self, session: SessionId) -> None:
        def work() -> None:
            self._archive.retry(session)
            self._list()
            self._on_kept()

        self._records.put(Job("retry-delivery", work, _nothing))

    def list_cases(self) -> None:
        self._records.put(Job("list-cases", self._list, _nothing))

    def _list(self) -> None:
        self._post_life(CasesListed(self._archive.rows(), self._archive.backlog()))

    def _unready(self, fault: Fault) -> None:
        self._on_unready(type(fault).__name__)

    def _failed(self, ticket: Ticket) -> Callable[[Fault], None]:
        return lambda fault: self._post(WorkFailed(ticket, type(fault).__name__))


def _nothing(fault: Fault) -> None:
    """The fault is in the log; no customer waits for this job."""


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
