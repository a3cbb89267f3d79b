"""How soon a station acts on what two people at the bank agreed to: from the agreement to the first case that goes by it.

The way is the real one: an intake serves over HTTP, stations with vaults of their own send heartbeats from threads of their own, judge the
update, write it down and begin a case by it; the clock on the wall is what counts. `measure risk` draws the waits of a whole fleet instead
of sitting them through; this is what its figure is held against.
"""

import argparse
import json
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from kiosk.arguments import new_file
from kiosk.assembly.feedback import Feedback
from kiosk.bank.http import HttpConnector
from kiosk.camera.latest import Latest
from kiosk.frame import Frame
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.fleet import Fleet, Published, open_fleet
from kiosk.intake.reception import IntakeKeys
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.journey.closing import Context
from kiosk.policy import BRANCH, SyncPolicy
from kiosk.record import StationFacts
from kiosk.station.clock import SystemClock
from kiosk.station.station import Station
from kiosk.trust.risk_policy import shipped_policy
from kiosk.trust.station_updates import StationUpdates
from kiosk.values import Masked, OperatorId, StationClass
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.wire.keys import BankIdentity, draw_bank_identity, draw_station_identity
from kiosk.wire.signed_update import UpdateKind, sign_update
from kiosk.wire.succession import TrustedBank
from kiosk.wire.watch_list import Watched, WatchList, watch_hash, watch_list_to_text

HEARTBEAT_S: Final = PRODUCTION.heartbeat_every_s
ENTRIES: Final = 2_000
_BY: Final = (OperatorId("analyst"), OperatorId("supervisor"))


class _Bank:
    """Publishes watch-lists, each with one entry more."""

    def __init__(self, fleet: Fleet, keys: BankIdentity) -> None:
        self._fleet, self._keys = fleet, keys
        self._key = Masked(secrets.token_bytes(32))
        self.version = 0

    def publish(self) -> None:
        self.version += 1
        entries = {watch_hash(self._key, Watched.DOCUMENT, str(one)): (Watched.DOCUMENT, 1.0) for one in range(ENTRIES + self.version)}
        text, now = watch_list_to_text(WatchList(self._key, entries)), datetime.now(UTC)
        envelope = sign_update(UpdateKind.WATCHLIST, self.version, StationClass.PRODUCTION, now, text, self._keys.answers, _BY)
        update = Published(UpdateKind.WATCHLIST, self.version, StationClass.PRODUCTION, envelope, now, self.version)
        self._fleet.publish([update])


@dataclass(frozen=True, slots=True, eq=False)
class _Desk:
    """A station without camera and people: what takes part in feedback is all there."""

    station: Station
    feedback: Feedback

    def goes_by(self) -> int:
        """Begin a case and return which watch-list it goes by, 0 for none."""
        self.station.renew_now()
        marks = (name.split() for name in self.station.context.models if name.startswith(UpdateKind.WATCHLIST))
        return max((int(version) for _, version in marks), default=0)


def waited_feedback(stations: int, updates: int, seed: int) -> dict[str, Any]:
    """Return the figures of stations that really wait for their heartbeats, each with its own thread."""
    took: list[float] = []
    rng = np.random.default_rng(seed)
    with _bank_and_desks(stations) as (bank, desks):
        for desk in desks:
            desk.feedback.start()
        time.sleep(HEARTBEAT_S)
        for _ in range(updates):
            began = time.perf_counter()
            bank.publish()
            missing = list(desks)
            while missing:
                time.sleep(0.02)
                now = time.perf_counter()
                here = [desk for desk in missing if desk.goes_by() == bank.version]
                took += [now - began] * len(here)
                missing = [desk for desk in missing if desk not in here]
            time.sleep(float(rng.uniform(0.0, HEARTBEAT_S)))
        for desk in desks:
            desk.feedback.stop()
    return {
        "feedback_p99_s": round(float(np.quantile(took, 0.99)), 2),
        "feedback_p50_s": round(float(np.quantile(took, 0.5)), 2),
        "feedback_worst_s": round(max(took), 2),
        "samples": len(took),
    }


@contextmanager
def _bank_and_desks(count: int) -> Iterator[tuple[_Bank, list[_Desk]]]:
    keys = draw_bank_identity()
    with tempfile.TemporaryDirectory(prefix="identity-desk-feedback-") as made, ExitStack() as opened:
        folder = Path(made)
        ledger = opened.enter_context(SqliteIntakeStore(folder / "ledger.sqlite"))
        fleet = opened.enter_context(open_fleet(folder))
        app = create_app(ledger, IntakeKeys(keys, Masked(secrets.token_bytes(32))), PRODUCTION, fleet=fleet)
        url = opened.enter_context(serve_in_thread(app)).url
        desks = []
        for number in range(count):
            identity = draw_station_identity(f"booth-{number}", StationClass.PRODUCTION)
            ledger.enrol(identity.enrolled(), datetime.now(UTC))
            own = folder / identity.name
            store = opened.enter_context(open_store(own, KeyFile(own / "master.key"), where=identity.name))
            facts = StationFacts(identity.name, "measured", StationClass.PRODUCTION, "measured", BRANCH.version)
            station = Station(Context(BRANCH, facts, shipped_policy()), SystemClock(), Latest[Frame]())
            updates = StationUpdates(store, lambda: (keys.public().answers,), StationClass.PRODUCTION)
            connector = HttpConnector(url, identity, TrustedBank(keys.public()), SyncPolicy())
            desks.append(_Desk(station, Feedback(station, updates, connector, shipped_policy(), _now, _bug, "measured")))
        yield _Bank(fleet, keys), desks


def _now() -> datetime:
    return datetime.now(UTC)


def _bug(what: str) -> None:
    raise RuntimeError(what)


def main(argv: list[str]) -> int:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="app.py measure feedback", description=__doc__, formatter_class=shape)
    parser.add_argument("--stations", type=int, default=12)
    parser.add_argument("--updates", type=int, default=10, help="each takes half a minute (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    print(f"{chosen.stations} stations wait for {chosen.updates} updates …", flush=True)
    figures = waited_feedback(chosen.stations, chosen.updates, chosen.seed)
    print("\n".join(f"{name:20} {value}" for name, value in figures.items()))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if figures["feedback_p99_s"] < 60.0 else 1
