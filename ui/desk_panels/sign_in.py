"""Who works here, and whether it is still them: signing in, and unlocking a window that was left.

Checking a password takes its time, and a security key waits for a touch: both happen away from the UI thread.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.trust.operators import ClockTurnedBack, LockedUntil, NeedsFactor, SignInOutcome, UnknownOperator, WrongSecret
from kiosk.trust.presence import SignedIn
from kiosk.values import OperatorId
from ui.bridge import Bridge, DeskPort, Done
from ui.desk_panels.fields import Field, forced_left_to_right
from ui.key_times import FollowedKeys
from ui.phrases import Phrases
from ui.scenes import Argument, Words
from ui.theme import Theme
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton

CARD_WIDTH = 400


class SignInPage(QWidget):
    """signed_in, needs_factor: told what came of it. Locked, it knows whose window it is and takes nobody else."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        desk: DeskPort,
        signed_in: Callable[[SignedIn], None],
        needs_factor: Callable[[NeedsFactor], None],
    ) -> None:
        super().__init__()
        self._bridge, self._desk = bridge, desk
        self._signed_in, self._needs_factor = signed_in, needs_factor
        self._phrases: Phrases | None = None
        self._tries = 0
        self._locked_for: OperatorId | None = None
        self._icon = IconLabel(28)
        self._icon.show_icon("lock", theme.colour("brand"))
        self._headline, self._says = Text("headline"), Text("soft")
        self.name = Field("sign-in.name")
        self.password = Field("sign-in.password", secret=True)
        self.code = forced_left_to_right(Field("sign-in.code", secret=True))
        self._keys = FollowedKeys(self.password.line)
        self._code_help = Text("caption")
        self.button = OnceButton("primary")
        self.button.acted.connect(self._try)
        self.name.line.returnPressed.connect(self.password.line.setFocus)
        self.password.line.returnPressed.connect(self.code.line.setFocus)
        self.code.line.returnPressed.connect(self.button.click)
        self._answer = Text("error")
        self._hint = Text("caption")
        self._hint.hide()
        self._lay_out(theme)
        self._arm()

    def _lay_out(self, theme: Theme) -> None:
        card = frame("card")
        card.setFixedWidth(CARD_WIDTH)
        inside = QVBoxLayout(card)
        space = theme.size("space")
        inside.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        inside.setSpacing(space)
        head = QHBoxLayout()
        head.addWidget(self._icon)
        head.addWidget(self._headline, 1)
        inside.addLayout(head)
        for part in (self._says, self.name, self.password, self.code, self._code_help, self._answer, self.button, self._hint):
            inside.addWidget(part)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(2)

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        for field in (self.name, self.password, self.code):
            field.translate(phrases)
        self._code_help.say(phrases.text("sign-in.code-help"))
        self._show_mode()

    def tell(self, words: Words) -> None:
        """Practice says here who may sign in: there is nobody beside the learner."""
        self._hint.setVisible(True)
        if self._phrases is not None:
            self._hint.say(self._phrases.say(words))

    def lock(self, name: OperatorId | None) -> None:
        """Take this operator back and nobody else; None: whoever comes."""
        if name != self._locked_for:
            self._locked_for = name
            for field in (self.name, self.password, self.code):
                field.clear()
            self._answer.say("")
            self._show_mode()

    def _show_mode(self) -> None:
        locked = self._locked_for is not None
        self._icon.setVisible(locked)
        self._says.setVisible(locked)
        self.name.setVisible(not locked)
        if self._phrases is not None:
            self._headline.say(self._phrases.text("sign-in.locked-headline" if locked else "sign-in.headline"))
            self._says.say(self._phrases.text("sign-in.locked-text", name=self._locked_for or ""))
            self.button.name(self._phrases.text("sign-in.unlock" if locked else "sign-in.button"))

    def start(self) -> None:
        first = self.name if self._locked_for is None else self.password
        first.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arm(self) -> None:
        self._tries += 1
        self.button.arm(("sign-in", str(self._tries)))

    def _try(self) -> None:
        name, password, code = self.name.text.strip(), self.password.text, self.code.text
        self._desk.typed_password(self._keys.times.take())
        self.password.clear()
        self.code.clear()
        self._say("sign-in.checking" if code.strip() else "sign-in.touch-key")
        if self._locked_for is None:
            self._bridge.away(lambda: self._desk.sign_in(name, password, code), self._answered)
        else:
            self._bridge.away(lambda: self._desk.unlock(password, code), self._answered)

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
        elif isinstance(outcome, NeedsFactor):
            self._answer.say("")
            self._needs_factor(outcome)
        elif isinstance(outcome, LockedUntil):
            self._say("sign-in.locked", time=outcome.at.astimezone().time())
        elif isinstance(outcome, ClockTurnedBack):
            self._say("sign-in.clock-back", time=outcome.newest.astimezone())
        elif isinstance(outcome, WrongSecret | UnknownOperator):
            self._say("sign-in.refused")
            self.password.line.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            raise TypeError(f"not an outcome of signing in: {type(outcome).__name__}; expected {SignInOutcome}")

    def _say(self, key: str, **arguments: Argument) -> None:
        if self._phrases is not None:
            self._answer.say(self._phrases.text(key, **arguments))
