"""What a campaign keeps is judged again from what is kept, and rows older than a rule are known as such."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from kiosk.liveness.cues import Cue
from kiosk.liveness.light import FLAT, FOLLOWED, SIDES
from kiosk.liveness.light import NAME as LIGHT
from kiosk.measure.red_team import PERSON, Tried, figures_of, read_rows, worth_again
from kiosk.measure.whole_path import Attempt
from kiosk.policy import BRANCH

POLICY = BRANCH.liveness
LIT = Cue(LIGHT, 0.001, "chance", 1.7, 46, FOLLOWED)
FROM_SIDES, TINTED = Cue(SIDES, 0.17, "share of the gain", 0.5, 46, FOLLOWED), Cue(SIDES, 0.0, "share of the gain", -0.3, 46, FLAT)
ATTEMPT = Attempt("", False, True, LIT, (), 90, 90, 0, 13.0)


def row(number: int, attempt: Attempt, group: str = "relit-live") -> Tried:
    return Tried(group, number, "" if group == PERSON else "relit-injected", 1, attempt)


def test_a_face_that_is_alike_on_both_sides_is_not_accepted_and_an_old_row_is_judged_without_knowing() -> None:
    rows = [row(0, replace(ATTEMPT, sides=FROM_SIDES)), row(1, replace(ATTEMPT, sides=TINTED)), row(2, ATTEMPT)]
    figures = figures_of(rows, POLICY)
    assert (figures.presentations, figures.accepted, figures.lit, figures.followed, figures.older) == (3, 2, 3, 2, 1)
    assert figures.because == {"unsure: light-sides": 1}


def test_of_two_rows_of_one_presentation_the_later_counts(tmp_path: Path) -> None:
    file = tmp_path / "details.json"
    old, new = row(4, ATTEMPT), row(4, replace(ATTEMPT, sides=TINTED))
    file.write_text("".join(json.dumps(asdict(one)) + "\n" for one in (old, row(5, ATTEMPT), new)))
    assert read_rows(file) == [new, row(5, ATTEMPT)]


def test_what_is_run_again_are_the_rows_the_new_rule_could_change_the_accepted_first() -> None:
    missed = replace(ATTEMPT, because="challenge-missed", obeyed=False, light=None)
    crowd = replace(missed, because="several-faces", undecided=True)
    refused = replace(ATTEMPT, light=replace(LIT, weight=-4.0, seen="not-followed"))
    rows = [row(0, missed), row(1, refused), row(2, crowd, PERSON), row(3, ATTEMPT), row(4, replace(ATTEMPT, sides=TINTED))]
    assert worth_again(rows, POLICY) == [("relit-live", 3), (PERSON, 2), ("relit-live", 1)]
