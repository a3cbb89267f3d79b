"""How close limits lie to clips: told from the cue's own row."""

import math

import pytest

from kiosk.liveness.cues import Cue, CueRow, Gathered, Leaning
from kiosk.liveness.passive import PassiveVerdict
from kiosk.measure.liveness_margins import margin_lines, margin_of
from kiosk.policy import BRANCH

POLICY = BRANCH.liveness


def ink(gathered: Gathered) -> Cue | None:
    """Speaks against from 2 on, and by one nat more for each unit; half as much with fewer than ten frames."""
    weight = min(0.0, 2.0 - gathered.quantile(0.5)) * (1.0 if gathered.count >= 10 else 0.5)
    return Cue("ink", gathered.quantile(0.5), "drops", weight, gathered.count, "")


ROW = CueRow("ink", ink, "attack-cues")


def read(*values: float, frames: int = 20) -> list[Cue]:
    return [Cue("ink", value, "drops", 0.0, frames, "") for value in values]


def test_the_limits_are_the_rows_own_and_the_nearest_clips_are_named() -> None:
    margin = margin_of(ROW, read(0.5, 1.5, 1.0), read(2.5, 6.0, 4.0), POLICY)
    assert margin is not None
    assert (margin.falls, margin.genuine, margin.attack) == (False, 1.5, 4.0)
    assert (margin.against, margin.alone) == (pytest.approx(2.0, abs=1e-6), pytest.approx(3.0, abs=1e-6))
    assert margin.room == pytest.approx(1.5, abs=1e-6)


def test_a_genuine_clip_over_a_limit_has_no_room_and_few_frames_have_more() -> None:
    over = margin_of(ROW, read(3.5), [], POLICY)
    assert over is not None and over.room == pytest.approx(-0.5, abs=1e-6) and over.attack is None
    few = margin_of(ROW, read(3.5, frames=5), [], POLICY)
    assert few is not None and few.room == pytest.approx(0.5, abs=1e-6)


def test_lower_values_may_be_those_that_speak_against() -> None:
    row = CueRow("ink", lambda gathered: ink(Gathered("ink", gathered.count, kept=(-gathered.quantile(0.5),))), "attack-cues")
    margin = margin_of(row, read(-1.0), read(-9.0, -4.0), POLICY)
    assert margin is not None
    assert (margin.falls, margin.alone, margin.attack) == (True, pytest.approx(-3.0, abs=1e-6), -4.0)


def test_a_cue_that_never_speaks_against_or_was_never_measured_has_no_margin() -> None:
    silent = CueRow("ink", lambda gathered: Cue("ink", 0.0, "drops", 0.0, gathered.count, ""), "attack-cues")
    assert margin_of(silent, read(1.0), read(2.0), POLICY) is None
    assert margin_of(ROW, [], read(2.0), POLICY) is None


def test_every_cue_of_the_table_can_be_asked_for_its_limits() -> None:
    relief = Cue("relief", 0.9, "share of a face's depth", 1.5, 20, "")
    person = PassiveVerdict(Leaning.LIVE, 1.5, "", (relief,))
    lines = list(margin_lines([person], [PassiveVerdict(Leaning.ATTACK, -4.0, "", ())], POLICY))
    assert len(lines) == 4
    assert lines[2].startswith("| relief") and not math.isnan(float(lines[2].split("|")[5]))
    assert lines[-1] == "| all cues together, nats | 0.00 down | -1.00 | 1.50 | 2.50 | -4.00 |"
