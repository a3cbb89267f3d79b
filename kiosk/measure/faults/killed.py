"""Real processes, really killed: a station and a bank as forked processes over HTTP on this machine, ended by SIGKILL.

A process kills itself inside a drawn step (in the middle of SQLite's commit, say), or is killed from outside when it said a drawn word.
Between two lives the power may be cut: then each finds on its disk only what it had synced.
"""

import os
import random
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from kiosk.bank.courier import Attempted, Courier, CourierReport
from kiosk.bank.http import HttpConnector
from kiosk.intake.acceptance import PRODUCTION
from kiosk.intake.running import LOOPBACK, AnnouncingServer, bound_socket, configuration, port_of
from kiosk.intake.service import create_app
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.measure.faults.disk import LosingDisk, copy_files
from kiosk.measure.faults.life import Life
from kiosk.measure.faults.machines import BEGAN, PICTURES, cast, memory_folder
from kiosk.measure.faults.run import Ran
from kiosk.measure.faults.sqlite_layer import FileLayer, file_layer
from kiosk.measure.faults.verdict import Verdict, judge
from kiosk.measure.made_up_case import made_up_case
from kiosk.policy import SyncPolicy
from kiosk.values import SessionId
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store
from kiosk.wire.packet import Packet, make_packet
from kiosk.wire.succession import TrustedBank

_POLICY: Final = SyncPolicy(request_timeout_s=5.0)
_LIVES: Final = 4
_KIOSK_STEPS: Final = 160
_BANK_STEPS: Final = 40
_PASSES: Final = 20


@dataclass(frozen=True, slots=True)
class _Doom:
    """How a life ends: before its steps-th step, or when it said its words-th word; 0: not so."""

    steps: int = 0
    words: int = 0


class _Child:
    """A forked process that says words on a pipe."""

    def __init__(self, work: Callable[[Callable[[str], None]], None]) -> None:
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            try:
                work(lambda word: _said(writing, word))
            finally:
                os._exit(0)
        os.close(writing)
        self._words = os.fdopen(reading, encoding="ascii")

    def words(self) -> Iterator[str]:
        """Yield what it says until it ends."""
        for word in self._words:
            yield word.strip()

    def kill(self) -> bool:
        """End it now; return whether it had not ended by itself before, killed or not."""
        os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        self._words.close()
        return os.WIFSIGNALED(status)


class KilledRun:
    def __init__(self, seed: int, folder: Path) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - a seed must replay
        self._folder = folder
        self.unsynced = seed % 2 == 0
        self.deaths: list[str] = []
        self.promised: dict[SessionId, Packet] = {}
        sessions = [SessionId(f"{seed % 2**64:016x}{number:016x}") for number in range(_LIVES)]
        self._packets = {one: make_packet(made_up_case(one), PICTURES, cast().booth, cast().bank.public()) for one in sessions}
        shutil.copytree(cast().kiosk_folder, folder / "kiosk")
        shutil.copytree(cast().bank_folder, folder / "bank")

    def run(self) -> Verdict:
        for number, session in enumerate(self._packets):
            self._life(number, (session,), self._drawn(_KIOSK_STEPS), self._drawn(_BANK_STEPS))
        self._life(_LIVES, tuple(self.promised), _Doom(), _Doom())
        with open_store(self._folder / "kiosk", KeyFile(self._folder / "kiosk" / "master.key")) as store:
            return judge(self._folder / "bank" / "ledger.sqlite", store, self.promised, self._packets)

    def _drawn(self, steps: int) -> _Doom:
        return self._dice.choice((_Doom(steps=self._dice.randrange(1, steps)), _Doom(words=self._dice.randrange(1, 4)), _Doom()))

    def _life(self, number: int, keep: tuple[SessionId, ...], kiosk: _Doom, bank: _Doom) -> None:
        """Let both live once. The bank is always killed in the end; the station ends by itself unless it is killed."""
        serving = _Child(lambda say: self._serve(bank, say))
        port = next(serving.words(), "")
        working = _Child(lambda say: self._work(number, int(port or 1), keep, kiosk, say))
        for said, word in enumerate(working.words(), 1):
            if word.startswith("kept "):
                self.promised[SessionId(word[5:])] = self._packets[SessionId(word[5:])]
            if said == kiosk.words:
                break
        if working.kill():
            self.deaths.append("kiosk killed really")
        if serving.kill():
            self.deaths.append("bank killed really")
        for who in ("kiosk", "bank"):
            self._power(who)

    def _power(self, who: str) -> None:
        folder, platter = self._folder / who, self._folder / f"{who}-platter"
        for leftover in folder.glob("*-shm"):
            leftover.unlink()
        if platter.exists():
            copy_files(*((platter, folder) if self.unsynced else (folder, platter)))

    def _layer(self, who: str, doom: _Doom) -> FileLayer:
        """Return a file layer over this machine's disk, in a process that dies as it is doomed to."""
        life = Life(who, really=True)
        if doom.steps:
            life.doom(doom.steps)
        layer = file_layer()
        layer.mount(str(self._folder / who), LosingDisk(self._folder / who, self._folder / f"{who}-platter", life.step))
        return layer

    def _serve(self, doom: _Doom, say: Callable[[str], None]) -> None:
        with self._layer("bank", doom).installed(), SqliteIntakeStore(self._folder / "bank" / "ledger.sqlite") as ledger:
            listener: socket.socket = bound_socket(LOOPBACK, 0)
            app = create_app(ledger, cast().keys, PRODUCTION, lambda: BEGAN)
            AnnouncingServer(configuration(app, 16), lambda: say(str(port_of(listener)))).run(sockets=[listener])

    def _work(self, number: int, port: int, keep: tuple[SessionId, ...], doom: _Doom, say: Callable[[str], None]) -> None:
        now = BEGAN + timedelta(hours=number)
        folder = self._folder / "kiosk"
        with self._layer("kiosk", doom).installed(), open_store(folder, KeyFile(folder / "master.key")) as store:
            for session in keep:
                packet = self._packets[session]
                store.keep_case(made_up_case(session), packet.sealed, packet.digest, now)
                say(f"kept {session}")

            def report(came: CourierReport) -> None:
                if isinstance(came, Attempted):
                    say("attempted")

            bank = TrustedBank(cast().bank.public())
            connector = HttpConnector(f"http://{LOOPBACK}:{port}", cast().booth, bank, _POLICY, known=store.tree_head)
            courier = Courier(store, connector, _POLICY, lambda: now, report)
            for _ in range(_PASSES if number == _LIVES else 1):
                courier.run_once(now)
                if store.next_due_at() is None:
                    break
                now += timedelta(hours=1)


def run_killed(seed: int) -> Ran:
    """Run one seed with real processes."""
    folder = Path(tempfile.mkdtemp(prefix="killed-", dir=memory_folder()))
    run = KilledRun(seed, folder)
    try:
        verdict = run.run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Ran(seed, run.unsynced, verdict, len(run.promised), tuple(run.deaths), ())


def _said(pipe: int, word: str) -> None:
    os.write(pipe, word.encode("ascii") + b"\n")
