"""Where the store's master key lives.

`KeyStore` is what a TPM, the system's keyring, a passphrase and a plain file have in common. Each says in `describe` what it is worth and
in `kind` what it is, which goes into every record. A station never falls back to a weaker kind by itself: nothing weaker holds its key.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from kiosk.faults import DiskFull, KeyUnavailable
from kiosk.values import Masked
from kiosk.vault.files import is_full, sync_folder
from kiosk.vault.sealing import KEY_BYTES, Key

_HEADING: Final = b"identity-desk master key 1\n"
_CHECK_BYTES: Final = 8


class KeyStore(Protocol):
    """Holds one master key for one store."""

    @property
    def kind(self) -> str:
        """Return `tpm`, `keyring`, `passphrase` or `file`."""
        ...

    def exists(self) -> bool: ...

    def create(self) -> Key:
        """Make a fresh key and keep it durably. Raises KeyUnavailable if there already is one: a key is never replaced."""
        ...

    def adopt(self, key: Key) -> None:
        """Keep a key that is there already, durably. Raises KeyUnavailable if there already is one: a key is never replaced."""
        ...

    def load(self) -> Key:
        """Return the key. Raises KeyUnavailable if it is missing, damaged or open to others."""
        ...

    def forget(self) -> None:
        """Destroy this copy of the key, after it was moved elsewhere."""
        ...

    def describe(self) -> str:
        """Say in one plain sentence what kind of protection this is."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A master key in a file only this account may read."""

    path: Path

    def exists(self) -> bool:
        return self.path.exists()

    @property
    def kind(self) -> str:
        return "file"

    def create(self) -> Key:
        key = Masked(os.urandom(KEY_BYTES))
        self.adopt(key)
        return key

    def adopt(self, key: Key) -> None:
        self.write(_HEADING + key.reveal() + _check(key.reveal()))

    def write(self, content: bytes) -> None:
        """Write a new file of this account alone, wholly or not at all. Raises KeyUnavailable if there is one already, DiskFull."""
        part = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(part, self.path)
            part.unlink()
            sync_folder(self.path.parent)
        except FileExistsError as there:
            part.unlink(missing_ok=True)
            raise KeyUnavailable("there already is a master key; it is never replaced") from there
        except OSError as error:
            if is_full(error):
                raise DiskFull("no room for the master key") from error
            raise KeyUnavailable(f"the master key cannot be written: {error.strerror}") from error

    def load(self) -> Key:
        content = self.read()
        key, check = content[len(_HEADING) : -_CHECK_BYTES], content[-_CHECK_BYTES:]
        if not content.startswith(_HEADING) or len(key) != KEY_BYTES or check != _check(key):
            raise KeyUnavailable("the master key's file is damaged")
        return Masked(key)

    def forget(self) -> None:
        """Overwrite the file and remove it. On flash a copy may live on in spare blocks."""
        try:
            with self.path.open("r+b") as file:
                file.write(bytes(self.path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            self.path.unlink()
            sync_folder(self.path.parent)
        except OSError as error:
            raise KeyUnavailable(f"the old key's file cannot be removed: {error.strerror}") from error

    def read(self) -> bytes:
        """Return the file's content. Raises KeyUnavailable if it is missing or open to others."""
        try:
            mode = stat.S_IMODE(self.path.stat().st_mode)
            if os.name == "posix" and mode & 0o077:
                raise KeyUnavailable(f"the master key's file is open to others (mode {mode:04o}, wanted 0600)")
            return self.path.read_bytes()
        except OSError as error:
            raise KeyUnavailable(f"the master key cannot be read: {error.strerror}") from error

    def describe(self) -> str:
        if os.name == "posix":
            return "The master key is a file only this account may read (0600). Whoever takes the whole disk takes the key too."
        return "The master key is a file protected by this account's permissions only. Whoever takes the whole disk takes the key too."


def _check(key: bytes) -> bytes:
    """Return a short fingerprint that tells a damaged file from a wrong key. It says nothing useful about 256 random bits."""
    return hashlib.sha256(_HEADING + key).digest()[:_CHECK_BYTES]
