"""How a customer wants the booth to look and sound, for this one visit; and how an operator wants the desk to look. PURE, no Qt."""

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Final

from kiosk.record import Wish


@dataclass(frozen=True, slots=True)
class Look:
    """high_contrast: white on black; large_text: larger type where the screen has room; calm: nothing moves by itself;
    spoken: what is shown is also said aloud; one_switch: everything is offered in turn and taken with one switch (space or return)."""

    high_contrast: bool = False
    large_text: bool = False
    calm: bool = False
    spoken: bool = False
    one_switch: bool = False

    def beside(self, station: "Look") -> tuple[Wish, ...]:
        """Return what a customer wishes beside what the station itself shows."""
        wished = (name for name in WISHES if getattr(self, name) and not getattr(station, name))
        return tuple(Wish(name.replace("_", "-")) for name in wished)

    def toggled(self, wish: str) -> "Look":
        """Return the look with one wish (a field's name) turned around."""
        return replace(self, **{wish: not getattr(self, wish)})


WISHES: Final = tuple(wish.name for wish in fields(Look))
PLAIN: Final = Look()


class Paint(StrEnum):
    """Which colours of the tokens a window wears."""

    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high-contrast"


LARGE_TEXT: Final = "large-text"


@dataclass(frozen=True, slots=True)
class DeskLook:
    """How one operator wants the desk to look, kept for the next sign-in."""

    paint: Paint = Paint.LIGHT
    large_text: bool = False

    @property
    def code(self) -> str:
        """As it is kept: `dark`, or `dark large-text`."""
        return f"{self.paint} {LARGE_TEXT}" if self.large_text else str(self.paint)


DESK_LOOKS: Final = tuple(DeskLook(paint, large_text) for large_text in (False, True) for paint in Paint)


def desk_look(code: str) -> DeskLook:
    """Return the look of this code; the plain one for a code that is none, as a later version may have kept it."""
    return next((look for look in DESK_LOOKS if look.code == code), DeskLook())
