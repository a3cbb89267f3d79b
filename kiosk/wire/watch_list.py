"""The bank's watch-list as stations get it: keyed hashes of what names somebody, never the values.

    payload = canonical {"entries": {hash: {"of": what, "sure": 0..1000 thousandths, "frauds": whole number, left out for 0}},
              "format": 1, "key": 64 hex digits}
    hash    = first 16 bytes of HMAC-SHA256(key, what || 0 || the value in its one spelling), hex

An entry of a kind this program does not know, and a member of an entry it does not know, says nothing to it: a newer bank's list still
counts for all that is understood. The key travels inside the sealed answer, to enrolled stations alone. Whoever steals a station with its
keys can try numbers against the list, as he can by asking the station itself; who reads the traffic, the file or the bank's audit log
cannot.
"""

import hmac
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from kiosk.document.reading import DocumentFields
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
_MOST_FRAUDS: Final = 100_000
_PHONE_DIGITS: Final = 9
_HEX: Final = frozenset("0123456789abcdef")


class Watched(StrEnum):
    """What can stand on the list. Nothing of a customer's device: in a branch they use the bank's."""

    DOCUMENT = "document"
    """Issuing state and document number."""
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    ACCOUNT = "account"
    PAYEE = "payee"


@dataclass(frozen=True, slots=True)
class WatchList:
    """entries: hash to what it is of and how sure the bank is, 0..1; frauds: hash to how many confirmed frauds had that value."""

    key: Masked[bytes]
    entries: Mapping[str, tuple[Watched, float]]
    frauds: Mapping[str, int] = field(default_factory=dict)

    def speaks_of(self, values: Iterable[tuple[Watched, str]]) -> float:
        """Return how strongly the list speaks of any of these values, 0..1: the signal `context.watchlist`."""
        found = (self.entries.get(one) for one in self._hashes(values))
        return max((one[1] for one in found if one is not None), default=0.0)

    def frauds_of(self, values: Iterable[tuple[Watched, str]]) -> int:
        """Return the most confirmed frauds that any one of these values was in: the signal `context.linked-fraud`."""
        return max((self.frauds.get(one, 0) for one in self._hashes(values)), default=0)

    def _hashes(self, values: Iterable[tuple[Watched, str]]) -> Iterator[str]:
        """An account that is listed counts whether it pays or is paid."""
        for of, value in values:
            for kind in _ACCOUNTS if of in _ACCOUNTS else (of,):
                yield watch_hash(self.key, kind, value)


_ACCOUNTS: Final = (Watched.ACCOUNT, Watched.PAYEE)


def watch_hash(key: Masked[bytes], of: Watched, value: str) -> str:
    """value: in its one spelling, as `watched_values` gives it."""
    return hmac.digest(key.reveal(), of.value.encode() + b"\0" + value.encode("utf-8"), "sha256")[:_HASH_BYTES].hex()


def watched_values(record: SessionRecord) -> Iterator[tuple[Watched, str]]:
    """Yield every value of a case that can stand on the list, in its one spelling; one of a kind at most."""
    yield from case_values(record.document.fields, record.purpose)


def case_values(fields: DocumentFields | None, purpose: Purpose | None) -> Iterator[tuple[Watched, str]]:
    """Yield the same of a case that is under way."""
    if fields is not None:
        yield from document_value(fields.issuing_state, fields.number)
    if purpose is not None:
        yield from purpose_values(purpose)


def document_value(issuing_state: str, number: Masked[str]) -> Iterator[tuple[Watched, str]]:
    bare = _bare(number.reveal())
    if bare:
        yield Watched.DOCUMENT, f"{issuing_state}|{bare}".casefold()


def purpose_values(purpose: Purpose) -> Iterator[tuple[Watched, str]]:
    told: tuple[tuple[Watched, Masked[str]], ...]
    match purpose:
        case AccountOpening(contact=contact) if contact is not None:
            told = ((Watched.PHONE, contact.phone), (Watched.EMAIL, contact.email), (Watched.ADDRESS, contact.address))
        case HighValueTransaction(payee=payee, debit_account=account):
            told = ((Watched.PAYEE, payee), (Watched.ACCOUNT, account))
        case _:
            return
    for of, masked in told:
        value = _spelling(of, masked.reveal())
        if value:
            yield of, value


def _spelling(of: Watched, text: str) -> str:
    """Return the one spelling of a value, empty for none.

    A telephone is its last nine digits: with or without the country's code it is the same one. A mail address is without the dots and the
    +tag of its local part, which many providers ignore. An address is its words.
    """
    match of:
        case Watched.PHONE:
            return "".join(str(int(sign)) for sign in text if sign.isdecimal()).lstrip("0")[-_PHONE_DIGITS:]
        case Watched.EMAIL:
            local, _, domain = unicodedata.normalize("NFKC", text).strip().casefold().rpartition("@")
            return f"{_bare(local.partition('+')[0])}@{domain}" if local and domain else _bare(text)
        case Watched.ADDRESS:
            plain = unicodedata.normalize("NFKC", text).casefold()
            return " ".join("".join(sign if sign.isalnum() else " " for sign in plain).split())
        case Watched.DOCUMENT | Watched.ACCOUNT | Watched.PAYEE:
            return _bare(text)
        case _:
            assert_never(of)


def watch_list_to_text(watch_list: WatchList) -> str:
    """Raises ValueError for more entries than a station takes, or frauds of a value that has no entry."""
    if len(watch_list.entries) > MOST_ENTRIES or set(watch_list.frauds) - set(watch_list.entries):
        raise ValueError("more entries than a station takes, or frauds of what is no entry")
    entries: dict[str, Json] = {}
    for entry, (of, sure) in watch_list.entries.items():
        members: dict[str, Json] = {"of": of.value, "sure": round(sure * 1000)}
        frauds = min(watch_list.frauds.get(entry, 0), _MOST_FRAUDS)
        entries[entry] = members | {"frauds": frauds} if frauds else members
    return canonical.spell({"entries": entries, "format": _FORMAT, "key": watch_list.key.reveal().hex()}).decode("ascii")


def watch_list_from_text(text: str) -> WatchList:
    """Raises PacketRefused for anything but a whole list."""
    match canonical.parse(text.encode("utf-8", errors="replace"), MAX_UPDATE):
        case {"entries": dict(entries), "format": 1, "key": str(key), **others} if (
            not others and _is_hex(key, KEY_BYTES) and len(entries) <= MOST_ENTRIES
        ):
            read = {entry: found for entry, value in entries.items() if (found := _entry(entry, value)) is not None}
            listed = {entry: (of, sure) for entry, (of, sure, _) in read.items()}
            frauds = {entry: many for entry, (_, _, many) in read.items() if many}
            return WatchList(Masked(bytes.fromhex(key)), MappingProxyType(listed), MappingProxyType(frauds))
        case _:
            raise PacketRefused("a watch-list has not exactly its members")


def _entry(entry: str, value: Json) -> tuple[Watched, float, int] | None:
    """Return what an entry says, None for a kind that this program does not know."""
    match value:
        case {"of": str(of), "sure": int(sure), **others} if (
            0 <= sure <= 1000 and not isinstance(sure, bool) and _is_hex(entry, _HASH_BYTES)
        ):
            frauds = others.get("frauds", 0)
            if not isinstance(frauds, int) or isinstance(frauds, bool) or not 0 <= frauds <= _MOST_FRAUDS:
                raise PacketRefused("an entry of the watch-list counts no frauds")
            return (Watched(of), sure / 1000, frauds) if of in list(Watched) else None
        case _:
            raise PacketRefused("an entry of the watch-list has not its members")


def _is_hex(text: str, size: int) -> bool:
    return len(text) == 2 * size and not set(text) - _HEX


def _bare(text: str) -> str:
    """Return letters and digits alone: the same telephone is typed in many ways."""
    return "".join(character for character in text.casefold() if character.isalnum())
