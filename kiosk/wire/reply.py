"""Everything the bank sends back to an enrolled station, sealed to that station's key and padded: who reads the traffic inside the bank's
TLS termination learns neither what was decided nor what was answered.

    "IDRS" | u16 version | counted header | HPKE enc and ciphertext
    header: canonical JSON {"about": hex of what was asked about, "station_key": id}
    plain:  counted word | counted content | zero bytes up to a multiple of 4,096

HPKE alone does not say who sealed. Whatever in here must be the bank's carries the bank's signature inside; `about` (32 bytes: a packet's
digest, a question's hash) ties the answer to its question.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kiosk.faults import PacketRefused
from kiosk.wire import canonical
from kiosk.wire.counted import counted, take_counted
from kiosk.wire.hpke import OpeningKey, SealingKey
from kiosk.wire.limits import MAX_HEADER, MAX_REPLY

_MAGIC: Final = b"IDRS\0\1"
_DOMAIN: Final = b"identity-desk reply 1\0"
_BLOCK: Final = 4_096


class Word(StrEnum):
    """What kind of answer this is."""

    ACCEPTED = "accepted"
    HELD_ALREADY = "held-already"
    REFUSED = "refused"
    NOT_NOW = "not-now"
    HOLDER = "holder"
    WITHDRAWN = "withdrawn"
    FEEDBACK = "feedback"


@dataclass(frozen=True, slots=True)
class Reply:
    word: Word
    content: bytes = field(repr=False)


def seal_reply(reply: Reply, about: bytes, station_key: str, key: SealingKey) -> bytes:
    header = canonical.spell({"about": about.hex(), "station_key": station_key})
    plain = counted(reply.word.value.encode("ascii")) + counted(reply.content)
    plain += bytes(-len(plain) % _BLOCK)
    return _MAGIC + counted(header) + key.seal(plain, _DOMAIN + header)


def open_reply(sealed: bytes, about: bytes, station_key: str, key: OpeningKey, at_most: int = MAX_REPLY) -> Reply:
    """Return the answer to our question. Raises PacketRefused for one to another question, another station, altered, or of more than
    `at_most` bytes."""
    if len(sealed) > at_most or sealed[:6] != _MAGIC:
        raise PacketRefused("not a sealed reply")
    header, rest = take_counted(sealed[6:], MAX_HEADER)
    if header != canonical.spell({"about": about.hex(), "station_key": station_key}):
        raise PacketRefused("a reply to another question")
    plain = key.open(rest, _DOMAIN + header).reveal()
    word, rest = take_counted(plain, 64)
    content, padding = take_counted(rest, at_most)
    words = {word.value.encode("ascii"): word for word in Word}
    if word not in words or padding.strip(b"\0"):
        raise PacketRefused("a reply that says nothing known")
    return Reply(words[word], content)
