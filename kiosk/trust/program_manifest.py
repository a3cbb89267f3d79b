"""Is the program as the bank handed it out? Every file's digest in one list, signed by the bank's answering key.

    {"at": time, "files": {path below the program's folder: SHA-256}, "format": 1, "issuer": key id, "kind": "program-manifest",
     "proof": Ed25519 over "identity-desk program manifest 1\\0" || canonical object of all the others}

1. The list is made and signed where the program is packed (`app.py station seal-program`); it lies beside app.py.
2. A file that is changed, gone, or was never listed counts. A list that is not genuine counts as one changed file more: whoever can alter
   the program can alter the list too, but not sign it.
3. Without a list nothing is known, and nothing is said: the policy decides what that counts (`required`).
4. Whoever runs as this account can also lie in memory; this finds what lies on the disk (docs/threat-model.md).
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.faults import PacketRefused
from kiosk.wire import canonical
from kiosk.wire.canonical import Json
from kiosk.wire.keys import key_id, key_text, raw_key
from kiosk.wire.plain import write_time

ROOT: Final = Path(__file__).resolve().parent.parent.parent
FILE: Final = "program-manifest.json"
PARTS: Final = ("app.py", "kiosk", "ui", "models", "resources")
SUFFIXES: Final = frozenset({".py", ".toml", ".qss", ".sql", ".svg", ".wav", ".txt", ".json", ".npz"})
MOST_BYTES: Final = 4_000_000
_DOMAIN: Final = b"identity-desk program manifest 1\0"
_MEMBERS: Final = frozenset({"at", "files", "format", "issuer", "kind", "proof"})


def sign_program(root: Path, key: Ed25519PrivateKey, now: datetime) -> bytes:
    """Return the signed list of the program below root. Raises OSError for a file that cannot be read."""
    files: dict[str, Json] = dict(digests_below(root))
    members: dict[str, Json] = {
        "at": write_time(now), "files": files, "format": 1, "issuer": key_id(key.public_key()), "kind": "program-manifest",
    }  # fmt: skip
    return canonical.spell(members | {"proof": key_text(key.sign(_DOMAIN + canonical.spell(members)))})


def genuine_list(spelled: bytes, issuers: Collection[Ed25519PublicKey]) -> dict[str, str]:
    """Return the digests by path. Raises PacketRefused unless one of these keys signed them."""
    members = canonical.parse(spelled, MOST_BYTES)
    if not isinstance(members, dict) or set(members) != _MEMBERS or members["kind"] != "program-manifest" or members["format"] != 1:
        raise PacketRefused("not a program manifest")
    signer = {key_id(key): key for key in issuers}.get(str(members["issuer"]))
    if signer is None:
        raise PacketRefused("a program manifest of a key this station does not trust")
    signed = {name: value for name, value in members.items() if name != "proof"}
    try:
        signer.verify(raw_key(str(members["proof"])), _DOMAIN + canonical.spell(signed))
    except InvalidSignature as trouble:
        raise PacketRefused("a program manifest nobody signed") from trouble
    files = members["files"]
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise PacketRefused("a program manifest without digests")
    return {name: str(digest) for name, digest in files.items()}


def changed_files(issuers: Collection[Ed25519PublicKey], root: Path = ROOT) -> int | None:
    """Return how many files are not as the signed list says; None where there is no list. Raises nothing."""
    try:
        spelled = (root / FILE).read_bytes()
    except OSError:
        return None
    try:
        listed = genuine_list(spelled, issuers)
        found = dict(digests_below(root))
    except (PacketRefused, OSError):
        return 1
    return sum(listed.get(name) != found.get(name) for name in listed.keys() | found.keys())


def digests_below(root: Path) -> Iterator[tuple[str, str]]:
    """Yield path and digest of every file that is part of the program. Raises OSError."""
    for part in PARTS:
        top = root / part
        files = [top] if top.is_file() else sorted(file for file in top.rglob("*") if file.suffix in SUFFIXES and file.is_file())
        for file in files:
            if "__pycache__" not in file.parts:
                yield file.relative_to(root).as_posix(), sha256(file.read_bytes()).hexdigest()
