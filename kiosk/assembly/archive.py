"""The station's archive: seal and sign the packet, then keep record, packet, audit line and outbox row in one transaction."""

from dataclasses import replace

from kiosk.bank.http import BankTrust
from kiosk.outbox import Answer, Backlog, Delivery
from kiosk.policy import SyncPolicy
from kiosk.record import Decision, EvidencePictures, SessionRecord, final_decision
from kiosk.station.overview import CaseRow
from kiosk.station.ports import Clock, ReferredCases
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Booth, Presence, SignedIn
from kiosk.values import Channel, Masked, SessionId
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.referrals import Referral
from kiosk.vault.store import Store
from kiosk.vault.two_people import OVERRIDE_FRESH_FOR, overrides
from kiosk.wire.keys import BankPublicKeys, StationIdentity
from kiosk.wire.packet import Recipient, make_packet

ROWS_SHOWN = 200


class VaultArchive:
    """Implements `station.ports.Archive` on the vault and the wire.

    A packet is sealed with fresh randomness, so sealing the same record twice gives two packets. A retry after a failed transaction
    is safe: nothing of the first was kept. A retry after a kept one is recognised by its delivery and changes nothing.

    Whoever keeps, lists or retries is asked for here, in the permission table, whatever a screen allowed.
    """

    def __init__(
        self,
        store: Store,
        identity: StationIdentity,
        bank: BankTrust,
        clock: Clock,
        presence: Presence,
        desk: BankPublicKeys | None = None,
        referred: ReferredCases | None = None,
    ) -> None:
        """desk: keys of the branch's desk, to which a booth refers; referred: what a desk took from its booths."""
        self._store = store
        self._identity = identity
        self._bank = bank
        self._desk = desk
        self._referred = referred
        self._clock = clock
        self._presence = presence
        self._listed_for: SignedIn | None = None

    def keep(self, record: SessionRecord, pictures: EvidencePictures) -> None:
        if self._is_kept(record.session):
            return
        self._require_keeper(record)
        packet = make_packet(record, pictures, self._identity, self._bank.trusted().current)
        agreed = self._presence.agreed_to(record.session)
        self._store.keep_case(record, packet.sealed, packet.digest, self._clock.now().wall, self._referral(record, pictures), agreed)
        if record.continues is not None and self._referred is not None:
            self._store.note(AuditEntry(self._clock.now().wall, AuditEvent.REFERRAL_TAKEN, record.session, detail=record.continues))
            self._referred.answered(record.continues, self._clock.now().wall)

    def _referral(self, record: SessionRecord, pictures: EvidencePictures) -> Referral | None:
        """Return the booth's referred case sealed to the branch's desk, if there is one that takes them."""
        if self._desk is None or record.channel is not Channel.BOOTH or final_decision(record) is not Decision.REFER:
            return None
        packet = make_packet(record, pictures, self._identity, self._desk, Recipient.DESK)
        return Referral(packet.sealed, packet.digest)

    def note_ending(self, session: SessionId, how: str) -> None:
        self._store.note_ending(session, how, self._clock.now().wall)

    def note_step(self, session: SessionId, step: str) -> None:
        self._store.note(AuditEntry(self._clock.now().wall, AuditEvent.CASE_STEP, session, detail=step))

    def rows(self) -> tuple[CaseRow, ...]:
        """Return the newest cases; without the names in them unless somebody who may see those is signed in. Being shown them is a line."""
        rows = self._store.rows(ROWS_SHOWN)
        who = self._presence.acting()
        if who is None or not self._presence.authority.allows(who, Action.LIST_CASES, self._clock.now().wall):
            self._listed_for = None
            return tuple(replace(row, holder=Masked("")) for row in rows)
        if who != self._listed_for:
            self._presence.require(Action.LIST_CASES, self._clock.now().wall)
            self._store.note(AuditEntry(self._clock.now().wall, AuditEvent.CASES_LISTED, who=who.name, detail=f"rows={len(rows)}"))
            self._listed_for = who
        return rows

    def backlog(self) -> Backlog:
        return self._store.backlog()

    def retry(self, session: SessionId) -> None:
        now = self._clock.now().wall
        who = self._presence.require(Action.RETRY_DELIVERY, now, session)
        self._store.retry_set_aside(session, who.name, now)

    def settle(self, session: SessionId, answer: Answer, policy: SyncPolicy, jitter: float) -> Delivery:
        return self._store.settle(session, answer, self._clock.now().wall, policy, jitter)

    def _require_keeper(self, record: SessionRecord) -> None:
        """Raises NotPermitted unless the booth, or the people the record names, may keep and decide this."""
        authority, now, session = self._presence.authority, self._clock.now().wall, record.session
        if record.channel is Channel.BOOTH:
            authority.require(Booth(), Action.KEEP_CASE, now, session)
            return
        who, disposition = self._presence.who, record.disposition
        authority.require(who, Action.KEEP_CASE, now, session)
        if disposition is None:
            return
        authority.require(who if who is not None and who.name == disposition.by else None, Action.DECIDE_CASE, now, session)
        if overrides(record):
            authority.require_agreed(self._presence.agreed_to(session), Action.OVERRIDE, now, session, OVERRIDE_FRESH_FOR)

    def _is_kept(self, session: SessionId) -> bool:
        try:
            self._store.delivery(session)
        except LookupError:
            return False
        return True
