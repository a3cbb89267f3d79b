"""What may lie over the booth's page, from the lowest to the highest: the light, the choices, the maintenance page, the veils."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kiosk.journey.events import StillHere
from ui.look import WISHES, Look
from ui.phrases import LANGUAGES, Phrases, load_phrases
from ui.scenes import BoothScene, FaceScene
from ui.screens.maintenance import MaintenancePanel
from ui.screens.page import Booth
from ui.widgets.light_field import LightField
from ui.widgets.overlay import Choices
from ui.widgets.veil import IdleVeil, PrivacyVeil


class Layers:
    """window: what they lie over; body: what they keep from being reached. chose, wished: told what was touched in the choices;
    maintenance: what an operator may do here, made over the window, None where nothing."""

    def __init__(
        self,
        booth: Booth,
        window: QWidget,
        body: QWidget,
        *,
        chose: Callable[[str], None],
        wished: Callable[[str], None],
        speaks: bool,
        maintenance: Callable[[], MaintenancePanel] | None,
    ) -> None:
        self._window, self._body = window, body
        self._focus_before: QWidget | None = None
        self.languages = Choices(booth.theme, LANGUAGES, 3, chose, body)
        for code, button in self.languages.buttons.items():
            # Each language is named in itself, whatever is shown now.
            button.setText(load_phrases(code).text("language.name"))
        impossible = {"large_text": booth.low or booth.narrow, "spoken": not speaks}
        wishes = tuple(wish for wish in WISHES if not impossible.get(wish, False))
        self.comforts = Choices(booth.theme, wishes, 2, wished, body)
        self.light = LightField(booth.theme, window)
        self.maintenance = None if maintenance is None else maintenance()
        self.cover = PrivacyVeil(booth.theme, lambda: booth.post(StillHere()), window)
        self.veil = IdleVeil(booth.theme, lambda: booth.post(StillHere()), window)

    def that_take_touches(self) -> list[QWidget]:
        """Return the layers under which a touch does not reach the page; the light leaves the buttons in reach."""
        return [layer for layer in self.all() if layer is not self.light]

    def all(self) -> list[QWidget]:
        made = (self.languages, self.comforts, self.light, self.maintenance, self.cover, self.veil)
        return [layer for layer in made if layer is not None]

    def top(self) -> QWidget | None:
        """Return the layer that takes every touch and key now, None where the page does."""
        above = (self.maintenance, self.veil, self.cover, self.languages, self.comforts)
        return next((layer for layer in above if layer is not None and layer.isVisible()), None)

    def translate(self, phrases: Phrases, look: Look) -> None:
        self.languages.words(phrases.text("choose.language"), phrases.text("choose.done"))
        self.comforts.words(phrases.text("choose.comfort"), phrases.text("choose.done"))
        for wish, choice in self.comforts.buttons.items():
            choice.setText(phrases.text(f"wish.{wish}"))
            self.comforts.mark(wish, on=getattr(look, wish))
        self.veil.translate(phrases)
        self.cover.translate(phrases)

    def show_scene(self, scene: BoothScene, phrases: Phrases, *, comfort: bool) -> None:
        """comfort: whether the wishes can be changed now."""
        around = scene.around
        for code in LANGUAGES:
            self.languages.mark(code, on=code == around.language)
        if not around.can_change_language or around.warning is not None:
            self.languages.shut()
        if not comfort or around.warning is not None:
            self.comforts.shut()
        self._cover(scene)
        self.veil.show_warning(around.warning, around.identity, phrases)

    def _cover(self, scene: BoothScene) -> None:
        """Nobody is there: everything is covered and no key reaches what is beneath. The warning comes above it in its time."""
        covered = scene.around.covered
        if covered and self.cover.isHidden():
            self._focus_before = self._window.focusWidget()
            for choices in (self.languages, self.comforts):
                choices.shut()
            self._body.setEnabled(False)
            self.cover.cover((*scene.around.identity, "covered"))
            self.cover.button.setFocus(Qt.FocusReason.PopupFocusReason)
        elif not covered and not self.cover.isHidden():
            self.cover.uncover()
            self._body.setEnabled(True)
            if self._focus_before is not None:
                self._focus_before.setFocus(Qt.FocusReason.OtherFocusReason)

    def shine(self, scene: BoothScene, phrases: Phrases, top: int, bottom: int) -> None:
        """Everything between two heights of the window becomes the lamp: the buttons stay in reach, and what is simulated stays marked."""
        screen = scene.light if isinstance(scene, FaceScene) else None
        if screen is not None:
            self.light.setGeometry(0, top, self._window.width(), bottom - top)
        self.light.shine(screen, phrases.say(scene.prompt) if isinstance(scene, FaceScene) else "")
