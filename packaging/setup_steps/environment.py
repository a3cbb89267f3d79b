"""The virtual environment `.venv`, filled from the hash-locked requirement files and nothing else.

A stamp inside `.venv` holds the digest of every lock that was installed and the interpreter it was installed for; while it
agrees with the files, a start neither runs pip nor looks at the network. A mark written before pip begins and removed when
it ends tells a later start that an install was cut off, and the environment is then made anew (pip's own cache makes that
cheap) rather than trusted.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from setup_steps.house import LOCKS, ON_WINDOWS, VENV, VENV_PYTHON, Ends, SetupStopped, clean_environment
from setup_steps.progress import run_logged, step, tail

STAMP: Final = VENV / "installed.json"
INSTALL_UNDER_WAY: Final = VENV / "install-under-way"

DEMO_LOCKS: Final = ("runtime.txt", "models.txt")
TEST_LOCKS: Final = (*DEMO_LOCKS, "dev.txt")
AUDIT_LOCKS: Final = (*TEST_LOCKS, "audit.txt")


def were_ever_installed(locks: Sequence[str]) -> bool:
    """Say whether this scope was set up before, in whatever version."""
    return set(locks) <= _stamped().keys()


def ensure_environment(locks: Sequence[str]) -> None:
    """Make `.venv` hold what `locks` name, exactly as hashed. Raises SetupStopped when it cannot."""
    with step("environment") as under_way:
        wanted = {lock: _digest(LOCKS / lock) for lock in locks}
        held = _stamped()
        if _usable() and wanted.items() <= held.items():
            under_way.ended = "in place"
            return
        if not _usable():
            _make_venv()
            held = {}
        stale = [lock for lock in locks if held.get(lock) != wanted[lock]]
        STAMP.unlink(missing_ok=True)
        _pip_install(stale)
        _write_stamp({**held, **wanted})
        under_way.ended = f"installed from {', '.join(stale)}"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _interpreter() -> str:
    """Return the file the environment's Python really is: it changes when the system's Python is upgraded."""
    return str(VENV_PYTHON.resolve())


def _usable() -> bool:
    """Say whether there is an environment that was not cut off while being filled and whose interpreter still exists."""
    if INSTALL_UNDER_WAY.exists() or not VENV_PYTHON.exists():
        return False
    if ON_WINDOWS:
        return (VENV / "Lib" / "site-packages" / "pip").is_dir()
    # A Debian upgrade from 3.11 to 3.13 leaves bin/python working and every installed package unreachable.
    version = Path(_interpreter()).name
    folders = [VENV / "lib" / version] if version.startswith("python3.") else list((VENV / "lib").glob("python3.*"))
    return any((folder / "site-packages" / "pip").is_dir() for folder in folders)


def _stamped() -> dict[str, str]:
    """Return the digests of the locks installed before; nothing if the stamp is absent, broken or of another Python."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        if stamp["python"] != _interpreter():
            return {}
        return {str(lock): str(digest) for lock, digest in stamp["locks"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write_stamp(locks: dict[str, str]) -> None:
    half_written = STAMP.with_suffix(".tmp")
    half_written.write_text(json.dumps({"python": _interpreter(), "locks": locks}, indent=1), encoding="utf-8")
    half_written.replace(STAMP)


def _make_venv() -> None:
    # A system interpreter is preferred over one that is itself inside some environment.
    base = getattr(sys, "_base_executable", None) or sys.executable
    code, log = run_logged([base, "-m", "venv", "--clear", VENV], "venv", clean_environment())
    if code != 0:
        raise SetupStopped(
            Ends.ENVIRONMENT_NOT_INSTALLED, f"could not make {VENV}; the end of {log}:\n{tail(log)}"
        )


def _pip_install(locks: Sequence[str]) -> None:
    INSTALL_UNDER_WAY.touch()
    # --no-deps: the locks are complete, so nothing that is not in them can come. --only-binary: building a source
    # distribution would download build tools that no hash pins.
    command = [VENV_PYTHON, "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    for lock in locks:
        command += ["-r", LOCKS / lock]
    code, log = run_logged([str(word) for word in command], "pip-install", clean_environment())
    if code == 0:
        INSTALL_UNDER_WAY.unlink()
        return
    if code > 0 and not _began_to_write(log):
        # pip gave up before it changed anything, so what is there can be added to next time.
        INSTALL_UNDER_WAY.unlink()
    raise SetupStopped(
        Ends.ENVIRONMENT_NOT_INSTALLED,
        f"pip could not install {', '.join(locks)}; nothing is lost, run the same command again when the cause is gone.\n"
        f"The end of {log}:\n{tail(log)}",
    )


def _began_to_write(log: Path) -> bool:
    return "Installing collected packages" in log.read_text(encoding="utf-8", errors="replace")
