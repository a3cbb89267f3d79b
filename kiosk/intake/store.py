"""The intake's ledger, behind one small protocol: embedded SQLite or a PostgreSQL server.

What any implementation promises:

1. `hold` commits to the disk before it returns. A receipt exists in the ledger before anyone is shown it.
2. A packet id is held once. The same id with the same digest gives the very receipt given before; with another digest, `IdConflict`.
3. Positions count from 1 without holes, in the order of commitment.
4. The log's tree grows in the transaction that holds the packet: position p is leaf p - 1, and its complete nodes
   (`kiosk/wire/hash_tree.py`) are stored with it. A committed node never changes, so anybody may keep what he once read.
5. Nothing held is ever changed or removed.
6. DiskFull, StoreDamaged, StoreUnavailable and StoreFromNewerVersion are all that is raised; nothing is half stored.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kiosk.intake.outbox import Outbox
from kiosk.record import Decision
from kiosk.values import SessionId
from kiosk.wire.hash_tree import Place
from kiosk.wire.keys import EnrolledStation
from kiosk.wire.withdrawal import Withdrawn


@dataclass(frozen=True, slots=True)
class Incoming:
    """A packet that passed every check. content: header and core, sealed for rest; template: the face print the customer enrolled, sealed
    for rest, empty for none; digest: of the packet as received; grant: the content's key, sealed to the analysis role; with one the packet
    goes into the outbox in the same transaction (`kiosk/intake/outbox.py`)."""

    packet_id: SessionId
    digest: bytes
    station: str
    station_key: str
    purpose: str
    decision: Decision
    received_at: datetime
    content: bytes
    template: bytes = b""
    grant: bytes = b""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a ledger position holds of its receipt. leaf: its hash in the log, 32 bytes."""

    receipt: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """receipt: signed; position: from 1; station_key: who brought it; again: the packet was held before this time."""

    receipt: bytes
    position: int
    station_key: str
    again: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """An account and the packet it was opened with. template: sealed for rest; None if none was enrolled or it was revoked."""

    packet_id: SessionId
    template: bytes | None
    revoked: bool


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """A consent that was taken back. station: the name of the one that says so, under which the packet came; at: when the customer did it;
    message: as the station signed it, which is the proof."""

    packet_id: SessionId
    purpose: str
    station: str
    at: datetime
    received_at: datetime
    message: bytes


@dataclass(frozen=True, slots=True)
class IdConflict:
    """Another packet is held under this id."""


@dataclass(frozen=True, slots=True)
class HeldCase:
    """One held packet, without anything about the customer."""

    position: int
    packet_id: SessionId
    station: str
    purpose: str
    decision: Decision
    received_at: datetime


class IntakeStore(Outbox, Protocol):
    def station(self, key_id: str) -> EnrolledStation | None:
        """Return the station enrolled with this key and not withdrawn: whose packets are taken."""
        ...

    def signer(self, key_id: str) -> EnrolledStation | None:
        """Return the station that was ever enrolled with this key: whose old signatures are checked."""
        ...

    def enrol(self, station: EnrolledStation, at: datetime) -> bool:
        """Enrol a station; False if its key is enrolled already. A key never changes name, class or sealing key: ValueError.

        A key enrolled without a sealing key is given one, once. A withdrawn key stays withdrawn.
        """
        ...

    def withdraw(self, key_id: str, at: datetime) -> bool:
        """Take no more packets of this key, for good: it was stolen or replaced. False if it was withdrawn already or never enrolled."""
        ...

    def stations(self) -> tuple[EnrolledStation, ...]:
        """Return the stations whose packets are taken, oldest enrolment first."""
        ...

    def hold(self, packet: Incoming, entry_at: Callable[[int], Entry]) -> Held | IdConflict:
        """Hold a packet once and add its receipt to the log; without its template if its station took that consent back before.

        entry_at: makes the signed receipt for a ledger position."""
        ...

    def held(self, packet_id: SessionId, digest: bytes) -> Held | None:
        """Return what was answered for the packet with this id and digest."""
        ...

    def log_size(self) -> int:
        """Return how many leaves the log has: the last committed position."""
        ...

    def log_nodes(self, places: Collection[Place]) -> Mapping[Place, bytes]:
        """Return complete nodes of the log. Raises StoreDamaged if one is not there."""
        ...

    def cases(self, after: int = 0) -> Iterator[HeldCase]:
        """Yield what is held, oldest first. after: a position; only what came later is read."""
        ...

    def content(self, packet_id: SessionId) -> tuple[bytes, bytes, str] | None:
        """Return sealed content, digest and station key id."""
        ...

    def open_account(self, account: bytes, packet_id: SessionId, at: datetime) -> bool:
        """Write down which held packet an account was opened with; False if it has one. account: a keyed hash, so that the ledger names
        none. LookupError if no such packet is held."""
        ...

    def opening(self, account: bytes) -> Opening | None:
        """Return what an account was opened with, None for an account nobody opened here."""
        ...

    def revoke(self, account: bytes, at: datetime) -> bool:
        """Destroy the template of an account for good; False if there is none to destroy."""
        ...

    def take_consent_back(self, told: ConsentWithdrawn, *, destroys: bool) -> Withdrawn:
        """Write down a withdrawal, once, and, if it destroys, destroy the template that came with the packet, for good.

        Raises PacketRefused for a packet that another station brought."""
        ...

    def consent_withdrawn(self, packet_id: SessionId, station: str) -> bool:
        """Return whether this station said before, of this packet, that what came with it must not be kept to recognise anybody by."""
        ...

    def ready(self) -> None:
        """Return if the store answers; raise a fault if not."""
        ...

    def close(self) -> None: ...
