"""What an intake takes. A branch's mark of class and capture is worth something only because a bank refuses by it."""

from dataclasses import dataclass, replace
from typing import assert_never

from kiosk.record import Decision, SessionRecord, final_decision
from kiosk.risk.decision import SPECIMEN_STATES
from kiosk.values import Capture, StationClass
from kiosk.wire.receipt import RefusalCode


@dataclass(frozen=True, slots=True)
class Acceptance:
    """production: whether only production stations and pictures from a live camera are taken. Otherwise only the other classes are:
    a production case must never end in a demonstration's books.

    body_within_s: how long a packet may take to arrive; per_station_per_minute: packets one station may bring, a runaway's brake;
    at_once: connections, each holding at most one packet in memory; half of them for one address that is no proxy's;
    heartbeat_every_s: how often a station is told to say how it is: feedback
    takes effect within 60 s (issue text), so that three may be lost; heartbeats_per_minute: of one station, apart from its packets.
    """

    production: bool
    body_within_s: float = 30.0
    per_station_per_minute: int = 1_200
    at_once: int = 32
    heartbeat_every_s: int = 15
    heartbeats_per_minute: int = 60

    def shared_by(self, workers: int) -> "Acceptance":
        """Return what one of several workers allows, so that all together allow as much: each sees its share of a station's packets."""
        return replace(self, per_station_per_minute=max(1, -(-self.per_station_per_minute // workers)))


PRODUCTION = Acceptance(production=True)
DEMONSTRATION = Acceptance(production=False)


def refused_class(acceptance: Acceptance, station_class: StationClass) -> RefusalCode | None:
    """Return why packets of stations of this class are refused, None if they are not."""
    match station_class:
        case StationClass.PRODUCTION:
            return None if acceptance.production else RefusalCode.WRONG_CLASS
        case StationClass.QA | StationClass.DEMO:
            return RefusalCode.NOT_PRODUCTION if acceptance.production else None
        case _:
            assert_never(station_class)


def refused_capture(acceptance: Acceptance, record: SessionRecord) -> RefusalCode | None:
    """Return why the record's pictures are refused, None if they are not."""
    captures = {source.capture for source in record.sources}
    # Faces are observed from the station's camera alone, so a scan beside it can only be the document; a face without any camera cannot be.
    staged = bool(captures - {Capture.LIVE_CAMERA, Capture.SCANNED_FILE})
    no_camera = record.liveness is not None and Capture.LIVE_CAMERA not in captures
    fields = record.document.fields
    specimen = fields is not None and fields.issuing_state in SPECIMEN_STATES and final_decision(record) is Decision.APPROVE
    fixed = record.liveness is not None and record.liveness.evidence.script.fixed_by_qa
    return RefusalCode.NOT_PRODUCTION if acceptance.production and (fixed or staged or no_camera or specimen) else None
