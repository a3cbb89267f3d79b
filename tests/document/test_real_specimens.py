"""Real photographs and scans beside the checkout: the figures of docs/evidence/documents.md must not fall."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.timeout(900)]
PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def figures(shared: Path, pack: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """By the command in a process of its own, so that the memory is the reading's alone. pack: it must be there."""
    told = tmp_path_factory.mktemp("measured") / "documents.json"
    labels = shared / "data" / "documents" / "labels.json"
    command = [sys.executable, "app.py", "measure", "documents", str(labels), "--json", str(told)]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    return dict(json.loads(told.read_text(encoding="utf-8")))


def test_nineteen_in_twenty_are_read_to_the_last_character(figures: dict[str, Any]) -> None:
    assert figures["exact"] >= 0.95


def test_nothing_wrong_is_accepted_and_nothing_is_read_where_nothing_stands(figures: dict[str, Any]) -> None:
    assert (figures["wrong_accepts"], figures["false_reads"]) == (0, 0)


def test_memory_stays_bounded(figures: dict[str, Any]) -> None:
    assert figures["peak_mb"] < 500
