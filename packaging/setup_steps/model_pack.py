"""The model pack: built once from pinned packages by `models/build.py`, then left alone until something it is made of changes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final

from setup_steps.house import BUILD, ROOT, VENV_PYTHON, Ends, SetupStopped, clean_environment
from setup_steps.progress import run_logged, step, tail

MADE_FROM: Final = ROOT / "models"
PACK: Final = BUILD / "models"
STAMP: Final = BUILD / "models-built.json"


def ensure_model_pack() -> None:
    """Build the model pack unless the same sources built the files that lie there now. Raises SetupStopped when it fails.

    The stamp only saves time: the catalogue checks every model's digest again whenever one is loaded.
    """
    with step("model pack") as under_way:
        if _stamped() == _as_it_is():
            under_way.ended = "in place"
            return
        STAMP.unlink(missing_ok=True)
        code, log = run_logged([VENV_PYTHON, "-m", "models.build"], "model-pack", clean_environment())
        if code != 0:
            raise SetupStopped(
                Ends.MODEL_PACK_NOT_BUILT,
                f"the model pack could not be built; run the same command again when the cause is gone.\n"
                f"The end of {log}:\n{tail(log)}",
            )
        half_written = STAMP.with_suffix(".tmp")
        half_written.write_text(json.dumps(_as_it_is(), indent=1), encoding="utf-8")
        half_written.replace(STAMP)
        under_way.ended = "built"


def _as_it_is() -> dict[str, str]:
    """Return what identifies the sources (their digests) and the pack (sizes and times of its files)."""
    sources = [MADE_FROM / "manifest.toml", *sorted(MADE_FROM.glob("*.py")), *sorted((MADE_FROM / "weights").glob("*"))]
    seen = {source.name: hashlib.sha256(source.read_bytes()).hexdigest() for source in sources if source.is_file()}
    files = sorted(file for file in PACK.rglob("*") if file.is_file()) if PACK.is_dir() else []
    return seen | {file.relative_to(BUILD).as_posix(): _size_and_time(file) for file in files}


def _size_and_time(file: Path) -> str:
    status = file.stat()
    return f"{status.st_size} bytes, {status.st_mtime_ns} ns"


def _stamped() -> dict[str, str] | None:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None
