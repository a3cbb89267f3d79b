"""`measure risk`: the keys the issue names, the same figures for the same seed, and a station's decision that does not wait."""

import json
from pathlib import Path

import numpy as np
import pytest

from kiosk.actor.bank_world.honest import Span
from kiosk.actor.bank_world.knobs import PATTERNS, SCORING
from kiosk.actor.bank_world.world import World, draw_world
from kiosk.intake.analysis.fact import CaseFact
from kiosk.measure.risk.command import TARGETS, main, missed
from kiosk.measure.risk.replay import replay
from kiosk.measure.risk.score import found, wilson
from kiosk.measure.risk.simulated import facts, row_of

NAMED = {
    "patterns", "detected_at_1pct_min", "detected_at_1pct_mean", "decision_p99_ms", "feedback_p99_s", "ingest_per_s", "cost_growth_10x",
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(7, 3_000, Span(400, 150), SCORING, 4)


def test_the_command_writes_the_named_keys_and_every_fraud(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "risk.json"
    assert main(["--quick", "--customers", "2000", "--json", str(file)]) == 0
    figures = json.loads(file.read_text())
    assert figures.keys() >= NAMED
    assert tuple(figures["patterns"]) == PATTERNS
    shares = [one["detected_at_1pct"] for one in figures["patterns"].values()]
    assert figures["detected_at_1pct_min"] == min(shares)
    assert figures["detected_at_1pct_mean"] == pytest.approx(sum(shares) / len(PATTERNS), abs=1e-4)
    assert "mule-ring" in capsys.readouterr().out


def test_a_missed_target_is_said_and_is_the_exit_status() -> None:
    met = {"detected_at_1pct_min": 0.5, "detected_at_1pct_mean": 0.8, "decision_p99_ms": 1.0, "feedback_p99_s": 59.0}
    met |= {"cost_growth_10x": 1.5}
    assert set(met) == set(TARGETS)
    assert missed(met) == []
    assert missed(met | {"feedback_p99_s": 60.0}) == ["feedback_p99_s is 60.0, not under 60.0"]


def test_facts_come_in_the_order_received_and_say_nothing_of_groups(world: World) -> None:
    made = list(facts(world))
    received = [fact.received_s for _, fact in made]
    assert received == sorted(received)
    assert {row for row, _ in made} == set(range(world.count))
    assert all(row == row_of(fact.case) for row, fact in made)
    assert not {"age", "sex", "nation", "nationality", "pattern", "scheme"} & set(CaseFact.__slots__)


def test_different_people_share_no_key_by_chance(world: World) -> None:
    phones = {}
    for row, fact in facts(world):
        if fact.links.phone:
            phones.setdefault(fact.links.phone, set()).add(int(world.columns["phone"][row]))
    assert all(len(numbers) == 1 for numbers in phones.values())
    every = [key for _, fact in facts(world) for key in (fact.links.run,) if key]
    repeated = len(every) - len(set(every))
    runs = world.columns["run"][world.columns["run"] >= 0]
    assert repeated == len(runs) - len(np.unique(runs))


def test_the_same_seed_refers_the_same_cases_and_nothing_is_referred_before_it_happened(world: World) -> None:
    one, other = replay(world, True, 3), replay(world, True, 3)
    assert one.referred == other.referred
    looked = found(world, one)
    assert (looked.delay_days[looked.referred] >= 0).all()
    assert (looked.on_arrival <= looked.referred).all()


def test_an_interval_holds_its_share_and_narrows_with_more_cases() -> None:
    low, high = wilson(40, 50)
    assert low < 0.8 < high
    assert wilson(400, 500)[0] > low
    assert wilson(0, 0) == (0.0, 1.0)
