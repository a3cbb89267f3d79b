"""A TPM, a keyring, a passphrase: each gives back its key, and to nobody it should not. The TPM is swtpm's, in software."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from kiosk.faults import KeyUnavailable
from kiosk.settings import StationSettings
from kiosk.trust.key_choice import key_store_of
from kiosk.values import Masked, StationClass
from kiosk.vault.key_kinds import KeyringKey, PassphraseKey
from kiosk.vault.keys import KeyFile, KeyStore
from kiosk.vault.opening import open_store
from kiosk.vault.tpm import TpmKey
from tests.vault.specimen import NOW, PACKET, SESSION, digest, everything_in, record

HAS_SWTPM = shutil.which("swtpm") and shutil.which("tpm2_create")
needs_swtpm = pytest.mark.skipif(not HAS_SWTPM, reason="swtpm or tpm2-tools are not installed")


def free_ports() -> int:
    """Return a port that is free together with the next one."""
    for port in range(23_210, 23_990, 2):
        try:
            with socket.socket() as one, socket.socket() as two:
                one.bind(("127.0.0.1", port))
                two.bind(("127.0.0.1", port + 1))
                return port
        except OSError:
            continue
    raise RuntimeError("no ports are free")


@contextmanager
def software_tpm(state: Path) -> Iterator[str]:
    """Run a TPM whose seeds lie in `state`; gives how it is reached."""
    state.mkdir(exist_ok=True)
    port = free_ports()
    words = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--server", f"type=tcp,port={port}"]
    words += ["--ctrl", f"type=tcp,port={port + 1}", "--flags", "not-need-init,startup-clear"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as tpm:
        try:
            yield f"swtpm:host=127.0.0.1,port={port}"
        finally:
            tpm.terminate()
            tpm.wait(10)


@needs_swtpm
def test_a_tpm_gives_back_the_key_it_sealed_after_a_restart_and_the_disk_alone_holds_none(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    with software_tpm(tmp_path / "tpm") as tcti:
        made = TpmKey(folder, tcti).create()
        assert TpmKey(folder, tcti).load() == made
        with pytest.raises(KeyUnavailable, match="never replaced"):
            TpmKey(folder, tcti).create()
    with software_tpm(tmp_path / "tpm") as tcti:
        assert TpmKey(folder, tcti).load() == made
    assert made.reveal() not in everything_in(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["master.tpm.priv", "master.tpm.pub"]


@needs_swtpm
def test_a_stolen_disk_opens_on_no_other_machine(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    with software_tpm(tmp_path / "tpm") as tcti, open_store(folder, TpmKey(folder, tcti)) as store:
        store.keep_case(record(), PACKET, digest(), NOW)
    stolen = tmp_path / "stolen"
    shutil.copytree(folder, stolen)
    with software_tpm(tmp_path / "other tpm") as tcti, pytest.raises(KeyUnavailable, match="not the one that sealed"):
        open_store(stolen, TpmKey(stolen, tcti))
    with pytest.raises(KeyUnavailable):
        open_store(stolen, TpmKey(stolen, "swtpm:host=127.0.0.1,port=1"))
    assert b"ERIKSSON" not in everything_in(stolen)


class MemoryKeyring(KeyringBackend):
    """A keyring of this process, with the protocol of the real ones."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.held.pop((service, username))


@pytest.fixture
def system_keyring() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_keyring_gives_back_its_key_and_holds_one_for_each_station(system_keyring: MemoryKeyring) -> None:
    made = KeyringKey("desk-1").create()
    assert KeyringKey("desk-1").load() == made
    assert not KeyringKey("desk-2").exists()
    with pytest.raises(KeyUnavailable, match="never replaced"):
        KeyringKey("desk-1").create()
    system_keyring.held[next(iter(system_keyring.held))] = "not a key"
    with pytest.raises(KeyUnavailable, match="no master key"):
        KeyringKey("desk-1").load()
    KeyringKey("desk-1").forget()
    with pytest.raises(KeyUnavailable):
        KeyringKey("desk-1").load()


def test_no_keyring_is_said_and_nothing_weaker_is_taken() -> None:
    from keyring.backends.fail import Keyring

    before = keyring.get_keyring()
    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(KeyUnavailable, match="no keyring"):
            KeyringKey("desk-1").create()
    finally:
        keyring.set_keyring(before)


def under(path: Path, passphrase: str) -> PassphraseKey:
    return PassphraseKey(path, lambda: Masked(passphrase), memory_kib=64)


def test_a_passphrase_opens_its_key_and_another_does_not(tmp_path: Path) -> None:
    path = tmp_path / "master.sealed"
    made = under(path, "gravel lantern mosaic").create()
    assert under(path, "gravel lantern mosaic").load() == made
    assert made.reveal() not in path.read_bytes()
    with pytest.raises(KeyUnavailable, match="passphrase is not right"):
        under(path, "gravel lantern").load()
    with pytest.raises(KeyUnavailable, match="never replaced"):
        under(path, "gravel lantern mosaic").create()
    altered = bytearray(path.read_bytes())
    altered[-1] ^= 1
    path.write_bytes(bytes(altered))
    with pytest.raises(KeyUnavailable):
        under(path, "gravel lantern mosaic").load()


def station(folder: Path, kind: str = "auto") -> StationSettings:
    return StationSettings("desk-1", "harbour", StationClass.DEMO, folder, folder / "master.key", kind)


def test_the_choice_is_written_down_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.trust.key_choice.best_there_is", lambda tcti: "passphrase")
    first = key_store_of(station(tmp_path / "a"), lambda: Masked("gravel lantern mosaic"))
    assert first.kind == "passphrase"
    monkeypatch.setattr("kiosk.trust.key_choice.best_there_is", lambda tcti: "tpm")
    assert key_store_of(station(tmp_path / "a"), lambda: Masked("x")).kind == "passphrase"
    assert key_store_of(station(tmp_path / "b"), lambda: Masked("x")).kind == "tpm"
    with pytest.raises(KeyUnavailable, match="Two people"):
        key_store_of(station(tmp_path / "a", "file"), lambda: Masked("x"))


def test_a_station_of_the_first_version_keeps_its_file(tmp_path: Path) -> None:
    KeyFile(tmp_path / "a" / "master.key").create()
    assert key_store_of(station(tmp_path / "a")).kind == "file"


def test_a_tpm_that_is_gone_is_not_replaced_by_something_weaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "station"
    folder.mkdir()
    (folder / "key-store").write_text("tpm")
    monkeypatch.setenv("IDENTITY_DESK_TPM", "swtpm:host=127.0.0.1,port=1")
    keys: KeyStore = key_store_of(station(folder))
    with pytest.raises(KeyUnavailable):
        open_store(folder, keys)
    assert sorted(path.name for path in folder.iterdir()) == ["key-store"]


def test_a_copied_database_opens_on_no_other_station(tmp_path: Path) -> None:
    with open_store(tmp_path / "one", KeyFile(tmp_path / "one.key")) as store:
        store.keep_case(record(), PACKET, digest(), NOW)
    with open_store(tmp_path / "two", KeyFile(tmp_path / "two.key")):
        pass
    shutil.copy(tmp_path / "one" / "cases.sqlite", tmp_path / "two" / "cases.sqlite")
    from kiosk.faults import SealBroken

    with pytest.raises(SealBroken):
        open_store(tmp_path / "two", KeyFile(tmp_path / "two.key"))
    with open_store(tmp_path / "one", KeyFile(tmp_path / "one.key")) as store:
        assert store.counts().kept == 1
        assert SESSION in {row.session for row in store.rows(9)}
