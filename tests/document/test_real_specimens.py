"""Real photographs and scans beside the checkout: the figures of docs/evidence/documents.md must not fall."""

from pathlib import Path

import pytest

from kiosk.measure import documents
from kiosk.measure.document_cases import Figures
from kiosk.measure.document_engines import load_engines

pytestmark = [pytest.mark.shared, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def figures(shared: Path, pack: Path) -> Figures:
    return documents.measure(shared / "data" / "documents" / "labels.json", load_engines(pack))


def test_nineteen_in_twenty_are_read_to_the_last_character(figures: Figures) -> None:
    assert figures.exact >= 0.95


def test_nothing_wrong_is_accepted_and_nothing_is_read_where_nothing_stands(figures: Figures) -> None:
    assert (figures.wrong_accepts, figures.false_reads) == (0, 0)


def test_memory_stays_bounded(figures: Figures) -> None:
    assert figures.peak_mb < 1500
    """Of the whole test process; the reading alone is measured in the evidence."""
