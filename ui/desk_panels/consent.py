"""The consent at the desk, in the customer's language and large, so that the screen can be turned to them."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.journey.events import ConsentDenied, ConsentGiven
from ui.bridge import Bridge
from ui.desk_scenes import CaseView
from ui.phrases import Phrases, load_phrases
from ui.screens.consent import agreed_purposes
from ui.theme import Theme
from ui.widgets.centred import centred
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton

POINT_ICON = 26
READ_WIDE = 860
"""Pixels: the customer reads over the counter, on the screen that was turned to them."""
CLOSE_BELOW_PX = 700
"""Windows lower than this put the points of the consent close together."""
CLOSE_PX = 4


class ConsentPanel(QWidget):
    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self._language = ""
        self._version = ""
        self._headline = Text("headline")
        self._points = tuple((IconLabel(POINT_ICON), Text("lead")) for _ in range(4))
        self._theme = theme
        self.agreed, self.refused = OnceButton("primary"), OnceButton("quiet")
        self.recognise_later = QCheckBox()
        self._identity: tuple[str, ...] = ()
        self.agreed.acted.connect(lambda: bridge.post(ConsentGiven(self._version, agreed_purposes(later=self.recognise_later.isChecked()))))
        self.refused.acted.connect(lambda: bridge.post(ConsentDenied(self._version)))
        self._later = Text("lead")
        self._later.setBuddy(self.recognise_later)
        self._card = frame("card")
        self._inside = QGridLayout(self._card)
        self._lay_out(theme)
        self._spacing, self._margins = self._inside.verticalSpacing(), self._inside.contentsMargins()

    def _lay_out(self, theme: Theme) -> None:
        space, inside = theme.size("space"), self._inside
        inside.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        inside.setHorizontalSpacing(space * 2)
        inside.setVerticalSpacing(space * 2)
        inside.setColumnStretch(1, 1)
        inside.addWidget(self._headline, 0, 0, 1, 2)
        top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter
        for line, (sign, text) in enumerate(self._points, 1):
            inside.addWidget(sign, line, 0, top)
            inside.addWidget(text, line, 1)
        inside.addWidget(self.recognise_later, len(self._points) + 1, 0, top)
        inside.addWidget(self._later, len(self._points) + 1, 1)
        row = QHBoxLayout()
        row.addWidget(self.refused)
        row.addStretch(1)
        row.addWidget(self.agreed)
        column = QWidget()
        parts = QVBoxLayout(column)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(space)
        parts.addWidget(self._card)
        parts.addLayout(row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addLayout(centred(column, READ_WIDE))
        layout.addStretch(2)

    def translate(self, phrases: Phrases) -> None:
        self.agreed.name(f"{phrases.text('desk.agreed')} (F5)")
        self.refused.name(phrases.text("desk.not-agreed"))

    def show_view(self, view: CaseView) -> None:
        if view.customer_language != self._language:
            self._language = view.customer_language
            phrases = load_phrases(view.customer_language)
            self._version = phrases.consent.version
            right_to_left = Qt.LayoutDirection.RightToLeft if phrases.right_to_left else Qt.LayoutDirection.LeftToRight
            self._card.setLayoutDirection(right_to_left)
            self._headline.say(phrases.text("consent.headline"))
            self._later.setLayoutDirection(right_to_left)
            self._later.say(phrases.text("consent.recognise-later"))
            self.recognise_later.setAccessibleName(phrases.text("consent.recognise-later"))
            for (sign, text), point in zip(self._points, phrases.consent.points, strict=True):
                sign.show_icon(point.icon, self._theme.colour("brand"))
                text.setLayoutDirection(right_to_left)
                text.say(point.text)
        # On a low screen the lines of some scripts need most of the room between the points.
        low = self.window().height() < CLOSE_BELOW_PX
        self._inside.setVerticalSpacing(CLOSE_PX if low else self._spacing)
        margins = self._margins
        self._inside.setContentsMargins(
            margins.left(), CLOSE_PX if low else margins.top(), margins.right(), CLOSE_PX if low else margins.bottom()
        )
        if view.identity[:2] != self._identity:
            self._identity = view.identity[:2]
            self.recognise_later.setChecked(False)
        for button in (self.agreed, self.refused):
            button.arm(view.identity, allowed=view.can.give_consent)
