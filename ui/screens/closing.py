"""The pages after the face: the work under way, the result, and the two troubles."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.journey.events import FinishTouched
from ui.phrases import Phrases
from ui.scenes import CameraAwayScene, OutOfServiceScene, Progress, ResultScene, WorkingScene, counted
from ui.screens.page import Booth, Page
from ui.theme import TONE_LOOKS
from ui.widgets.labels import IconLabel, Text, frame, set_role
from ui.widgets.medallion import Medallion
from ui.widgets.once_button import OnceButton
from ui.widgets.track import PROGRESS_LOOKS, CountdownRing
from ui.widgets.waiting import Spinner


def medallion(booth: Booth) -> Medallion:
    return Medallion(booth.theme, round(booth.theme.size("headline") * (1.8 if booth.low else 3.4)))


def card_of(booth: Booth, *rows: tuple[QWidget, QWidget]) -> QHBoxLayout:
    """Return a card in the middle of the page: on each row a sign and what it says."""
    space = booth.theme.size("space")
    card = frame("card")
    inside = QVBoxLayout(card)
    above = space // 3 if booth.low else space * 3 // 4
    inside.setContentsMargins(space * 3 // 2, above, space * 3 // 2, above)
    inside.setSpacing(space // 4 if booth.low else space * 2 // 3)
    for sign, words in rows:
        row = QHBoxLayout()
        row.setSpacing(space)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(words, 1)
        inside.addLayout(row)
    middle = QHBoxLayout()
    middle.addStretch(1)
    middle.addWidget(card, 100 if booth.low or booth.narrow else 5)
    middle.addStretch(1)
    return middle


class WorkingPage(Page):
    """The real steps of the work, each with its own sign."""

    STEPS = 4

    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self._theme = booth.theme
        space = booth.theme.size("space")
        self._headline = Text("headline", centred=True)
        side = round(booth.theme.size("headline") * (1.3 if booth.low else 2))
        self._spinner = Spinner(booth.theme, side=side, reduced_motion=booth.reduced_motion)
        self._icons = tuple(IconLabel(round(booth.theme.size("lead") * 1.5)) for _ in range(self.STEPS))
        self._texts = tuple(Text("lead") for _ in range(self.STEPS))
        self._trouble = Text("lead", centred=True)
        self._told = ""
        middle = card_of(booth, *zip(self._icons, self._texts, strict=True))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space // 2 if booth.low else space)
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
        self._sign = medallion(booth)
        self._headline = Text("headline", centred=True)
        self._next, self._promise = Text("lead"), Text("soft")
        side = round(booth.theme.size("lead") * 1.5)
        self._onward, lock = IconLabel(side), IconLabel(side)
        lock.show_icon("lock", booth.theme.colour("ink-soft"))
        self._closes = Text("caption", wraps=False)
        self._ring = CountdownRing(booth.theme, booth.theme.size("button-height"), "ink", "brand")
        self.finish = OnceButton("primary")
        self.finish.acted.connect(lambda: booth.post(FinishTouched()))
        self.buttons = (self.finish,)
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
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addLayout(card_of(booth, (self._onward, self._next), (lock, self._promise)))
        layout.addStretch(1)
        layout.addLayout(counted)

    def translate(self, phrases: Phrases) -> None:
        self.finish.name(phrases.text("button.finish"))

    def show_scene(self, scene: ResultScene, phrases: Phrases) -> None:
        name, colour = TONE_LOOKS[scene.tone]
        # The disc is the circle.
        self._sign.show_sign(name.removesuffix("-circle"), colour)
        self._onward.show_icon("arrow-left" if phrases.right_to_left else "arrow-right", self._theme.colour("brand"))
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
        picture = medallion(booth)
        picture.show_sign("camera-off", "doubt")
        self._headline = Text("headline", centred=True)
        self._text, self._otherwise = Text("lead"), Text("soft")
        ring_side = round(booth.theme.size("button-height") * (1.0 if booth.low else 1.3))
        self._ring = CountdownRing(booth.theme, ring_side, "ink", "brand")
        kept = IconLabel(ring_side)
        kept.show_icon("check-circle", booth.theme.colour("good"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space)
        layout.addStretch(1)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._headline)
        layout.addLayout(card_of(booth, (kept, self._text), (self._ring, self._otherwise)))
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
        picture = medallion(booth)
        picture.show_sign("sleep", "brand")
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
