"""How a packet's content rests at the bank: sealed anew under the intake's own storage key, bound to its id and digest.

The bank can so retire an HPKE key without losing what was sent to it, and the station's inner signature goes along.
"""

import os

from kiosk.faults import SealBroken
from kiosk.values import Masked, SessionId
from kiosk.vault.sealing import NONCE_BYTES, Key, Place, seal, unseal
from kiosk.wire.keys import EnrolledStation
from kiosk.wire.packet import Content, Header, header_from_bytes, read_core


def seal_content(key: Key, packet_id: SessionId, digest: bytes, header: bytes, core: Masked[bytes]) -> bytes:
    """Return header and core sealed for rest. A template never rests here: it can be revoked, and what is held stays."""
    plain = len(header).to_bytes(4, "big") + header + core.reveal()
    return seal(key, os.urandom(NONCE_BYTES), plain, _place(packet_id, digest))


def open_content(key: Key, packet_id: SessionId, digest: bytes, sealed: bytes, station: EnrolledStation) -> tuple[Header, Content]:
    """Return what rested, its station's signature checked again. Raises SealBroken, PacketRefused."""
    plain = unseal(key, sealed, _place(packet_id, digest))
    count = int.from_bytes(plain[:4], "big")
    header = header_from_bytes(plain[4 : 4 + count])
    if header.packet_id != packet_id:
        raise SealBroken("the content is another packet's")
    return header, read_core(plain[4 + count :], header, plain[4 : 4 + count], station)


def _place(packet_id: SessionId, digest: bytes) -> Place:
    return Place("contents", packet_id, "sealed", f"packet {digest.hex()}")
