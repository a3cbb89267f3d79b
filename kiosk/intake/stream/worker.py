"""One analysis worker: takes waiting cases from the stream, opens them, and has each case's effect once.

In this order, so that a kill anywhere loses nothing and counts nothing twice:

1. Take deliveries. They may have been delivered before.
2. The opening is written down in the ledger, on disk; only then is there anything to open. What waits no longer was done before.
3. Open, check the station's signature again, make the fact (and the face print, where the bank has them).
4. Keep the facts in the results, once each, in one transaction.
5. Settle: out of the outbox, the grant with it.
6. Tell the stream.

Killed after 2, an opening is on record that led to nothing; after 4, the case comes again, is kept already and changes nothing.
A case that does not open is kept with its trouble, never tried for ever; one that is granted to another key is nobody's fault but the
operator's: the worker stops and says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from kiosk.faults import Fault, PacketRefused, SealBroken
from kiosk.intake.analysis_role import AnalysisRole
from kiosk.intake.outbox import Outbox, Sealed
from kiosk.intake.rest import open_content_with
from kiosk.intake.results import Analysed, Results, Trouble
from kiosk.intake.stream.ports import Delivery, Stream, StreamAway
from kiosk.wire.keys import EnrolledStation
from kiosk.wire.packet import Content

TAKEN_AT_ONCE: Final = 32
"""A case is 8 MB at most, so this bounds the memory."""
_AGAIN_AFTER_S: Final = 2.0


class Ledger(Outbox, Protocol):
    """What of the ledger a worker needs."""

    def signer(self, key_id: str) -> EnrolledStation | None: ...


class Extract(Protocol):
    """Makes of an opened case what is kept of it."""

    def __call__(self, content: Content, case: Sealed) -> tuple[bytes, bytes]:
        """Return its fact, spelled, and its sealed face print, empty for none. Raises PacketRefused for what cannot be spelled."""
        ...


@dataclass(frozen=True, slots=True)
class Worked:
    """taken: deliveries; kept: cases that were not kept before; unreadable: of the opened ones."""

    taken: int
    kept: int
    unreadable: int


NOTHING: Final = Worked(0, 0, 0)


class Worker:
    """For one thread. name: which process, a code for the openings' log; clock: the time in UTC."""

    def __init__(
        self,
        ledger: Ledger,
        results: Results,
        stream: Stream,
        role: AnalysisRole,
        extract: Extract,
        clock: Callable[[], datetime],
        name: str = "analysis",
    ) -> None:
        self._ledger = ledger
        self._results = results
        self._stream = stream
        self._role = role
        self._extract = extract
        self._clock = clock
        self._name = name
        self._signers: dict[str, EnrolledStation] = {}

    def step(self, within_s: float) -> Worked:
        """Work off one lot, waiting at most so long for it. Raises StreamAway, the stores' faults and KeyUnavailable, with nothing lost."""
        deliveries = self._stream.take(TAKEN_AT_ONCE, within_s)
        if not deliveries:
            return NOTHING
        try:
            opened = self._ledger.open_waiting([one.position for one in deliveries], self._role.key_id, self._name, self._clock())
            cases = [self._analysed(case) for case in opened]
            kept = self._results.keep(cases) if cases else 0
            self._ledger.settle([case.position for case in opened])
        except Fault:
            self._give_back(deliveries)
            raise
        self._stream.done(deliveries)
        return Worked(len(deliveries), kept, sum(case.trouble is not Trouble.NONE for case in cases))

    def _analysed(self, case: Sealed) -> Analysed:
        def trouble(what: Trouble) -> Analysed:
            return Analysed(case.packet_id, case.position, case.received_at, b"", trouble=what)

        station = self._signer(case.station_key)
        if station is None:
            return trouble(Trouble.STATION)
        try:
            key = self._role.content_key(case.grant, case.packet_id, case.digest)
            _, content = open_content_with(key, case.packet_id, case.digest, case.content, station)
            fact, face = self._extract(content, case)
        except SealBroken:
            return trouble(Trouble.SEAL)
        except PacketRefused:
            return trouble(Trouble.CONTENT)
        return Analysed(case.packet_id, case.position, case.received_at, fact, face)

    def _signer(self, key_id: str) -> EnrolledStation | None:
        """A key never changes name or class, so it is asked for once."""
        known = self._signers.get(key_id)
        if known is None:
            known = self._ledger.signer(key_id)
            if known is not None:
                self._signers[key_id] = known
        return known

    def _give_back(self, deliveries: Sequence[Delivery]) -> None:
        try:
            self._stream.later(deliveries, _AGAIN_AFTER_S)
        except StreamAway:
            return  # then the stream gives them to somebody when our time is up
