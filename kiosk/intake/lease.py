"""One of many: who feeds the stream, who folds the facts. The lease of one that dies is free at once."""

import os
import sys
from pathlib import Path
from typing import Protocol

from kiosk.faults import StoreUnavailable


class Lease(Protocol):
    def held(self) -> bool:
        """Return whether it is ours now; it is taken if nobody has it. False too where its keeper does not answer."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class FileLease:
    """A lock on a file, which the system lets go of when its holder ends. Raises StoreUnavailable where no file can be made."""

    def __init__(self, file: Path) -> None:
        try:
            self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"no lock can be made in {file.parent.name}: {error.strerror}") from error
        self._mine = False

    def held(self) -> bool:
        if not self._mine:
            self._mine = _locked(self._handle)
        return self._mine

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        self._handle, self._mine = -1, False


def _locked(handle: int) -> bool:
    """The lock belongs to the open file, so two holders in one process exclude each other too."""
    try:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True
