"""The attack suite against a running intake: what a stranger, a thief of a station and a bent network would send. Each must be refused.

Runs a bank of its own on this machine. `run_attacks` returns one line for each attack: what was tried, what came back, whether it held.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import httpx
import numpy as np

from kiosk.assembly.practice import Practice
from kiosk.bank.http import PACKET_TYPE
from kiosk.measure.openapi_fuzz import fuzz
from kiosk.measure.stolen_token import run_stolen_token
from kiosk.policy import SyncPolicy
from kiosk.record import EvidencePictures, SessionRecord
from kiosk.values import SessionId, StationClass
from kiosk.wire.keys import StationIdentity, draw_station_identity
from kiosk.wire.packet import make_packet

OVERSIZE: Final = 40_000_000


@dataclass(frozen=True, slots=True)
class Attack:
    """held: whether the bank refused it as it must; came: what came back, in short."""

    name: str
    held: bool
    came: str


def run_attacks(record: Callable[[StationIdentity, SessionId], SessionRecord]) -> list[Attack]:
    """record: makes an honest record for a station; the attacks bend what is made of it."""
    with Practice("attacked", StationClass.DEMO, SyncPolicy()) as bank, httpx.Client(base_url=bank.url, timeout=20.0) as client:
        tried = [*_attacks(bank, client, record), _fuzz(bank, record)]
        tried += [Attack(one.name, one.held, one.came) for one in run_stolen_token()]
        return tried


def _attacks(bank: Practice, client: httpx.Client, record: Callable[[StationIdentity, SessionId], SessionRecord]) -> Iterator[Attack]:
    ours = bank.identity
    first, second = SessionId("a" * 32), SessionId("b" * 32)
    honest = _packet(record(ours, first), ours, bank)
    accepted = _post(client, first, honest)
    held = bank.cases_at_bank()
    yield Attack("an honest packet is taken (the suite reaches the bank)", len(held) == 1, _short(accepted))
    again = _post(client, first, honest)
    yield Attack("replay: the same packet again", bank.cases_at_bank() == held, _short(again))
    yield _refused("replay under another id", client, second, honest, bank)
    other = _packet(replace(record(ours, first), language="ar"), ours, bank)
    yield _refused("another packet under a used id", client, first, other, bank)
    forged = draw_station_identity(ours.name, StationClass.DEMO)
    yield _refused("forged station: our name, another key", client, second, _packet(record(forged, second), forged, bank), bank)
    stranger = draw_station_identity("never-enrolled", StationClass.DEMO)
    yield _refused("a station nobody enrolled", client, second, _packet(record(stranger, second), stranger, bank), bank)
    promoted = draw_station_identity(ours.name, StationClass.PRODUCTION)
    yield _refused("a demo station that calls itself production", client, second, _packet(record(promoted, second), promoted, bank), bank)
    fresh = _packet(record(ours, second), ours, bank)
    for version in (0, 1, 99):
        bent = fresh[:4] + version.to_bytes(2, "big") + fresh[6:]
        yield _refused(f"downgrade: packet version {version}", client, second, bent, bank)
    rng = np.random.default_rng(5)
    for _ in range(24):
        at = int(rng.integers(6, len(fresh)))
        bent = fresh[:at] + bytes([fresh[at] ^ (1 << int(rng.integers(0, 8)))]) + fresh[at + 1 :]
        one = _refused(f"one bit turned at byte {at}", client, second, bent, bank)
        if not one.held:
            yield one
            break
    else:
        yield Attack("24 packets with one bit turned", True, "all refused")
    for cut in (0, 3, len(fresh) // 2, len(fresh) - 1):
        yield _refused(f"cut off after {cut} bytes", client, second, fresh[:cut], bank)
    yield _refused("oversize: 40 MB", client, second, fresh + bytes(OVERSIZE), bank)
    token = {"Authorization": "Bearer stolen"}
    yield _refused("a bearer token instead of a valid signature", client, second, fresh, bank, token, 8)
    taken = _post(client, second, fresh)
    yield Attack("after all of this the bank still takes an honest packet", len(bank.cases_at_bank()) == 2, _short(taken))


def _refused(
    name: str,
    client: httpx.Client,
    session: SessionId,
    packet: bytes,
    bank: Practice,
    headers: dict[str, str] | None = None,
    cut: int = 0,
) -> Attack:
    """Held means: what the bank holds is what it held before, and it did not fall over. Its answers to enrolled stations are sealed,
    refusals too, so their status says nothing. cut: leave out that many last bytes, so that only the header could let it in."""
    before = bank.cases_at_bank()
    try:
        answer = _post(client, session, packet[: len(packet) - cut] if cut else packet, headers)
    except httpx.HTTPError as broken:
        return Attack(name, bank.cases_at_bank() == before, type(broken).__name__)
    held = answer.status_code < 500 and bank.cases_at_bank() == before
    return Attack(name, held, _short(answer))


def _fuzz(bank: Practice, record: Callable[[StationIdentity, SessionId], SessionRecord]) -> Attack:
    """Nothing of it may end in a 5xx, tell of the inside, or be taken."""
    held = bank.cases_at_bank()
    found = fuzz(bank.url, _packet(record(bank.identity, SessionId("c" * 32)), bank.identity, bank))
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(found.statuses.items()))
    name = f"OpenAPI fuzzed by hypothesis: {found.asked} requests over {found.operations} operations"
    took = bank.cases_at_bank() != held
    enough = found.asked >= 20 * found.operations
    return Attack(name, enough and not took and not found.broken, "; ".join(found.broken[:3]) or ("TAKEN" if took else statuses))


def _packet(record: SessionRecord, identity: StationIdentity, bank: Practice) -> bytes:
    return make_packet(record, EvidencePictures(None, None, None), identity, bank.bank).sealed


def _post(client: httpx.Client, session: SessionId, packet: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    return client.post("/v1/packets", content=packet, headers={"Content-Type": PACKET_TYPE, "Idempotency-Key": session} | (headers or {}))


def _short(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:80]}"
