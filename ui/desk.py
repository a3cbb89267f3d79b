"""The teller's window: dense, calm, everything by keyboard. It draws scenes and reports touches; it decides nothing."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.journey.events import FinishTouched
from kiosk.journey.states import Finished
from kiosk.record import Purpose
from kiosk.trust.operators import NeedsFactor
from kiosk.trust.permissions import Role
from kiosk.trust.presence import SignedIn
from kiosk.values import Capture, Channel, OperatorId, SessionId, StationClass
from ui.bridge import Bridge, DeskPort, Done
from ui.desk_panels.attendance import Attendance
from ui.desk_panels.case_list import CaseList
from ui.desk_panels.head import DeskHead, StationStrip
from ui.desk_panels.pages import DeskPages
from ui.desk_panels.pictures_in import PicturesIn
from ui.desk_panels.shortcuts import Shortcuts
from ui.desk_rooms.rooms import DeskRooms
from ui.desk_scenes import CaseView, DeskScene
from ui.look import DeskLook, desk_look
from ui.palette import palette_of
from ui.phrases import LANGUAGES, load_phrases
from ui.practice import PRACTICE_BANNER
from ui.present import closing_refused
from ui.present_desk import present_desk
from ui.rooms import OfficePort
from ui.theme import LARGER, desk_theme
from ui.widgets.banner import Banner, banner_words

LIST_WIDTH, NARROW_LIST_WIDTH, WIDE_LIST_WIDTH = 300, 232, 400
NARROW_BELOW, LOW_BELOW, WIDE_FROM, TALL_FROM = 1150, 700, 1600, 950


class DeskWindow(QWidget):
    """operator, role: already signed in (practice, demo and tests); None shows the sign-in first. offices: what stands on the pages beside
    the cases; None shows the cases alone. practice: there is no bank behind this desk, and it says so on every screen."""

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
        practice: bool = False,
        has_scanner: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setProperty("keys", True)
        self._bridge, self._desk = bridge, desk
        self._operator = operator
        self._locked = False
        self._locks = 0
        self._narrow, self._roomy = False, True
        self._enrolling = False
        self._phrases = load_phrases(language)
        self._practice = practice
        self._banner_words = PRACTICE_BANNER if practice else banner_words(capture, station_class)
        self._role, self._offices = role, offices
        self._scene: DeskScene | None = None
        self._theme = desk_theme(DeskLook())
        self._build()
        self.wear(DeskLook())
        if operator is not None and self.rooms is not None:
            self.rooms.came(role)
        self.pictures = PicturesIn(
            self, bridge, desk, self._case_view, lambda: self.working, self.case.say_trouble, has_scanner=has_scanner
        )
        self.case.picture_wanted.connect(self.pictures.choose)
        self._translate()
        bridge.refreshed.connect(self.refresh)
        bridge.look.connect(self._look)
        self._attendance = Attendance(self, bridge, desk, lambda: self.working, self.lock)
        self.refresh()

    # Making the window

    def _build(self) -> None:
        theme, bridge = self._theme, self._bridge
        self.rooms = None if self._offices is None else DeskRooms(theme, bridge, self._offices, self._room_changed)
        self.pages = DeskPages(
            theme,
            bridge,
            self._desk,
            signed_in=self._signed_in,
            must_enrol=self.begin_enrolment,
            enrolled=self._enrolled,
            begin=self._begin,
            next_case=self._next_case,
            receipt=self._receipt_of_ended,
            beside=() if self.rooms is None else self.rooms.widgets,
        )
        self.sign_in, self.enrol, self.new_case = self.pages.sign_in, self.pages.enrol, self.pages.new_case
        self.case, self.ended, self.closed = self.pages.case, self.pages.ended, self.pages.closed
        self.cases = CaseList(theme, bridge.station, receipts=self.rooms is not None)
        self.cases.receipt_wanted.connect(self._receipt_of)
        self.banner = Banner(theme)
        if self.rooms is not None:
            self.rooms.look_page.chosen.connect(self._choose_look)
        self.head = DeskHead(theme, None if self.rooms is None else self.rooms.bar, self._choose_language)
        self.sign_out, self.lock_button, self.language = self.head.sign_out, self.head.lock, self.head.language
        self.sign_out.acted.connect(self._sign_out)
        self.lock_button.acted.connect(self.lock)
        self.head.look.clicked.connect(lambda: None if self.rooms is None else self.rooms.toggle(self.rooms.look_page))
        self.strip = StationStrip(theme)
        space = theme.size("space")
        body = QHBoxLayout()
        body.setSpacing(space)
        body.addWidget(self.cases)
        body.addWidget(self.pages, 1)
        inside = QVBoxLayout()
        inside.setContentsMargins(space, space // 2, space, space // 2)
        inside.setSpacing(space // 2)
        inside.addLayout(self.head)
        inside.addLayout(body, 1)
        inside.addLayout(self.strip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.banner)
        layout.addLayout(inside, 1)
        self._shortcuts = Shortcuts(self)
        self.cases.taken.connect(self._take_over)

    def _translate(self) -> None:
        phrases = self._phrases
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft if phrases.right_to_left else Qt.LayoutDirection.LeftToRight)
        self.setWindowTitle(phrases.text("app.desk-title"))
        for part in (self.head, self.pictures, self.pages, self.cases):
            part.translate(phrases)
        self.banner.show_words(self._banner_words, phrases)
        self.ended.offers_receipts = self.rooms is not None
        if self.rooms is not None:
            self.rooms.translate(phrases)

    @property
    def working(self) -> bool:
        """Whether somebody is signed in and the window is not locked."""
        return self._operator is not None and not self._locked

    def _case_view(self) -> CaseView | None:
        return self._scene.view if self._scene is not None and isinstance(self._scene.view, CaseView) else None

    # What the teller sees

    def refresh(self) -> None:
        """Show the scene of the station's state."""
        if self.working and self._desk.is_idle():
            self.lock()
        with self._bridge.watch.span("scene"):
            station = self._bridge.station
            self.show_scene(present_desk(station.state, station.overview, station.now(), station.policy, practice=self._practice))

    def show_scene(self, scene: DeskScene) -> None:
        before, self._scene = self._scene, scene
        working = self.working
        front = None if self.rooms is None or not working else self.rooms.front
        self.head.work(working=working)
        self.cases.setVisible(working and front is None)
        self.strip.show_line(scene.station, self._phrases)
        if self._operator is None or self._locked:
            # Nobody's case is shown to somebody who has not signed in, or has not come back.
            self.cases.forget()
            self.sign_in.lock(self._operator)
            self.pages.turn_to(self.enrol if self._enrolling else self.sign_in)
            self.strip.show_keys((), self._phrases)
            return
        self.head.name(self._operator)
        idle = not isinstance(scene.view, CaseView)
        self.sign_out.arm(("sign-out", self._operator, str(idle)), allowed=idle)
        self.lock_button.arm(("lock", self._operator, str(self._locks)))
        self.cases.show_lines(scene.lines, self._phrases)
        if self.rooms is not None:
            self.rooms.look_again()
        if front is not None:
            self.pages.turn_to(front)
            self.pictures.close_dialog()
        else:
            earlier = None if before is None else before.view
            self.pages.show_view(scene.view, earlier, self._operator, self._phrases)
            if not isinstance(scene.view, CaseView):
                self.pictures.close_dialog()
        self.strip.show_keys(self._shortcuts.offered(), self._phrases)

    def _look(self) -> None:
        if self.pages.currentWidget() is self.case:
            self.case.look()
        elif self.rooms is not None and self.pages.currentWidget() is self.rooms.front:
            self.rooms.look()

    # What the teller does

    def _signed_in(self, who: SignedIn) -> None:
        came_back = self._locked and self._operator == who.name
        self._operator, self._role, self._locked = who.name, who.role, False
        if self.rooms is not None and not came_back:
            self.rooms.came(who.role)
        if not came_back:
            self._bridge.away(self._desk.look, self._look_answered)
        self.refresh()

    def _look_answered(self, done: Done) -> None:
        if self._operator is not None and isinstance(done.value, str):
            self.wear(desk_look(done.value))

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
        self.pictures.close_dialog()
        self._bridge.away(self._desk.lock, lambda done: None)
        self.refresh()

    def _sign_out(self) -> None:
        self._operator = None
        self.wear(DeskLook())
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

    # The pages beside the cases

    def _room_changed(self) -> None:
        if self._scene is not None:
            self.refresh()

    def _receipt_of_ended(self) -> None:
        state = self._bridge.station.state
        if isinstance(state, Finished):
            self._receipt_of(state.session)

    def _receipt_of(self, session: str) -> None:
        if self.rooms is not None and self.working:
            self.rooms.show_receipt(SessionId(session))

    def _choose_language(self, code: str) -> None:
        self._phrases = load_phrases(code)
        self._translate()
        self.refresh()

    def _choose_look(self, look: DeskLook) -> None:
        self.wear(look)
        self._bridge.away(partial(self._desk.keep_look, look.code), lambda done: None)

    def wear(self, look: DeskLook) -> None:
        self._look_worn = look
        self._theme.wear(desk_theme(look, roomy=self._roomy))
        self.setPalette(palette_of(self._theme))
        self.setStyleSheet(self._theme.style_sheet())
        self.head.show_theme(self._theme)
        if self.rooms is not None:
            self.rooms.show_theme()
            self.rooms.look_page.show_look(look)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        roomy = event.size().width() >= NARROW_BELOW and event.size().height() >= LOW_BELOW
        if roomy != self._roomy and self._look_worn.large_text:
            self._roomy = roomy
            self.wear(self._look_worn)
        self._roomy = roomy
        self._fit()

    def _fit(self) -> None:
        """Lay out what depends on how much room the text leaves."""
        narrow = self.width() < NARROW_BELOW
        self._narrow = narrow or (self._look_worn.large_text and self.width() < NARROW_BELOW * LARGER)
        self.head.fit(narrow=self._narrow)
        if self.rooms is not None:
            self.rooms.fit(narrow=self._narrow)
        wide = self.width() >= WIDE_FROM
        self.cases.setFixedWidth(NARROW_LIST_WIDTH if narrow else WIDE_LIST_WIDTH if wide else LIST_WIDTH)
        self.case.fit(low=self.height() < LOW_BELOW, tall=wide and self.height() >= TALL_FROM)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """A case with a recommendation is decided and sealed, never closed away; all others may be left."""
        refused = None if self._bridge.stopped else closing_refused(self._bridge.station.state)
        if refused is not None:
            self.case.say_trouble(self._phrases.say(refused))
            event.ignore()
            return
        self.pictures.stop()
        self._attendance.stop()
        self.case.forget()
        super().closeEvent(event)
