"""What is asked of the customer before anything is captured, in plain words, with two equal ways on."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from kiosk.journey.events import ConsentDenied, ConsentGiven
from ui.phrases import Phrases
from ui.scenes import ConsentScene
from ui.screens.page import Booth, Page
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton

POINTS = 4


class ConsentPage(Page):
    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self._booth = booth
        self._version = ""
        self._headline = Text("headline")
        self._points = tuple(Text() for _ in range(POINTS))
        self._icons = tuple(IconLabel(booth.theme.size("headline")) for _ in range(POINTS))
        self.agree = OnceButton("primary")
        self.prefer_person = OnceButton()
        self.buttons = (self.prefer_person, self.agree)
        self.agree.acted.connect(lambda: booth.post(ConsentGiven(self._version)))
        self.prefer_person.acted.connect(lambda: booth.post(ConsentDenied()))
        space = booth.theme.size("space")
        grid = QGridLayout()
        grid.setSpacing(space * 3 // 4)
        for number, (picture, text) in enumerate(zip(self._icons, self._points, strict=True)):
            card = frame("card")
            inside = QHBoxLayout(card)
            inside.setContentsMargins(space * 3 // 4, space // 2, space * 3 // 4, space // 2)
            inside.setSpacing(space * 3 // 4)
            inside.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
            inside.addWidget(text, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(card, number // 2, number % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space)
        layout.addStretch(1)
        layout.addWidget(self._headline)
        layout.addLayout(grid, 8)
        layout.addStretch(1)

    def translate(self, phrases: Phrases) -> None:
        self._version = phrases.consent.version
        self._headline.say(phrases.text("consent.headline"))
        for picture, text, point in zip(self._icons, self._points, phrases.consent.points, strict=True):
            picture.show_icon(point.icon, self._booth.theme.colour("brand"))
            text.say(point.text)
        self.agree.name(phrases.text("button.agree"), "check", self._booth.theme.colour("on-brand"))
        self.prefer_person.name(phrases.text("button.prefer-person"), "person", self._booth.theme.colour("brand"))

    def show_scene(self, scene: ConsentScene, phrases: Phrases) -> None:
        for button in self.buttons:
            button.arm(scene.around.identity)
