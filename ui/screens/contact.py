"""How the bank can reach the customer: one field at a time, an on-screen keyboard beneath, checked while it is typed."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kiosk.journey.contact import LONGEST, ContactField, Typed
from kiosk.journey.contact_offers import MOST_OFFERED
from kiosk.journey.events import ContactFieldTouched, ContactGiven, ContactSkipped, ContactTyped
from kiosk.values import Masked
from ui.icons import icon
from ui.phrases import Phrases
from ui.scenes import ContactScene
from ui.screens.page import Booth, Page
from ui.widgets.keyboard import Keyboard
from ui.widgets.labels import IconLabel, Text, set_role
from ui.widgets.once_button import OnceButton, gap_before

FIELDS: Final = tuple(ContactField)
KEYBOARD_HIGHEST: Final = 7.0
"""In key heights; keys as high as a hand look like doors."""
ANY_WIDTH: Final = 10_000
"""Pixels: wide enough for any one line."""
TYPED_LOOKS: Final = {
    Typed.EMPTY: ("", "ink-soft"),
    Typed.GOING: ("", "ink-soft"),
    Typed.RIGHT: ("check-circle", "good"),
    Typed.WRONG: ("cross-circle", "bad"),
}
"""Icon and colour; the words stand beside them always."""


class ContactPage(Page):
    """The keyboard is made when the page is first shown: the booth's first paint does not wait for forty keys."""

    def __init__(self, booth: Booth) -> None:
        super().__init__()
        self._booth = booth
        self._scene: ContactScene | None = None
        self._phrases: Phrases | None = None
        self._shown: tuple[str, ContactField] | None = None
        self.keyboard: Keyboard | None = None
        space = booth.theme.size("space")
        self._headline = Text("headline")
        self.tabs = {field: QPushButton() for field in FIELDS}
        tabs = QHBoxLayout()
        tabs.setSpacing(space // 2)
        for field, tab in self.tabs.items():
            set_role(tab, "tab")
            tab.setCheckable(True)
            tab.setAutoDefault(True)
            tab.clicked.connect(lambda _=False, field=field: self._go_to(field))
            tabs.addWidget(tab, 1)
        self.line = QLineEdit()
        self.line.setProperty("role", "large")
        self.line.setMaxLength(LONGEST)
        palette = self.line.palette()
        palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(booth.theme.colour("ink-soft")))
        self.line.setPalette(palette)
        self.line.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.line.setDragEnabled(False)
        self.line.setAcceptDrops(False)
        self.line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self.line.textEdited.connect(self._edited)
        self.line.returnPressed.connect(self._return)
        self._sign = IconLabel(round(booth.theme.size("body") * 1.2))
        self._says = Text()
        said = QHBoxLayout()
        said.setSpacing(space // 2)
        said.addWidget(self._sign)
        said.addWidget(self._says, 1)
        # One line is kept for it whatever is said: nothing moves under a finger that types.
        self._holder = QWidget()
        self._holder.setLayout(said)
        said.setContentsMargins(0, 0, 0, 0)
        self._holder.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.offered = tuple(QPushButton() for _ in range(MOST_OFFERED))
        offered = QHBoxLayout()
        offered.setSpacing(space // 2)
        for button in self.offered:
            set_role(button, "offer")
            button.setAutoDefault(True)
            button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, button=button: self._take(button))
            offered.addWidget(button)
        offered.addStretch(1)
        # Its place is kept where nothing is offered: the keys never move.
        self._offers = QWidget()
        self._offers.setLayout(offered)
        offered.setContentsMargins(0, 0, 0, 0)
        # Machines' addresses run from the left in every country.
        self._offers.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._taken: tuple[str, ...] = ()
        self.skip, self.go_on = OnceButton(), OnceButton("primary")
        self.skip.acted.connect(self._skip)
        self.go_on.acted.connect(self._next)
        self.buttons = (self.skip, self.go_on)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(space // 2)
        self._layout.addWidget(self._headline)
        self._layout.addLayout(tabs)
        self._layout.addWidget(self.line)
        self._layout.addWidget(self._holder)
        self._layout.addWidget(self._offers)

    def first_focus(self) -> QWidget:
        return self.line

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._headline.say(phrases.text("contact.headline"))
        for field, tab in self.tabs.items():
            name = phrases.text(f"contact-field.{field}")
            tab.setText(f"{gap_before(name)}{name}")
        self.skip.name(phrases.text("button.skip"))
        if self.keyboard is not None and self._scene is not None:
            self.keyboard.show_for(self._scene.at, phrases)

    def show_scene(self, scene: ContactScene, phrases: Phrases) -> None:
        self._scene = scene
        self._show_line(scene, phrases)
        self._show_check(scene, phrases)
        self._show_offers(scene)
        # One way to be reached is enough: whoever has given one is not led through the others, which stay in sight.
        done = scene.may_give or scene.at is FIELDS[-1]
        self.go_on.name(phrases.text("button.done" if done else "button.next"))
        identity = (*scene.around.identity, scene.at, str(scene.typed[scene.at]), str(done))
        self.go_on.arm(identity, allowed=scene.may_give if done else scene.typed[scene.at] in (Typed.EMPTY, Typed.RIGHT))
        self.skip.arm(scene.around.identity, allowed=scene.may_skip)
        keyboard = self._made_keyboard()
        keyboard.show_for(scene.at, phrases)
        self._fit_headline()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """The first scene is shown before the page has its size."""
        super().resizeEvent(event)
        self._fit_headline()

    def forget(self) -> None:
        # Not `clear`, which could be undone.
        self.line.setText("")
        self._shown = self._scene = None
        self._taken = ()
        for button in self.offered:
            button.setText("")

    def wants(self, button: OnceButton) -> bool:
        return button is not self.skip or (self._scene is not None and self._scene.may_skip)

    def _made_keyboard(self) -> Keyboard:
        if self.keyboard is None:
            self.keyboard = Keyboard(self._booth.theme)
            self.keyboard.typed.connect(self._strike)
            self.keyboard.erased.connect(self._erase)
            self.keyboard.setMaximumHeight(round(self._booth.theme.size("key-height") * KEYBOARD_HIGHEST))
            # At the foot of a high screen: there everybody reaches it.
            self._layout.addStretch(1)
            self._layout.addWidget(self.keyboard, 1000)
        return self.keyboard

    def _show_line(self, scene: ContactScene, phrases: Phrases) -> None:
        """The line is the customer's while they are at its field; only another field or another case puts a text there."""
        name = phrases.text(f"contact-field.{scene.at}")
        self.line.setAccessibleName(name)
        if scene.hidden:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
        if self._shown != (scene.session, scene.at):
            self._shown = (scene.session, scene.at)
            machine = scene.at is not ContactField.ADDRESS
            self.line.setLayoutDirection(Qt.LayoutDirection.LeftToRight if machine else self.layoutDirection())
            self.line.setText(scene.texts[scene.at].reveal())
            self.line.setPlaceholderText(phrases.text(f"contact-example.{scene.at}"))
        if not scene.hidden and self.line.echoMode() is QLineEdit.EchoMode.Password:
            # Set anew, or undoing would bring back in clear what could not be seen.
            self.line.setText(self.line.text())
            self.line.setEchoMode(QLineEdit.EchoMode.Normal)
        side = self._booth.theme.size("body")
        for field, tab in self.tabs.items():
            tab.setChecked(field is scene.at)
            colour = "on-brand" if field is scene.at else TYPED_LOOKS[scene.typed[field]][1]
            sign = TYPED_LOOKS[scene.typed[field]][0] or "circle"
            tab.setIconSize(QSize(side, side))
            tab.setIcon(icon(sign, self._booth.theme.colour(colour), side))
            tab.setAccessibleName(f"{phrases.text(f'contact-field.{field}')}: {phrases.text(f'typed.{scene.typed[field]}')}")

    def _show_check(self, scene: ContactScene, phrases: Phrases) -> None:
        sign, colour = TYPED_LOOKS[scene.here]
        self._sign.setVisible(bool(sign))
        if sign:
            self._sign.show_icon(sign, self._booth.theme.colour(colour))
        said = phrases.say(scene.says)
        self._says.say(said)
        set_role(self._says, "error" if scene.here is Typed.WRONG else "soft")
        self.line.setAccessibleDescription(said)
        one_line = self._says.heightForWidth(ANY_WIDTH)
        self._holder.setFixedHeight(max(one_line, self._sign.height()) + 2)

    def _fit_headline(self) -> None:
        self._headline.setVisible(not self._booth.low and (self.keyboard is None or self._has_room(self.keyboard)))

    def _has_room(self, keyboard: Keyboard) -> bool:
        """Return whether the headline fits above everything else, whichever field is in front: scripts differ in height."""
        holder = self.parentWidget()
        if holder is None:
            return True
        beside = (next(iter(self.tabs.values())), self.line, self._holder, self._offers)
        needed = self._headline.sizeHint().height() + keyboard.minimumSizeHint().height()
        needed += sum(max(part.sizeHint().height(), part.minimumHeight()) + self._layout.spacing() for part in beside)
        return holder.height() >= needed + self._layout.spacing()

    def _show_offers(self, scene: ContactScene) -> None:
        self._taken = tuple(text.reveal() for text in scene.offers)
        typed, room = scene.texts[scene.at].reveal(), self.width()
        for number, button in enumerate(self.offered):
            text = self._taken[number] if number < len(self._taken) else ""
            # What is typed already is not repeated where only the end is offered.
            local, at, end = text.partition("@")
            button.setText(f"{at}{end}" if at and typed.startswith(local) else text)
            button.setAccessibleName(text)
            room -= button.sizeHint().width() + self._booth.theme.size("space") // 2
            # What has no room is left out, likeliest first.
            button.setVisible(bool(text) and room >= 0)
        self._offers.setVisible(scene.at is ContactField.EMAIL)
        self._offers.setFixedHeight(max(button.sizeHint().height() for button in self.offered))

    def _take(self, button: QPushButton) -> None:
        number = self.offered.index(button)
        if number < len(self._taken):
            self.line.setText(self._taken[number])
            self._post(self.line.text())
            self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _post(self, text: str) -> None:
        if self._scene is not None:
            self._booth.post(ContactTyped(self._scene.session, self._scene.at, Masked(text)))

    def _edited(self, text: str) -> None:
        self._post(text)

    def _strike(self, sign: str) -> None:
        self.line.insert(sign)
        self._post(self.line.text())

    def _erase(self) -> None:
        if self._scene is not None and self._scene.hidden:
            # Nobody erases letter by letter what they cannot see.
            self.line.setText("")
        else:
            self.line.backspace()
        self._post(self.line.text())

    def _return(self) -> None:
        self.go_on.click()

    def _go_to(self, field: ContactField) -> None:
        if self._scene is not None:
            self._booth.post(ContactFieldTouched(self._scene.session, field))
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _next(self) -> None:
        scene = self._scene
        if scene is None:
            return
        if scene.may_give or scene.at is FIELDS[-1]:
            self._booth.post(ContactGiven(scene.session))
        else:
            self._go_to(FIELDS[FIELDS.index(scene.at) + 1])

    def _skip(self) -> None:
        if self._scene is not None:
            self._booth.post(ContactSkipped(self._scene.session))
