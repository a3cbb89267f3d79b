"""The picture of the journey in the docs is the journey."""

from pathlib import Path

from kiosk.journey import states
from kiosk.measure.diagram import block, edges

ARCHITECTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"


def test_the_diagram_in_the_docs_is_up_to_date() -> None:
    assert block() in ARCHITECTURE.read_text(encoding="utf-8"), "run: python app.py diagram --write"


def test_every_state_is_reached() -> None:
    reached = {after for _, _, after in edges()}
    named = {"Idle", "Finished", "OutOfService", *(state.__name__ for state in states.CaseState.__args__)}
    assert reached == named
