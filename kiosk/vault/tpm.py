"""The master key sealed by a TPM 2.0, through Debian's tpm2-tools.

What lies on the disk is two blobs only this TPM can load: a stolen disk, or the folder on another machine, opens nothing. The key itself
goes through pipes, never through a file or an argument. The TPM gives it to whoever can run programs as this account on this machine: that
is what a TPM without a passphrase is worth, and no more.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.faults import DiskFull, KeyUnavailable
from kiosk.values import Masked
from kiosk.vault.files import is_full, sync_folder
from kiosk.vault.sealing import KEY_BYTES, Key

WITHIN_S: Final = 30.0
_PUBLIC: Final = "master.tpm.pub"
_PRIVATE: Final = "master.tpm.priv"
KIND: Final = "tpm"


@dataclass(frozen=True, slots=True)
class TpmKey:
    """folder: where the two blobs lie. tcti: how the TPM is reached, as tpm2-tools spell it; empty: the system's own."""

    folder: Path
    tcti: str = ""

    @property
    def kind(self) -> str:
        return KIND

    def exists(self) -> bool:
        return (self.folder / _PUBLIC).exists()

    def create(self) -> Key:
        key = Masked(os.urandom(KEY_BYTES))
        self.adopt(key)
        return key

    def adopt(self, key: Key) -> None:
        """Seal a key that is there already. Raises KeyUnavailable if this store has one: a key is never replaced."""
        if self.exists():
            raise KeyUnavailable("there already is a master key; it is never replaced")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder, prefix=".tpm-") as place:
                at = Path(place)
                self._primary(at)
                made = ("-u", str(at / "pub"), "-r", str(at / "priv"))
                self._run("tpm2_create", "-Q", "-C", str(at / "primary"), "-i", "-", *made, given=key.reveal())
                (at / "priv").replace(self.folder / _PRIVATE)
                (at / "pub").replace(self.folder / _PUBLIC)
            sync_folder(self.folder)
        except OSError as error:
            if is_full(error):
                raise DiskFull("no room for the master key") from error
            raise KeyUnavailable(f"the TPM's blobs cannot be written: {error.strerror}") from error

    def load(self) -> Key:
        if not self.exists():
            raise KeyUnavailable("the blobs of the TPM's key are not here")
        try:
            with tempfile.TemporaryDirectory(prefix="identity-desk-tpm-") as place:
                at = Path(place)
                self._primary(at)
                blobs = ("-u", str(self.folder / _PUBLIC), "-r", str(self.folder / _PRIVATE))
                self._run("tpm2_load", "-Q", "-C", str(at / "primary"), *blobs, "-c", str(at / "key"))
                self._flush()
                key = self._run("tpm2_unseal", "-c", str(at / "key"))
                self._flush()
        except OSError as error:
            raise KeyUnavailable(f"the TPM's key cannot be read: {error.strerror}") from error
        if len(key) != KEY_BYTES:
            raise KeyUnavailable("what the TPM gave is no master key")
        return Masked(key)

    def forget(self) -> None:
        """Remove the blobs: after the key was moved elsewhere."""
        for name in (_PUBLIC, _PRIVATE):
            (self.folder / name).unlink(missing_ok=True)

    def describe(self) -> str:
        return "The master key is sealed by this machine's TPM. A stolen disk opens nothing; whoever can run programs as this account can."

    def _primary(self, at: Path) -> None:
        self._run("tpm2_createprimary", "-Q", "-C", "o", "-g", "sha256", "-G", "ecc", "-c", str(at / "primary"))
        self._flush()

    def _flush(self) -> None:
        """Free the TPM's few slots; a resource manager does it by itself, and then there is nothing to free."""
        self._run("tpm2_flushcontext", "-Q", "-t", may_fail=True)

    def _run(self, program: str, *words: str, given: bytes = b"", may_fail: bool = False) -> bytes:
        if shutil.which(program) is None:
            raise KeyUnavailable("tpm2-tools are not installed")
        env = os.environ | ({"TPM2TOOLS_TCTI": self.tcti} if self.tcti else {})
        try:
            done = subprocess.run([program, *words], input=given, capture_output=True, env=env, timeout=WITHIN_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise KeyUnavailable("the TPM does not answer") from late
        if done.returncode != 0 and not may_fail:
            raise KeyUnavailable(f"the TPM is absent, or not the one that sealed this key ({program} ended with {done.returncode})")
        return done.stdout
