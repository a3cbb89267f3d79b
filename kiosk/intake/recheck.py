"""The bank looks again at what stations said of a living person: every held case is opened and its liveness evidence re-checked.

A discrepancy is for a person to follow up. It refuses nothing: a packet was taken on what its bytes, the enrolment and the bank's policy
say, and that stays so (docs/protocol.md).
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.faults import PacketRefused, SealBroken, StoreDamaged
from kiosk.intake.ceremony import open_bank
from kiosk.intake.rest import open_content
from kiosk.liveness.challenge import Live
from kiosk.liveness.recheck import recheck
from kiosk.policy import BRANCH, DEMO, Policy
from kiosk.record import HighValueTransaction, SessionRecord
from kiosk.values import Channel, SessionId

POLICIES: Final[Mapping[str, Policy]] = {policy.version: policy for policy in (BRANCH, DEMO)}
"""The policies this bank knows, by the version a record names."""

POLICY_UNKNOWN: Final = "policy-unknown"


@dataclass(frozen=True, slots=True)
class Rechecked:
    """One held case that says a person was live. found: what does not hold, empty if everything does; codes only."""

    packet_id: SessionId
    station: str
    found: tuple[str, ...]


def doubts_of(record: SessionRecord) -> tuple[str, ...]:
    """Return what does not hold in the record's liveness evidence, by the policy the record names."""
    if not isinstance(record.liveness, Live):
        return ()
    policy = POLICIES.get(record.station.policy_version)
    if policy is None:
        return (POLICY_UNKNOWN,)
    amount = record.purpose.amount_minor if isinstance(record.purpose, HighValueTransaction) else None
    found = recheck(record.liveness, policy.liveness, amount, own_screen=record.channel is Channel.BOOTH)
    return tuple(discrepancy.value for discrepancy in found)


def recheck_cases(folder: Path, store: str = "") -> Iterator[Rechecked]:
    """Yield every held case with a `Live`, oldest first. Raises StoreDamaged for a case that does not open."""
    bank = open_bank(folder, store)
    with closing(bank.store) as ledger:
        for case in ledger.cases():
            held = ledger.content(case.packet_id)
            signer = None if held is None else ledger.signer(held[2])
            if held is None or signer is None:
                raise StoreDamaged(f"packet {case.packet_id} is listed and not held")
            try:
                _, content = open_content(bank.keys.storage, case.packet_id, held[1], held[0], signer)
            except (SealBroken, PacketRefused) as broken:
                raise StoreDamaged(f"packet {case.packet_id} does not open") from broken
            if isinstance(content.record.liveness, Live):
                yield Rechecked(case.packet_id, case.station, doubts_of(content.record))
