"""The desk's mailbox: cases the booth referred, for the teller to go on with where the customer stands.

It is an intake of its own, with keys, enrolments and a log as a bank has them, so a referral is sealed, signed, receipted and held once as
any packet is. What it holds is meant for the desk alone, and is destroyed when the case was answered or nobody came for it in time. What
stays is that it was there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from kiosk.faults import PacketRefused, SealBroken, StoreDamaged
from kiosk.intake.ceremony import LEDGER, init_bank, is_bank, open_bank
from kiosk.intake.rest import open_content
from kiosk.intake.running import RunningIntake, Tls, serve_in_thread
from kiosk.intake.service import create_app
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.intake.store import Entry, Held, IdConflict, Incoming
from kiosk.policy import SyncPolicy
from kiosk.record import SessionRecord
from kiosk.risk.decision import ReasonCode
from kiosk.station.overview import Referred
from kiosk.values import SessionId
from kiosk.vault.kept import holder_name
from kiosk.wire.keys import BankPublicKeys
from kiosk.wire.packet import Content, Recipient
from kiosk.wire.plain import read_time, write_time
from kiosk.wire.sense import purpose_word

REFERRAL_WITHIN_S: Final = SyncPolicy().referral_within_s
"""As long as a booth tries to bring one."""
_UNCHECKED: Final = frozenset({ReasonCode.HELP_CALLED, ReasonCode.NO_BIOMETRICS})


class MailboxStore(SqliteIntakeStore):
    """on_held: called after a referral was held, on the service's thread."""

    def __init__(self, path: Path, on_held: Callable[[], None]) -> None:
        super().__init__(path)
        self._on_held = on_held

    def hold(self, packet: Incoming, entry_at: Callable[[int], Entry]) -> Held | IdConflict:
        held = super().hold(packet, entry_at)
        self._on_held()
        return held

    def waiting(self) -> tuple[tuple[SessionId, datetime], ...]:
        """Return what is there and was not destroyed, oldest first, with when it came."""
        with self._turn():
            rows = self._db.execute(
                "SELECT packet_id, received_at FROM packets JOIN templates USING (position) WHERE revoked_at IS NULL ORDER BY position"
            ).fetchall()
        return tuple((SessionId(packet_id), read_time(at, "received_at")) for packet_id, at in rows)

    def sealed(self, packet_id: SessionId) -> tuple[bytes, bytes, str] | None:
        """Return sealed content, digest and station key id; None if it is not there or was destroyed."""
        with self._turn():
            row = self._db.execute(
                """
                SELECT sealed, digest, station_key FROM packets JOIN templates USING (position)
                WHERE packet_id = ? AND revoked_at IS NULL
                """,
                (packet_id,),
            ).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def destroy(self, packet_id: SessionId, at: datetime) -> bool:
        """Destroy what a referral held, for good; False if that was done before."""
        with self._transaction():
            done = self._db.execute(
                """
                UPDATE templates SET sealed = NULL, revoked_at = ?
                WHERE revoked_at IS NULL AND position = (SELECT position FROM packets WHERE packet_id = ?)
                """,
                (write_time(at), packet_id),
            )
        with self._turn():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return done.rowcount == 1


class DeskMailbox:
    """A folder as `kiosk.intake.ceremony` makes it; made on its first use. Implements `station.ports.ReferredCases`.

    production: whether it takes production booths only, or the others only. on_held: called on a thread of the service.
    """

    def __init__(self, folder: Path, production: bool, on_held: Callable[[], None] = lambda: None) -> None:
        if not is_bank(folder):
            init_bank(folder, production)
        bank = open_bank(folder)
        bank.store.close()
        self.keys: BankPublicKeys = bank.keys.identity.public()
        self.on_held = on_held
        self._keys, self._acceptance = bank.keys, bank.acceptance
        self._store = MailboxStore(folder / LEDGER, lambda: self.on_held())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def serve(self, host: str, port: int, tls: Tls | None = None) -> RunningIntake:
        """Take referrals until the returned service is stopped. Without TLS only booths on this very machine bring any."""
        app = create_app(self._store, self._keys, self._acceptance, recipient=Recipient.DESK)
        return serve_in_thread(app, host, port, tls=tls)

    def waiting(self, now: datetime) -> tuple[Referred, ...]:
        """Return the cases a teller can go on with, oldest first. What came too long ago is destroyed, what does not open passed over."""
        found = []
        for session, received_at in self._store.waiting():
            expires_at = received_at + timedelta(seconds=REFERRAL_WITHIN_S)
            if expires_at <= now:
                self._store.destroy(session, now)
                continue
            try:
                record = self.open(session).record
            except (LookupError, StoreDamaged):
                continue
            holder, purpose = holder_name(record), purpose_word(record.purpose)
            found.append(Referred(session, record.opened_at, holder, purpose, received_at, expires_at, _unchecked(record)))
        return tuple(found)

    def open(self, session: SessionId) -> Content:
        """Return a referred case. LookupError if it is not there any more; StoreDamaged if it does not open."""
        held = self._store.sealed(session)
        signer = None if held is None else self._store.signer(held[2])
        if held is None or signer is None:
            raise LookupError("no such case waits here")
        try:
            return open_content(self._keys.storage, session, held[1], held[0], signer)[1]
        except (SealBroken, PacketRefused) as broken:
            raise StoreDamaged("a referred case does not open") from broken

    def answered(self, session: SessionId, now: datetime) -> None:
        """The case was gone on with and is kept: what waited here is destroyed."""
        self._store.destroy(session, now)


def _unchecked(record: SessionRecord) -> str:
    """Return why nothing was checked at the booth, empty if something was."""
    codes = [reason.code for reason in record.recommendation.reasons if reason.code in _UNCHECKED]
    return codes[0].value if codes else ""
