"""Colours, sizes and the style sheet, from `resources/theme`. No Qt: the style sheet is text.

The booth's sizes grow with its screen (`scale`), never below those written in the tokens; the desk's stay as they are, or grow for an
operator who wants larger text. A theme may change while a window wears it: an `Ink` says what its colour is now.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from ui.look import PLAIN, DeskLook, Look, Paint
from ui.phrases import RESOURCES
from ui.scenes import Mark, Tone

BOOTH_DESIGNED_FOR: Final = (1280, 800)
NARROW_DESIGNED_FOR: Final = (800, 1280)
LOW_BELOW: Final = 700
NARROW_BELOW: Final = 1000
LARGER: Final = 1.2
"""Large text, relative to the 24 pixels and more that the booth's text has anyway; headlines are large already."""


class Face(StrEnum):
    """Which window the sizes are for."""

    BOOTH = "booth"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Pair:
    """Ink that is drawn on paper somewhere; least: the contrast it must have."""

    ink: str
    paper: str
    least: float


class Ink(str):
    """A colour `#RRGGBB`, and how to ask for it again once the theme has changed."""

    again: Callable[[], "Ink"]


@dataclass(slots=True, eq=False)
class Theme:
    """colours: name to `#RRGGBB`; sizes: name to whole pixels. The one a window wears is its own: `wear` changes it for all its parts."""

    face: Face
    colours: dict[str, str]
    sizes: dict[str, int]

    def colour(self, name: str) -> Ink:
        ink = Ink(self.colours[name])
        ink.again = lambda: self.colour(name)
        return ink

    def wear(self, other: "Theme") -> None:
        self.colours, self.sizes = other.colours, other.sizes

    def size(self, name: str) -> int:
        return self.sizes[name]

    def style_sheet(self) -> str:
        dark = contrast(self.colours["card"], "#FFFFFF") > contrast(self.colours["card"], "#000000")
        drawn = {"icons": (RESOURCES / "icons").as_posix(), "chevron": "chevron-down-light" if dark else "chevron-down"}
        values = self.colours | {name: str(size) for name, size in self.sizes.items()} | drawn
        template = _style_template()
        return re.sub(r"@([a-z-]+)@", lambda found: values[found[1]], template)


@dataclass(frozen=True, slots=True)
class Fit:
    """scale: at least 1, how much larger than written; low: the screen is low, so the gaps shrink and the type does not; narrow: it stands
    upright, so what else stands side by side stands one above the other."""

    scale: float = 1.0
    low: bool = False
    narrow: bool = False


@cache
def load_theme(face: Face, fit: Fit = Fit(), look: Look = PLAIN) -> Theme:
    """Return the theme of a window that fits its screen so and looks as wished."""
    tokens = _tokens()
    paint = Paint.HIGH_CONTRAST if look.high_contrast else Paint.LIGHT
    sizes = {name: round(size * fit.scale) for name, size in tokens.sizes[face].items()}
    if look.large_text and not fit.low and not fit.narrow:
        sizes |= {name: round(sizes[name] * LARGER) for name in ("body", "lead", "caption", "button")}
    if fit.low:
        sizes |= {"space": round(sizes["space"] * 0.6), "button-height": round(sizes["button-height"] * 0.84)}
    return Theme(face, tokens.colours[paint], sizes | _made_of(sizes, low=fit.low))


def desk_theme(look: DeskLook, *, roomy: bool = True) -> Theme:
    """Return a theme for one desk's window to wear and to change. roomy: the window has room for larger text."""
    tokens = _tokens()
    sizes = dict(tokens.sizes[Face.DESK])
    if look.large_text and roomy:
        sizes |= {name: round(size * LARGER) for name, size in sizes.items() if name not in ("space", "radius")}
    return Theme(Face.DESK, tokens.colours[look.paint], sizes | _made_of(sizes, low=False))


def _made_of(sizes: dict[str, int], *, low: bool) -> dict[str, int]:
    """Return the sizes that follow from others."""
    return {
        "pad": round(sizes["space"] * 1.3),
        "hint-pad": round(sizes["space"] * 0.6),
        "key-height": round(sizes["button-height"] * (0.86 if low else 1.0)),
        "start": round(sizes["button"] * 1.5),
        "start-height": round(sizes["button-height"] * 1.5),
        "start-pad": sizes["space"] * 4,
        "tab-height": round(sizes["button-height"] * 0.74),
        "tab-pad": round(sizes["space"] * 1.1),
    }


def fit_for(width: int, height: int) -> Fit:
    """Return how the booth fits a screen of this size; the scale goes in quarters, so that few different themes exist."""
    narrow = width < NARROW_BELOW or width < height
    designed = (NARROW_DESIGNED_FOR, BOOTH_DESIGNED_FOR)[not narrow]
    fits = min(width / designed[0], height / designed[1])
    return Fit(max(1.0, int(fits * 4) / 4), height < LOW_BELOW, narrow)


def pairs() -> tuple[Pair, ...]:
    return _tokens().pairs


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours `#RRGGBB`, 1..21. Source: WCAG 2.2, definition of contrast ratio."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True, slots=True, eq=False)
class _Tokens:
    colours: dict[Paint, dict[str, str]]
    sizes: dict[Face, dict[str, int]]
    pairs: tuple[Pair, ...]


@cache
def _tokens() -> _Tokens:
    stated = tomllib.loads((RESOURCES / "theme" / "tokens.toml").read_text(encoding="utf-8"))
    usual = stated["colour"]
    return _Tokens(
        colours={paint: {str(name): str(colour) for name, colour in (usual | stated.get(paint, {})).items()} for paint in Paint},
        sizes={face: {str(name): int(size) for name, size in stated[face].items()} for face in Face},
        pairs=tuple(Pair(pair["ink"], paper, float(pair["least"])) for pair in stated["pair"] for paper in pair["paper"]),
    )


@cache
def _style_template() -> str:
    return (RESOURCES / "theme" / "style.qss").read_text(encoding="utf-8")


MARK_LOOKS: Final = {
    Mark.AGREES: ("check-circle", "good"),
    Mark.NOTED: ("note-circle", "note"),
    Mark.DOUBTS: ("question-circle", "doubt"),
    Mark.CONTRADICTS: ("cross-circle", "bad"),
}
"""Icon and colour of each mark; its word stands beside it always."""

TONE_LOOKS: Final = {
    Tone.GOOD: ("check-circle", "good"),
    Tone.PERSON: ("people", "brand"),
    Tone.CALM: ("hand", "note"),
    Tone.TROUBLE: ("warning", "doubt"),
}
