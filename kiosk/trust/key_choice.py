"""Which key store a station has: the best there is when its store is made, and from then on that one and no other.

`auto` takes a TPM where one answers, else the system's keyring, else a passphrase. What was taken stands in a file beside the store. A
station whose TPM is gone is out of service: it does not go on with something weaker, because nothing weaker holds its key. A station of
version 0.1, which has its key in a plain file, keeps it until two people move it.
"""

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kiosk.faults import KeyUnavailable
from kiosk.settings import Settings, StationSettings
from kiosk.values import Masked
from kiosk.vault.keys import KeyFile, KeyStore
from kiosk.vault.opening import open_store
from kiosk.vault.store import Store
from kiosk.vault.tpm import TpmKey

AUTO: Final = "auto"
KINDS: Final = ("tpm", "keyring", "passphrase", "file")
CHOSEN_FILE: Final = "key-store"
_CREDENTIAL: Final = "identity-desk-passphrase"
_TPM_DEVICES: Final = (Path("/dev/tpmrm0"), Path("/dev/tpm0"))


def key_store_of(station: StationSettings, ask: Callable[[], Masked[str]] | None = None) -> KeyStore:
    """Return the station's key store. ask: for the passphrase, where one is needed. Raises KeyUnavailable."""
    return key_store(_kind(station), station, ask or ask_passphrase)


def station_store(settings: Settings, keys: KeyStore | None = None) -> Store:
    """Open the station's store as every program does: with its key, its name, and the certificates its settings ask for. keys: where a
    caller has the key already. Raises what `open_store` does, KeyUnavailable."""
    station = settings.station
    asks = settings.training_required_for
    return open_store(station.data, keys or key_store_of(station), where=station.name, certificate_for=asks)


def key_store(kind: str, station: StationSettings, ask: Callable[[], Masked[str]]) -> KeyStore:
    from kiosk.vault.key_kinds import KeyringKey, PassphraseKey

    match kind:
        case "tpm":
            return TpmKey(station.data, os.environ.get("IDENTITY_DESK_TPM", ""))
        case "keyring":
            return KeyringKey(station.name)
        case "passphrase":
            return PassphraseKey(station.data / "master.sealed", _asked_once(ask))
        case "file":
            return KeyFile(station.master_key)
        case _:
            raise KeyUnavailable("the file that says which key store this station has says none we know")


def note_choice(station: StationSettings, kind: str) -> None:
    """Write down which kind holds the key from now on."""
    station.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = station.data / f"{CHOSEN_FILE}.new"
    part.write_text(kind, encoding="ascii")
    part.replace(station.data / CHOSEN_FILE)


def best_there_is(tcti: str = "") -> str:
    """Return the strongest kind this machine has now."""
    from kiosk.vault.key_kinds import KeyringKey

    if tcti or any(device.exists() for device in _TPM_DEVICES):
        return "tpm"
    try:
        KeyringKey("is there a keyring").exists()
    except KeyUnavailable:
        return "passphrase"
    return "keyring"


def ask_passphrase() -> Masked[str]:
    """Return the passphrase: handed over by the service manager (systemd's LoadCredential), else typed at the terminal."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and (credential := Path(folder) / _CREDENTIAL).is_file():
        return Masked(credential.read_text(encoding="utf-8").rstrip("\n"))
    if sys.stdin is None or not sys.stdin.isatty():
        raise KeyUnavailable("the key lies under a passphrase, and there is no terminal to type it at")
    return Masked(getpass.getpass("Passphrase of this station: "))


def _kind(station: StationSettings) -> str:
    """Return the kind that was chosen, else choose: a kind named in the settings, a plain file that is there already, or the best."""
    noted = station.data / CHOSEN_FILE
    if noted.is_file():
        kind = noted.read_text(encoding="ascii", errors="replace").strip()
        if station.key_store not in (AUTO, kind):
            raise KeyUnavailable(f"the settings say {station.key_store}, the station's key is in: {kind}. Two people can move it")
        return kind
    if station.key_store != AUTO:
        return station.key_store
    if station.master_key.exists():
        return "file"
    kind = best_there_is(os.environ.get("IDENTITY_DESK_TPM", ""))
    note_choice(station, kind)
    return kind


def _asked_once(ask: Callable[[], Masked[str]]) -> Callable[[], Masked[str]]:
    """Making a key and reading it back is one question, not two."""
    typed: list[Masked[str]] = []

    def asked() -> Masked[str]:
        if not typed:
            typed.append(ask())
        return typed[0]

    return asked
