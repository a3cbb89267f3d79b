"""Several workers on one port: processes that share the listening socket and the ledger. One that dies is replaced; all stop together."""

import multiprocessing
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from kiosk.faults import Fault, SettingsRefused
from kiosk.intake.ceremony import OpenBank, open_bank
from kiosk.intake.door import THIS_MACHINE, Address
from kiosk.intake.fleet import open_fleet
from kiosk.intake.metrics import Metrics
from kiosk.intake.running import AnnouncingServer, Tls, configuration
from kiosk.intake.service import create_app, system_clock
from kiosk.intake.stream.beside import AnalysisBeside, is_here
from kiosk.intake.stream.opening import AnalysisAt, Printers

_START_WITHIN_S: Final = 30.0
_LIVES: Final = 100
"""Workers replaced before the intake gives up: something is wrong that a new process does not cure."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What each worker needs; it opens the bank's folder and the ledger for itself. metrics: the file of counts;
    analysis: where cases are analysed beside, None leaves that to others; printers: see `kiosk/intake/stream/opening.py`;
    proxies: see `kiosk/intake/door.py`."""

    folder: Path
    store: str
    tls: Tls | None
    metrics: Path
    workers: int
    analysis: AnalysisAt | None = None
    printers: Printers | None = None
    proxies: frozenset[Address] = THIS_MACHINE


def serve(serving: Serving, listener: socket.socket, listening: Callable[[], None], stopping: threading.Event) -> None:
    """Serve in this process until told to stop. Raises Fault if it cannot start."""
    _serve(serving, 0, listener, listening, stopping)


def serve_together(serving: Serving, listener: socket.socket, listening: Callable[[], None], stopping: threading.Event) -> None:
    """Serve with several processes until told to stop. Raises SettingsRefused if they cannot start or keep dying."""
    context = multiprocessing.get_context("spawn")
    at_work: dict[int, tuple[BaseProcess, Connection]] = {}

    def start(number: int) -> None:
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(serving, number, listener, theirs), name=f"intake-{number}")
        process.start()
        theirs.close()
        at_work[number] = (process, ours)

    for number in range(serving.workers):
        start(number)
    try:
        for _, ours in at_work.values():
            if not ours.poll(_START_WITHIN_S) or (trouble := _heard(ours)):
                raise SettingsRefused(f"a worker of the intake did not start: {trouble if ours.closed is False else 'no answer'}")
        listening()
        lives = _LIVES
        while not stopping.wait(0.0):
            gone = wait([process.sentinel for process, _ in at_work.values()], timeout=0.2)
            for number, (process, _) in list(at_work.items()):
                if process.sentinel in gone and not stopping.is_set():
                    lives -= 1
                    if lives == 0:
                        raise SettingsRefused("the intake's workers die again and again; their log says why")
                    start(number)
    finally:
        for process, ours in at_work.values():
            process.terminate()
            ours.close()
        for process, _ in at_work.values():
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()


def _heard(ours: Connection) -> str:
    """Return why a worker could not start; empty if it listens."""
    try:
        return str(ours.recv())
    except EOFError:
        return "it ended"


def _work(serving: Serving, number: int, listener: socket.socket, parent: Connection) -> None:
    """The life of one worker process. It ends when it is told to, or when its parent is gone."""
    stopping = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stopping.set())

    def watch() -> None:
        father = multiprocessing.parent_process()
        if father is not None:
            wait([father.sentinel])
        stopping.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()
    try:
        _serve(serving, number, listener, lambda: parent.send(""), stopping)
    except Fault as fault:
        parent.send(str(fault))


def _serve(serving: Serving, number: int, listener: socket.socket, listening: Callable[[], None], stopping: threading.Event) -> None:
    bank = open_bank(serving.folder, serving.store)
    metrics = Metrics(serving.metrics, number)
    fleet = open_fleet(serving.folder, serving.store)
    beside = _analysis_beside(serving, number, bank)
    try:
        allowed = bank.acceptance.shared_by(serving.workers)
        app = create_app(bank.store, bank.keys, allowed, successions=bank.successions, metrics=metrics, fleet=fleet)
        server = AnnouncingServer(configuration(app, bank.acceptance.at_once, serving.tls, proxies=serving.proxies), listening)

        def leave() -> None:
            stopping.wait()
            server.leave()

        threading.Thread(target=leave, name="stop", daemon=True).start()
        try:
            server.run(sockets=[listener])
        except OSError as error:
            raise SettingsRefused(f"the certificate or its private key cannot be used: {error.strerror or error}") from error
    finally:
        stopping.set()
        if beside is not None:
            beside.stop()
        bank.store.close()
        fleet.close()
        metrics.close()


def _analysis_beside(serving: Serving, number: int, bank: OpenBank) -> AnalysisBeside | None:
    """Start analysis in this process; all workers have it, one feeds and one folds."""
    if serving.analysis is None or not is_here(serving.analysis, serving.folder):
        return None

    def say(line: str) -> None:
        sys.stderr.write(line + "\n")

    beside = AnalysisBeside(bank.store, serving.analysis, system_clock, f"intake-{number}", say, serving.printers)
    beside.start()
    return beside
