"""The station's archive: seal and sign the packet, then keep record, packet, audit line and outbox row in one transaction."""

from kiosk.outbox import Answer, Delivery
from kiosk.policy import SyncPolicy
from kiosk.record import EvidencePictures, SessionRecord
from kiosk.station.overview import CaseRow
from kiosk.station.ports import Clock
from kiosk.values import OperatorId, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.wire.keys import BankPublicKeys, StationIdentity
from kiosk.wire.packet import make_packet

ROWS_SHOWN = 200


class VaultArchive:
    """Implements `station.ports.Archive` on the vault and the wire.

    A packet is sealed with fresh randomness, so sealing the same record twice gives two packets. A retry after a failed transaction
    is safe: nothing of the first was kept. A retry after a kept one is recognised by its delivery and changes nothing.
    """

    def __init__(self, store: Store, identity: StationIdentity, bank: BankPublicKeys, clock: Clock, operator: OperatorId) -> None:
        self._store = store
        self._identity = identity
        self._bank = bank
        self._clock = clock
        self._operator = operator

    def keep(self, record: SessionRecord, pictures: EvidencePictures) -> None:
        if self._is_kept(record.session):
            return
        packet = make_packet(record, pictures, self._identity, self._bank)
        self._store.keep_case(record, packet.sealed, packet.digest, self._clock.now().wall)

    def note_ending(self, session: SessionId, how: str) -> None:
        self._store.note_ending(session, how, self._clock.now().wall)

    def note_step(self, session: SessionId, step: str) -> None:
        self._store.note(AuditEntry(self._clock.now().wall, AuditEvent.CASE_STEP, session, detail=step))

    def rows(self) -> tuple[CaseRow, ...]:
        return self._store.rows(ROWS_SHOWN)

    def counts(self) -> tuple[int, int]:
        counts = self._store.counts()
        return counts.waiting, counts.set_aside

    def retry(self, session: SessionId) -> None:
        self._store.retry_set_aside(session, self._operator, self._clock.now().wall)

    def settle(self, session: SessionId, answer: Answer, policy: SyncPolicy, jitter: float) -> Delivery:
        return self._store.settle(session, answer, self._clock.now().wall, policy, jitter)

    def _is_kept(self, session: SessionId) -> bool:
        try:
            self._store.delivery(session)
        except LookupError:
            return False
        return True
