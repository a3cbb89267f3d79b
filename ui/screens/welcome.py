"""The resting booth: what will happen, how long it takes, one big button."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.phrases import Phrases
from ui.scenes import WelcomeScene
from ui.screens.page import Booth, Page
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton

STEPS = (("card", "welcome.step-document"), ("face", "welcome.step-face"), ("check-circle", "welcome.step-result"))


class WelcomePage(Page):
    def __init__(self, booth: Booth) -> None:
        super().__init__()
        space = booth.theme.size("space")
        self._headline = Text("headline", centred=True)
        self._duration = Text("lead", centred=True)
        self._trouble = Text("lead", centred=True)
        self._steps = tuple(Text("", centred=True) for _ in STEPS)
        self.start = OnceButton("start")
        self.start.acted.connect(booth.begin)
        row = QHBoxLayout()
        row.setSpacing(space)
        for (icon_name, _), text in zip(STEPS, self._steps, strict=True):
            row.addWidget(self._step_card(booth, icon_name, text), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space)
        layout.addStretch(1)
        layout.addWidget(self._headline)
        layout.addWidget(self._duration)
        layout.addLayout(row)
        layout.addWidget(self._trouble)
        layout.addStretch(1)
        layout.addWidget(self.start, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)

    def _step_card(self, booth: Booth, icon_name: str, text: Text) -> QWidget:
        card = frame("card")
        picture = IconLabel(round(booth.theme.size("headline") * 1.4))
        picture.show_icon(icon_name, booth.theme.colour("brand"))
        inside = QVBoxLayout(card)
        inside.setSpacing(booth.theme.size("space") // 2)
        inside.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addWidget(text, 1, Qt.AlignmentFlag.AlignTop)
        return card

    def first_focus(self) -> QWidget:
        return self.start

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("welcome.headline"))
        self._duration.say(phrases.text("welcome.duration"))
        for (_, key), text in zip(STEPS, self._steps, strict=True):
            text.say(phrases.text(key))
        self.start.name(phrases.text("button.start"))

    def show_scene(self, scene: WelcomeScene, phrases: Phrases) -> None:
        self.start.arm(scene.around.identity, allowed=scene.trouble is None)
        self._trouble.setVisible(scene.trouble is not None)
        self._duration.setVisible(scene.trouble is None)
        if scene.trouble is not None:
            self._trouble.say(phrases.say(scene.trouble))
