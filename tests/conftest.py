"""Fixtures the whole suite shares. Real objects only; the model pack is built by set-up before tests run."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from models.build import build
from models.manifest import read_manifest

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Neither the clock nor chance decides: every run draws the same examples and takes its time over each. To look for what those miss,
# `--hypothesis-profile explore` draws others every time.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("explore"), derandomize=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings beside the checkout; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("IDENTITY_DESK_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("the recordings beside the checkout (../shared/data) are not here")
    return folder


@pytest.fixture(scope="session")
def pack() -> Path:
    """The built model pack. Absent means set-up did not run, which is a failure, not a skip."""
    folder = ROOT / "build" / "models"
    assert folder.is_dir(), "the model pack is not built: run python3 packaging/bootstrap.py setup"
    # Our own weights lie in the repository: a pack that was built before they came is completed from there, without a network.
    build(read_manifest(), folder, offline=True, keep_packages=True)
    return folder
