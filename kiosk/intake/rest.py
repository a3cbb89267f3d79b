"""How a packet's content rests at the bank: sealed anew under a key of its own, made from the intake's storage key, bound to its id and
digest.

The bank can so retire an HPKE key without losing what was sent to it, and the station's inner signature goes along. And one content can be
opened to somebody, the analysis role, without the storage key that opens them all (`kiosk/intake/analysis_role.py`).
"""

import hmac
import os

from kiosk.face.enrolled import FaceTemplate
from kiosk.faults import SealBroken
from kiosk.values import Masked, SessionId
from kiosk.vault.sealing import NONCE_BYTES, Key, Place, derive, seal, unseal
from kiosk.wire.keys import EnrolledStation
from kiosk.wire.packet import Content, Header, header_from_bytes, read_core
from kiosk.wire.template import template_from_bytes


def content_key(key: Key, packet_id: SessionId, digest: bytes) -> Key:
    """Return the key of one packet's content. key: the storage key."""
    return derive(key, f"content {packet_id} {digest.hex()}")


def seal_content(key: Key, packet_id: SessionId, digest: bytes, header: bytes, core: Masked[bytes]) -> bytes:
    """Return header and core sealed for rest. A template never rests here: it can be revoked, and what is held stays."""
    plain = len(header).to_bytes(4, "big") + header + core.reveal()
    return seal(content_key(key, packet_id, digest), os.urandom(NONCE_BYTES), plain, _place(packet_id, digest))


def seal_template(key: Key, packet_id: SessionId, template: Masked[bytes] | None) -> bytes:
    """Return a template sealed for rest, apart from the content, so that it can be destroyed; empty for none."""
    return b"" if template is None else seal(key, os.urandom(NONCE_BYTES), template.reveal(), _template_place(packet_id))


def open_template(key: Key, packet_id: SessionId, sealed: bytes) -> FaceTemplate:
    """Raises SealBroken, PacketRefused."""
    return template_from_bytes(unseal(key, sealed, _template_place(packet_id)))


def account_digest(key: Key, account: Masked[str]) -> bytes:
    """Return what the ledger knows an account by: keyed, so that nobody finds it there by trying numbers. Spaces do not count."""
    return hmac.digest(derive(key, "account numbers").reveal(), "".join(account.reveal().split()).upper().encode("utf-8"), "sha256")


def open_content(key: Key, packet_id: SessionId, digest: bytes, sealed: bytes, station: EnrolledStation) -> tuple[Header, Content]:
    """Return what rested, its station's signature checked again. key: the storage key. Raises SealBroken, PacketRefused."""
    try:
        return open_content_with(content_key(key, packet_id, digest), packet_id, digest, sealed, station)
    except SealBroken:  # before 0.2 every content was sealed under the storage key itself
        return open_content_with(key, packet_id, digest, sealed, station)


def open_content_with(key: Key, packet_id: SessionId, digest: bytes, sealed: bytes, station: EnrolledStation) -> tuple[Header, Content]:
    """The same with the key of this one content."""
    plain = unseal(key, sealed, _place(packet_id, digest))
    count = int.from_bytes(plain[:4], "big")
    header = header_from_bytes(plain[4 : 4 + count])
    if header.packet_id != packet_id:
        raise SealBroken("the content is another packet's")
    return header, read_core(plain[4 + count :], header, plain[4 : 4 + count], station)


def _place(packet_id: SessionId, digest: bytes) -> Place:
    return Place("contents", packet_id, "sealed", f"packet {digest.hex()}")


def _template_place(packet_id: SessionId) -> Place:
    return Place("templates", packet_id, "sealed", "the face enrolled for later visits")
