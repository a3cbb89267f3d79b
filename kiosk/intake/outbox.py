"""What waits in the ledger for analysis: the outbox. A case is put there in the transaction that holds its packet, and leaves it when its
analysis is on disk; whatever carries it there in between may lose everything.

What any implementation promises, beside `kiosk/intake/store.py`:

1. A packet held with a grant is in the outbox before anyone is shown its receipt.
2. Nothing leaves the outbox but by `settle`. With the row goes the grant: the analysis role opens a case only while it waits.
3. `open_waiting` gives no content before the opening is written down, on disk, in a chain that only grows.
4. A lease has one holder at a time.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from kiosk.intake.lease import Lease
from kiosk.values import SessionId
from kiosk.wire.plain import write_time

ANALYSIS: Final = "fraud-analysis"
"""The only purpose an opening can have."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that was not analysed yet. Nothing in it is about the customer."""

    position: int
    packet_id: SessionId


@dataclass(frozen=True, slots=True)
class Sealed:
    """A waiting case as it rests. grant: its content's key, sealed to the analysis role."""

    position: int
    packet_id: SessionId
    received_at: datetime
    station_key: str
    digest: bytes
    content: bytes
    grant: bytes


@dataclass(frozen=True, slots=True)
class Grant:
    position: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a stream was fed. generation: of the stream's store; sequence: the last the stream gave; position: the last fed."""

    generation: str
    sequence: int
    position: int


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """Somebody opened a case. role: id of the key it was opened with; worker: which process, a code; digest: of this line and the one
    before it, 32 bytes."""

    number: int
    at: str
    position: int
    packet_id: str
    role: str
    purpose: str
    worker: str
    digest: bytes


class Outbox(Protocol):
    def queued(self, after: int, at_most: int) -> Sequence[Waiting]:
        """Return what waits beyond a position, in its order."""
        ...

    def queued_count(self) -> int: ...

    def open_waiting(self, positions: Sequence[int], role: str, worker: str, at: datetime) -> Sequence[Sealed]:
        """Write down that these are opened, then return those that still wait, in their order."""
        ...

    def settle(self, positions: Sequence[int]) -> int:
        """Take out what was analysed, and with it the grant; return how many still were there."""
        ...

    def grant_again(self, grants: Sequence[Grant]) -> int:
        """Put held packets into the outbox once more, for an analysis or a role's key that was lost; return how many were not there. Those
        that wait have the new grant in place of the old."""
        ...

    def mark(self, stream: str) -> Mark | None: ...

    def keep_mark(self, stream: str, mark: Mark) -> None: ...

    def consents_withdrawn(self) -> Sequence[SessionId]:
        """Return the packets whose customers took a consent back."""
        ...

    def openings(self) -> Iterator[OpeningLine]:
        """Yield every opening, oldest first."""
        ...

    def lease(self, name: str) -> Lease:
        """Return a lease, not yet taken. It ends with its process, whatever kills that."""
        ...


FIRST: Final = bytes(32)


def chained(before: bytes, number: int, at: datetime, case: Waiting, role: str, worker: str) -> OpeningLine:
    """Return the next line of the chain. before: the digest of the line before it, `FIRST` for the first."""
    line = OpeningLine(number, write_time(at), case.position, case.packet_id, role, ANALYSIS, worker, b"")
    return OpeningLine(
        line.number, line.at, line.position, line.packet_id, line.role, line.purpose, line.worker, digest_of_line(before, line)
    )


def digest_of_line(before: bytes, line: OpeningLine) -> bytes:
    parts = (str(line.number), line.at, str(line.position), line.packet_id, line.role, line.purpose, line.worker)
    return hashlib.sha256(before + "\0".join(parts).encode()).digest()


def first_broken(lines: Iterator[OpeningLine]) -> int | None:
    """Return the number of the first line that does not follow from those before it; None if the chain is whole."""
    before = FIRST
    for expected, line in enumerate(lines, 1):
        if line.number != expected or line.digest != digest_of_line(before, line):
            return expected
        before = line.digest
    return None
