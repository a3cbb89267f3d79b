"""A bank whose cases are brought and analysed by real processes, for measuring: PostgreSQL, NATS and the workers are started here."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kiosk.intake.acceptance import Acceptance
from kiosk.intake.ceremony import OpenBank, enrol, init_bank, open_bank
from kiosk.intake.reception import Reception, Sealed, Taken
from kiosk.intake.stream.opening import AnalysisAt, role_at, role_folder
from kiosk.measure.made_up_case import made_up_case
from kiosk.record import EvidencePictures
from kiosk.values import Masked, SessionId, StationClass
from kiosk.wire.keys import BankPublicKeys, StationIdentity, draw_station_identity, enrolment_to_text
from kiosk.wire.packet import Packet, make_packet

ROOT: Final = Path(__file__).parents[2]
NO_PICTURES: Final = EvidencePictures(None, None, None)
_PICTURES: Final = (120_000, 20_000, 60_000)


def pictures_of_usual_size() -> EvidencePictures:
    """Return what a station sends, by size; no picture to look at."""
    return EvidencePictures(*(Masked(b"\xff\xd8\xff" + os.urandom(size)) for size in _PICTURES))


class AnalysisBank:
    """folder: to be made; store: of the ledger, empty for a file; stream: of the broker, empty for queues in the processes."""

    def __init__(self, folder: Path, store: str, stream: str) -> None:
        self.folder = folder
        self.store = store
        self.stream = stream
        init_bank(folder, production=True)
        self.role = role_at(role_folder(folder), folder)
        self.station: StationIdentity = draw_station_identity("booth-1", StationClass.PRODUCTION)
        enrol(folder, enrolment_to_text(self.station), StationClass.PRODUCTION, datetime.now(UTC), store=store)
        self.bank: OpenBank = open_bank(folder, store)
        unbraked = Acceptance(production=True, per_station_per_minute=10_000_000)
        self._reception = Reception(self.bank.store, self.bank.keys, unbraked, lambda: datetime.now(UTC))

    @property
    def keys(self) -> BankPublicKeys:
        return self.bank.keys.identity.public()

    @property
    def at(self) -> AnalysisAt:
        return AnalysisAt(role_folder(self.folder), self.store, self.stream)

    def packets(self, count: int, pictures: EvidencePictures = NO_PICTURES) -> list[Packet]:
        cases = [made_up_case(SessionId(os.urandom(16).hex()), self.station.name) for _ in range(count)]
        return [make_packet(case, pictures, self.station, self.keys) for case in cases]

    def bring(self, packet: Packet) -> bool:
        """Return whether the bank took it."""
        said = self._reception.receive(packet.sealed, packet.packet_id)
        return isinstance(said, Sealed) and isinstance(said.outcome, Taken)

    def start_worker(self, name: str, *more: str) -> subprocess.Popen[str]:
        """Start the product's own command, as an administrator would."""
        command = [sys.executable, "-m", "kiosk.intake", "analyse", "--folder", str(self.folder), "--name", name, "--json", *more]
        environment = os.environ | {"IDENTITY_DESK_INTAKE_STORE": self.store, "IDENTITY_DESK_STREAM": self.stream}
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert worker.stdout is not None
        next((line for line in worker.stdout if line.startswith("Analysing as")), "")
        return worker

    @contextmanager
    def workers(self, count: int) -> Iterator[list[subprocess.Popen[str]]]:
        started = [self.start_worker(f"worker-{number}") for number in range(count)]
        try:
            yield started
        finally:
            for one in started:
                end(one)

    def close(self) -> None:
        self.bank.store.close()


def end(worker: subprocess.Popen[str]) -> dict[str, Any]:
    """Stop a worker as a person would; return what it says it did, empty if it was killed before."""
    if worker.poll() is None:
        worker.send_signal(signal.SIGTERM)
    try:
        said, _ = worker.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.communicate()
        return {}
    last = said.strip().splitlines()[-1:] or ["{}"]
    return dict(json.loads(last[0])) if last[0].startswith("{") else {}


def wait_until(true: Any, within_s: float, every_s: float = 0.05) -> bool:
    """Return whether it became true in time."""
    ends = time.monotonic() + within_s
    while not true():
        if time.monotonic() > ends:
            return False
        time.sleep(every_s)
    return True
