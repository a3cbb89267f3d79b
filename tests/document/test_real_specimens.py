"""Real photographs and scans beside the checkout: the figures of docs/evidence/documents.md must not fall."""

from pathlib import Path

import pytest

from kiosk.measure import documents

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def figures(shared: Path, pack: Path) -> documents.Summary:
    return documents.measure(shared / "data" / "documents" / "labels.json", documents.load_engines(pack))


def test_nineteen_in_twenty_are_read_to_the_last_character(figures: documents.Summary) -> None:
    assert figures.exact_share >= 0.95


def test_nothing_wrong_is_accepted_and_nothing_is_read_where_nothing_stands(figures: documents.Summary) -> None:
    assert (figures.wrong_accepted, figures.read_without_mrz) == (0, 0)


def test_memory_stays_bounded(figures: documents.Summary) -> None:
    assert figures.peak_mb < 1500
    """Of the whole test process; the reading alone is measured in the evidence."""
