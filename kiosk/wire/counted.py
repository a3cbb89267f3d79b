"""A part of bytes with its length before it: 4 bytes, big-endian."""

from kiosk.faults import PacketRefused


def counted(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


def take_counted(source: bytes, at_most: int) -> tuple[bytes, bytes]:
    """Return the first part and what follows it. Raises PacketRefused for a length that is not there or larger than allowed."""
    count = int.from_bytes(source[:4], "big")
    if len(source) < 4 or count > at_most or len(source) < 4 + count:
        raise PacketRefused("a length that cannot be")
    return source[4 : 4 + count], source[4 + count :]
