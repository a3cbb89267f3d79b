"""What the lock files must hold, read as a stranger would who wants to slip a package in."""

import re
import tomllib
from pathlib import Path

import pytest

LOCKS = Path(__file__).resolve().parents[2] / "packaging" / "requirements"
INSTALLED = ("runtime.txt", "models.txt", "dev.txt", "audit.txt")


def requirements(lock: str) -> list[str]:
    """Return a lock's requirements, each with its continuation lines joined, without comments."""
    text = (LOCKS / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip()]


def names(lock: str) -> list[str]:
    return [re.split(r"[=\[ ;]", requirement)[0].lower().replace("_", "-") for requirement in requirements(lock)]


@pytest.mark.parametrize("lock", sorted(path.name for path in LOCKS.glob("*.txt")))
def test_every_locked_requirement_has_one_version_and_a_hash(lock: str) -> None:
    locked = requirements(lock)
    whole = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert len(locked) > 2
    assert [line[:60] for line in locked if not whole.fullmatch(line)] == []


@pytest.mark.parametrize("file", sorted(path.name for path in LOCKS.iterdir()))
def test_no_requirement_file_says_where_to_download_from(file: str) -> None:
    text = (LOCKS / file).read_text(encoding="utf-8")
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links|--trusted-host|(?m:^-[if] )", text) == []


def test_the_locks_installed_together_never_disagree_about_a_version() -> None:
    versions: dict[str, set[str]] = {}
    for lock in INSTALLED:
        for requirement in requirements(lock):
            name, _, rest = requirement.partition("==")
            versions.setdefault(name.lower(), set()).add(rest.split()[0])
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_exactly_one_opencv_is_locked_and_it_brings_no_second_qt() -> None:
    opencv = {name for lock in INSTALLED for name in names(lock) if name.startswith("opencv")}
    assert opencv == {"opencv-python-headless"}


def test_pyside_is_not_the_release_that_aborts_after_some_hundreds_of_signals() -> None:
    (pyside,) = (line for line in requirements("runtime.txt") if line.lower().startswith("pyside6-essentials=="))
    assert not pyside.split()[0].endswith("==6.12.0")
    assert "pyside6-addons" not in names("runtime.txt")


def test_the_locks_are_made_for_the_oldest_python_we_promise() -> None:
    project = tomllib.loads((LOCKS.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11"
