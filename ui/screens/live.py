"""The two pages with a live picture: the prompt above, the picture with one hint at a time, the drawn figure beside it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.journey.events import CalmLightTouched, MoreTimeTouched, OtherWayTouched
from ui.camera_view import CameraView
from ui.phrases import Phrases
from ui.scenes import DocumentScene, FaceScene
from ui.screens.page import Booth, Page
from ui.widgets.gestures import GestureFigure
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton
from ui.widgets.track import PromptDots
from ui.widgets.waiting import Spinner

HINT_HELD_NS = 700_000_000
"""A hint stays at least this long: no flashing between two that are both nearly true."""


class HintLine:
    """Decides when the one hint on the screen may change. Times are the scene's own."""

    def __init__(self) -> None:
        self._shown = ""
        self._since_ns: int | None = None

    def next(self, wanted: str, at_ns: int) -> str:
        held = self._since_ns is not None and 0 <= at_ns - self._since_ns < HINT_HELD_NS
        if wanted != self._shown and not (held and self._shown):
            self._shown, self._since_ns = wanted, at_ns
        return self._shown

    def forget(self) -> None:
        self._shown, self._since_ns = "", None


class LivePage(Page):
    """The common frame of both pages."""

    def __init__(self, booth: Booth, *, mirrored: bool, fills: bool) -> None:
        super().__init__()
        self.theme = booth.theme
        space = booth.theme.size("space")
        self.headline = Text("prompt", centred=True)
        self.camera = CameraView(booth.theme, booth.latest, mirrored=mirrored, fills=fills, watch=booth.watch)
        self.hint = Text("hint", centred=True)
        self.hint.setVisible(False)
        self.hints = HintLine()
        self.figure = GestureFigure(booth.theme, reduced_motion=booth.reduced_motion)
        self.side = QVBoxLayout()
        self.side.setSpacing(space // 2)
        self.side.addWidget(self.figure, 1)
        beside = frame("card")
        beside.setLayout(self.side)
        over = QGridLayout()
        over.addWidget(self.camera, 0, 0)
        foot = QVBoxLayout()
        foot.setContentsMargins(space, space, space, space // 2)
        foot.addStretch(1)
        foot.addWidget(self.hint)
        holder = QWidget()
        holder.setLayout(foot)
        holder.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        over.addWidget(holder, 0, 0)
        row = QVBoxLayout() if booth.narrow else QHBoxLayout()
        row.setSpacing(space)
        row.addLayout(over, 17)
        row.addWidget(beside, 10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space * 3 // 4)
        layout.addWidget(self.headline)
        layout.addLayout(row, 1)

    def look(self) -> None:
        self.camera.look()

    def forget(self) -> None:
        self.camera.forget()
        self.hints.forget()
        self.hint.setVisible(False)

    def prompt(self, text: str) -> None:
        """Show what is asked, and tell a screen reader at once: the time for the answer is running."""
        if text != self.headline.text():
            self.headline.say(text)
            if QAccessible.isActive():
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.headline, text))

    def show_hint(self, wanted: str, at_ns: int) -> None:
        text = self.hints.next(wanted, at_ns)
        if text:
            self.hint.say(text)
        if self.hint.isVisible() != bool(text):
            self.hint.setVisible(bool(text))

    def translate(self, phrases: Phrases) -> None:
        self.camera.say_when_dark("")


class DocumentPage(LivePage):
    """The picture is not mirrored: the customer reads their own card in it."""

    def __init__(self, booth: Booth) -> None:
        super().__init__(booth, mirrored=False, fills=False)
        self._spinner = Spinner(booth.theme, reduced_motion=booth.reduced_motion)
        self._note = Text("", centred=True)
        self._tries = Text("caption", centred=True)
        self.side.addWidget(self._spinner, 0, Qt.AlignmentFlag.AlignHCenter)
        self.side.addWidget(self._note)
        self.side.addWidget(self._tries)

    def show_scene(self, scene: DocumentScene, phrases: Phrases) -> None:
        self.prompt(phrases.say(scene.headline))
        self.figure.show_gesture(scene.gesture)
        self.camera.show_page(scene.quad, scene.glare)
        hint = phrases.text("document.reading") if scene.reading else phrases.say(scene.hint) if scene.hint is not None else ""
        self.show_hint(hint, scene.around.at_ns)
        self._spinner.setVisible(scene.reading)
        if scene.failure is not None:
            self._note.say(phrases.say(scene.failure))
        else:
            self._note.say(phrases.text("document.seen-lines" if scene.first_side_read else "document.searching"))
        self._tries.setVisible(scene.tries > 0)
        if scene.tries > 0:
            number = min(scene.tries + 1, scene.tries_allowed)
            self._tries.say(phrases.text("document.tries", number=number, total=scene.tries_allowed))


class FacePage(LivePage):
    """The picture is mirrored, like a bathroom mirror."""

    def __init__(self, booth: Booth) -> None:
        super().__init__(booth, mirrored=True, fills=True)
        self._dots = PromptDots(booth.theme)
        self._count = Text("caption", centred=True)
        self.side.addWidget(self._dots)
        self.side.addWidget(self._count)
        self.calm_light, self.other_way, self.more_time = OnceButton("quiet"), OnceButton("quiet"), OnceButton("quiet")
        self.calm_light.acted.connect(lambda: booth.post(CalmLightTouched()))
        self.other_way.acted.connect(lambda: booth.post(OtherWayTouched()))
        self.more_time.acted.connect(lambda: booth.post(MoreTimeTouched()))
        # What helps with a prompt stands beside it; what spares the colours stays in the foot, which they do not cover.
        self.side.addWidget(self.other_way)
        self.side.addWidget(self.more_time)
        self.buttons = (self.calm_light,)
        self._asked = False

    def first_focus(self) -> None:
        """No button here may be pressed by a Return meant for the page before."""

    def wants(self, button: OnceButton) -> bool:
        return button.isEnabled() and not self._asked

    def translate(self, phrases: Phrases) -> None:
        super().translate(phrases)
        self.calm_light.name(phrases.text("button.calm-light"))
        self.other_way.name(phrases.text("button.other-way"))
        self.more_time.name(phrases.text("button.more-time"))

    def show_scene(self, scene: FaceScene, phrases: Phrases) -> None:
        self._asked = scene.remaining is not None
        asked = (*scene.around.identity, str(scene.prompt), str(scene.done))
        self.other_way.arm(asked, allowed=scene.remaining is not None)
        self.more_time.arm((*asked, str(scene.extensions)), allowed=scene.remaining is not None)
        for button in (self.other_way, self.more_time):
            button.setVisible(self._asked)
        self.calm_light.arm((*asked, str(scene.may_spare_light)), allowed=scene.may_spare_light)
        self.prompt(phrases.say(scene.prompt))
        self.figure.show_gesture(scene.gesture)
        self.camera.show_face(scene.box, scene.remaining)
        self.show_hint(phrases.say(scene.hint) if scene.hint is not None else "", scene.around.at_ns)
        counted = phrases.text("face.progress", done=scene.done, total=scene.total)
        self._dots.show_progress(scene.done, scene.total, counted)
        self._count.say(counted)
