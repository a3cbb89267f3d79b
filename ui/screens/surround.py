"""What stands above and below every page of the booth: where the customer is on the way, and what they may always do."""

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kiosk.journey.events import CancelTouched, HelpTouched
from ui.icons import icon
from ui.phrases import LANGUAGES, Phrases, isolated, load_phrases
from ui.scenes import Around, BoothScene, ConsentScene, ContactScene, Stage, WelcomeScene
from ui.screens.page import Booth, Page
from ui.screens.pages import Pages
from ui.widgets.labels import IconLabel, Text, set_role
from ui.widgets.once_button import OnceButton
from ui.widgets.track import StageTrack


class Head(QWidget):
    """The house's name while the booth rests, the track of stages during a visit."""

    def __init__(self, booth: Booth) -> None:
        super().__init__()
        theme = booth.theme
        self._low = booth.low
        self._mark = IconLabel(round(theme.size("lead") * 1.3))
        self._mark.show_icon("face", theme.colour("brand"))
        self._title = Text("brand", wraps=False)
        self.track = StageTrack(theme)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.size("space") // 2)
        row.addWidget(self._mark)
        row.addWidget(self._title)
        row.addWidget(self.track, 1)
        row.addStretch(0)

    def translate(self, phrases: Phrases) -> None:
        self._title.say(phrases.text("app.name"))

    def show_stage(self, stage: Stage | None, phrases: Phrases) -> None:
        named = {stage: phrases.text(f"stage.{stage}") for stage in Stage}
        self.track.show_stage(stage, named, "" if stage is None else _spoken(stage, named, phrases))
        self.track.setVisible(stage is not None)
        for part in (self._title, self._mark):
            part.setVisible(stage is None and not self._low)


def _spoken(stage: Stage, named: dict[Stage, str], phrases: Phrases) -> str:
    number = list(Stage).index(stage) + 1
    return phrases.text("progress.spoken", number=number, total=len(Stage), name=named[stage])


class Foot(QWidget):
    """Cancel and help, the choices, and the page's own buttons. opened: told which of the choosers was touched."""

    def __init__(self, booth: Booth, pages: Pages, opened: Callable[[QPushButton], None]) -> None:
        super().__init__()
        self._booth, self._pages = booth, pages
        self.cancel, self.help = OnceButton("quiet"), OnceButton("quiet")
        self.cancel.acted.connect(lambda: booth.post(CancelTouched()))
        self.help.acted.connect(lambda: booth.post(HelpTouched()))
        space = booth.theme.size("space") // 2
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(space)
        row = QHBoxLayout()
        row.setSpacing(space)
        row.addWidget(self.cancel)
        row.addWidget(self.help)
        row.addStretch(1)
        # Where there is room the languages name themselves: who cannot read this screen finds the way to one that can be read.
        self.language_names, self.language, self.comfort = QPushButton(), QPushButton(), QPushButton()
        for button in (self.language_names, self.language, self.comfort):
            set_role(button, "quiet" if button is self.language_names else "picture")
            button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, button=button: opened(button))
            row.addWidget(button)
        own = row
        if booth.narrow:
            own = QHBoxLayout()
            own.setSpacing(space)
            own.addStretch(1)
        for page in pages.all:
            for button in page.buttons:
                own.addWidget(button)
        if own is not row:
            rows.addLayout(own)
        rows.addLayout(row)

    def translate(self, phrases: Phrases) -> None:
        theme = self._booth.theme
        self.cancel.name(phrases.text("button.cancel"), "cross", theme.colour("ink"))
        self.help.name(phrases.text("button.help"), "help", theme.colour("ink"))
        others = (load_phrases(code).text("language.name") for code in LANGUAGES if code != phrases.language)
        self.language_names.setText(f"  {' · '.join(isolated(name) for name in others)}")
        for button in (self.language_names, self.language, self.comfort):
            sign, words = ("comfort", "choose.comfort") if button is self.comfort else ("globe", "choose.language")
            size = round(theme.size("button-height") * 0.55)
            button.setIcon(icon(sign, theme.colour("ink"), size))
            button.setIconSize(QSize(size, size))
            button.setAccessibleName(phrases.text(words))

    def show_around(self, scene: BoothScene, page: Page) -> None:
        around: Around = scene.around
        self.cancel.arm(around.identity, allowed=around.can_cancel)
        self.help.arm(around.identity, allowed=around.can_help)
        resting = isinstance(scene, WelcomeScene)
        # What goes is hidden before what comes is shown: together they would push the window wider than its screen.
        for button in (button for other in self._pages.all if other is not page for button in other.buttons):
            button.hide()
        if not resting:
            self.language_names.hide()
        # On a low screen the contact page's own buttons need its place; the language was asked twice by then.
        crowded = self._booth.low and isinstance(scene, ContactScene)
        self.language.setVisible(around.can_change_language and not resting and not crowded)
        self.setVisible(resting or around.can_cancel or around.can_help or bool(page.buttons))
        self.cancel.setVisible(around.can_cancel)
        # Where a person may be preferred, that is the help.
        self.help.setVisible(around.can_help and not isinstance(scene, ConsentScene))
        for button in page.buttons:
            button.setVisible(page.wants(button))
        self.language_names.setVisible(resting)
        self.comfort.setVisible(resting or around.can_cancel)
