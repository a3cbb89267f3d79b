"""A bank and its stations with keys of their own, for tests."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk.intake.acceptance import DEMONSTRATION, PRODUCTION, Acceptance
from kiosk.intake.reception import IntakeKeys
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.policy import SyncPolicy
from kiosk.record import EvidencePictures, SessionRecord
from kiosk.values import Masked, StationClass
from kiosk.wire.keys import BankIdentity, StationIdentity, draw_bank_identity, draw_station_identity
from kiosk.wire.packet import Packet, make_packet

NOW = datetime(2026, 3, 4, 12, 5, tzinfo=UTC)
QUICK = SyncPolicy(request_timeout_s=10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """One bank, a production, a QA and a demo station of it, all enrolled."""

    bank: BankIdentity
    booth: StationIdentity
    qa: StationIdentity
    demo: StationIdentity

    def packet(self, record: SessionRecord, pictures: EvidencePictures, station: StationIdentity | None = None) -> Packet:
        """Return the record as this station (else the booth) would send it."""
        sender = station or self.booth
        facts = replace(record.station, station=sender.name, station_class=sender.station_class)
        return make_packet(replace(record, station=facts), pictures, sender, self.bank.public())

    def keys(self) -> IntakeKeys:
        return IntakeKeys(self.bank, Masked(bytes(range(32))))

    def store(self, folder: Path, max_pages: int | None = None) -> SqliteIntakeStore:
        store = SqliteIntakeStore(folder / "ledger.sqlite", max_pages)
        for station in (self.booth, self.qa, self.demo):
            store.enrol(station.enrolled(), NOW)
        return store


def draw_branch() -> Branch:
    return Branch(
        draw_bank_identity(),
        draw_station_identity("booth-1", StationClass.PRODUCTION),
        draw_station_identity("qa-1", StationClass.QA),
        draw_station_identity("demo-1", StationClass.DEMO),
    )


def acceptance(production: bool) -> Acceptance:
    return PRODUCTION if production else DEMONSTRATION
