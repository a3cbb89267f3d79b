"""Fetch one file of a known digest over HTTPS, with progress; what arrived before a broken line is kept and gone on from."""

import contextlib
import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

from models.build import CouldNotFinish, Refused

_CHUNK = 1 << 16
_TIMEOUT_S = 30.0
_TRIES = 4
UNFINISHED = ".unfinished"

Progress = Callable[[int, int], None]
"""Told (bytes that are there, bytes wanted)."""


def fetch(url: str, into: Path, sha256: str, size_bytes: int, progress: Progress, tries: int = _TRIES) -> None:
    """Bring a file. It appears under its name only once its digest is right; until then it is `<name>.unfinished`.

    Plain http serves for a mirror within the bank: the digest says whether it is the file. Raises CouldNotFinish if the line breaks more
    often than `tries` without anything arriving (run again: what came is kept), Refused if the file is another one (it is deleted) or the
    address is none.
    """
    if not url.startswith(("https://", "http://")):
        raise Refused(f"{url!r} is no https:// or http:// address")
    unfinished = into.with_name(into.name + UNFINISHED)
    idle = 0
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        while (there := _size(unfinished)) < size_bytes:
            trouble = _fetch_rest(url, unfinished, there, size_bytes, progress)
            idle = 0 if _size(unfinished) > there else idle + 1
            if trouble and idle >= tries:
                raise CouldNotFinish(f"{into.name} did not arrive ({trouble}). Check the network and run again: what came is kept")
        _check(unfinished, into.name, sha256, size_bytes)
        unfinished.replace(into)
    except OSError as trouble:
        raise CouldNotFinish(f"{into} cannot be written ({trouble.strerror}). Free some space or choose another folder") from trouble


def _fetch_rest(url: str, unfinished: Path, there: int, size_bytes: int, progress: Progress) -> str:
    """Append what is missing; return what stopped it, empty if nothing did. A server that ignores the range sends all: then from the
    start."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={there}-"} if there else {})  # noqa: S310 - the scheme was checked
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            goes_on = there > 0 and answer.status == 206
            declared = answer.headers.get("Content-Length")
            if declared is not None and declared.isdigit() and int(declared) + (there if goes_on else 0) != size_bytes:
                unfinished.unlink(missing_ok=True)
                raise Refused(f"{unfinished.stem} is not of the {size_bytes} bytes it should be: the server has another file")
            with unfinished.open("ab" if goes_on else "wb") as stream:
                arrived = there if goes_on else 0
                progress(arrived, size_bytes)
                while chunk := answer.read(_CHUNK):
                    arrived += len(chunk)
                    if arrived > size_bytes:
                        break
                    stream.write(chunk)
                    progress(arrived, size_bytes)
                stream.flush()
                os.fsync(stream.fileno())
            if arrived > size_bytes:
                unfinished.unlink()
                raise Refused(f"{unfinished.stem} is larger than the {size_bytes} bytes it should be: it is another file")
    except urllib.error.HTTPError as trouble:
        return f"the server says {trouble.code}"
    except urllib.error.URLError as trouble:
        return str(trouble.reason)
    except (TimeoutError, ConnectionError, HTTPException) as trouble:
        return type(trouble).__name__
    return "the line broke" if arrived < size_bytes else ""


def _check(path: Path, name: str, sha256: str, size_bytes: int) -> None:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256 or path.stat().st_size != size_bytes:
        with contextlib.suppress(OSError):
            path.unlink()
        raise Refused(f"{name} has SHA-256 {found}, expected {sha256}. It is another file than the one asked for: do not use it")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
