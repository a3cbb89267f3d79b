"""The analysis role: who may open held cases to look for fraud across branches, and nothing else.

Its key is no key of the intake's. When a packet is held, the key of that one content is sealed to the role; that grant lies in the outbox
and is destroyed when the analysis is on disk. So the role opens a case while it waits and never again; it holds neither the storage key,
which opens all contents, nor the bank's identity, which opens packets and signs answers.

A folder of the role's, which may lie on another machine than the bank's folder:

    analysis.key          PRIVATE, 0600: the secret all keys of the role are made from
    analysis-keys.json    public: what grants are sealed to; a copy lies in the bank's folder, where the intake finds it
    results.sqlite        facts and findings, unless they are in PostgreSQL
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.faults import DiskFull, KeyUnavailable, PacketRefused, SealBroken, SettingsRefused, StoreUnavailable
from kiosk.intake.rest import content_key
from kiosk.values import SessionId
from kiosk.vault.files import is_full
from kiosk.vault.keys import KeyFile
from kiosk.vault.sealing import KEY_BYTES, Key, derive
from kiosk.wire.hpke import OpeningKey, SealingKey, opening_key_from_seed
from kiosk.wire.keys import key_text, raw_key, read_key_file, sealing_key_from_raw, spell_key_file
from kiosk.wire.limits import MAX_KEY_TEXT

KEY: Final = "analysis.key"
PUBLIC: Final = "analysis-keys.json"
RESULTS: Final = "results.sqlite"
FOLDER: Final = "analysis"
"""The role's folder within the bank's, where one program does both."""
_KIND: Final = "analysis-keys"
_ID_BYTES: Final = 32


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AnalysisRole:
    """opening: opens grants; secret: whatever else the role seals or hashes is keyed with what is derived from it."""

    opening: OpeningKey
    secret: Key

    @property
    def key_id(self) -> str:
        return self.opening.public().key_id

    def content_key(self, grant: bytes, packet_id: SessionId, digest: bytes) -> Key:
        """Return the key of a granted content. Raises KeyUnavailable for a grant to another key of the role, SealBroken."""
        if grant[:_ID_BYTES] != self.key_id.encode("ascii"):
            raise KeyUnavailable("a case is granted to another analysis key; use the folder it belongs to, or `intake grant` it anew")
        try:
            key = self.opening.open(grant[_ID_BYTES:], _info(packet_id, digest))
        except PacketRefused as trouble:
            raise SealBroken("a grant does not open") from trouble
        if len(key.reveal()) != KEY_BYTES:
            raise SealBroken("a grant of something else than a key")
        return key


def grant_for(role: SealingKey, storage: Key, packet_id: SessionId, digest: bytes) -> bytes:
    """Return the key of one content, sealed to the role for this case and purpose. storage: the intake's storage key."""
    sealed = role.seal(content_key(storage, packet_id, digest).reveal(), _info(packet_id, digest))
    return role.key_id.encode("ascii") + sealed


def make_role(folder: Path, bank: Path) -> AnalysisRole:
    """Make the role's key and publish its public half to the bank's folder. Raises KeyUnavailable if there is one: it is never replaced."""
    KeyFile(folder / KEY).create()
    role = open_role(folder)
    publish_role(role, folder)
    publish_role(role, bank)
    return role


def open_role(folder: Path) -> AnalysisRole:
    """Raises KeyUnavailable."""
    secret = KeyFile(folder / KEY).load()
    return AnalysisRole(opening_key_from_seed(derive(secret, "analysis grants").reveal(), b"identity-desk analysis 1"), secret)


def publish_role(role: AnalysisRole, folder: Path) -> None:
    public = role.opening.public()
    members = {"mlkem768": key_text(public.mlkem.public_bytes_raw()), "x25519": key_text(public.x25519.public_bytes_raw())}
    part = folder / f"{PUBLIC}.new"
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(spell_key_file({**members, "kind": _KIND}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / PUBLIC)
    except OSError as error:
        if is_full(error):
            raise DiskFull("no room for the analysis role's public key") from error
        raise StoreUnavailable(f"the analysis role's public key cannot be written: {error.strerror}") from error


def published_role(bank: Path) -> SealingKey | None:
    """Return whom the bank's intake grants cases to; None if there is nobody. Raises SettingsRefused."""
    path = bank / PUBLIC
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            text = file.read(MAX_KEY_TEXT + 1).decode("utf-8", errors="replace")
        members = read_key_file(text, _KIND, {"mlkem768", "x25519"})
        return sealing_key_from_raw(raw_key(members["mlkem768"]), raw_key(members["x25519"]))
    except (OSError, PacketRefused, ValueError) as trouble:
        raise SettingsRefused(f"{PUBLIC} is damaged or cannot be read") from trouble


def _info(packet_id: SessionId, digest: bytes) -> bytes:
    return f"identity-desk grant 1\0fraud-analysis\0{packet_id}\0{digest.hex()}".encode("ascii")
