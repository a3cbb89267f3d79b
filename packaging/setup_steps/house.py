"""Where things lie in this checkout, and how this program ends."""

from __future__ import annotations

import os
import sys
from enum import IntEnum
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
VENV: Final = ROOT / ".venv"
BUILD: Final = ROOT / "build"
LOGS: Final = BUILD / "logs"
LOCKS: Final = ROOT / "packaging" / "requirements"
ON_WINDOWS: Final = sys.platform == "win32"
VENV_PYTHON: Final = VENV / ("Scripts/python.exe" if ON_WINDOWS else "bin/python")


class Ends(IntEnum):
    """Exit codes. `demo`, `bench` and `test` otherwise pass on the code of what they ran."""

    WELL = 0
    CHECK_FAILED = 1
    USAGE = 2
    SYSTEM_PACKAGES_MISSING = 3
    ENVIRONMENT_NOT_INSTALLED = 4
    MODEL_PACK_NOT_BUILT = 5
    PYTHON_TOO_OLD = 6
    INTERRUPTED = 130


class SetupStopped(Exception):
    """Setting up cannot go on. The message is for a person and says what to do."""

    def __init__(self, ends: Ends, message: str) -> None:
        super().__init__(message)
        self.ends = ends


def clean_environment() -> dict[str, str]:
    """Return the environment for child processes: the caller's, less what would bend Python or pip away from `.venv`.

    PIP_* pass through (an index, a certificate, a proxy are the caller's business), except those that change *where* pip
    installs.
    """
    bends = {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONSAFEPATH", "PYTHONUSERBASE", "PYTHONEXECUTABLE"}
    bends |= {"PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_REQUIRE_VIRTUALENV", "PIP_DRY_RUN"}
    kept = {name: value for name, value in os.environ.items() if name not in bends}
    return kept | {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
