"""docs/risk.md lists every signal as the program knows it."""

from pathlib import Path

from kiosk.risk.signals import KNOWN

PAGE = Path(__file__).parents[2] / "docs" / "risk.md"


def test_the_page_lists_the_signals_that_there_are() -> None:
    listed = PAGE.read_text(encoding="utf-8").partition("<!-- signals:begin -->")[2].partition("<!-- signals:end -->")[0]
    rows = [f"| `{row.name}` | {row.unit} | {row.lowest:g} to {row.highest:g} | {row.worse} | {row.means} |" for row in KNOWN.values()]
    assert [line for line in listed.splitlines() if line.startswith("| `")] == rows
