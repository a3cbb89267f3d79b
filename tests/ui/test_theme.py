"""Colours that can be read, sizes that can be seen."""

import re

import pytest

from ui.look import Look
from ui.phrases import RESOURCES
from ui.theme import MARK_LOOKS, TONE_LOOKS, Face, Fit, Pair, contrast, fit_for, load_theme, pairs
from ui.widgets.track import PROGRESS_LOOKS

COLOURS = load_theme(Face.BOOTH).colours
HIGH_CONTRAST = load_theme(Face.BOOTH, look=Look(high_contrast=True)).colours
HIGH_LEAST = 7.0
"""WCAG 2.2 calls this enhanced contrast."""


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: f"{pair.ink}-on-{pair.paper}")
def test_ink_can_be_read_on_its_paper(pair: Pair) -> None:
    assert contrast(COLOURS[pair.ink], COLOURS[pair.paper]) >= pair.least


@pytest.mark.parametrize("pair", pairs(), ids=str)
def test_ink_can_be_read_with_ease_in_high_contrast(pair: Pair) -> None:
    assert contrast(HIGH_CONTRAST[pair.ink], HIGH_CONTRAST[pair.paper]) >= HIGH_LEAST


def test_larger_text_is_larger_and_only_where_there_is_room() -> None:
    larger = Look(large_text=True)
    assert load_theme(Face.BOOTH, Fit(), larger).size("body") == 29
    assert load_theme(Face.BOOTH, Fit(low=True), larger).size("body") == 24


def test_text_is_held_to_at_least_4_5() -> None:
    outlines = {"line-strong", "focus", "seen"}
    assert {pair.ink for pair in pairs() if pair.least < 4.5} == outlines


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_the_booth_has_body_type_of_24_and_prompts_of_40_at_least() -> None:
    for fit in (Fit(), Fit(1.5), Fit(low=True)):
        theme = load_theme(Face.BOOTH, fit)
        assert theme.size("body") >= 24
        assert theme.size("caption") >= 24
        assert theme.size("prompt") >= 40
        assert theme.size("headline") >= 40


def test_buttons_of_the_booth_can_be_hit_with_a_thumb() -> None:
    assert load_theme(Face.BOOTH, Fit(low=True)).size("button-height") >= 44


@pytest.mark.parametrize("face", Face)
def test_every_token_of_the_style_sheet_has_a_value(face: Face) -> None:
    assert "@" not in load_theme(face).style_sheet()


def test_the_style_sheet_holds_no_colour_of_its_own_but_the_veils() -> None:
    template = (RESOURCES / "theme" / "style.qss").read_text(encoding="utf-8")
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b", template) == []


def test_every_sign_has_its_icon_and_colour() -> None:
    for icon_name, colour in (*MARK_LOOKS.values(), *TONE_LOOKS.values(), *PROGRESS_LOOKS.values()):
        assert (RESOURCES / "icons" / f"{icon_name}.svg").is_file()
        assert colour in COLOURS


def test_no_two_marks_share_an_icon() -> None:
    assert len({icon_name for icon_name, _ in MARK_LOOKS.values()}) == len(MARK_LOOKS)


@pytest.mark.parametrize(
    ("size", "fit"),
    [
        ((1280, 800), Fit(1.0)),
        ((1024, 600), Fit(1.0, low=True)),
        ((800, 480), Fit(1.0, low=True, narrow=True)),
        ((1920, 1080), Fit(1.25)),
        ((3840, 2160), Fit(2.5)),
        ((1080, 1920), Fit(1.25, narrow=True)),
    ],
)
def test_the_booth_grows_with_its_screen_in_quarters_and_never_shrinks(size: tuple[int, int], fit: Fit) -> None:
    assert fit_for(*size) == fit
