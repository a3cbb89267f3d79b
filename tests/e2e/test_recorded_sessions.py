"""Whole journeys on real recordings, where the recordings are: a guided clip, the wrong script, another's card, a replay."""

from pathlib import Path

import pytest

from kiosk.measure.sessions import Planned, Ran, run
from kiosk.measure.sessions import layouts_read as read_layouts
from models.catalogue import Catalogue, open_catalogue

pytestmark = pytest.mark.shared

CLIP, OWN, OTHER = "clips/td_real_b1e2.mp4", "docs/td_b1e2__0.jpg", "docs/td_73fc__0.jpg"


@pytest.fixture(scope="module")
def catalogue(pack: Path) -> Catalogue:
    return open_catalogue(pack)


def outcome(shared: Path, catalogue: Catalogue, clip: str, portrait: str, script: tuple[str, ...]) -> Ran:
    return next(run(shared / "data" / "liveness", [Planned(clip, portrait, script, "live-same")], catalogue))


def test_a_guided_clip_with_its_own_portrait_is_live_and_the_same_face(shared: Path, catalogue: Catalogue) -> None:
    ran = outcome(shared, catalogue, CLIP, OWN, ("turn-left", "turn-right"))
    assert (ran.document, ran.liveness, ran.match) == ("read", "Live", "SameFace")
    assert ran.recommendation == "Refer"


def test_the_same_clip_under_a_script_it_does_not_perform_is_not_live(shared: Path, catalogue: Catalogue) -> None:
    assert outcome(shared, catalogue, CLIP, OWN, ("turn-right", "turn-left", "blink")).liveness.startswith("NotLive")


def test_the_same_clip_with_another_persons_card_is_not_the_same_face(shared: Path, catalogue: Catalogue) -> None:
    assert outcome(shared, catalogue, CLIP, OTHER, ("turn-left", "turn-right")).match in ("DifferentFace", "Unsure")


@pytest.mark.parametrize(
    ("clip", "portrait"),
    [
        ("clips/sim_loop_td_73fc.mp4", "docs/td_73fc__0.jpg"),
        ("clips/sim_print_td_b1e2.mp4", "docs/td_b1e2__0.jpg"),
    ],
)
def test_a_loop_or_a_print_does_not_do_what_is_asked(shared: Path, catalogue: Catalogue, clip: str, portrait: str) -> None:
    assert outcome(shared, catalogue, clip, portrait, ("turn-left", "turn-right")).liveness.startswith("NotLive")


def test_a_replay_that_turns_as_asked_is_doubted_by_the_passive_cues(shared: Path, catalogue: Catalogue) -> None:
    """Prompts cannot see a screen: this is what passive evidence is for."""
    ran = outcome(shared, catalogue, "clips/td_rep_630b6b.mp4", "docs/td_74a8__0.jpg", ("turn-left", "turn-right"))
    assert (ran.liveness, ran.match, ran.recommendation) == ("Undecided:unsure-cues", "SameFace", "Refer")


def test_photographed_specimens_of_all_five_layouts_are_read(shared: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    """At least one of each layout with every character right; `measure documents` has the whole table."""
    import json

    labels = json.loads((shared / "data" / "documents" / "labels.json").read_text(encoding="utf-8"))
    kept = []
    for layout in ("TD1", "TD2", "TD3", "MRVA", "MRVB"):
        kept += [label for label in labels if label["kind"] == layout and label["layout"] is None][:2]
    few = tmp_path / "labels.json"
    few.write_text(json.dumps(kept), encoding="utf-8")
    (tmp_path / "images").symlink_to(shared / "data" / "documents" / "images")
    counted = read_layouts(few, catalogue)
    assert {layout: exact > 0 for layout, (exact, _) in counted.items()} == dict.fromkeys(("TD1", "TD2", "TD3", "MRVA", "MRVB"), True)
