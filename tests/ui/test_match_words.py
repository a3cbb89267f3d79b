"""What the desk says of two faces: words, never a percentage, and stronger words for stronger evidence only."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kiosk.face.crops import Region
from kiosk.face.quality import Measure
from kiosk.face.verdict import (
    Agreement,
    DifferentFace,
    MatchEvidence,
    NoComparison,
    NotCompared,
    Picture,
    QualityNote,
    RegionFinding,
    SameFace,
    Unsure,
)
from tests.ui.test_present import words_in
from ui.phrases import LANGUAGES, load_phrases
from ui.scenes import Mark, Words
from ui.wording import match_notes, match_ratio, match_regions, match_words

STRENGTHS = ("neither", "weak", "moderate", "strong", "very-strong")


def evidence(ratio: float | None, regions: tuple[RegionFinding, ...] = (), notes: tuple[QualityNote, ...] = ()) -> MatchEvidence:
    return MatchEvidence(0.93, 10, 3, "dlib", 120.0, ratio, "v", regions, notes)


def spoken(ratio: float) -> tuple[str, str]:
    """Return (for what, how strongly) the desk says a ratio speaks."""
    words = match_ratio(Unsure(evidence(ratio)))
    assert words is not None
    word = words.key.removeprefix("ratio.")
    for kind in ("same", "different"):
        if word.startswith(f"{kind}-"):
            return kind, word.removeprefix(f"{kind}-")
    return "", word


@given(some.floats(-60, 60), some.floats(-60, 60))
def test_a_stronger_ratio_never_has_a_weaker_word(one: float, other: float) -> None:
    weaker, stronger = sorted((one, other), key=abs)
    assert STRENGTHS.index(spoken(weaker)[1]) <= STRENGTHS.index(spoken(stronger)[1])


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (0.0, ("", "neither")),
        (2.31, ("same", "weak")),
        (4.7, ("same", "moderate")),
        (7.0, ("same", "strong")),
        (9.3, ("same", "very-strong")),
        (-2.31, ("different", "weak")),
        (-30.0, ("different", "very-strong")),
    ],
)
def test_the_words_change_at_ten_a_hundred_a_thousand_and_ten_thousand(ratio: float, said: tuple[str, str]) -> None:
    assert spoken(ratio) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_the_desk_says_of_two_faces_is_a_number_or_a_percentage(language: str) -> None:
    phrases = load_phrases(language)
    regions = tuple(RegionFinding(region, Agreement.DIFFERS) for region in Region)
    notes = tuple(QualityNote(picture, measure) for picture in Picture for measure in Measure)
    said: list[object] = []
    for ratio in (None, -40.0, -8.0, -5.0, -3.0, 0.0, 3.0, 5.0, 8.0, 40.0):
        for case in (SameFace, Unsure, DifferentFace):
            match = case(evidence(ratio, regions, notes))
            said += [match_words(match), match_ratio(match), match_regions(match), match_notes(match)]
    said += [match_ratio(NotCompared(because)) for because in NoComparison]
    shown = words_in(tuple(said))
    keys = {words.key for words in (*shown, *(part for words in shown for _, part in words.arguments if isinstance(part, Words)))}
    assert {f"region.{region}" for region in Region} | {f"quality.{measure}" for measure in Measure} <= keys
    for key in keys:
        assert not re.search(r"[%٪％]|\d", phrases.texts[key]), key


def test_each_region_carries_its_own_mark() -> None:
    findings = tuple(RegionFinding(region, agreement) for region, agreement in zip(Region, (*Agreement, *Agreement), strict=False))
    marks = [line.mark for line in match_regions(SameFace(evidence(9.0, findings)))]
    assert marks == [Mark.AGREES, Mark.DOUBTS, Mark.CONTRADICTS, Mark.AGREES, Mark.DOUBTS]
