"""The row at the top of the teller's window and the strip at its foot."""

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from ui.desk_scenes import StationLine
from ui.icons import icon
from ui.phrases import LANGUAGES, Phrases, load_phrases
from ui.theme import MARK_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text
from ui.widgets.once_button import OnceButton

LOOK_ICON = 20


class DeskHead(QHBoxLayout):
    """tabs: of the pages beside the cases, None where there are none; chosen: told the code of a language."""

    def __init__(self, theme: Theme, tabs: QWidget | None, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self._tabs = tabs
        self._narrow = False
        self._named = ""
        self._phrases: Phrases | None = None
        self.title, self.who = Text("brand", wraps=False), Text("soft", wraps=False)
        self.sign_out, self.lock = OnceButton("quiet"), OnceButton("quiet")
        self.look = QPushButton()
        self.look.setProperty("role", "picture")
        self.look.setVisible(False)
        self.language = QComboBox()
        for code in LANGUAGES:
            # Each language is named in itself, whatever is shown now.
            self.language.addItem(load_phrases(code).text("language.name"), code)
        self.language.activated.connect(lambda row: chosen(LANGUAGES[row]))
        self.setSpacing(theme.size("space") // 2)
        mark = IconLabel(22)
        mark.show_icon("face", theme.colour("brand"))
        self.addWidget(mark)
        self.addWidget(self.title)
        self.addStretch(1)
        if tabs is not None:
            self.addWidget(tabs)
            self.addStretch(1)
        for part in (self.who, self.lock, self.sign_out, self.look, self.language):
            self.addWidget(part)

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self.title.say(phrases.text("app.desk-title"))
        self.sign_out.name(phrases.text("sign-in.sign-out"))
        self.lock.name(phrases.text("sign-in.lock"))
        self.look.setAccessibleName(phrases.text("look.title"))
        self.look.setToolTip(f"{phrases.text('look.title')} (F12)")
        self.language.setAccessibleName(phrases.text("choose.language"))
        self.language.setCurrentIndex(LANGUAGES.index(phrases.language))

    def show_theme(self, theme: Theme) -> None:
        self.look.setIcon(icon("comfort", theme.colour("ink"), LOOK_ICON))

    def fit(self, *, narrow: bool) -> None:
        self._narrow = narrow
        self.title.setVisible(not narrow or self._tabs is None)
        self._say_who()

    def work(self, *, working: bool) -> None:
        """working: somebody is signed in and the window is not locked."""
        for part in (self.who, self.sign_out, self.lock):
            part.setVisible(working)
        if self._tabs is not None:
            self._tabs.setVisible(working)
            self.look.setVisible(working)

    def name(self, operator: str) -> None:
        self._named = operator
        self._say_who()

    def _say_who(self) -> None:
        """Beside the pages a narrow window has room for the name alone."""
        if self._phrases is not None:
            short = self._narrow and self._tabs is not None
            self.who.say(self._named if short else self._phrases.text("desk.signed-in", name=self._named))


class StationStrip(QHBoxLayout):
    """How the bank and the camera are, and the keys."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._bank_icon, self._camera_icon = IconLabel(18), IconLabel(18)
        self._bank, self._camera = Text("caption", wraps=False), Text("caption", wraps=False)
        self._keys = Text("caption", wraps=False)
        self.setSpacing(6)
        for part in (self._bank_icon, self._bank, self._camera_icon, self._camera):
            self.addWidget(part)
        self.addStretch(1)
        self.addWidget(self._keys)

    def show_keys(self, keys: tuple[str, ...], phrases: Phrases) -> None:
        """keys: phrases of the keys that do something where the window stands."""
        self._keys.say(" · ".join(phrases.text(key) for key in keys))

    def show_line(self, line: StationLine, phrases: Phrases) -> None:
        for sign, text, words, mark in (
            (self._bank_icon, self._bank, line.bank, line.bank_mark),
            (self._camera_icon, self._camera, line.camera, line.camera_mark),
        ):
            icon_name, colour = MARK_LOOKS[mark]
            sign.show_icon(icon_name, self._theme.colour(colour))
            text.say(phrases.say(words))
