"""One whole journey on a recording, without threads or windows, as fast as the models allow: the branch's own code on stepped time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kiosk.assembly.comparing import ModelComparer
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.assembly.sight import ModelSight
from kiosk.camera.recording import Pacing, Recording
from kiosk.camera.source import Ended
from kiosk.camera.staged import DOCUMENT_PICTURE
from kiosk.frame import Frame, Pixels
from kiosk.journey import events as ev
from kiosk.journey.closing import Context
from kiosk.journey.states import AwaitingDisposition, Finished, ProvingLive, ShowingDocument
from kiosk.record import AccountOpening, EvidencePictures, SessionRecord, final_decision
from kiosk.station.overview import Backlog, CaseRow
from kiosk.station.ports import ScriptSource
from kiosk.station.stepped import SteppedStation
from kiosk.values import Capture, Channel, Provenance, SessionId
from models.catalogue import Catalogue

TAIL_S = 60.0
"""Time that passes without frames after a clip ends, so that every window closes."""
_CARD = Provenance(Capture.RECORDING, DOCUMENT_PICTURE)
_FRAME_NS = 33_000_000


@dataclass(slots=True)
class KeptInMemory:
    """Implements `station.ports.Archive`: holds the records of measured journeys."""

    records: list[SessionRecord] = field(default_factory=list)

    def keep(self, record: SessionRecord, pictures: EvidencePictures) -> None:
        self.records.append(record)

    def note_ending(self, session: SessionId, how: str) -> None:
        """Measured journeys leave no audit."""

    def note_step(self, session: SessionId, step: str) -> None:
        """Measured journeys leave no audit."""

    def rows(self) -> tuple[CaseRow, ...]:
        return ()

    def backlog(self) -> Backlog:
        return Backlog()

    def retry(self, session: SessionId) -> None:
        """Nothing is ever delivered."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a journey, without personal data: class names, the reason where there is one."""

    document: str
    findings_against: tuple[str, ...]
    liveness: str
    match: str
    similarity: float | None
    recommendation: str
    decision: str


class JourneyRunner:
    """The models, loaded once, and one journey at a time. today: for expiry."""

    def __init__(self, catalogue: Catalogue, context: Context, today: Callable[[], date]) -> None:
        policy = context.policy
        self._context = context
        self._sight = ModelSight(lambda: catalogue, policy)
        self._reader = ModelDocumentReader(lambda: catalogue, policy.document, today)
        self._comparer = ModelComparer(lambda: catalogue, policy.face)

    def run(self, documents: Sequence[Pixels], clip: Path, scripts: ScriptSource) -> SessionRecord:
        """Show the documents until one is read, then the clip; return the record of the booth's journey.

        Raises RecordingUnreadable for a clip without a frame.
        """
        archive = KeptInMemory()
        self._sight.forget()
        stepped = SteppedStation(self._context, self._sight, self._reader, self._comparer, scripts, archive)
        stepped.station.begin(Channel.BOOTH, AccountOpening(None), "en", None)
        stepped.station.post(ev.ConsentGiven("1"))
        stepped.station.pump()
        sequence = 0
        while isinstance(stepped.state, ShowingDocument):
            card = documents[sequence % len(documents)]
            stepped.show(Frame(card, sequence, stepped.clock.monotonic_ns + 100_000_000, _CARD))
            sequence += 1
        for frame in _frames(clip, stepped, sequence):
            if not isinstance(stepped.state, ProvingLive):
                break
            stepped.show(frame)
        for _ in range(round(TAIL_S * 2)):
            if isinstance(stepped.state, Finished | AwaitingDisposition):
                break
            stepped.pass_time(0.5)
        return archive.records[0]


def summary_of(record: SessionRecord) -> Summary:
    liveness, match = record.liveness, record.match
    because = getattr(liveness, "because", None)
    evidence = getattr(match, "evidence", None)
    return Summary(
        document=record.document.outcome,
        findings_against=tuple(
            f"{finding.code}:{finding.about}" for finding in record.document.findings if finding.weight in ("doubts", "contradicts")
        ),
        liveness=_name(liveness) + (f":{because}" if because is not None else ""),
        match=_name(match),
        similarity=round(evidence.similarity, 3) if evidence is not None else None,
        recommendation=_name(record.recommendation),
        decision=final_decision(record).value,
    )


def _name(value: object) -> str:
    return "-" if value is None else type(value).__name__


def _frames(clip: Path, stepped: SteppedStation, first_sequence: int) -> Iterator[Frame]:
    """Yield the clip's frames, stamped from the stepped clock on."""
    recording = Recording(clip, lambda: stepped.clock.monotonic_ns + _FRAME_NS, Pacing.AS_FAST_AS_POSSIBLE)
    recording.open()
    try:
        while not isinstance(taken := recording.read(), Ended):
            yield Frame(taken.pixels, first_sequence + taken.sequence, taken.captured_ns, taken.provenance)
    finally:
        recording.close()
