"""A bank and its stations with keys of their own, for tests."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kiosk.bank.http import NOTHING_KNOWN, HttpConnector
from kiosk.intake.acceptance import DEMONSTRATION, PRODUCTION, Acceptance
from kiosk.intake.reception import IntakeKeys, Later, NotNow, Outcome, Sealed, Taken, TurnedAway
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.policy import SyncPolicy
from kiosk.record import EvidencePictures, SessionRecord
from kiosk.values import Masked, StationClass
from kiosk.wire.hash_tree import TreeHead
from kiosk.wire.keys import BankIdentity, BankPublicKeys, StationIdentity, draw_bank_identity, draw_station_identity
from kiosk.wire.log_proof import Asked, Proven, judge
from kiosk.wire.packet import Packet, digest_of, make_packet, read_envelope
from kiosk.wire.receipt import Receipt, verify_refusal
from kiosk.wire.reply import Word, open_reply
from kiosk.wire.succession import TrustedBank

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

    def connect(
        self, url: str, policy: SyncPolicy = QUICK, authorities: str | None = None, known: TreeHead = NOTHING_KNOWN
    ) -> HttpConnector:
        """Return the booth's way to a bank at this address."""
        return HttpConnector(url, self.booth, TrustedBank(self.bank.public()), policy, authorities, lambda: known)

    def opened(self, outcome: Outcome | Sealed, packet: bytes, *others: StationIdentity) -> Outcome:
        """Return what the bank said to this packet, as the station reads it that brought it. others: stations beside the branch's own."""
        if not isinstance(outcome, Sealed):
            return outcome
        sender = read_envelope(packet).header.station_key
        reader = next(one for one in (self.booth, self.qa, self.demo, *others) if one.key_id == sender)
        reply = open_reply(outcome.reply, digest_of(packet), reader.key_id, reader.opening_key())
        match reply.word:
            case Word.ACCEPTED | Word.HELD_ALREADY:
                return Taken(reply.content, reply.word is Word.HELD_ALREADY)
            case Word.REFUSED:
                return TurnedAway(verify_refusal(reply.content, digest_of(packet), (self.bank.public().answers,)).code, reply.content)
            case _:
                return Later(NotNow(reply.content.decode()))

    def proved(self, answer: bytes, packet: Packet, known: TreeHead = NOTHING_KNOWN) -> Receipt:
        """Return the receipt of an answer that holds; fails for any other."""
        return proved_receipt(answer, packet, self.bank.public(), known)


def proved_receipt(answer: bytes, packet: Packet, bank: BankPublicKeys, known: TreeHead = NOTHING_KNOWN) -> Receipt:
    asked = Asked(packet.packet_id, packet.digest, read_envelope(packet.sealed).header.station, known)
    found = judge(answer, asked, (bank.answers,))
    assert isinstance(found, Proven), found
    return found.receipt


def draw_branch() -> Branch:
    return Branch(
        draw_bank_identity(),
        draw_station_identity("booth-1", StationClass.PRODUCTION),
        draw_station_identity("qa-1", StationClass.QA),
        draw_station_identity("demo-1", StationClass.DEMO),
    )


def acceptance(production: bool) -> Acceptance:
    return PRODUCTION if production else DEMONSTRATION
