"""Where no TPM is: the master key in the system's keyring, or under a passphrase. See `keys`."""

import hashlib
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import keyring
from argon2.low_level import Type, hash_secret_raw
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringError

from kiosk.faults import KeyUnavailable, SealBroken
from kiosk.values import Masked
from kiosk.vault.keys import KeyFile
from kiosk.vault.sealing import KEY_BYTES, NONCE_BYTES, Key, Place, seal, unseal

SERVICE: Final = "identity-desk"
_SEALED_PLACE: Final = Place("master key", "1", "sealed", "under a passphrase")
_SALT_BYTES: Final = 16
_MEMORY_KIB: Final = 262_144
"""256 MiB, once at start: a passphrase is guessed offline by whoever has the disk (RFC 9106 says 2 GiB where there is room)."""


@dataclass(frozen=True, slots=True)
class KeyringKey:
    """The system's keyring (Secret Service, Windows Credential Manager, macOS Keychain). name: of the entry, one for each store."""

    name: str

    @property
    def kind(self) -> str:
        return "keyring"

    def exists(self) -> bool:
        return self._held() is not None

    def create(self) -> Key:
        key = Masked(os.urandom(KEY_BYTES))
        self.adopt(key)
        return key

    def adopt(self, key: Key) -> None:
        """Keep a key that is there already. Raises KeyUnavailable if this entry has one, or there is no keyring worth the name."""
        if self.exists():
            raise KeyUnavailable("there already is a master key; it is never replaced")
        try:
            keyring.set_password(SERVICE, self.name, b64encode(key.reveal()).decode("ascii"))
        except KeyringError as refused:
            raise KeyUnavailable("the system's keyring does not take the master key") from refused

    def load(self) -> Key:
        held = self._held()
        if held is None:
            raise KeyUnavailable("the system's keyring does not hold the master key")
        try:
            key = b64decode(held, validate=True)
        except ValueError as unfit:
            raise KeyUnavailable("what the system's keyring holds is no master key") from unfit
        if len(key) != KEY_BYTES:
            raise KeyUnavailable("what the system's keyring holds is no master key")
        return Masked(key)

    def forget(self) -> None:
        try:
            keyring.delete_password(SERVICE, self.name)
        except KeyringError as refused:
            raise KeyUnavailable("the system's keyring does not let the master key go") from refused

    def describe(self) -> str:
        return "The master key is in the system's keyring, which opens when this account signs in."

    def _held(self) -> str | None:
        backend = keyring.get_keyring()
        # A keyring that writes plain text, or none, would be weaker than what was chosen.
        if isinstance(backend, NoKeyring) or "plaintext" in type(backend).__module__.lower() or "null" in type(backend).__module__:
            raise KeyUnavailable("this system has no keyring: choose passphrase or tpm in branch.toml")
        try:
            return keyring.get_password(SERVICE, self.name)
        except KeyringError as refused:
            raise KeyUnavailable("the system's keyring is locked or does not answer") from refused


@dataclass(frozen=True, slots=True)
class PassphraseKey:
    """The master key in a file, sealed under a passphrase that somebody types at every start. ask: asks for it."""

    path: Path
    ask: Callable[[], Masked[str]]
    memory_kib: int = _MEMORY_KIB

    @property
    def kind(self) -> str:
        return "passphrase"

    def exists(self) -> bool:
        return self._file.exists()

    def create(self) -> Key:
        key = Masked(os.urandom(KEY_BYTES))
        self.adopt(key)
        return key

    def adopt(self, key: Key) -> None:
        if self.exists():
            raise KeyUnavailable("there already is a master key; it is never replaced")
        salt, nonce = os.urandom(_SALT_BYTES), os.urandom(NONCE_BYTES)
        self._file.write(salt + seal(self._derived(salt), nonce, key.reveal(), _SEALED_PLACE))

    def load(self) -> Key:
        content = self._file.read()
        try:
            return Masked(unseal(self._derived(content[:_SALT_BYTES]), content[_SALT_BYTES:], _SEALED_PLACE))
        except SealBroken as broken:
            raise KeyUnavailable("the passphrase is not right, or its file was altered") from broken

    def forget(self) -> None:
        self._file.forget()

    def describe(self) -> str:
        return "The master key lies under a passphrase that is typed at every start. A stolen disk is worth what that passphrase is worth."

    @property
    def _file(self) -> KeyFile:
        return KeyFile(self.path)

    def _derived(self, salt: bytes) -> Key:
        typed = hashlib.sha512(self.ask().reveal().encode()).digest()
        return Masked(hash_secret_raw(typed, salt.ljust(_SALT_BYTES, b"\0"), 4, self.memory_kib, 2, KEY_BYTES, Type.ID))
