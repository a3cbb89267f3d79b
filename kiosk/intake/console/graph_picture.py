"""A case's links as an SVG drawn on the server: no script, no style attribute, shapes beside colours, and a table that says the same.

Layout: the case in the middle, what ties it around, the cases tied so in the next ring, and so on; angles by weight of the branches, so
that lines seldom cross. The same graph always gives the same picture.
"""

import math
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from kiosk.intake.analysis.fact import LinkKind
from kiosk.intake.console.words import TIES, short
from kiosk.intake.office.analysis import Graph, Node

WIDTH: Final = 860
HEIGHT: Final = 560
_WIDE: Final = WIDTH / 2 - 46
_HIGH: Final = HEIGHT / 2 - 34
"""Radii of the outermost ring, pixels."""
_CLOSE: Final = 60.0
"""Nearer to the middle than these pixels nothing has a direction."""
_SIGNS: Final = {
    LinkKind.DOCUMENT: "ID",
    LinkKind.PERSON: "Aa",
    LinkKind.PHONE: "☎",
    LinkKind.EMAIL: "@",
    LinkKind.ADDRESS: "⌂",
    LinkKind.ACCOUNT: "№",
    LinkKind.PAYEE: "→",
    LinkKind.FACE: "☺",
    LinkKind.RUN: "▶",
    LinkKind.HALF: "½",
    LinkKind.SERIES: "…",
}


@dataclass(frozen=True, slots=True)
class TieRow:
    """One tie in words: what it is, the drawn cases that share it, how many there are in all; is_hub: too many to say anything."""

    what: str
    sessions: tuple[str, ...]
    in_all: int
    is_hub: bool


def tie_rows(graph: Graph) -> tuple[TieRow, ...]:
    """Return what the picture shows, as a table, largest first."""
    ties = {node.key: node for node in graph.nodes if node.kind is not None}
    cases: dict[str, list[str]] = defaultdict(list)
    for case, tie in graph.edges:
        cases[tie].append(case)
    rows = (TieRow(TIES[node.kind], tuple(cases[key]), node.degree, node.is_hub) for key, node in ties.items() if node.kind is not None)
    return tuple(sorted(rows, key=lambda row: (-row.in_all, row.what)))


def picture(graph: Graph, fraud: frozenset[str]) -> str:
    """Return the SVG. fraud: sessions whose agreed outcome is fraud."""
    places = _places(graph)
    nodes = {node.key: node for node in graph.nodes}
    lines = [
        f'<line class="tie" x1="{places[a][0]:.0f}" y1="{places[a][1]:.0f}" x2="{places[b][0]:.0f}" y2="{places[b][1]:.0f}"/>'
        for a, b in graph.edges
        if a in places and b in places
    ]
    marks = [_mark(nodes[key], place, key == graph.centre, key in fraud) for key, place in places.items()]
    cases = sum(node.kind is None for node in graph.nodes)
    says = f"{cases} cases and what they share. The table below says the same in words."
    left, right = min(x for x, _ in places.values()) - 60, max(x for x, _ in places.values()) + 60
    top, bottom = min(y for _, y in places.values()) - 40, max(y for _, y in places.values()) + 50
    middle = (left + right) / 2
    wide = max(right - left, WIDTH)
    box = f"{middle - wide / 2:.0f} {top:.0f} {wide:.0f} {bottom - top:.0f}"
    return (
        f'<svg class="graph" viewBox="{box}" role="img" aria-labelledby="graph-title graph-says">'
        f'<title id="graph-title">Links around case {escape(short(graph.centre))}</title><desc id="graph-says">{escape(says)}</desc>'
        + "".join(lines + marks)
        + "</svg>"
    )


def _places(graph: Graph) -> dict[str, tuple[float, float]]:
    """Return where each node is drawn, pixels. A tree of shortest ways from the centre; each branch gets room for its leaves."""
    neighbours: dict[str, list[str]] = defaultdict(list)
    for one, other in graph.edges:
        neighbours[one].append(other)
        neighbours[other].append(one)
    depth, children, order = {graph.centre: 0}, defaultdict[str, list[str]](list), deque([graph.centre])
    while order:
        at = order.popleft()
        # Those that share something more stand side by side, so that its lines are short.
        for near in sorted(neighbours[at], key=lambda key: (sorted(set(neighbours[key]) - {at}), key)):
            if near not in depth:
                depth[near] = depth[at] + 1
                children[at].append(near)
                order.append(near)
    leaves: dict[str, int] = {}

    def count(key: str) -> int:
        leaves[key] = sum(count(child) for child in children[key]) or 1
        return leaves[key]

    count(graph.centre)
    rings = max(1, max(depth.values()))
    places: dict[str, tuple[float, float]] = {}

    def put(key: str, begin: float, end: float) -> None:
        middle = (begin + end) / 2
        places[key] = _on_ring(depth[key] / rings, middle)
        at = begin
        for child in children[key]:
            room = (end - begin) * leaves[child] / leaves[key]
            put(child, at, at + room)
            at += room

    put(graph.centre, -math.pi / 2, 3 * math.pi / 2)
    _draw_in(graph, neighbours, depth, rings, places)
    return places


def _on_ring(share: float, angle: float) -> tuple[float, float]:
    return WIDTH / 2 + share * _WIDE * math.cos(angle), HEIGHT / 2 + share * _HIGH * math.sin(angle)


def _draw_in(
    graph: Graph, neighbours: Mapping[str, list[str]], depth: Mapping[str, int], rings: int, places: dict[str, tuple[float, float]]
) -> None:
    """Put what cases of the ring before share in the direction of their middle, where that is not the picture's own."""
    for node in graph.nodes:
        near = [places[one] for one in neighbours[node.key] if depth.get(one, 0) < depth.get(node.key, 0)]
        if node.kind is None or len(near) < 2:
            continue
        x, y = sum(one for one, _ in near) / len(near) - WIDTH / 2, sum(one for _, one in near) / len(near) - HEIGHT / 2
        if math.hypot(x, y) > _CLOSE:
            places[node.key] = _on_ring(depth[node.key] / rings, math.atan2(y / _HIGH, x / _WIDE))


def _mark(node: Node, place: tuple[float, float], is_centre: bool, is_fraud: bool) -> str:
    x, y = place
    if node.kind is not None:
        says = f"{TIES[node.kind]}, shared by {node.degree:,} cases" + (": so many that it ties nobody" if node.is_hub else "")
        box = f'<rect class="shared{" hub" if node.is_hub else ""}" x="{x - 17:.0f}" y="{y - 14:.0f}" width="34" height="28" rx="7"/>'
        return (
            f"<g><title>{escape(says)}</title>{box}"
            f'<text class="sign" x="{x:.0f}" y="{y + 5:.0f}">{escape(_SIGNS[node.kind])}</text>'
            f'<text class="small" x="{x:.0f}" y="{y + 27:.0f}">{escape(TIES[node.kind])} ({node.degree:,})</text></g>'
        )
    kind = "case centre" if is_centre else "case fraud" if is_fraud else "case"
    says = f"case {node.session}, score {node.score}" + (", confirmed as fraud" if is_fraud else "")
    radius = 26 if is_centre else 20
    inside = "✕" if is_fraud else str(node.score)
    shape = (
        f'<polygon class="{kind}" points="{x:.0f},{y - 23:.0f} {x + 23:.0f},{y:.0f} {x:.0f},{y + 23:.0f} {x - 23:.0f},{y:.0f}"/>'
        if is_fraud and not is_centre
        else f'<circle class="{kind}" cx="{x:.0f}" cy="{y:.0f}" r="{radius}"/>'
    )
    drawn = (
        f'<g><title>{escape(says)}</title>{shape}<text class="sign{" on" if is_centre else ""}" x="{x:.0f}" y="{y + 5:.0f}">{inside}</text>'
        f'<text class="small" x="{x:.0f}" y="{y + radius + 14:.0f}">{escape(short(node.session))}</text></g>'
    )
    return drawn if is_centre else f'<a href="/cases/{escape(node.session)}">{drawn}</a>'
