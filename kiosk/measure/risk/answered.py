"""How long the station's decision takes, and how soon a station acts on what people at the bank found out."""

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.bank.http import HttpConnector
from kiosk.faults import StoreUnavailable
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.ceremony import enrol, init_bank, open_bank
from kiosk.intake.fleet import Fleet, Published, open_fleet
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.measure.decision_time import decision_times
from kiosk.outbox import Unreachable
from kiosk.policy import SyncPolicy
from kiosk.trust.risk_policy import shipped_policy
from kiosk.trust.station_updates import StationUpdates, self_test
from kiosk.values import Masked, OperatorId, StationClass
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.wire.heartbeat import Report
from kiosk.wire.keys import draw_station_identity, enrolment_to_text
from kiosk.wire.signed_update import UpdateKind, sign_update
from kiosk.wire.succession import TrustedBank
from kiosk.wire.watch_list import Watched, WatchList, watch_hash, watch_list_to_text

LOST: Final = 0.02
"""Share of heartbeats that get no answer; the next one is the next chance."""
_LISTED: Final = 50
"""Watch-list entries of an update."""


def decision_p99_ms(decisions: int) -> float:
    """Return the 99th percentile of one whole decision with every signal there is, in milliseconds of the wall's clock."""
    return decision_times(shipped_policy(), decisions).p99_ms


def feedback_p99_s(seed: int, stations: int, updates: int) -> dict[str, Any]:
    """Return how long it takes from the moment two people agreed to a watch-list until the next customer of a station meets it.

    Waiting is simulated time: a station asks every `heartbeat_every_s`, some answers are lost. Work is real: the update is signed,
    published, asked for over HTTP by a heartbeat, verified, tried and written down as in force by the code that does so at the bank and
    at a station. A case that is open keeps what it began with.
    """
    every_s = float(PRODUCTION.heartbeat_every_s)
    rng = np.random.default_rng(seed)
    waits: list[float] = []
    works: list[float] = []
    with _station_and_bank() as carry:
        for version in range(1, updates + 1):
            began = time.perf_counter()
            carry(version)
            works.append(time.perf_counter() - began)
            missed = rng.geometric(1.0 - LOST, stations) - 1
            waits += (rng.uniform(0.0, every_s, stations) + missed * every_s + works[-1]).tolist()
    return {
        "feedback_p99_s": round(float(np.quantile(waits, 0.99)), 2),
        "feedback_p50_s": round(float(np.quantile(waits, 0.5)), 2),
        "feedback_work_ms_p99": round(1000 * float(np.quantile(works, 0.99)), 2),
        "heartbeat_s": every_s,
        "heartbeats_lost": LOST,
    }


@contextmanager
def _station_and_bank() -> Iterator["_Carry"]:
    """Yield what brings one version of a watch-list from the bank's people to a station's next customer."""
    with TemporaryDirectory(prefix="identity-desk-risk-") as named:
        folder = Path(named)
        identity = draw_station_identity("booth-1", StationClass.PRODUCTION)
        init_bank(folder / "bank", production=True)
        enrol(folder / "bank", enrolment_to_text(identity), StationClass.PRODUCTION, datetime.now(UTC))
        bank = open_bank(folder / "bank")
        unbraked = replace(PRODUCTION, heartbeats_per_minute=1_000_000)
        keys = bank.keys.identity
        with closing(bank.store), open_fleet(folder) as fleet:
            app = create_app(bank.store, bank.keys, unbraked, lambda: datetime.now(UTC), fleet=fleet)
            opened = closing(open_store(folder / "station", KeyFile(folder / "keys" / "master.key")))
            with serve_in_thread(app) as running, opened as store:
                connector = HttpConnector(running.url, identity, TrustedBank(keys.public()), SyncPolicy())
                updates = StationUpdates(store, lambda: (keys.public().answers,), StationClass.PRODUCTION)
                yield _Carry(updates, connector, fleet, keys.answers)


class _Carry:
    """Called with a version, it makes it, brings it to the station and puts it into force."""

    def __init__(self, updates: StationUpdates, connector: HttpConnector, fleet: Fleet, key: Ed25519PrivateKey) -> None:
        self._updates, self._connector, self._fleet, self._key = updates, connector, fleet, key
        self._began = datetime.now(UTC)

    def __call__(self, version: int) -> None:
        now, secret = datetime.now(UTC), Masked(os.urandom(32))
        listed = {watch_hash(secret, Watched.PHONE, os.urandom(8).hex()): (Watched.PHONE, 1.0) for _ in range(_LISTED)}
        by = (OperatorId("analyst"), OperatorId("supervisor"))
        text = watch_list_to_text(WatchList(secret, listed))
        envelope = sign_update(UpdateKind.WATCHLIST, version, StationClass.PRODUCTION, now, text, self._key, by)
        self._fleet.publish([Published(UpdateKind.WATCHLIST, version, StationClass.PRODUCTION, envelope, now, version)])
        report = Report(datetime.now(UTC), self._began, "measure", "idle", "", "", self._updates.running())
        answer = self._connector.heartbeat(report)
        if isinstance(answer, Unreachable):
            raise StoreUnavailable("the bank beside the measurement gave no answer")
        for update in self._updates.offer(answer.updates, datetime.now(UTC)):
            assert self_test(update) == ""
            self._updates.stands(update, datetime.now(UTC))
        if self._updates.in_place().updates != ((UpdateKind.WATCHLIST, version),):
            raise StoreUnavailable(f"version {version} did not come into force")
