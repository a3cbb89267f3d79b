"""What every page of the booth is made of."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from kiosk.frame import Frame
from kiosk.journey.events import Event
from ui.phrases import Phrases
from ui.theme import Theme
from ui.watch import UiWatch
from ui.widgets.once_button import OnceButton


@dataclass(frozen=True, slots=True, eq=False)
class Booth:
    """What a page may use. post: tells the station what was touched; begin: opens a case in the language shown; latest: the newest
    frame."""

    theme: Theme
    post: Callable[[Event], None]
    begin: Callable[[], None]
    latest: Callable[[], Frame | None]
    watch: UiWatch
    reduced_motion: bool
    low: bool = False
    """The screen is low: what can be left out is."""
    narrow: bool = False
    """It stands upright: what else stands side by side stands one above the other."""


class Page(QWidget):
    """One screen. `buttons` are its own buttons, which the booth puts at the trailing end of its foot."""

    buttons: tuple[OnceButton, ...] = ()

    def wants(self, button: OnceButton) -> bool:
        """Return whether one of its own buttons has a place in the foot now."""
        return True

    def look(self) -> None:
        """The camera may have a new picture."""

    def forget(self) -> None:
        """Drop whatever belongs to a customer."""

    def first_focus(self) -> QWidget | None:
        """Return where the keyboard starts, None for the booth's own buttons."""
        return self.buttons[-1] if self.buttons else None

    def translate(self, phrases: Phrases) -> None:
        """Show the words that do not depend on the scene in another language."""
        raise NotImplementedError
