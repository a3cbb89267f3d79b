"""The self-service kiosk: full screen, one thing at a time. It draws scenes and reports touches; it decides nothing."""

from typing import assert_never

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QClipboard, QCloseEvent, QGuiApplication, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget

from kiosk.journey.events import CancelTouched, HelpTouched, LanguageChanged, StillHere
from kiosk.journey.states import Idle
from kiosk.record import AccountOpening
from kiosk.values import Capture, Channel, StationClass
from ui.bridge import Bridge
from ui.handling import HandlingWatch
from ui.icons import icon
from ui.look import PLAIN, WISHES, Look
from ui.phrases import LANGUAGES, isolated, load_phrases
from ui.present import closing_refused, present
from ui.scanning import Group, Scanner
from ui.scenes import (
    BoothScene,
    CameraAwayScene,
    ConsentScene,
    ContactScene,
    DocumentScene,
    FaceScene,
    OutOfServiceScene,
    ResultScene,
    Stage,
    WelcomeScene,
    WorkingScene,
)
from ui.screens.closing import CameraAwayPage, OutOfServicePage, ResultPage, WorkingPage
from ui.screens.consent import ConsentPage
from ui.screens.contact import ContactPage
from ui.screens.live import DocumentPage, FacePage
from ui.screens.maintenance import MaintenancePanel, MaintenancePort
from ui.screens.page import Booth, Page
from ui.screens.welcome import WelcomePage
from ui.speech import Announcer, SpeechDispatcher, Voice
from ui.theme import Face, Fit, fit_for, load_theme
from ui.widgets.banner import Banner, banner_words
from ui.widgets.corner_gesture import CornerGesture
from ui.widgets.labels import IconLabel, Text, set_role
from ui.widgets.light_field import LightField
from ui.widgets.once_button import OnceButton
from ui.widgets.one_at_a_time import OneAtATime
from ui.widgets.overlay import Choices
from ui.widgets.privacy_veil import PrivacyVeil
from ui.widgets.track import StageTrack
from ui.widgets.veil import IdleVeil


class BoothWindow(QWidget):
    """language: what the welcome is shown in until somebody chooses. capture: what the camera is, for the banner. voice: what speaks,
    the system's own unless a test brings another. look: how the screen looks until a customer wishes otherwise.

    The window is rebuilt when its screen calls for another fit, which happens once, when it is first shown, and when a customer wishes
    another look. Language and look are the customer's of this visit: the next one starts with the station's.

    maintenance: what an operator may do here, behind a hidden gesture on the resting screen. locked: nothing else closes the window or
    takes its place; what the window system must do for that is in docs/kiosk.md.
    """

    def __init__(
        self,
        bridge: Bridge,
        *,
        station_class: StationClass,
        capture: Capture,
        language: str = LANGUAGES[0],
        reduced_motion: bool = False,
        voice: Voice | None = None,
        look: Look = PLAIN,
        maintenance: MaintenancePort | None = None,
        locked: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self._bridge = bridge
        self._voice = voice or SpeechDispatcher()
        self._announcer = Announcer(self._voice)
        self._maintenance_port = maintenance
        self._locked = locked
        self._gesture = CornerGesture()
        self._scanner = Scanner(self, self._offered)
        self._station_look = look
        self._wishes = look
        self._station_language = language
        self._resting_language = language
        self._reduced_motion = reduced_motion
        self._banner_words = banner_words(capture, station_class)
        self._phrases = load_phrases(language)
        self._scene: BoothScene | None = None
        self._focus_before: QWidget | None = None
        self._fit = Fit()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        if locked:
            self.setWindowFlags(self.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        outer = QVBoxLayout(self)
        # A screen that is turned or made smaller is never refused: what does not fit at first is laid out anew for it.
        outer.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self._build()
        self._handling = HandlingWatch(bridge.post, self)
        application = QCoreApplication.instance()
        if application is not None:
            application.installEventFilter(self._handling)
        bridge.refreshed.connect(self.refresh)
        bridge.look.connect(self._look)
        self.refresh()

    # Making the window

    def _build(self) -> None:
        self._theme = load_theme(Face.BOOTH, self._fit, self._wishes)
        self.setStyleSheet(self._theme.style_sheet())
        booth = Booth(
            theme=self._theme,
            post=self._bridge.post,
            begin=self._begin,
            latest=self._bridge.station.latest_frame,
            watch=self._bridge.watch,
            reduced_motion=self._reduced_motion or self._wishes.calm,
            low=self._fit.low,
            narrow=self._fit.narrow,
        )
        self.welcome, self.consent = WelcomePage(booth), ConsentPage(booth)
        self.document, self.contact, self.face = DocumentPage(booth), ContactPage(booth), FacePage(booth)
        self.working, self.result = WorkingPage(booth), ResultPage(booth)
        self.camera_away, self.out_of_service = CameraAwayPage(booth), OutOfServicePage(booth)
        self._pages: tuple[Page, ...] = (
            self.welcome,
            self.consent,
            self.document,
            self.contact,
            self.face,
            self.working,
            self.result,
            self.camera_away,
            self.out_of_service,
        )
        self._stack = OneAtATime()
        for page in self._pages:
            self._stack.addWidget(page)
        self.banner = Banner(self._theme)
        body = QWidget()
        self._body = body
        space = self._theme.size("space")
        inside = QVBoxLayout(body)
        inside.setContentsMargins(space, space // 2, space, space // 2)
        inside.setSpacing(space // 2)
        inside.addWidget(self._make_head())
        inside.addWidget(self._stack, 1)
        inside.addWidget(self._make_foot())
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(body)
        self.languages = Choices(self._theme, LANGUAGES, 3, self._choose_language, body)
        for code, button in self.languages.buttons.items():
            # Each language is named in itself, whatever is shown now.
            button.setText(load_phrases(code).text("language.name"))
        impossible = {"large_text": self._fit.low or self._fit.narrow, "spoken": not self._voice.can_speak()}
        wishes = tuple(wish for wish in WISHES if not impossible.get(wish, False))
        self.comforts = Choices(self._theme, wishes, 2, self._toggle, body)
        self.light = LightField(self._theme, self)
        port = self._maintenance_port
        self.maintenance = None if port is None else MaintenancePanel(self._theme, self._bridge, port, self._leave, self)
        self.cover = PrivacyVeil(self._theme, lambda: self._bridge.post(StillHere()), self)
        self.veil = IdleVeil(self._theme, lambda: self._bridge.post(StillHere()), self)
        self._translate()

    def _make_head(self) -> QWidget:
        head = QWidget()
        self._mark = IconLabel(round(self._theme.size("lead") * 1.3))
        self._mark.show_icon("face", self._theme.colour("brand"))
        self._title = Text("brand", wraps=False)
        self.track = StageTrack(self._theme)
        row = QHBoxLayout(head)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.size("space") // 2)
        row.addWidget(self._mark)
        row.addWidget(self._title)
        row.addWidget(self.track, 1)
        row.addStretch(0)
        return head

    def _make_foot(self) -> QWidget:
        self._foot = QWidget()
        self.cancel, self.help = OnceButton("quiet"), OnceButton("quiet")
        self.cancel.acted.connect(lambda: self._bridge.post(CancelTouched()))
        self.help.acted.connect(lambda: self._bridge.post(HelpTouched()))
        rows = QVBoxLayout(self._foot)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(self._theme.size("space") // 2)
        row = QHBoxLayout()
        row.setSpacing(self._theme.size("space") // 2)
        row.addWidget(self.cancel)
        row.addWidget(self.help)
        row.addStretch(1)
        # Where there is room the languages name themselves: who cannot read this screen finds the way to one that can be read.
        self.language_names, self.language, self.comfort = QPushButton(), QPushButton(), QPushButton()
        for button in (self.language_names, self.language, self.comfort):
            set_role(button, "quiet" if button is self.language_names else "picture")
            button.setAutoDefault(True)
            button.clicked.connect(lambda _=False, button=button: self._open_choices(button))
            row.addWidget(button)
        own = row
        if self._fit.narrow:
            own = QHBoxLayout()
            own.setSpacing(row.spacing())
            own.addStretch(1)
        for page in self._pages:
            for button in page.buttons:
                own.addWidget(button)
        if own is not row:
            rows.addLayout(own)
        rows.addLayout(row)
        return self._foot

    def _rebuild(self, fit: Fit) -> None:
        self._scanner.forget()
        for page in self._pages:
            page.forget()
        self._fit = fit
        layout = self.layout()
        assert layout is not None
        if self.maintenance is not None:
            self.maintenance.shut()
        for old in (self.banner, self._body, self.languages, self.comforts, self.light, self.maintenance, self.cover, self.veil):
            if old is not None:
                layout.removeWidget(old)
                old.setParent(None)
                old.deleteLater()
        self._scene = None
        # Open choices, which go with the old parts, had taken the focus from the window.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        consent = self.consent
        self._build()
        self.consent.ticked_as(consent)
        self.refresh()

    # What the customer sees

    def refresh(self) -> None:
        """Show the scene of the station's state."""
        if self.maintenance is not None:
            self.maintenance.look()
        with self._bridge.watch.span("scene"):
            station = self._bridge.station
            if self._scene is not None and not isinstance(self._scene, WelcomeScene) and isinstance(station.state, Idle):
                self._handling.forget()
                self._rest()
            self.show_scene(present(station.state, station.overview, station.now(), station.policy, self._resting_language))

    def _rest(self) -> None:
        """The visit is over: the next customer finds the station's own language and look."""
        self._resting_language = self._station_language
        if self._locked:
            # What was copied or marked out of a field is the customer's as well.
            for mode in (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection):
                QGuiApplication.clipboard().clear(mode)
        if self._wishes != self._station_look:
            self._wishes = self._station_look
            self._rebuild(self._fit)

    def show_scene(self, scene: BoothScene) -> None:
        before = self._scene
        self._scene = scene
        if scene.around.language != self._phrases.language:
            self._phrases = load_phrases(scene.around.language)
            self._translate()
        page = self._page_of(scene)
        self._show_on_page(scene)
        self._show_around(scene)
        if self._stack.currentWidget() is not page:
            self._turn_to(page)
        elif before is None:
            self._focus(page)
        self._scanner.turn(on=self._wishes.one_switch)
        self._announcer.follow(scene, self._phrases, wanted=self._wishes.spoken)

    def _turn_to(self, page: Page) -> None:
        left = self._stack.currentWidget()
        self._stack.setCurrentWidget(page)
        if isinstance(left, Page):
            left.forget()
            for button in (*left.findChildren(OnceButton), *left.buttons):
                button.rest()
        self._focus(page)

    def _focus(self, page: Page) -> None:
        """Pages without a button of their own leave the focus on the window: Return must not call a colleague by accident."""
        if not self.veil.isVisible():
            (page.first_focus() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def _page_of(self, scene: BoothScene) -> Page:
        match scene:
            case WelcomeScene():
                return self.welcome
            case ConsentScene():
                return self.consent
            case DocumentScene():
                return self.document
            case ContactScene():
                return self.contact
            case FaceScene():
                return self.face
            case WorkingScene():
                return self.working
            case ResultScene():
                return self.result
            case CameraAwayScene():
                return self.camera_away
            case OutOfServiceScene():
                return self.out_of_service
            case _:
                assert_never(scene)

    def _show_on_page(self, scene: BoothScene) -> None:
        match scene:
            case WelcomeScene():
                self.welcome.show_scene(scene, self._phrases)
            case ConsentScene():
                self.consent.show_scene(scene, self._phrases)
            case DocumentScene():
                self.document.show_scene(scene, self._phrases)
            case ContactScene():
                self.contact.show_scene(scene, self._phrases)
            case FaceScene():
                self.face.show_scene(scene, self._phrases)
            case WorkingScene():
                self.working.show_scene(scene, self._phrases)
            case ResultScene():
                self.result.show_scene(scene, self._phrases)
            case CameraAwayScene():
                self.camera_away.show_scene(scene, self._phrases)
            case OutOfServiceScene():
                self.out_of_service.show_scene(scene, self._phrases)
            case _:
                assert_never(scene)

    def _show_around(self, scene: BoothScene) -> None:
        around = scene.around
        self.cancel.arm(around.identity, allowed=around.can_cancel)
        self.help.arm(around.identity, allowed=around.can_help)
        page = self._page_of(scene)
        resting = isinstance(scene, WelcomeScene)
        # What goes is hidden before what comes is shown: together they would push the window wider than its screen.
        for button in (button for other in self._pages if other is not page for button in other.buttons):
            button.hide()
        if not resting:
            self.language_names.hide()
        # On a low screen the contact page's own buttons need its place; the language was asked twice by then.
        crowded = self._fit.low and isinstance(scene, ContactScene)
        self.language.setVisible(around.can_change_language and not resting and not crowded)
        self._foot.setVisible(resting or around.can_cancel or around.can_help or bool(page.buttons))
        self.cancel.setVisible(around.can_cancel)
        # Where a person may be preferred, that is the help.
        self.help.setVisible(around.can_help and not isinstance(scene, ConsentScene))
        for button in page.buttons:
            button.setVisible(page.wants(button))
        named = {stage: self._phrases.text(f"stage.{stage}") for stage in Stage}
        spoken = "" if around.stage is None else self._spoken_stage(around.stage, named)
        self.track.show_stage(around.stage, named, spoken)
        self.track.setVisible(around.stage is not None)
        for part in (self._title, self._mark):
            part.setVisible(around.stage is None and not self._fit.low)
        self.language_names.setVisible(resting)
        self.comfort.setVisible(resting or around.can_cancel)
        for code in LANGUAGES:
            self.languages.mark(code, on=code == around.language)
        if not around.can_change_language or around.warning is not None:
            self.languages.shut()
        if self.comfort.isHidden() or around.warning is not None:
            self.comforts.shut()
        self._shine(scene)
        self._cover(scene)
        self.veil.show_warning(around.warning, around.identity, self._phrases)

    def _cover(self, scene: BoothScene) -> None:
        """Nobody is there: everything is covered and no key reaches what is beneath. The warning comes above it in its time."""
        covered = scene.around.covered
        if covered and self.cover.isHidden():
            self._focus_before = self.focusWidget()
            for choices in (self.languages, self.comforts):
                choices.shut()
            self._body.setEnabled(False)
            self.cover.cover((*scene.around.identity, "covered"))
            self.cover.button.setFocus(Qt.FocusReason.PopupFocusReason)
        elif not covered and not self.cover.isHidden():
            self.cover.uncover()
            self._body.setEnabled(True)
            if self._focus_before is not None:
                self._focus_before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _shine(self, scene: BoothScene) -> None:
        """Everything between banner and foot becomes the lamp: the buttons stay in reach, and what is simulated stays marked."""
        colour = scene.light if isinstance(scene, FaceScene) else None
        if colour is not None:
            top = self.banner.height() if self.banner.isVisible() else 0
            self.light.setGeometry(0, top, self.width(), self._foot.mapTo(self, self._foot.rect().topLeft()).y() - top)
        self.light.shine(colour, self._phrases.say(scene.prompt) if isinstance(scene, FaceScene) else "")

    def _spoken_stage(self, stage: Stage, named: dict[Stage, str]) -> str:
        number = list(Stage).index(stage) + 1
        return self._phrases.text("progress.spoken", number=number, total=len(Stage), name=named[stage])

    def _translate(self) -> None:
        phrases = self._phrases
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if phrases.right_to_left else Qt.LayoutDirection.LeftToRight)
        self.setWindowTitle(phrases.text("app.booth-title"))
        self._title.say(phrases.text("app.name"))
        self.cancel.name(phrases.text("button.cancel"), "cross", self._theme.colour("ink"))
        self.help.name(phrases.text("button.help"), "help", self._theme.colour("ink"))
        others = (load_phrases(code).text("language.name") for code in LANGUAGES if code != phrases.language)
        self.language_names.setText(f"  {' · '.join(isolated(name) for name in others)}")
        for button in (self.language_names, self.language, self.comfort):
            sign, words = ("comfort", "choose.comfort") if button is self.comfort else ("globe", "choose.language")
            size = round(self._theme.size("button-height") * 0.55)
            button.setIcon(icon(sign, self._theme.colour("ink"), size))
            button.setIconSize(QSize(size, size))
            button.setAccessibleName(phrases.text(words))
        self.languages.words(phrases.text("choose.language"), phrases.text("choose.done"))
        self.comforts.words(phrases.text("choose.comfort"), phrases.text("choose.done"))
        for wish, choice in self.comforts.buttons.items():
            choice.setText(phrases.text(f"wish.{wish}"))
            self.comforts.mark(wish, on=getattr(self._wishes, wish))
        self.banner.show_words(self._banner_words, phrases)
        for page in self._pages:
            page.translate(phrases)
        self.veil.translate(phrases)
        self.cover.translate(phrases)

    # What the customer does

    def _begin(self) -> None:
        self._bridge.station.begin(Channel.BOOTH, AccountOpening(None), self._resting_language, None)

    def _choose_language(self, code: str) -> None:
        if isinstance(self._bridge.station.state, Idle):
            self._resting_language = code
            self.refresh()
        else:
            self._bridge.post(LanguageChanged(code))

        self.languages.shut()

    def _open_choices(self, opener: QPushButton) -> None:
        (self.comforts if opener is self.comfort else self.languages).open_by(opener)

    def _toggle(self, wish: str, *, show: bool = True) -> None:
        """show: whether the choices are on the screen, and stay there."""
        self._bridge.post(StillHere())
        self._wishes = self._wishes.toggled(wish)
        self._rebuild(self._fit)
        if not show:
            return
        self.comforts.open_by(self.comfort)
        self.comforts.buttons[wish].setFocus(Qt.FocusReason.PopupFocusReason)

    def _offered(self) -> list[Group]:
        """Return what one switch can take now, in reading order; the rows of a keyboard as rows."""
        above = (self.maintenance, self.veil, self.cover, self.languages, self.comforts)
        top = next((part for part in above if part is not None and part.isVisible()), None)
        if top is not None:
            return [(button,) for button in top.findChildren(QAbstractButton)]
        page = self._stack.currentWidget() or self._stack
        keyboard = self.contact.keyboard if page is self.contact else None
        keys = set() if keyboard is None else set(keyboard.all_keys())
        alone = [button for part in (page, self._foot) for button in part.findChildren(QAbstractButton) if button not in keys]
        rows = [] if keyboard is None else list(keyboard.rows())
        return [*rows, *((button,) for button in sorted(alone, key=self._place_of))]

    def _place_of(self, button: QAbstractButton) -> tuple[int, int]:
        corner = button.mapTo(self, button.rect().topLeft())
        return corner.y() // 40, corner.x() * (-1 if self.layoutDirection() is Qt.LayoutDirection.RightToLeft else 1)

    def _look(self) -> None:
        page = self._stack.currentWidget()
        if isinstance(page, Page):
            page.look()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802
        """From the first Tab on the focus is drawn; on a touch screen the ring would only puzzle."""
        if self.property("keys") is not True:
            self.setProperty("keys", True)
            self.setStyleSheet(self._theme.style_sheet())
        return super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape and self.cancel.isVisible():
            self.cancel.click()
            return
        if event.key() == Qt.Key.Key_F8 and not event.isAutoRepeat():
            # Who has one switch cannot touch the choices: the second key of their switch box, or a colleague, turns it on.
            self._toggle("one_switch", show=False)
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """No control took it. On the resting screens the two upper corners, in turn, lead to the operator's sign-in."""
        place, now_ns = event.position(), self._bridge.station.now().monotonic_ns
        rests = isinstance(self._scene, WelcomeScene | OutOfServiceScene)
        if rests and self._gesture.touched(place.x(), place.y(), self.width(), now_ns):
            self._maintain()

    def _maintain(self) -> None:
        if self.maintenance is not None:
            self.maintenance.open(self._phrases)

    def _leave(self) -> None:
        """An operator ends the program; the log says who."""
        self._locked = False
        self.close()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Another window came before the locked one, which no customer did: it comes back to the front."""
        super().changeEvent(event)
        if self._locked and event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow() and not self._bridge.stopped:
            self.raise_()
            self.activateWindow()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        fit = fit_for(event.size().width(), event.size().height())
        if fit != self._fit:
            self._rebuild(fit)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """While a record is being sealed the window stays: closing must not lose a decision."""
        refused = None if self._bridge.stopped else closing_refused(self._bridge.station.state)
        if self._locked and not self._bridge.stopped:
            # Alt+F4, or whatever else a keyboard brings: only an operator, or the system that ends the program, closes a booth.
            event.ignore()
            return
        if refused is not None:
            self.working.say_trouble(self._phrases.say(refused))
            event.ignore()
            return
        for page in self._pages:
            page.forget()
        super().closeEvent(event)
