"""What must be true when everything works again: each promised case at the bank, once, whole, and its receipt at the station."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.faults import Fault
from kiosk.intake.rest import open_content
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.measure.faults.machines import cast
from kiosk.measure.made_up_case import made_up_case
from kiosk.outbox import DeliveryState
from kiosk.values import SessionId
from kiosk.vault.audit import AuditSound
from kiosk.vault.store import Store
from kiosk.wire.log_proof import Lie
from kiosk.wire.packet import Packet


@dataclass(frozen=True, slots=True)
class Verdict:
    """Cases lost, doubled and stuck in one run; why: one line for each."""

    lost: int
    doubled: int
    stuck: int
    why: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.why


def judge(ledger_file: Path, store: Store | None, promised: Mapping[SessionId, Packet], begun: Collection[SessionId]) -> Verdict:
    """Look at what both ends hold when nothing is under way any more.

    store: the station's, None if it does not open; promised: packets of cases the station said are kept; begun: every case there ever was.
    """
    with SqliteIntakeStore(ledger_file) as ledger:
        held = [case.packet_id for case in ledger.cases()]
        positions = [case.position for case in ledger.cases()]
        lost = [f"lost {_short(session)}: {why}" for session, packet in promised.items() if (why := _missing(ledger, session, packet))]
    doubled = [f"doubled: the bank holds {_short(session)}, which no case is" for session in held if session not in begun]
    doubled += [f"doubled: the bank holds {_short(session)} twice" for session in {one for one in held if held.count(one) > 1}]
    if positions != list(range(1, len(positions) + 1)):
        doubled.append("doubled: the ledger's positions have holes or repeat")
    if store is None:
        lost.append("lost: the station's store does not open")
        return Verdict(len(lost), len(doubled), len(promised), (*lost, *doubled))
    if not isinstance(store.verify_audit(), AuditSound):
        lost.append("lost: the audit log is not as it was written")
    # The network may bring an old answer again, and the station says so; anything more would be said of a bank that never lied.
    lies = [lie for lie in store.lies() if lie.code != Lie.STALE_ANSWER.value]
    stuck = [f"stuck: {_short(lie.session)}, an honest bank is taken for a liar ({lie.code})" for lie in lies]
    stuck += [f"stuck: {_short(session)} {why}" for session in promised if (why := _unsettled(store, session))]
    return Verdict(len(lost), len(doubled), len(stuck), (*lost, *doubled, *stuck))


def _missing(ledger: SqliteIntakeStore, session: SessionId, packet: Packet) -> str:
    """Return why a promised case is not at the bank, empty if it is there as it was kept."""
    found = ledger.content(session)
    if found is None:
        return "the bank does not hold it"
    sealed, digest, _ = found
    if digest != packet.digest:
        return "the bank holds another packet in its place"
    try:
        _, content = open_content(cast().keys.storage, session, digest, sealed, cast().booth.enrolled())
    except Fault:
        return "what the bank holds does not open"
    return "" if content.record == made_up_case(session) else "the bank holds another record"


def _unsettled(store: Store, session: SessionId) -> str:
    try:
        delivery = store.delivery(session)
    except LookupError:
        return "is not in the station's store"
    return "" if delivery.state is DeliveryState.RECEIPTED else f"is {delivery.state} ({delivery.last_problem})"


def _short(session: SessionId) -> str:
    return session[-6:]
