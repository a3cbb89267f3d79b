"""The operator's page at the booth: signed in with a second factor, typed on the screen's own keyboard where there is no other."""

from collections.abc import Callable
from typing import Final, Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from kiosk.journey.contact import ContactField
from kiosk.trust.operators import ClockTurnedBack, LockedUntil, NeedsFactor, SignInOutcome
from kiosk.trust.presence import SignedIn
from kiosk.trust.self_checks import Check, Status
from kiosk.values import ns
from ui.bridge import Bridge, Done
from ui.phrases import Phrases
from ui.scenes import Argument
from ui.theme import Theme
from ui.widgets.keyboard import Keyboard
from ui.widgets.labels import IconLabel, Text, set_role

STATUS_LOOKS: Final = {
    Status.OK: ("check-circle", "good"),
    Status.WARN: ("question-circle", "doubt"),
    Status.FAIL: ("cross-circle", "bad"),
}
LINES: Final = ("name", "password", "code")
LEFT_ALONE_S: Final = 90.0
"""A page nobody touches closes, and whoever forgot to sign out is signed out: the next at this screen is a customer."""
SIGNS_OF_LIFE: Final = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.Wheel})


class MaintenancePort(Protocol):
    """Called away from the UI thread. Everything but `sign_in` and `sign_out` raises NotPermitted unless somebody who may is signed in."""

    def sign_in(self, name: str, password: str, code: str) -> SignInOutcome: ...

    def checks(self) -> tuple[Check, ...]: ...

    def restart_camera(self) -> None: ...

    def leave(self) -> None: ...

    def sign_out(self) -> None: ...


class MaintenancePanel(QFrame):
    """Covers the whole window. left: told when the operator ends the program."""

    def __init__(self, theme: Theme, bridge: Bridge, port: MaintenancePort, left: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._bridge, self._port, self._left, self._over = theme, bridge, port, left, parent
        self._phrases: Phrases | None = None
        self.setProperty("role", "sheet")
        self.setObjectName("maintenance")
        self._headline, self._says = Text("strong-lead"), Text("soft")
        self.lines = {name: self._make_line(secret=name != "name") for name in LINES}
        self._last = self.lines["name"]
        self._touched_ns = 0
        self.keyboard = Keyboard(theme)
        self.keyboard.typed.connect(lambda sign: self._last.insert(sign))
        self.keyboard.erased.connect(lambda: self._last.backspace())
        self.enter, self.close_button = QPushButton(), QPushButton()
        self.look_again, self.camera, self.leave = QPushButton(), QPushButton(), QPushButton()
        for button in (self.enter, self.close_button, self.look_again, self.camera, self.leave):
            button.setAutoDefault(True)
        set_role(self.enter, "primary")
        self.enter.clicked.connect(self._sign_in)
        self.close_button.clicked.connect(self.shut)
        self.look_again.clicked.connect(self._look)
        self.camera.clicked.connect(lambda: self._do(self._port.restart_camera, "maintenance.camera-restarted"))
        self.leave.clicked.connect(lambda: self._away(self._port.leave, self._may_leave))
        self._lay_out()
        self.hide()
        parent.installEventFilter(self)

    def _make_line(self, *, secret: bool) -> QLineEdit:
        line = QLineEdit()
        line.setProperty("role", "large")
        line.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        line.setEchoMode(QLineEdit.EchoMode.Password if secret else QLineEdit.EchoMode.Normal)
        line.installEventFilter(self)
        line.returnPressed.connect(self._sign_in)
        return line

    def _lay_out(self) -> None:
        space = self._theme.size("space")
        self._form, self._page = QWidget(), QWidget()
        form = QVBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        fields = QHBoxLayout()
        for line in self.lines.values():
            fields.addWidget(line, 4 if line is self.lines["code"] else 3)
        form.addLayout(fields)
        form.addStretch(1)
        form.addWidget(self.keyboard, 1000)
        self._checks = QVBoxLayout()
        inside = QWidget()
        inside.setLayout(self._checks)
        scrolled = QScrollArea()
        scrolled.setWidgetResizable(True)
        scrolled.setWidget(inside)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(scrolled, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.close_button)
        foot.addStretch(1)
        for button in (self.look_again, self.camera, self.leave, self.enter):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space, space // 2, space, space // 2)
        layout.setSpacing(space // 2)
        for part in (self._headline, self._says, self._form, self._page):
            layout.addWidget(part, 1 if part in (self._form, self._page) else 0)
        layout.addLayout(foot)

    def open(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self.translate(phrases)
        self._show_form(signed_in=False)
        self._touched_ns = self._now_ns()
        application = QCoreApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()
        self.lines["name"].setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def at_work(self) -> bool:
        """Whether somebody is signed in here, or is being checked: then no part of it may go."""
        return self.isVisible() and (self._page.isVisible() or not self.enter.isEnabled())

    def _away(self, work: Callable[[], object], then: Callable[[Done], None]) -> None:
        """Ask away from the window. The page may have gone with another layout meanwhile: whoever signed in then is signed out again."""

        def answered(done: Done) -> None:
            if isValid(self):
                then(done)
            else:
                self._bridge.away(self._port.sign_out, lambda ended: None)

        self._bridge.away(work, answered)

    def shut(self) -> None:
        """Whoever was signed in is not any more, and nothing of what was typed is left."""
        if self.isHidden():
            return
        application = QCoreApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        for line in self.lines.values():
            line.setText("")
        self._show_checks(())
        self.hide()
        self._bridge.away(self._port.sign_out, lambda done: None)

    def look(self) -> None:
        """See whether it was left alone; called whenever the window is drawn anew."""
        if not self.isHidden() and self._now_ns() - self._touched_ns >= ns(LEFT_ALONE_S):
            self.shut()

    def _now_ns(self) -> int:
        return self._bridge.station.now().monotonic_ns

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("maintenance.headline"))
        for name, line in self.lines.items():
            line.setPlaceholderText(phrases.text(f"sign-in.{name}"))
            line.setAccessibleName(phrases.text(f"sign-in.{name}"))
        self.enter.setText(phrases.text("sign-in.button"))
        self.close_button.setText(phrases.text("maintenance.back"))
        self.look_again.setText(phrases.text("maintenance.look-again"))
        self.camera.setText(phrases.text("maintenance.camera"))
        self.leave.setText(phrases.text("maintenance.leave"))
        self.keyboard.show_for(ContactField.EMAIL, phrases)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if watched is self._over and event.type() is QEvent.Type.Resize:
            self.setGeometry(self._over.rect())
        if event.type() in SIGNS_OF_LIFE:
            self._touched_ns = self._now_ns()
        if isinstance(watched, QLineEdit) and watched in self.lines.values() and event.type() is QEvent.Type.FocusIn:
            self._last = watched
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.shut()

    def _show_form(self, *, signed_in: bool) -> None:
        self._form.setVisible(not signed_in)
        self.enter.setVisible(not signed_in)
        self._page.setVisible(signed_in)
        for button in (self.look_again, self.camera, self.leave):
            button.setVisible(signed_in)
        self._say("" if signed_in else "maintenance.sign-in")

    def _sign_in(self) -> None:
        if not self.enter.isEnabled():
            # Return was pressed again: an empty password would count as a wrong one.
            return
        name, password, code = (self.lines[line].text() for line in LINES)
        for line in LINES[1:]:
            self.lines[line].setText("")
        self._say("sign-in.checking" if code.strip() else "sign-in.touch-key")
        self.enter.setEnabled(False)
        self._away(lambda: self._port.sign_in(name.strip(), password, code), self._signed_in)

    def _signed_in(self, done: Done) -> None:
        self.enter.setEnabled(True)
        if self.isHidden():
            # Closed meanwhile: whoever it was is signed out again.
            self._bridge.away(self._port.sign_out, lambda ended: None)
        elif done.fault is not None:
            self._say(done.fault.phrase)
        elif isinstance(done.value, SignedIn):
            self._show_form(signed_in=True)
            self._look()
        elif isinstance(done.value, LockedUntil):
            self._say("sign-in.locked", time=done.value.at.astimezone().time())
        elif isinstance(done.value, ClockTurnedBack):
            self._say("sign-in.clock-back", time=done.value.newest.astimezone())
        elif isinstance(done.value, NeedsFactor):
            self._say("maintenance.needs-factor")
        else:
            self._say("sign-in.refused")

    def _look(self) -> None:
        self._say("maintenance.looking")
        self._away(self._port.checks, self._looked)

    def _looked(self, done: Done) -> None:
        if done.fault is not None:
            self._say(done.fault.phrase)
        elif isinstance(done.value, tuple) and not self.isHidden():
            self._say("")
            self._show_checks(done.value)

    def _show_checks(self, checks: tuple[Check, ...]) -> None:
        while (item := self._checks.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for found in sorted(checks, key=lambda one: tuple(STATUS_LOOKS).index(one.status), reverse=True):
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            sign, colour = STATUS_LOOKS[found.status]
            mark = IconLabel(self._theme.size("lead"))
            mark.show_icon(sign, self._theme.colour(colour))
            text = Text()
            text.say(f"{found.status.value} · {found.name}: {found.says} {found.remedy}".strip())
            row.addWidget(mark)
            row.addWidget(text, 1)
            self._checks.addWidget(line)
        self._checks.addStretch(1)

    def _do(self, deed: Callable[[], None], then: str) -> None:
        self._away(deed, lambda done: self._say(then if done.fault is None else done.fault.phrase))

    def _may_leave(self, done: Done) -> None:
        if done.fault is None:
            self._left()
        else:
            self._say(done.fault.phrase)

    def _say(self, key: str, **arguments: Argument) -> None:
        self._says.say(self._phrases.text(key, **arguments) if key and self._phrases is not None else "")
