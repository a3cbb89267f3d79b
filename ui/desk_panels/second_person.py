"""The question to a second person, beside the evidence and in no dialog: both look while they decide."""

from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy

from ui.desk_panels.fields import Field, forced_left_to_right
from ui.phrases import Phrases
from ui.scenes import Words
from ui.theme import Theme
from ui.widgets.labels import Text
from ui.widgets.once_button import OnceButton


class SecondPerson(QFrame):
    """Hidden until somebody is asked. confirm: they agree; back: nobody is asked any more; answer: what came of it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("role", "warning")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._phrases: Phrases | None = None
        self._title, self.answer, self._hint = Text("strong"), Text("error"), Text("caption")
        self.name = Field("desk.second-name")
        self.password = Field("desk.second-password", secret=True)
        self.code = forced_left_to_right(Field("desk.second-code", secret=True))
        self.confirm, self.back = OnceButton("primary"), OnceButton("quiet")
        self.name.line.returnPressed.connect(self.password.line.setFocus)
        self.password.line.returnPressed.connect(self.code.line.setFocus)
        self.code.line.returnPressed.connect(self.confirm.click)
        self._hint.hide()
        grid = QGridLayout(self)
        grid.setSpacing(theme.size("space") // 2)
        grid.addWidget(self._title, 0, 0, 1, 3)
        for column, field in enumerate((self.name, self.password, self.code)):
            grid.addWidget(field, 1, column)
        grid.addWidget(self.answer, 2, 0, 1, 3)
        grid.addWidget(self.back, 3, 0)
        grid.addWidget(self.confirm, 3, 1, 1, 2)
        grid.addWidget(self._hint, 4, 0, 1, 3)
        self.hide()

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._title.say(phrases.text("desk.second-title"))
        for field in (self.name, self.password, self.code):
            field.translate(phrases)
        self.confirm.name(phrases.text("desk.second-confirm"))
        self.back.name(phrases.text("desk.second-back"))

    def arm(self, identity: tuple[str, ...]) -> None:
        for button in (self.confirm, self.back):
            button.arm(identity)

    def take(self) -> tuple[str, str, str]:
        """Return name, password and code, and keep neither of the secrets."""
        typed = (self.name.text.strip(), self.password.text, self.code.text)
        self.password.clear()
        self.code.clear()
        return typed

    def tell(self, words: Words) -> None:
        """Practice names the colleague who can agree: there is nobody beside the learner."""
        self._hint.setVisible(True)
        if self._phrases is not None:
            self._hint.say(self._phrases.say(words))

    def forget(self) -> None:
        for field in (self.name, self.password, self.code):
            field.clear()
        self.answer.say("")
