"""Who works here. Checking a password takes its time, so it happens away from the UI thread."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.trust.operators import LockedUntil, SignedIn, SignInOutcome, UnknownOperator, WrongSecret
from ui.bridge import Bridge, DeskPort, Done
from ui.desk_panels.fields import Field
from ui.phrases import Phrases
from ui.theme import Theme
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton


class SignInPage(QWidget):
    def __init__(self, theme: Theme, bridge: Bridge, desk: DeskPort, signed_in: Callable[[SignedIn], None]) -> None:
        super().__init__()
        self._bridge, self._desk, self._signed_in = bridge, desk, signed_in
        self._phrases: Phrases | None = None
        self._tries = 0
        self._headline = Text("headline")
        self.name = Field("sign-in.name")
        self.password = Field("sign-in.password", secret=True)
        self.button = OnceButton("primary")
        self.button.acted.connect(self._try)
        self.name.line.returnPressed.connect(self.password.line.setFocus)
        self.password.line.returnPressed.connect(self.button.click)
        self._answer = Text("error")
        card = frame("card")
        card.setFixedWidth(360)
        inside = QVBoxLayout(card)
        space = theme.size("space")
        inside.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        inside.setSpacing(space)
        for part in (self._headline, self.name, self.password, self._answer, self.button):
            inside.addWidget(part)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(2)
        self._arm()

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._headline.say(phrases.text("sign-in.headline"))
        self.name.translate(phrases)
        self.password.translate(phrases)
        self.button.name(phrases.text("sign-in.button"))

    def start(self) -> None:
        self.name.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arm(self) -> None:
        self._tries += 1
        self.button.arm(("sign-in", str(self._tries)))

    def _try(self) -> None:
        name, password = self.name.text.strip(), self.password.text
        self.password.clear()
        self._say("sign-in.checking")
        self._bridge.away(lambda: self._desk.sign_in(name, password), self._answered)

    def _answered(self, done: Done) -> None:
        self._arm()
        if done.fault is not None:
            self._say(done.fault.phrase)
            return
        outcome = done.value
        if isinstance(outcome, SignedIn):
            self.name.clear()
            self._answer.say("")
            self._signed_in(outcome)
        elif isinstance(outcome, LockedUntil):
            self._say("sign-in.locked", time=outcome.at.astimezone().strftime("%H:%M"))
        elif isinstance(outcome, WrongSecret | UnknownOperator):
            self._say("sign-in.refused")
            self.password.line.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            raise TypeError(f"not an outcome of signing in: {type(outcome).__name__}; expected {SignInOutcome}")

    def _say(self, key: str, **arguments: str) -> None:
        if self._phrases is not None:
            self._answer.say(self._phrases.text(key, **arguments))
