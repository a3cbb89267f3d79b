"""The teller's window: dense, calm, everything by keyboard. It draws scenes and reports touches; it decides nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from kiosk.journey.events import FinishTouched
from kiosk.journey.states import Finished
from kiosk.record import Decision, Purpose
from kiosk.risk.typed import WINDOW_KEYS
from kiosk.trust.operators import NeedsFactor
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Capture, Channel, OperatorId, SessionId, StationClass
from ui.bridge import Bridge, DeskPort, Done
from ui.desk_panels.arrivals import Arrivals
from ui.desk_panels.case_list import CaseList
from ui.desk_panels.case_page import CasePage
from ui.desk_panels.decision import BUTTONS
from ui.desk_panels.ended import ClosedPage, EndedPage
from ui.desk_panels.enrol import EnrolPage
from ui.desk_panels.new_case import NewCasePage
from ui.desk_panels.sign_in import SignInPage
from ui.desk_rooms.rooms import DeskRooms
from ui.key_times import KeyTimes
from ui.phrases import LANGUAGES, load_phrases
from ui.present import closing_refused
from ui.present_desk import present_desk
from ui.rooms import OfficePort
from ui.scenes import CaseView, ClosedView, DeskScene, EndedView, ReadyView, StationLine, Words
from ui.theme import MARK_LOOKS, Face, load_theme
from ui.widgets.banner import Banner, banner_words
from ui.widgets.labels import IconLabel, Text
from ui.widgets.once_button import OnceButton
from ui.widgets.one_at_a_time import OneAtATime

KEYS = frozenset({QEvent.Type.KeyPress, QEvent.Type.KeyRelease})
SIGNS_OF_LIFE = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel, QEvent.Type.TouchBegin}
)
LIST_WIDTH, NARROW_LIST_WIDTH = 300, 232
NARROW_BELOW, LOW_BELOW = 1150, 700


class DeskWindow(QWidget):
    """operator, role: already signed in (practice, demo and tests); None shows the sign-in first. offices: what stands on the pages beside
    the cases; None shows the cases alone. marks: what the banner says of this desk; None by its source and class."""

    def __init__(
        self,
        bridge: Bridge,
        desk: DeskPort,
        *,
        station_class: StationClass,
        capture: Capture,
        language: str = LANGUAGES[0],
        operator: OperatorId | None = None,
        role: Role = Role.TELLER,
        offices: OfficePort | None = None,
        marks: Words | None = None,
        has_scanner: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setProperty("keys", True)
        self._bridge, self._desk = bridge, desk
        self._operator = operator
        self._locked = False
        self._locks = 0
        self._narrow = False
        self._enrolling = False
        self._typing = KeyTimes()
        self._phrases = load_phrases(language)
        self._banner_words = marks or banner_words(capture, station_class)
        self._role, self._offices = role, offices
        self._scene: DeskScene | None = None
        self._picture_dialog: QFileDialog | None = None
        self._theme = load_theme(Face.DESK)
        self.setStyleSheet(self._theme.style_sheet())
        self._build()
        self._make_shortcuts()
        if operator is not None and self.rooms is not None:
            self.rooms.came(role)
        self._looking_for_scans, self._has_scanner = False, has_scanner
        self._scanning_for: SessionId | None = None
        self.arrivals = Arrivals(
            self,
            self._waiting_for_document,
            partial(self._waiting_for_document, swipes=True),
            lambda: bridge.station.now().monotonic_ns,
            dropped=self.load_picture,
            swiped=self.load_swiped,
            look_for_scans=self._look_for_scans,
        )
        self._translate()
        bridge.refreshed.connect(self.refresh)
        bridge.look.connect(self._look)
        application = QCoreApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self.refresh()

    # Making the window

    def _build(self) -> None:
        theme, bridge = self._theme, self._bridge
        self.sign_in = SignInPage(theme, bridge, self._desk, self._signed_in, self.begin_enrolment)
        self.enrol = EnrolPage(theme, bridge, self._desk, self._enrolled)
        self.new_case = NewCasePage(theme, self._begin)
        self.case = CasePage(theme, bridge, self._desk)
        self.case.picture_wanted.connect(self._choose_picture)
        self.ended = EndedPage(theme, self._next_case, self._receipt_of_ended)
        self.rooms = None if self._offices is None else DeskRooms(theme, bridge, self._offices, self._room_changed)
        self.closed = ClosedPage(theme)
        self._pages = (self.sign_in, self.enrol, self.new_case, self.case, self.ended, self.closed)
        self._stack = OneAtATime()
        for page in (*self._pages, *(self.rooms.widgets if self.rooms is not None else ())):
            self._stack.addWidget(page)
        self.cases = CaseList(theme, bridge.station, receipts=self.rooms is not None)
        self.cases.receipt_wanted.connect(self._receipt_of)
        self.banner = Banner(theme)
        space = theme.size("space")
        body = QHBoxLayout()
        body.setSpacing(space)
        body.addWidget(self.cases)
        body.addWidget(self._stack, 1)
        inside = QVBoxLayout()
        inside.setContentsMargins(space, space // 2, space, space // 2)
        inside.setSpacing(space // 2)
        inside.addLayout(self._make_head())
        inside.addLayout(body, 1)
        inside.addLayout(self._make_strip())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addLayout(inside, 1)

    def _make_head(self) -> QHBoxLayout:
        self._title, self._who = Text("brand", wraps=False), Text("soft", wraps=False)
        self.sign_out = OnceButton("quiet")
        self.sign_out.acted.connect(self._sign_out)
        self.lock_button = OnceButton("quiet")
        self.lock_button.acted.connect(self.lock)
        self.language = QComboBox()
        for code in LANGUAGES:
            # Each language is named in itself, whatever is shown now.
            self.language.addItem(load_phrases(code).text("language.name"), code)
        self.language.activated.connect(lambda row: self._choose_language(LANGUAGES[row]))
        row = QHBoxLayout()
        row.setSpacing(self._theme.size("space") // 2)
        mark = IconLabel(22)
        mark.show_icon("face", self._theme.colour("brand"))
        row.addWidget(mark)
        row.addWidget(self._title)
        row.addStretch(1)
        if self.rooms is not None:
            row.addWidget(self.rooms.bar)
            row.addStretch(1)
        row.addWidget(self._who)
        row.addWidget(self.lock_button)
        row.addWidget(self.sign_out)
        row.addWidget(self.language)
        return row

    def _make_strip(self) -> QHBoxLayout:
        self._bank_icon, self._camera_icon = IconLabel(18), IconLabel(18)
        self._bank, self._camera = Text("caption", wraps=False), Text("caption", wraps=False)
        self._keys = Text("caption", wraps=False)
        row = QHBoxLayout()
        row.setSpacing(6)
        for part in (self._bank_icon, self._bank, self._camera_icon, self._camera):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self._keys)
        return row

    def _make_shortcuts(self) -> None:
        self._on_key("F2", self._key_new)
        for key in ("F1", "F3", "F11", "Ctrl+P", "Ctrl+S", *(f"Ctrl+{place}" for place in range(1, 7))):
            self._on_key(key, partial(self._room_key, key))
        self._on_key("F5", lambda: _press(self.case.consent.agreed))
        self._on_key("F6", self._next_part)
        self._on_key("F7", lambda: _press(self.cases.retry))
        self._on_key("F4", self._key_later)
        self.cases.taken.connect(self._take_over)
        for decision, _, key in BUTTONS:
            self._on_key(key, partial(self._press_decision, decision))
        self._on_key("Ctrl+F", self._find)
        self._on_key("Ctrl+O", lambda: _press(self.case.load))
        self._on_key("Ctrl+L", lambda: _press(self.lock_button))
        self._on_key("Ctrl+W", lambda: _press(self.case.cancel))

    def _on_key(self, key: str, acts: Callable[[], None]) -> None:
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(acts)

    def _translate(self) -> None:
        phrases = self._phrases
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if phrases.right_to_left else Qt.LayoutDirection.LeftToRight)
        self.setWindowTitle(phrases.text("app.desk-title"))
        self._title.say(phrases.text("app.desk-title"))
        self._keys.say(phrases.text("desk.shortcuts"))
        self.sign_out.name(phrases.text("sign-in.sign-out"))
        self.lock_button.name(phrases.text("sign-in.lock"))
        self.banner.show_words(self._banner_words, phrases)
        self.ended.offers_receipts = self.rooms is not None
        for page in self._pages:
            page.translate(phrases)
        if self.rooms is not None:
            self.rooms.translate(phrases)
        self.cases.translate(phrases)
        self.language.setAccessibleName(phrases.text("choose.language"))
        self.language.setCurrentIndex(LANGUAGES.index(phrases.language))

    # What the teller sees

    def refresh(self) -> None:
        """Show the scene of the station's state."""
        if self._operator is not None and not self._locked and self._desk.is_idle():
            self.lock()
        with self._bridge.watch.span("scene"):
            station = self._bridge.station
            self.show_scene(present_desk(station.state, station.overview, station.now(), station.policy))

    def show_scene(self, scene: DeskScene) -> None:
        before, self._scene = self._scene, scene
        working = self._operator is not None and not self._locked
        front = None if self.rooms is None or not working else self.rooms.front
        for part in (self._who, self.sign_out, self.lock_button):
            part.setVisible(working)
        self.cases.setVisible(working and front is None)
        if self.rooms is not None:
            self.rooms.bar.setVisible(working)
        self._show_strip(scene.station)
        if self._operator is None or self._locked:
            # Nobody's case is shown to somebody who has not signed in, or has not come back.
            self.cases.forget()
            self.sign_in.lock(self._operator)
            self._turn_to(self.enrol if self._enrolling else self.sign_in)
            return
        self._say_who()
        idle = not isinstance(scene.view, CaseView)
        self.sign_out.arm(("sign-out", self._operator, str(idle)), allowed=idle)
        self.lock_button.arm(("lock", self._operator, str(self._locks)))
        self.cases.show_lines(scene.lines, self._phrases)
        if self.rooms is not None:
            self.rooms.look_again()
        if front is not None:
            self._turn_to(front)
        else:
            self._show_view(scene, before)

    def _say_who(self) -> None:
        """Beside the pages a narrow window has room for the name alone."""
        named = self._operator or ""
        short = self._narrow and self.rooms is not None
        self._who.say(named if short else self._phrases.text("desk.signed-in", name=named))

    def _show_view(self, scene: DeskScene, before: DeskScene | None) -> None:
        view = scene.view
        match view:
            case ReadyView():
                self.new_case.show_view(view, self._phrases)
                self._turn_to(self.new_case)
            case CaseView():
                self.case.show_view(view, self._operator or OperatorId(""), self._phrases)
                turned = self._turn_to(self.case)
                earlier = None if before is None else before.view
                if turned or not isinstance(earlier, CaseView) or earlier.identity != view.identity:
                    self.case.start(view)
            case EndedView():
                self.ended.show_view(view, self._phrases)
                self._turn_to(self.ended)
            case ClosedView():
                self.closed.show_view(view, self._phrases)
                self._turn_to(self.closed)
            case _:
                assert_never(view)

    def _turn_to(self, page: QWidget) -> bool:
        """Show a page; returns whether it is another one than before."""
        left = self._stack.currentWidget()
        if left is page and self._scene is not None and self.focusWidget() is not None:
            return False
        self._stack.setCurrentWidget(page)
        if left is self.case and page is not self.case:
            self.case.forget()
            self._close_dialog()
        if page is self.new_case:
            self.new_case.start()
        elif page is self.sign_in:
            self.sign_in.start()
        elif page is self.enrol:
            self.enrol.start()
        elif page is self.ended:
            self.ended.start()
        return left is not page

    def _show_strip(self, line: StationLine) -> None:
        for icon, text, words, mark in (
            (self._bank_icon, self._bank, line.bank, line.bank_mark),
            (self._camera_icon, self._camera, line.camera, line.camera_mark),
        ):
            icon_name, colour = MARK_LOOKS[mark]
            icon.show_icon(icon_name, self._theme.colour(colour))
            text.say(self._phrases.say(words))

    def _look(self) -> None:
        if self._stack.currentWidget() is self.case:
            self.case.look()
        elif self.rooms is not None and self._stack.currentWidget() is self.rooms.front:
            self.rooms.look()

    # What the teller does

    def _signed_in(self, who: SignedIn) -> None:
        came_back = self._locked and self._operator == who.name
        self._operator, self._role, self._locked = who.name, who.role, False
        if self.rooms is not None and not came_back:
            self.rooms.came(who.role)
        self.refresh()

    def begin_enrolment(self, asked: NeedsFactor) -> None:
        self._enrolling = True
        self.enrol.ask(asked)
        self.refresh()

    def _enrolled(self) -> None:
        self._enrolling = False
        self.refresh()

    def lock(self) -> None:
        """Hide everything; the case in front goes on behind the lock. Only its operator opens it again, with password and factor."""
        if self._operator is None:
            return
        self._locked = True
        self._locks += 1
        self.case.held.take_back()
        if self.rooms is not None:
            self.rooms.forget()
        self._close_dialog()
        self._bridge.away(self._desk.lock, lambda done: None)
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Whatever a person does at this window shows that somebody is there."""
        if event.type() in SIGNS_OF_LIFE:
            self._desk.touched()
        if event.type() in KEYS and isinstance(watched, QLineEdit) and watched.echoMode() is QLineEdit.EchoMode.Normal:
            self._follow_typing(event)
        return super().eventFilter(watched, event)

    def _follow_typing(self, event: QEvent) -> None:
        """Somebody types at a window that is signed in: from time to time it is asked whether it is still the operator."""
        if self._operator is None or self._locked:
            self._typing.forget()
            return
        self._typing.see(event)
        if self._typing.keys >= WINDOW_KEYS and self._typing.settled and (typed := self._typing.take(corrected=True)) is not None:
            self._bridge.away(partial(self._desk.typed_on, typed), self._typing_judged)

    def _typing_judged(self, done: Done) -> None:
        if done.value is True:
            self.lock()

    def _sign_out(self) -> None:
        self._operator = None
        if self.rooms is not None:
            self.rooms.forget()
        self._bridge.away(self._desk.sign_out, lambda done: None)
        self.refresh()

    def _begin(self, purpose: Purpose, language: str) -> None:
        if self._operator is not None and self._bridge.station.begin(Channel.DESK, purpose, language, self._operator) is not None:
            self.new_case.forget()

    def _take_over(self, referred: str) -> None:
        if self._operator is not None:
            self._bridge.station.take_over(SessionId(referred), self._operator)

    def _next_case(self) -> None:
        self._bridge.post(FinishTouched())

    def _press_decision(self, decision: Decision) -> None:
        front = None if self.rooms is None else self.rooms.front
        if front is None:
            _press(self.case.decision.buttons[decision])
        elif self.rooms is not None and decision is Decision.APPROVE:
            # F8 is the one thing to do on each of the other pages.
            does = {
                self.rooms.queue: self.rooms.queue.review,
                self.rooms.day: self.rooms.day.close_day,
                self.rooms.log: self.rooms.log.verify,
                self.rooms.station: self.rooms.station.use,
            }
            if front in does:
                _press(does[front])

    # The pages beside the cases

    def _room_changed(self) -> None:
        if self._scene is not None:
            self.refresh()

    def _room_key(self, key: str) -> None:
        rooms = self.rooms
        if rooms is None or self._operator is None or self._locked:
            return
        if key == "F1":
            rooms.toggle_keys()
        elif key == "F11":
            self._receipt_key()
        elif key == "F3":
            _press(rooms.day.earlier)
        elif key in ("Ctrl+P", "Ctrl+S"):
            _press(rooms.receipt.print if key == "Ctrl+P" else rooms.receipt.save)
        else:
            rooms.number(int(key[-1]))

    def _key_later(self) -> None:
        in_day = self.rooms is not None and self.rooms.front is self.rooms.day
        _press(self.rooms.day.later if self.rooms is not None and in_day else self.cases.take_over)

    def _find(self) -> None:
        if self.rooms is not None and self.rooms.front is self.rooms.log:
            self.rooms.log.search.setFocus()
        else:
            self.cases.search.setFocus()

    def _receipt_key(self) -> None:
        if self.rooms is not None and self.rooms.front is self.rooms.receipt:
            self.rooms.leave_beside()
        elif self._stack.currentWidget() is self.ended:
            # Its button knows whether a record was kept: of none there is no receipt.
            _press(self.ended.receipt)
        else:
            _press(self.cases.receipt)

    def _receipt_of_ended(self) -> None:
        state = self._bridge.station.state
        if isinstance(state, Finished):
            self._receipt_of(state.session)

    def _receipt_of(self, session: str) -> None:
        if self.rooms is not None and self._operator is not None and not self._locked:
            self.rooms.show_receipt(SessionId(session))

    def _key_new(self) -> None:
        page = self._stack.currentWidget()
        if page is self.ended:
            _press(self.ended.next_case)
        elif page is self.new_case:
            _press(self.new_case.begin)

    def _next_part(self) -> None:
        """Go round the list, the case and its document."""
        parts: list[QWidget] = [self.cases.view]
        page = self._stack.currentWidget()
        if page is self.case:
            inside = (self.case.decision.pick.box, self.case.document, self.case.contact.phone.line)
            parts += [part for part in inside if part.isVisible()]
        elif page is self.new_case:
            parts.append(self.new_case.account_opening)
        focused = self.focusWidget()
        here = next((number for number, part in enumerate(parts) if part is focused), -1)
        parts[(here + 1) % len(parts)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _choose_language(self, code: str) -> None:
        self._phrases = load_phrases(code)
        self._translate()
        self.refresh()

    # A picture from a file

    def _choose_picture(self) -> None:
        """Ask for a file beside the work: the dialog is not modal and closes with the case."""
        self._close_dialog()
        session = self._session()
        if session is None:
            return
        dialog = QFileDialog(self, self._phrases.text("desk.load-picture"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(f"{self._phrases.text('desk.picture-filter')} (*.jpg *.jpeg *.png *.bmp *.tif *.tiff *.webp)")
        dialog.setModal(False)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(partial(self.load_picture, session))
        dialog.finished.connect(self._dialog_closed)
        self._picture_dialog = dialog
        dialog.show()

    def load_picture(self, session: SessionId, path: str) -> None:
        """session: the case the picture was chosen for; a slow file never lands in the next one."""
        self._bridge.away(lambda: self._desk.load_picture(Path(path), session), partial(self._picture_loaded, session))

    def load_swiped(self, session: SessionId, lines: tuple[str, ...]) -> None:
        """Hand over what an MRZ reader sent. session: the case in front when it was sent."""
        self._bridge.away(lambda: self._desk.load_swiped(lines, session), partial(self._picture_loaded, session))

    def _waiting_for_document(self, *, swipes: bool = False) -> SessionId | None:
        """Return the case that waits for a picture of its document, or for swiped lines; None while locked or nobody is signed in."""
        view = self._scene.view if self._scene is not None else None
        if not isinstance(view, CaseView) or self._operator is None or self._locked:
            return None
        return view.session if (view.can.swipe if swipes else view.can.load_picture) else None

    def _look_for_scans(self, session: SessionId | None) -> None:
        """Look into the scanner's folder, away from the window. What lies there when a case begins to wait is nobody's."""
        if not self._has_scanner or self._looking_for_scans or self._bridge.stopped or session is None:
            return
        self._looking_for_scans = True
        is_new, self._scanning_for = session != self._scanning_for, session
        look = self._desk.forget_scanned if is_new else partial(self._desk.load_scanned, session)
        self._bridge.away(look, partial(self._scans_seen, session))

    def _scans_seen(self, session: SessionId, done: Done) -> None:
        self._looking_for_scans = False
        self._picture_loaded(session, done)

    def _session(self) -> SessionId | None:
        return self._scene.view.session if self._scene is not None and isinstance(self._scene.view, CaseView) else None

    def _picture_loaded(self, session: SessionId, done: Done) -> None:
        if done.fault is not None and session == self._session():
            self.case.say_trouble(f"{self._phrases.text(done.fault.phrase)}. {self._phrases.text(done.fault.remedy)}")

    def _dialog_closed(self) -> None:
        self._picture_dialog = None

    def _close_dialog(self) -> None:
        if self._picture_dialog is not None:
            self._picture_dialog.close()
            self._picture_dialog = None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._narrow = event.size().width() < NARROW_BELOW
        self._title.setVisible(not self._narrow or self.rooms is None)
        if self.rooms is not None:
            self.rooms.fit(narrow=self._narrow)
        self._say_who()
        self.cases.setFixedWidth(NARROW_LIST_WIDTH if event.size().width() < NARROW_BELOW else LIST_WIDTH)
        self.case.fit(low=event.size().height() < LOW_BELOW)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """A case with a recommendation is decided and sealed, never closed away; all others may be left."""
        refused = None if self._bridge.stopped else closing_refused(self._bridge.station.state)
        if refused is not None:
            self.case.say_trouble(self._phrases.say(refused))
            event.ignore()
            return
        self.arrivals.stop()
        self._close_dialog()
        self.case.forget()
        super().closeEvent(event)


def _press(button: QAbstractButton) -> None:
    if button.isVisible() and button.isEnabled():
        button.click()
