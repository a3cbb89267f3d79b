"""The bank's watch-list as stations get it: keyed hashes of document numbers, telephones and accounts, never the values.

    payload = canonical {"entries": {hash: {"of": what, "sure": 0..1000 thousandths}}, "format": 1, "key": 64 hex digits}
    hash    = first 16 bytes of HMAC-SHA256(key, what || 0 || the value in its one spelling), hex

The key travels inside the sealed answer, to enrolled stations alone. Whoever steals a station with its keys can try numbers against the
list, as he can by asking the station itself; who reads the traffic, the file or the bank's audit log cannot.
"""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from kiosk.faults import PacketRefused
from kiosk.record import AccountOpening, HighValueTransaction, Purpose, SessionRecord
from kiosk.values import Masked
from kiosk.wire import canonical
from kiosk.wire.canonical import Json
from kiosk.wire.limits import MAX_UPDATE

KEY_BYTES: Final = 32
_HASH_BYTES: Final = 16
_FORMAT: Final = 1
MOST_ENTRIES: Final = 40_000
_HEX: Final = frozenset("0123456789abcdef")


class Watched(StrEnum):
    """What can stand on the list."""

    DOCUMENT = "document"
    """Issuing state and document number."""
    PHONE = "phone"
    EMAIL = "email"
    ACCOUNT = "account"
    PAYEE = "payee"


@dataclass(frozen=True, slots=True)
class WatchList:
    """entries: hash to what it is of and how sure the bank is, 0..1."""

    key: Masked[bytes]
    entries: Mapping[str, tuple[Watched, float]]

    def speaks_of(self, record_values: Iterator[tuple[Watched, str]]) -> float:
        """Return how strongly the list speaks of any of these values, 0..1: the signal `context.watchlist`."""
        found = (self.entries.get(watch_hash(self.key, of, value)) for of, value in record_values)
        return max((one[1] for one in found if one is not None), default=0.0)


def watch_hash(key: Masked[bytes], of: Watched, value: str) -> str:
    """value: in its one spelling, as `watched_values` gives it."""
    return hmac.digest(key.reveal(), of.value.encode() + b"\0" + value.encode("utf-8"), "sha256")[:_HASH_BYTES].hex()


def watched_values(record: SessionRecord) -> Iterator[tuple[Watched, str]]:
    """Yield every value of a case that can stand on the list, in its one spelling."""
    fields = record.document.fields
    if fields is not None:
        yield from document_value(fields.issuing_state, fields.number)
    yield from purpose_values(record.purpose)


def document_value(issuing_state: str, number: Masked[str]) -> Iterator[tuple[Watched, str]]:
    bare = _bare(number.reveal())
    if bare:
        yield Watched.DOCUMENT, f"{issuing_state}|{bare}".casefold()


def purpose_values(purpose: Purpose) -> Iterator[tuple[Watched, str]]:
    match purpose:
        case AccountOpening(contact=contact) if contact is not None:
            told = ((Watched.PHONE, contact.phone), (Watched.EMAIL, contact.email))
        case HighValueTransaction(payee=payee, debit_account=account):
            told = ((Watched.PAYEE, payee), (Watched.ACCOUNT, account))
        case _:
            return
    for of, masked in told:
        if _bare(masked.reveal()):
            yield of, _bare(masked.reveal())


def watch_list_to_text(watch_list: WatchList) -> str:
    """Raises ValueError for more entries than a station takes."""
    if len(watch_list.entries) > MOST_ENTRIES:
        raise ValueError("more entries than a station takes")
    entries: dict[str, Json] = {entry: {"of": of.value, "sure": round(sure * 1000)} for entry, (of, sure) in watch_list.entries.items()}
    return canonical.spell({"entries": entries, "format": _FORMAT, "key": watch_list.key.reveal().hex()}).decode("ascii")


def watch_list_from_text(text: str) -> WatchList:
    """Raises PacketRefused for anything but a whole list."""
    match canonical.parse(text.encode("utf-8", errors="replace"), MAX_UPDATE):
        case {"entries": dict(entries), "format": 1, "key": str(key), **others} if (
            not others and _is_hex(key, KEY_BYTES) and len(entries) <= MOST_ENTRIES
        ):
            read = {entry: _entry(entry, value) for entry, value in entries.items()}
            return WatchList(Masked(bytes.fromhex(key)), MappingProxyType(read))
        case _:
            raise PacketRefused("a watch-list has not exactly its members")


def _entry(entry: str, value: Json) -> tuple[Watched, float]:
    kinds = {of.value: of for of in Watched}
    match value:
        case {"of": str(of), "sure": int(sure), **others} if (
            not others and of in kinds and 0 <= sure <= 1000 and not isinstance(sure, bool) and _is_hex(entry, _HASH_BYTES)
        ):
            return kinds[of], sure / 1000
        case _:
            raise PacketRefused("an entry of the watch-list has not exactly its members")


def _is_hex(text: str, size: int) -> bool:
    return len(text) == 2 * size and not set(text) - _HEX


def _bare(text: str) -> str:
    """Return letters and digits alone: the same telephone is typed in many ways."""
    return "".join(character for character in text.casefold() if character.isalnum())
