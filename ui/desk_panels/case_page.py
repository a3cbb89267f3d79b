"""The case in front: what happens now on one side, what is known on the other."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kiosk.journey.events import CancelTouched, NoOtherDocument
from kiosk.values import OperatorId, SessionId
from ui.bridge import Bridge, DeskPort
from ui.camera_view import CameraView
from ui.desk_panels.consent import ConsentPanel
from ui.desk_panels.decision import DecisionPanel
from ui.desk_panels.documents import DocumentsView
from ui.desk_panels.evidence import ContactView, FacesView
from ui.desk_panels.held import HeldBar
from ui.desk_panels.rows import FieldRows
from ui.desk_scenes import CaseView
from ui.phrases import Phrases
from ui.scenes import Words
from ui.screens.live import HintLine
from ui.theme import Theme
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton
from ui.widgets.one_at_a_time import OneAtATime
from ui.widgets.waiting import Spinner

CANCEL = "cancel"


class CasePage(QWidget):
    """picture_wanted: the teller asked to load a picture from a file."""

    picture_wanted = Signal()

    def __init__(self, theme: Theme, bridge: Bridge, desk: DeskPort) -> None:
        super().__init__()
        self._theme, self._bridge = theme, bridge
        self._pictures_asked = 0
        self._shown: tuple[tuple[str, ...], Words | None] | None = None
        """Identity and trouble of the view that is shown."""
        self._told: tuple[tuple[tuple[str, ...], Words | None], str] | None = None
        """What was said beside the view, and beside which one."""
        self._purpose, self._headline = Text("caption", wraps=False), Text("headline")
        self.wishes = Text("caption")
        self._say, self._trouble = Text("lead"), Text("error")
        self._spinner = Spinner(theme)
        self.load, self.cancel, self.no_other = OnceButton("quiet"), OnceButton("quiet"), OnceButton("quiet")
        self.no_other.acted.connect(self._say_no_other)
        self._session: SessionId | None = None
        self.load.acted.connect(self._load)
        self.cancel.acted.connect(self._cancel)
        self._cancels_asked = 0
        self.held = HeldBar(theme, lambda: bridge.station.now().monotonic_ns, bridge.station.policy.journey.undo_within_s)
        self.held.changed.connect(self._make_room)
        self.held.hide()
        self.camera = CameraView(theme, bridge.station.latest_frame, mirrored=False, fills=False, watch=bridge.watch)
        self._hint, self._hints = Text("hint", centred=True), HintLine()
        self.consent = ConsentPanel(theme, bridge)
        self.document = DocumentsView(theme)
        self.faces = FacesView(theme)
        self.contact = ContactView(theme, bridge)
        self.decision = DecisionPanel(theme, bridge, desk, self.contact.commit, self.held)
        self.transaction = FieldRows()
        self._live = QWidget()
        self._stage = OneAtATime()
        for part in (self._live, self.consent, self.decision):
            self._stage.addWidget(part)
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        space = theme.size("space")
        live = QVBoxLayout(self._live)
        live.setContentsMargins(0, 0, 0, 0)
        live.setSpacing(space // 2)
        live.addWidget(self.camera, 1)
        live.addWidget(self._hint)
        live.addWidget(self.load)
        live.addWidget(self.no_other)
        self._words = QWidget()
        words = QVBoxLayout(self._words)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addWidget(self._headline)
        words.addWidget(self._say)
        words.addWidget(self.wishes)
        words.addWidget(self._trouble)
        head = QHBoxLayout()
        head.setSpacing(space)
        # One in the other's place: the columns below do not move.
        for part in (self._words, self.held):
            part.setMinimumHeight(theme.size("button-height") + 12)
        head.addWidget(self._words, 1)
        head.addWidget(self.held, 1, Qt.AlignmentFlag.AlignTop)
        for part in (self._spinner, self.cancel):
            head.addWidget(part, 0, Qt.AlignmentFlag.AlignTop)
        now = frame("panel")
        left = QVBoxLayout(now)
        left.setSpacing(space)
        left.addWidget(self._stage, 1)
        left.addWidget(self.faces)
        known = self._known = frame("panel")
        right = QVBoxLayout(known)
        right.setSpacing(space)
        right.addWidget(self._purpose)
        right.addWidget(self.transaction)
        right.addWidget(self.document, 1)
        right.addWidget(self.contact)
        columns = QHBoxLayout()
        columns.setSpacing(space)
        columns.addWidget(now, 1)
        columns.addWidget(known, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(space // 2)
        layout.addLayout(head)
        layout.addLayout(columns, 1)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(560, 360)

    def translate(self, phrases: Phrases) -> None:
        self.load.name(f"{phrases.text('desk.load-picture')} (Ctrl+O)")
        self.cancel.name(f"{phrases.text('desk.cancel')} (Ctrl+W)")
        self.no_other.name(f"{phrases.text('desk.no-other-document')} (Ctrl+D)")
        self.camera.say_when_dark(phrases.text("desk.no-picture"))
        self.camera.setAccessibleName(phrases.text("desk.live-picture"))
        for part in (self.consent, self.held, self.decision, self.document, self.faces, self.contact):
            part.translate(phrases)

    def show_view(self, view: CaseView, operator: OperatorId, phrases: Phrases) -> None:
        self._purpose.say(phrases.say(view.purpose))
        self._headline.say(phrases.say(view.headline))
        self.wishes.setVisible(bool(view.wishes))
        self.wishes.say(phrases.text("desk.wishes", wishes=" · ".join(map(phrases.say, view.wishes))))
        self._say.setVisible(view.say is not None)
        self._say.say("" if view.say is None else phrases.say(view.say))
        self._show_trouble(view, phrases)
        self._spinner.setVisible(view.busy)
        self.load.setVisible(view.can.load_picture)
        self.load.arm((*view.identity, str(self._pictures_asked)), allowed=view.can.load_picture)
        self._session = view.session
        self.no_other.setVisible(view.can.say_no_other)
        self.no_other.arm(view.identity, allowed=view.can.say_no_other)
        self.cancel.setVisible(view.can.cancel)
        self.cancel.arm((*view.identity[:2], str(self._cancels_asked)), allowed=view.can.cancel)
        self._show_held(view)
        self._show_stage(view, operator, phrases)
        self.document.show_panels(view.document, view.second_document, phrases)
        self.faces.show_panels(view.faces, view.liveness, phrases)
        self.transaction.setVisible(bool(view.transaction))
        self.transaction.show_fields(view.transaction, phrases)
        self.contact.setVisible(view.takes_contact and not view.asks_consent)
        if view.takes_contact:
            self.contact.show_view(view)

    def _show_held(self, view: CaseView) -> None:
        """What is held goes with what it was about: the case in front, as long as it can still be done."""
        may = view.can.cancel if self.held.key == CANCEL else view.can.decide
        if self.held.key and not may:
            self.held.take_back()
        self.held.look()

    def _make_room(self) -> None:
        self._words.setVisible(not self.held.key)
        self.held.setVisible(bool(self.held.key))

    def _cancel(self) -> None:
        if self.held.key == CANCEL:
            self.held.release()
            return
        self._cancels_asked += 1
        self.held.hold(CANCEL, lambda: self._bridge.post(CancelTouched()), self._take_cancel_back)

    def _take_cancel_back(self) -> None:
        self._cancels_asked += 1

    def _show_stage(self, view: CaseView, operator: OperatorId, phrases: Phrases) -> None:
        self.consent.show_view(view)
        self.decision.show_view(view, operator, phrases)
        if view.asks_consent:
            stage: QWidget = self.consent
        else:
            stage = self._live if view.recommendation is None else self.decision
        if stage is not self._stage.currentWidget():
            self._stage.setCurrentWidget(stage)
            if stage is not self._live:
                self.camera.forget()
        # Both faces are needed once there is something to see; before consent nothing is.
        for part in (self.faces, self._known):
            part.setVisible(not view.asks_consent)
        self._show_live(view, phrases)

    def _show_live(self, view: CaseView, phrases: Phrases) -> None:
        live = view.live
        if live is None:
            self.camera.show_nothing()
            return
        self.camera.show_as(mirrored=live.mirrored, fills=live.mirrored)
        if live.page_wanted:
            self.camera.show_page(live.quad, live.glare)
        elif live.box is not None or live.remaining is not None:
            self.camera.show_face(live.box, live.remaining)
        else:
            self.camera.show_nothing()
        hint = self._hints.next("" if live.hint is None else phrases.say(live.hint), self._bridge.station.now().monotonic_ns)
        self._hint.setVisible(bool(hint))
        self._hint.say(hint)

    def fit(self, *, low: bool, tall: bool) -> None:
        self.faces.fit(low=low, tall=tall)
        self.document.fit(tall=tall)

    def start(self, view: CaseView) -> None:
        """Put the keyboard where the teller needs it next, but never away from contact details that are being typed."""
        typing = self.window().focusWidget()
        if typing is not None and typing.isEnabled() and self.contact.isAncestorOf(typing):
            return
        if view.asks_consent:
            self.consent.agreed.setFocus(Qt.FocusReason.OtherFocusReason)
        elif view.can.decide:
            self.decision.reason.line.setFocus(Qt.FocusReason.OtherFocusReason)
        elif view.can.load_picture:
            self.load.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            # Not on whatever button Qt finds next when the last one is put out.
            self.document.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_trouble(self, view: CaseView, phrases: Phrases) -> None:
        self._shown = (view.identity, view.trouble)
        if self._told is not None and self._told[0] != self._shown:
            self._told = None
        text = self._told[1] if self._told is not None else "" if view.trouble is None else phrases.say(view.trouble)
        self._trouble.setVisible(bool(text))
        self._trouble.say(text)

    def say_trouble(self, text: str) -> None:
        """Say something beside the view; it stays until the case is a step further or has a trouble of its own."""
        if self._shown is not None:
            self._told = (self._shown, text)
        self._trouble.setVisible(True)
        self._trouble.say(text)

    def look(self) -> None:
        self.camera.look()

    def forget(self) -> None:
        self.held.take_back()
        self.camera.forget()
        self._hints.forget()
        for part in (self.document, self.faces, self.contact, self.decision):
            part.forget()
        self.transaction.forget()
        self._shown = self._told = self._session = None
        self._trouble.say("")

    def _say_no_other(self) -> None:
        if self._session is not None:
            self._bridge.post(NoOtherDocument(self._session))

    def _load(self) -> None:
        self._pictures_asked += 1
        self._told = None
        self.picture_wanted.emit()
