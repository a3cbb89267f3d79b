"""A NATS server with JetStream of our own, for tests and measurements: made in a folder of its own, gone afterwards."""

import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.faults import StoreUnavailable

_START_WITHIN_S: Final = 30.0


def program() -> Path | None:
    """Return the server's program on this machine, None if there is none."""
    found = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/bin:/opt/homebrew/bin")
    return None if found is None else Path(found)


class OwnNats:
    """folder: of its store and log. It listens on this machine alone; the port stays the same when it is started again."""

    def __init__(self, folder: Path, where: Path) -> None:
        self.folder = folder
        self._where = where
        self._server: subprocess.Popen[bytes] | None = None
        self._port = -1

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Of the server process; 0 when it does not run."""
        return 0 if self._server is None else self._server.pid

    def start(self) -> None:
        """Start the server; return once it listens. Raises StoreUnavailable with the end of its log."""
        ports = self.folder / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir()
        command = [str(self._where), "-js", "-sd", str(self.folder / "store"), "-a", "127.0.0.1", "-p", str(self._port)]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen([*command, "--ports_file_dir", str(ports)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        ends = time.monotonic() + _START_WITHIN_S
        while not (found := list(ports.glob("*.ports"))) or not found[0].stat().st_size:
            if self._server.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise StoreUnavailable((self.folder / "log").read_text(errors="replace")[-2_000:])
            time.sleep(0.02)
        address: str = json.loads(found[0].read_text())["nats"][0]
        self._port = int(address.rsplit(":", 1)[1])

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server process with SIGKILL, as a cut of its power would, but that the system keeps what was written."""
        self._end(signal.SIGKILL)

    def wipe(self) -> None:
        """Delete its whole store, whether acknowledged or not. It must not run."""
        shutil.rmtree(self.folder / "store", ignore_errors=True)

    def copy_store(self, to: Path) -> None:
        """Keep a copy of its store, to put back later as an older state. It must not run."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder / "store", to)

    def put_back(self, kept: Path) -> None:
        """Put an older store back: everything since is lost, though it was acknowledged. It must not run."""
        self.wipe()
        shutil.copytree(kept, self.folder / "store")

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(30)
            self._server = None


@contextmanager
def own_nats(near: Path | None = None) -> Iterator[OwnNats]:
    """Make a server, start it, and remove it at the end. Raises StoreUnavailable where there is none."""
    where = program()
    if where is None:
        raise StoreUnavailable("no NATS server is installed here (Debian: apt-get install nats-server)")
    folder = Path(tempfile.mkdtemp(prefix="identity-desk-nats-", dir=near))
    own = OwnNats(folder, where)
    try:
        own.start()
        yield own
    finally:
        own.stop()
        shutil.rmtree(folder, ignore_errors=True)
