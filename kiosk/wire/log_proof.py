"""A receipt that can be proved: the bank's log holds it, and the log only ever grew.

A station destroys a customer's pictures for nothing less. Rules, in order:

1. The receipt is signed by the bank and about this packet: its digest, id and station. Else it is no receipt for it.
2. The tree head is signed by the bank.
3. The answer is one to our question: it proves from the very size we said we know. Else it is an old answer played again.
4. The head is not smaller than the last one we kept: a log that was rolled back has forgotten somebody's receipt.
5. The last head we kept is a beginning of this one: else the bank shows different logs to different people, or rewrote its own.
6. The receipt stands in the log of this head, at the position it names.

What is not signed by the bank proves nothing about the bank: PacketRefused. What is signed and breaks rule 1 or 3 to 6 is a `Lie`, and the
bytes are evidence.

    "IDPR" | u16 version | counted receipt | counted head | u64 known size | counted inclusion | counted consistency (hashes of 32 bytes)
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kiosk.faults import PacketRefused
from kiosk.values import SessionId
from kiosk.wire import hash_tree
from kiosk.wire.counted import counted, take_counted
from kiosk.wire.hash_tree import HASH_BYTES, MAX_PROOF, Nodes, TreeHead
from kiosk.wire.limits import MAX_STATEMENT
from kiosk.wire.receipt import AnswerKeys, Receipt, SignedHead, read_receipt, receipt_leaf, verify_head

_MAGIC: Final = b"IDPR\0\1"


class Lie(StrEnum):
    """In what the bank's own signed words contradict themselves, the question, or what it signed before."""

    RECEIPT_OF_ANOTHER = "receipt-of-another"
    STALE_ANSWER = "stale-answer"
    LOG_ROLLED_BACK = "log-rolled-back"
    LOG_FORKED = "log-forked"
    NOT_IN_LOG = "not-in-log"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a station asked for and what it knew when it asked. known: the last tree head it kept, of size 0 before the first."""

    packet_id: SessionId
    digest: bytes
    station: str
    known: TreeHead


@dataclass(frozen=True, slots=True)
class Proven:
    receipt: Receipt
    head: SignedHead


@dataclass(frozen=True, slots=True)
class ProvenReceipt:
    """The answer's parts, nothing yet believed."""

    receipt: bytes
    head: bytes
    known_size: int
    inclusion: tuple[bytes, ...]
    consistency: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        proofs = counted(b"".join(self.inclusion)) + counted(b"".join(self.consistency))
        return _MAGIC + counted(self.receipt) + counted(self.head) + self.known_size.to_bytes(8, "big") + proofs


def proven_receipt(receipt: bytes, position: int, head: TreeHead, signed_head: bytes, known_size: int, nodes: Nodes) -> ProvenReceipt:
    """Return a receipt with its proofs. position: from 1. A known size beyond the head gets no proof of consistency: there is none."""
    grew = known_size <= head.size
    return ProvenReceipt(
        receipt,
        signed_head,
        known_size,
        hash_tree.inclusion_proof(position - 1, head.size, nodes),
        hash_tree.consistency_proof(known_size, head.size, nodes) if grew else (),
    )


def read_proven(answer: bytes) -> ProvenReceipt:
    """Take an answer apart. Raises PacketRefused."""
    if answer[:6] != _MAGIC:
        raise PacketRefused("not a proven receipt")
    receipt, rest = take_counted(answer[6:], MAX_STATEMENT)
    head, rest = take_counted(rest, MAX_STATEMENT)
    known, rest = rest[:8], rest[8:]
    inclusion, rest = take_counted(rest, MAX_PROOF * HASH_BYTES)
    consistency, rest = take_counted(rest, MAX_PROOF * HASH_BYTES)
    if rest or len(known) != 8:
        raise PacketRefused("a proven receipt that does not end where it says")
    return ProvenReceipt(receipt, head, int.from_bytes(known, "big"), _hashes(inclusion), _hashes(consistency))


def judge(answer: bytes, asked: Asked, keys: AnswerKeys) -> Proven | Lie:
    """Return what was proved, or the lie. Raises PacketRefused for what the bank did not sign."""
    shown = read_proven(answer)
    receipt, head = read_receipt(shown.receipt, keys), verify_head(shown.head, keys)
    if (receipt.packet_id, receipt.digest, receipt.station) != (asked.packet_id, asked.digest, asked.station):
        return Lie.RECEIPT_OF_ANOTHER
    if shown.known_size != asked.known.size:
        return Lie.STALE_ANSWER
    if head.head.size < asked.known.size:
        return Lie.LOG_ROLLED_BACK
    if not hash_tree.verify_consistency(asked.known, head.head, shown.consistency):
        return Lie.LOG_FORKED
    if not hash_tree.verify_inclusion(receipt_leaf(shown.receipt), receipt.position - 1, head.head, shown.inclusion):
        return Lie.NOT_IN_LOG
    return Proven(receipt, head)


def _hashes(joined: bytes) -> tuple[bytes, ...]:
    if len(joined) % HASH_BYTES:
        raise PacketRefused("a proof of broken hashes")
    return tuple(joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES))
