"""How a customer wants the booth to look and sound, for this one visit. PURE, no Qt."""

from dataclasses import dataclass, fields, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Look:
    """high_contrast: white on black; large_text: larger type where the screen has room; calm: nothing moves by itself;
    spoken: what is shown is also said aloud; one_switch: everything is offered in turn and taken with one switch (space or return)."""

    high_contrast: bool = False
    large_text: bool = False
    calm: bool = False
    spoken: bool = False
    one_switch: bool = False

    def toggled(self, wish: str) -> "Look":
        """Return the look with one wish (a field's name) turned around."""
        return replace(self, **{wish: not getattr(self, wish)})


WISHES: Final = tuple(wish.name for wish in fields(Look))
PLAIN: Final = Look()
