"""The pages after the face: the work under way, the result, and the two troubles."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.journey.events import FinishTouched
from ui.phrases import Phrases
from ui.scenes import CameraAwayScene, OutOfServiceScene, Progress, ResultScene, WorkingScene, counted
from ui.screens.page import Booth, Page
from ui.theme import TONE_LOOKS
from ui.widgets.labels import IconLabel, Text, frame, set_role
from ui.widgets.once_button import OnceButton
from ui.widgets.track import PROGRESS_LOOKS, CountdownRing
from ui.widgets.waiting import Spinner


class WorkingPage(Page):
    """The real steps of the work, each with its own sign."""

    STEPS = 4

    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self._theme = booth.theme
        space = booth.theme.size("space")
        self._headline = Text("headline", centred=True)
        self._spinner = Spinner(booth.theme, side=booth.theme.size("headline"), reduced_motion=booth.reduced_motion)
        self._icons = tuple(IconLabel(round(booth.theme.size("lead") * 1.3)) for _ in range(self.STEPS))
        self._texts = tuple(Text("lead") for _ in range(self.STEPS))
        self._trouble = Text("lead", centred=True)
        self._told = ""
        card = frame("card")
        rows = QVBoxLayout(card)
        rows.setContentsMargins(space * 2, space // 2, space * 2, space // 2)
        rows.setSpacing(space // 4)
        for picture, text in zip(self._icons, self._texts, strict=True):
            row = QHBoxLayout()
            row.setSpacing(space)
            row.addWidget(picture)
            row.addWidget(text, 1)
            rows.addLayout(row)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(card, 4)
        middle.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space // 2)
        layout.addStretch(1)
        layout.addWidget(self._spinner, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addLayout(middle)
        layout.addWidget(self._trouble)
        layout.addStretch(1)

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("working.headline"))

    def show_scene(self, scene: WorkingScene, phrases: Phrases) -> None:
        for step, picture, text in zip(scene.steps, self._icons, self._texts, strict=True):
            icon_name, colour = PROGRESS_LOOKS[step.progress]
            picture.show_icon(icon_name, self._theme.colour(colour))
            said = phrases.say(step.words)
            text.say(said)
            text.setAccessibleName(f"{said}: {phrases.text(f'progress.{step.progress}')}")
            set_role(text, "strong-lead" if step.progress is Progress.NOW else "lead")
        trouble = self._told if scene.trouble is None else phrases.say(scene.trouble)
        self._trouble.setVisible(bool(trouble))
        self._trouble.say(trouble)

    def say_trouble(self, text: str) -> None:
        """Say something beside the scene; it stays until the page is left."""
        self._told = text
        self._trouble.setVisible(True)
        self._trouble.say(text)

    def forget(self) -> None:
        self._told = ""
        self._trouble.say("")


class ResultPage(Page):
    """The answer in kind words, what comes next, what happened with the pictures; then the screen closes by itself."""

    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self._theme = booth.theme
        space = booth.theme.size("space")
        self._icon = IconLabel(round(booth.theme.size("headline") * 2.2))
        self._headline = Text("headline", centred=True)
        self._next = Text("lead", centred=True)
        self._promise = Text("soft", centred=True)
        self._closes = Text("caption", wraps=False)
        self._ring = CountdownRing(booth.theme, booth.theme.size("button-height"), "ink", "brand")
        self.finish = OnceButton("primary")
        self.finish.acted.connect(lambda: booth.post(FinishTouched()))
        self.buttons = (self.finish,)
        lock = IconLabel(round(booth.theme.size("body") * 1.3))
        lock.show_icon("lock", booth.theme.colour("ink-soft"))
        counted = QHBoxLayout()
        counted.setSpacing(space // 2)
        counted.addStretch(1)
        counted.addWidget(self._ring)
        counted.addWidget(self._closes)
        counted.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space * 3 // 4)
        layout.addStretch(1)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addWidget(self._next)
        layout.addSpacing(space // 2)
        layout.addWidget(self._promise)
        layout.addStretch(1)
        layout.addLayout(counted)

    def translate(self, phrases: Phrases) -> None:
        self.finish.name(phrases.text("button.finish"))

    def show_scene(self, scene: ResultScene, phrases: Phrases) -> None:
        icon_name, colour = TONE_LOOKS[scene.tone]
        self._icon.show_icon(icon_name, self._theme.colour(colour))
        self._headline.say(phrases.say(scene.headline))
        self._next.say(phrases.say(scene.next_step))
        self._promise.say(phrases.say(scene.promise))
        self._closes.say(phrases.text("countdown.closes"))
        spoken = phrases.text("warning.seconds", seconds=counted("seconds", scene.seconds_left))
        self._ring.show_seconds(scene.seconds_left, scene.seconds_in_all, spoken, phrases.locale.number(scene.seconds_left))
        self.finish.arm(scene.around.identity)


class CameraAwayPage(Page):
    def __init__(self, booth: Booth) -> None:
        super().__init__()
        space = booth.theme.size("space")
        picture = IconLabel(round(booth.theme.size("headline") * 2.2))
        picture.show_icon("camera-off", booth.theme.colour("doubt"))
        self._headline = Text("headline", centred=True)
        self._text = Text("lead", centred=True)
        self._otherwise = Text("soft", centred=True)
        self._ring = CountdownRing(booth.theme, round(booth.theme.size("button-height") * 1.4), "ink", "brand")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space)
        layout.addStretch(1)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addWidget(self._text)
        layout.addWidget(self._ring, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._otherwise)
        layout.addStretch(1)

    def translate(self, phrases: Phrases) -> None:
        """All its words are the scene's."""

    def show_scene(self, scene: CameraAwayScene, phrases: Phrases) -> None:
        self._headline.say(phrases.say(scene.headline))
        self._text.say(phrases.say(scene.text))
        otherwise = phrases.say(scene.otherwise)
        self._otherwise.say(otherwise)
        self._ring.show_seconds(scene.seconds_left, scene.seconds_in_all, otherwise, phrases.locale.number(scene.seconds_left))


class OutOfServicePage(Page):
    def __init__(self, booth: Booth) -> None:
        super().__init__()
        space = booth.theme.size("space")
        picture = IconLabel(round(booth.theme.size("headline") * 2.2))
        picture.show_icon("sleep", booth.theme.colour("brand"))
        self._headline = Text("headline", centred=True)
        self._text = Text("lead", centred=True)
        self._for_staff = Text("caption", centred=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space)
        layout.addStretch(2)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addWidget(self._text)
        layout.addStretch(2)
        layout.addWidget(self._for_staff)

    def first_focus(self) -> QWidget | None:
        return None

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("out-of-service.headline"))
        self._text.say(phrases.text("out-of-service.text"))

    def show_scene(self, scene: OutOfServiceScene, phrases: Phrases) -> None:
        self._for_staff.say(phrases.text("out-of-service.for-staff", what=phrases.say(scene.what)))
