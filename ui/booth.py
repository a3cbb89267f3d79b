"""The self-service kiosk: full screen, one thing at a time. It draws scenes and reports touches; it decides nothing."""

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QClipboard, QCloseEvent, QGuiApplication, QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLayout, QPushButton, QVBoxLayout, QWidget

from kiosk.journey.events import LanguageChanged, StillHere, WishesTold
from kiosk.journey.states import CaseState, Idle, State
from kiosk.record import AccountOpening
from kiosk.values import Capture, Channel, StationClass
from ui.bridge import Bridge
from ui.handling import HandlingWatch
from ui.look import PLAIN, Look
from ui.phrases import LANGUAGES, load_phrases
from ui.present import closing_refused, present
from ui.scanning import Group, Scanner
from ui.scenes import BoothScene, ContactScene, FaceScene, OutOfServiceScene, WelcomeScene
from ui.screen_watch import ScreenWatch
from ui.screens.layers import Layers
from ui.screens.maintenance import MaintenancePanel, MaintenancePort
from ui.screens.page import Booth, Page
from ui.screens.pages import Pages
from ui.screens.reach import offered
from ui.screens.surround import Foot, Head
from ui.speech import Announcer, SpeechDispatcher, Voice
from ui.tap_guard import TapGuard
from ui.theme import Face, Fit, fit_for, load_theme
from ui.widgets.banner import Banner, banner_words
from ui.widgets.corner_gesture import CornerGesture


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
        self._rebuilds_later = False
        self._locked = locked
        self._gesture = CornerGesture()
        self._taps = TapGuard(self, lambda: bridge.station.now().monotonic_ns)
        self._scanner = Scanner(self, self._offered, self._taps.quiet)
        self._station_look = look
        self._wishes = look
        self._station_language = language
        self._resting_language = language
        self._reduced_motion = reduced_motion
        self._banner_words = banner_words(capture, station_class)
        self._phrases = load_phrases(language)
        self._scene: BoothScene | None = None
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
        self._screens = ScreenWatch(self)
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
        self._stack = pages = Pages(booth)
        self.welcome, self.consent, self.document, self.contact = pages.welcome, pages.consent, pages.document, pages.contact
        self.face, self.working, self.result = pages.face, pages.working, pages.result
        self._head, self._foot = Head(booth), Foot(booth, pages, self._open_choices)
        self.track = self._head.track
        self.cancel, self.help = self._foot.cancel, self._foot.help
        self.language_names, self.language, self.comfort = self._foot.language_names, self._foot.language, self._foot.comfort
        self.banner = Banner(self._theme)
        body = QWidget()
        self._body = body
        space = self._theme.size("space")
        inside = QVBoxLayout(body)
        inside.setContentsMargins(space, space // 2, space, space // 2)
        inside.setSpacing(space // 2)
        inside.addWidget(self._head)
        inside.addWidget(self._stack, 1)
        inside.addWidget(self._foot)
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addWidget(body)
        self._layers = layers = Layers(
            booth,
            self,
            body,
            chose=self._choose_language,
            wished=self._toggle,
            speaks=self._voice.can_speak(),
            maintenance=None if self._maintenance_port is None else self._make_maintenance,
        )
        self.languages, self.comforts, self.light = layers.languages, layers.comforts, layers.light
        self.maintenance, self.cover, self.veil = layers.maintenance, layers.cover, layers.veil
        self._taps.watch((*pages.all, *layers.that_take_touches()))
        self._translate()

    def _make_maintenance(self) -> MaintenancePanel:
        assert self._maintenance_port is not None
        return MaintenancePanel(self._theme, self._bridge, self._maintenance_port, self._leave, self)

    def _rebuild(self, fit: Fit) -> None:
        self._rebuilds_later = self.maintenance is not None and self.maintenance.at_work
        if self._rebuilds_later:
            # An operator at work keeps the page; it follows the window's size by itself.
            return
        self._scanner.forget()
        self._stack.forget()
        self._fit = fit
        layout = self.layout()
        assert layout is not None
        if self.maintenance is not None:
            self.maintenance.shut()
        for old in (self.banner, self._body, *self._layers.all()):
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
            if self._rebuilds_later and not self.maintenance.at_work:
                self._rebuild(fit_for(self.width(), self.height()))
        with self._bridge.watch.span("scene"):
            station = self._bridge.station
            if self._scene is not None and not isinstance(self._scene, WelcomeScene) and isinstance(station.state, Idle):
                self._handling.forget()
                self._rest()
            self._tell_wishes(station.state)
            self.show_scene(present(station.state, station.overview, station.now(), station.policy, self._resting_language))

    def _tell_wishes(self, state: State) -> None:
        """Whoever goes on at the desk knows how this customer reads best."""
        wishes = self._wishes.beside(self._station_look)
        if isinstance(state, CaseState) and state.case.wishes != wishes:
            self._bridge.post(WishesTold(state.case.session, wishes))

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
        page = self._stack.show_scene(scene, self._phrases)
        self._show_around(scene, page)
        if self._stack.currentWidget() is not page:
            self._stack.turn_to(page)
            self._focus(page)
        elif before is None:
            self._focus(page)
        elif _asks_for_more(before, scene):
            # The page stays, but its buttons mean another thing now; the keys of the keyboard do not.
            self._taps.turned(within=self._foot if isinstance(scene, ContactScene) else page)
        self._scanner.turn(on=self._wishes.one_switch)
        self._announcer.follow(scene, self._phrases, wanted=self._wishes.spoken)

    def _focus(self, page: Page) -> None:
        """Pages without a button of their own leave the focus on the window: Return must not call a colleague by accident."""
        if not self.veil.isVisible():
            (page.first_focus() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_around(self, scene: BoothScene, page: Page) -> None:
        self._foot.show_around(scene, page)
        self._head.show_stage(scene.around.stage, self._phrases)
        top = self.banner.height() if self.banner.isVisible() else 0
        self._layers.shine(scene, self._phrases, top, self._foot.mapTo(self, self._foot.rect().topLeft()).y())
        self._layers.show_scene(scene, self._phrases, comfort=not self.comfort.isHidden())

    def _translate(self) -> None:
        phrases = self._phrases
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if phrases.right_to_left else Qt.LayoutDirection.LeftToRight)
        self.setWindowTitle(phrases.text("app.booth-title"))
        for part in (self._head, self._foot, self._stack):
            part.translate(phrases)
        self.banner.show_words(self._banner_words, phrases)
        self._layers.translate(phrases, self._wishes)

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
        return offered(self, self._layers.top(), self._stack, self._foot)

    def _look(self) -> None:
        page = self._stack.current()
        if page is not None:
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

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        native = self.windowHandle()
        if native is not None:
            self._taps.stand_before(native)

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
        self._stack.forget()
        super().closeEvent(event)


def _asks_for_more(before: BoothScene, scene: BoothScene) -> bool:
    """Return whether the same page asks for another field, or for another movement."""
    if isinstance(before, ContactScene) and isinstance(scene, ContactScene):
        return before.at is not scene.at
    return isinstance(before, FaceScene) and isinstance(scene, FaceScene) and (before.prompt, before.done) != (scene.prompt, scene.done)
