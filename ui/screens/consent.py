"""What is asked of the customer before anything is captured, in plain words, with two equal ways on."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from kiosk.journey.events import ConsentDenied, ConsentGiven
from kiosk.liveness.challenge import Need
from kiosk.values import ConsentPurpose
from ui.phrases import Phrases
from ui.scenes import ConsentScene
from ui.screens.page import Booth, Page
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton
from ui.widgets.tick import Tick

POINTS = 4
SPARED_FROM_LINES = 33
"""Windows lower than so many times the text's size do not offer to say beforehand what one cannot do."""


class ConsentPage(Page):
    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self._booth = booth
        self._version = ""
        self._headline = Text("strong-lead" if booth.low else "headline")
        self._points = tuple(Text() for _ in range(POINTS))
        self._icons = tuple(IconLabel(booth.theme.size("headline")) for _ in range(POINTS))
        self.agree = OnceButton("primary")
        self.prefer_person = OnceButton()
        self.buttons = (self.prefer_person, self.agree)
        self.contact, self.recognise_later, self.cannot_blink, self.cannot_turn = (Tick() for _ in range(4))
        self._ticks = (self.contact, self.recognise_later, self.cannot_blink, self.cannot_turn)
        self._session: tuple[str, ...] = ()
        self.agree.acted.connect(lambda: booth.post(ConsentGiven(self._version, self._agreed(), self._spared())))
        self.prefer_person.acted.connect(lambda: booth.post(ConsentDenied(self._version)))
        space = booth.theme.size("space")
        grid = QGridLayout()
        grid.setSpacing(space // 2)
        for number, (picture, text) in enumerate(zip(self._icons, self._points, strict=True)):
            card = frame("card")
            inside = QHBoxLayout(card)
            inside.setContentsMargins(space * 3 // 4, space // 3, space * 3 // 4, space // 3)
            inside.setSpacing(space * 3 // 4)
            inside.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
            inside.addWidget(text, 1, Qt.AlignmentFlag.AlignVCenter)
            columns = 1 if booth.narrow else 2
            grid.addWidget(card, number // columns, number % columns)
            grid.setColumnStretch(number % columns, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space // 2)
        layout.addStretch(1)
        layout.addWidget(self._headline)
        layout.addLayout(grid, 8)
        ticks = QVBoxLayout()
        ticks.setSpacing(0)
        ticks.addWidget(self.contact)
        ticks.addWidget(self.recognise_later)
        spared = QVBoxLayout() if booth.narrow else QHBoxLayout()
        spared.setSpacing(0)
        spared.addWidget(self.cannot_blink, 1)
        spared.addWidget(self.cannot_turn, 1)
        ticks.addLayout(spared)
        layout.addLayout(ticks)
        layout.addStretch(1)

    def translate(self, phrases: Phrases) -> None:
        self._version = phrases.consent.version
        self._headline.say(phrases.text("consent.headline"))
        for picture, text, point in zip(self._icons, self._points, phrases.consent.points, strict=True):
            picture.show_icon(point.icon, self._booth.theme.colour("brand"))
            text.say(point.text)
        self.recognise_later.say(phrases.text("consent.recognise-later"))
        self.contact.say(phrases.text("consent.contact"))
        self.cannot_blink.say(phrases.text("spared.blink"))
        self.cannot_turn.say(phrases.text("spared.turn"))
        self.agree.name(phrases.text("button.agree"), "check", self._booth.theme.colour("on-brand"))
        self.prefer_person.name(phrases.text("button.prefer-person"), "person", self._booth.theme.colour("brand"))

    def show_scene(self, scene: ConsentScene, phrases: Phrases) -> None:
        session = scene.around.identity[:2]
        if session != self._session:
            # The next customer's ticks are their own.
            self._session = session
            for tick in self._ticks:
                tick.setChecked(False)
        self.contact.setVisible(scene.asks_contact)
        # On a low screen the text and the purposes come first; what somebody cannot do can be said when it is asked.
        height = self.window().height()
        for tick in (self.cannot_blink, self.cannot_turn):
            tick.setVisible(height >= SPARED_FROM_LINES * self._booth.theme.size("body"))
        for button in self.buttons:
            button.arm(scene.around.identity)

    def ticked_as(self, other: "ConsentPage") -> None:
        """Take over what this customer ticked before the screen was laid out anew."""
        self._session = other._session
        for mine, theirs in zip(self._ticks, other._ticks, strict=True):
            mine.setChecked(theirs.isChecked())

    def _agreed(self) -> tuple[ConsentPurpose, ...]:
        return agreed_purposes(later=self.recognise_later.isChecked(), contact=self.contact.isChecked())

    def _spared(self) -> tuple[Need, ...]:
        ticks = ((self.cannot_blink, Need.NO_BLINK), (self.cannot_turn, Need.NO_TURN))
        return tuple(need for tick, need in ticks if tick.isChecked())


def agreed_purposes(*, later: bool, contact: bool = False) -> tuple[ConsentPurpose, ...]:
    """Return what was agreed to: the check, and what was ticked beside it."""
    ticked = ((later, ConsentPurpose.RECOGNISE_LATER), (contact, ConsentPurpose.CONTACT))
    return (ConsentPurpose.IDENTITY_CHECK, *(purpose for on, purpose in ticked if on))
