"""What analysis found out and keeps: facts of cases, labels, assessments, sealed face prints. Behind one protocol, as the ledger is.

What any implementation promises:

1. A case is kept once, and so is a label, whoever brings it and how often; the second time changes nothing and is not counted.
2. Entries are numbered from 1 without holes in the order of commitment. Cases and labels share the numbers: what is known is a function of
   the entries in their order, and can be made again from them.
3. `fold` moves the mark and keeps what came of the entries up to it in one transaction, and only if the mark is where the caller believes:
   two who fold at once do not both have an effect.
4. What is erased is overwritten, in every file of the store's own; its number stays.
5. Everything is on the disk when a method returns. DiskFull, StoreDamaged, StoreUnavailable, StoreFromNewerVersion are all that is raised.

Nothing here names a customer: facts hold keyed hashes (`kiosk/intake/analysis/extract.py`), faces are sealed by the analysis role.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kiosk.intake.lease import Lease
from kiosk.values import SessionId


class Trouble(StrEnum):
    """Why a case has no fact."""

    NONE = ""
    SEAL = "seal-broken"
    CONTENT = "content-refused"
    STATION = "station-unknown"
    ERASED = "erased"


class EntryKind(StrEnum):
    CASE = "case"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Analysed:
    """One opened case. fact: spelled, empty where there is a trouble; face: its sealed print, empty for none."""

    packet_id: SessionId
    position: int
    received_at: datetime
    fact: bytes = field(repr=False)
    face: bytes = field(repr=False, default=b"")
    trouble: Trouble = Trouble.NONE


@dataclass(frozen=True, slots=True)
class Entry:
    """content: a fact or label, spelled; empty where there is a trouble."""

    number: int
    kind: EntryKind
    packet_id: SessionId
    content: bytes = field(repr=False)
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Face:
    """A sealed print of entry `number`."""

    number: int
    packet_id: SessionId
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case when it was folded, or looked at again: a spelled assessment."""

    packet_id: SessionId
    assessment: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundFaces:
    """What the face index said of a case against earlier ones, spelled; kept so that folding anew says the same."""

    packet_id: SessionId
    links: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Counts:
    """cases: kept, those with a trouble included; unreadable: with one; faces: prints held now; folded: the mark; entries: the last
    number."""

    cases: int
    unreadable: int
    faces: int
    folded: int
    entries: int


class Results(Protocol):
    def keep(self, cases: Sequence[Analysed]) -> int:
        """Keep cases, all or none; return how many were not kept before."""
        ...

    def add_label(self, packet_id: SessionId, label: bytes) -> int:
        """Keep what people found out about a case; return its number. The very same label is kept once, whoever brings it again."""
        ...

    def entries(self, after: int, at_most: int) -> Sequence[Entry]: ...

    def found_faces(self, after: int, upto: int) -> dict[SessionId, bytes]:
        """Return what the index said of the entries in a range of numbers, when they were folded."""
        ...

    def folded(self) -> int:
        """Return the mark: the last entry that was folded."""
        ...

    def fold(self, expected: int, upto: int, outcomes: Sequence[Outcome], found: Sequence[FoundFaces]) -> bool:
        """Move the mark from `expected` to `upto` and keep what came of it; False, and nothing kept, if the mark is elsewhere."""
        ...

    def outcome(self, packet_id: SessionId) -> bytes | None:
        """Return the latest assessment of a case."""
        ...

    def outcomes(self, after: int, at_most: int) -> Sequence[tuple[int, Outcome]]:
        """Return assessments with numbers of their own, in the order they were made."""
        ...

    def faces(self, after: int, at_most: int) -> Sequence[Face]: ...

    def faces_of(self, packet_ids: Sequence[SessionId]) -> Sequence[SessionId]:
        """Return which of these cases have a print."""
        ...

    def erase_faces(self, packet_ids: Sequence[SessionId]) -> int:
        """Destroy the prints of these cases; return how many there were."""
        ...

    def faces_received_before(self, moment: datetime) -> Sequence[SessionId]:
        """Return the cases whose prints are due for erasure."""
        ...

    def forget_case(self, packet_id: SessionId) -> bool:
        """Destroy fact, print and assessments of a case; False if there is nothing of it."""
        ...

    def counts(self) -> Counts: ...

    def lease(self, name: str) -> Lease:
        """Return a lease, not yet taken. It ends with its process, whatever kills that."""
        ...

    def close(self) -> None: ...
