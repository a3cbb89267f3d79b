"""A key that a hundred thousand cases share, on the page of one of them: told, drawn as one box, followed nowhere."""

import re
import time
from pathlib import Path

import pytest

from kiosk.intake.analysis.spelled import FACTS
from kiosk.intake.console.graph_picture import picture, tie_rows
from kiosk.intake.office.fold_analysis import FoldAnalysis
from kiosk.intake.results import Analysed
from kiosk.intake.sqlite_results import SqliteResults
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.values import Masked, SessionId
from tests.fakes.branch import NOW
from tests.intake.analysis.cases import case


@pytest.mark.parametrize("edges", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_hub_is_one_box_on_the_page_and_the_rest_of_the_graph_is_drawn(tmp_path: Path, edges: int) -> None:
    results = SqliteResults(tmp_path / "results.sqlite")
    numbers = range(1, edges + 1)
    facts = [case(one, one / edges, phone=5, email=0, **({"document": 9} if one > edges - 3 else {})) for one in numbers]
    results.keep([Analysed(fact.case, fact.position, NOW, FACTS.write(fact)) for fact in facts])
    with SqliteIntakeStore(tmp_path / "ledger.sqlite") as ledger:
        analysis = FoldAnalysis(ledger, Masked(b"k" * 32), lambda: results)
        while not analysis.is_up_to_date():
            analysis.refresh(())
        began = time.process_time()
        graph = analysis.around(SessionId(f"{edges:032x}"))
        queue = analysis.queue(100)
        assert time.process_time() - began < 0.5 + edges * 2e-5
    rows = {row.what: row for row in tie_rows(graph)}
    assert rows["telephone"].in_all == edges and rows["telephone"].is_hub and rows["telephone"].sessions == (f"{edges:032x}",)
    assert rows["document"].in_all == 3 and len(rows["document"].sessions) == 3
    drawn = picture(graph, frozenset())
    assert f"telephone ({edges:,})" in drawn and "ties nobody" in drawn
    assert len(graph.nodes) < 10 and len(drawn) < 6_000 and len(queue) <= 100
    results.close()


def test_what_cases_share_besides_stands_near_them() -> None:
    """Cases that share two things stand side by side and their second tie close to them, so that lines are short."""
    from kiosk.intake.analysis.fact import LinkKind
    from kiosk.intake.office.analysis import Graph, Node

    names = [f"{number:032x}" for number in range(12)]
    nodes = [Node(name, None, SessionId(name), 0) for name in names]
    nodes += [Node("phone-0", LinkKind.PHONE, SessionId(""), 12), Node("document-0", LinkKind.DOCUMENT, SessionId(""), 3)]
    edges = [(name, "phone-0") for name in names] + [(names[place], "document-0") for place in (1, 5, 9)]
    drawn = picture(Graph(names[0], tuple(nodes), tuple(edges), left_out=False), frozenset())
    lines = [tuple(map(float, one)) for one in re.findall(r'x1="(-?\d+)" y1="(-?\d+)" x2="(-?\d+)" y2="(-?\d+)"', drawn)]
    lengths = [((a - c) ** 2 + (b - d) ** 2) ** 0.5 for a, b, c, d in lines]
    assert len(lines) == 15 and max(lengths[12:]) < 260
