"""Write the lock files: every package the product may import, with its version and the hash of every file it may come as.

The locks are made by uv in an environment thrown away afterwards, for every platform and Python we support at once. Neither
an index address nor a local folder may end up in them: a lock says *what*, the station's own pip settings say *from where*.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from setup_steps.house import LOCKS, ON_WINDOWS, ROOT, Ends, SetupStopped, clean_environment
from setup_steps.progress import run_logged, step, tail

# In this order: the later ones are constrained by the earlier.
REQUIREMENTS: Final = ("runtime", "models", "engines", "dev", "audit")
UV: Final = "uv>=0.9,<0.14"
UV_NAME_OF_PIP_SETTING: Final = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
}


def lock(arguments: Sequence[str]) -> None:
    """Resolve every `.in` file into its `.txt`; arguments go to `uv pip compile` (`--upgrade` takes newer versions).

    Raises SetupStopped when uv cannot be fetched or a set cannot be resolved; the old lock then stays as it was.
    """
    with tempfile.TemporaryDirectory(prefix="lock-") as thrown_away:
        folder = Path(thrown_away)
        with step("uv"):
            venv.create(folder / "venv", with_pip=True)
            python = folder / "venv" / ("Scripts/python.exe" if ON_WINDOWS else "bin/python")
            _run([python, "-m", "pip", "install", "--only-binary=:all:", UV], "lock-uv", clean_environment())
        env = clean_environment() | _uv_settings(python)
        for name in REQUIREMENTS:
            with step(f"{name}.txt"):
                _run([python, "-m", *_compile(name), *arguments], f"lock-{name}", env)


def _compile(name: str) -> list[str]:
    options = "--generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header"
    # Names relative to the root of the checkout: uv writes them into the comments of the lock.
    requirements = LOCKS.relative_to(ROOT).as_posix()
    return ["uv", "pip", "compile", *options.split(), "--quiet", f"{requirements}/{name}.in", "-o", f"{requirements}/{name}.txt"]


def _uv_settings(python: Path) -> dict[str, str]:
    """Return the caller's pip settings (files and PIP_* variables) under the names uv knows them by."""
    listing = subprocess.run(
        [python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False, env=clean_environment()
    ).stdout
    settings: dict[str, str] = {}
    for line in listing.splitlines():
        key, _, quoted = line.partition("=")
        name = UV_NAME_OF_PIP_SETTING.get(key.rpartition(".")[2])
        if name is not None and name not in os.environ:
            separator = "," if name == "UV_FIND_LINKS" else " "
            settings[name] = separator.join(quoted.strip("'\"").replace("\\n", " ").split())
    if "UV_INDEX" in settings:
        # pip looks in all of its indexes for the best version; the caller who named two for pip means the same here.
        settings.setdefault("UV_INDEX_STRATEGY", os.environ.get("UV_INDEX_STRATEGY", "unsafe-best-match"))
    return settings


def _run(command: Sequence[str | Path], log: str, env: dict[str, str]) -> None:
    code, path = run_logged(command, log, env)
    if code != 0:
        raise SetupStopped(Ends.ENVIRONMENT_NOT_INSTALLED, f"{log} failed; the end of {path}:\n{tail(path)}")
