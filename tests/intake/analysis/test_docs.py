"""docs/risk.md names every finding and every fraud, and none that does not exist."""

import re
from pathlib import Path

from kiosk.actor.bank_world.knobs import PATTERNS
from kiosk.intake.analysis.finding import FindingKind

TEXT = (Path(__file__).parents[3] / "docs" / "risk.md").read_text(encoding="utf-8")


def table_under(heading: str) -> set[str]:
    """Return the first column's codes of the first table that begins with this heading."""
    lines = TEXT[TEXT.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return {match[1] for line in lines if (match := re.match(r"\| `([a-z-]+)` \|", line))}


def test_every_finding_is_told_in_plain_words() -> None:
    assert table_under("finding") == {kind.value for kind in FindingKind}


def test_every_fraud_that_is_played_is_told() -> None:
    assert table_under("fraud") == set(PATTERNS)
