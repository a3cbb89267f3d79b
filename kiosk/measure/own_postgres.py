"""A PostgreSQL server of our own, for tests and measurements: made in a folder of its own, reached by a socket there, gone afterwards.

The server refuses to run as root, so then it runs as the account `postgres` that its package made.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kiosk.faults import StoreUnavailable

_PLACES: Final = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")
_START_WITHIN_S: Final = 30.0


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs on this machine, None if there is none."""
    found = [Path(one).parent for one in [shutil.which("initdb")] if one]
    for place in _PLACES:
        found += sorted((one.parent for one in Path(place).glob("*/bin/initdb")), key=lambda one: _version(one.parent.name))
    return found[-1] if found else None


class OwnPostgres:
    """folder: of its cluster, socket and log; bin: of its programs; account: as whom it runs, for `subprocess`."""

    def __init__(self, folder: Path, bin: Path, account: dict[str, Any]) -> None:
        self.folder = folder
        self._bin = bin
        self._account = account
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the server process; 0 when it does not run."""
        return 0 if self._server is None else self._server.pid

    @property
    def url(self) -> str:
        """Of its database `postgres`, as the superuser of this server alone."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql:///{database}?host={self.folder}&user=desk"

    def start(self) -> None:
        """Start the server; return once it answers. Raises StoreUnavailable with the end of its log."""
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._bin / "postgres", "-D", self.folder / "cluster", "-k", self.folder, "-c", "listen_addresses="],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **self._account,
            )
        asking = [str(self._bin / "pg_isready"), "-q", "-h", str(self.folder), "-U", "desk", "-d", "postgres"]
        ends = time.monotonic() + _START_WITHIN_S
        while subprocess.run(asking, check=False).returncode != 0:
            if self._server.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise StoreUnavailable((self.folder / "log").read_text(errors="replace")[-2_000:])
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once; what was committed is recovered when it starts again."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """End the server process with SIGKILL, as a cut of its power would. Its children notice and end themselves."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(30)
            self._server = None


@contextmanager
def own_postgres(settings: tuple[str, ...] = (), near: Path | None = None) -> Iterator[OwnPostgres]:
    """Make a server, start it, and remove it at the end. settings: lines of its configuration; near: a folder on the disk that is meant.

    Raises StoreUnavailable where there is no PostgreSQL.
    """
    where = programs()
    if where is None:
        raise StoreUnavailable("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
    account: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="identity-desk-postgres-", dir=near))
    try:
        if account:
            shutil.chown(folder, "postgres", "postgres")
        options = ("-U", "desk", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
        making = [str(where / "initdb"), "-D", str(folder / "cluster"), *options]
        made = subprocess.run(making, capture_output=True, text=True, check=False, cwd=folder, **account)
        if made.returncode != 0:
            raise StoreUnavailable(f"no database could be made: {made.stderr[-1_000:]}")
        with (folder / "cluster" / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write("\n".join(settings) + "\n")
        own = OwnPostgres(folder, where, account)
        own.start()
        try:
            yield own
        finally:
            own.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdecimal())
