"""The form of a new case. What is typed is checked as it is typed; nothing starts while something is wrong."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QComboBox, QGridLayout, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from kiosk.record import AccountOpening, Purpose
from ui.desk_panels.exercises import Exercises
from ui.desk_panels.fields import Field, forced_left_to_right
from ui.desk_scenes import ReadyView
from ui.forms import CURRENCIES, parse_account, parse_amount, parse_required, parse_transaction
from ui.phrases import LANGUAGES, Phrases, load_phrases
from ui.theme import Theme
from ui.widgets.centred import centred
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton

CARD_WIDTH = 640


class NewCasePage(QWidget):
    """begin: opens a case of this purpose in the customer's language."""

    def __init__(self, theme: Theme, begin: Callable[[Purpose, str], None]) -> None:
        super().__init__()
        self._begin = begin
        self._begun = 0
        self._headline = Text("headline")
        self.exercises = Exercises(theme)
        self._trouble = Text("error")
        self._kind_label = Text("caption")
        self.account_opening, self.transaction = QRadioButton(), QRadioButton()
        self.account_opening.setChecked(True)
        self._kinds = QButtonGroup(self)
        for button in (self.account_opening, self.transaction):
            self._kinds.addButton(button)
        self._language_label = Text("caption")
        self.language = QComboBox()
        for code in LANGUAGES:
            self.language.addItem(load_phrases(code).text("language.name"), code)
        self._language_label.setBuddy(self.language)
        self._note = Text("soft")
        self.amount = forced_left_to_right(Field("desk.amount", lambda text: parse_amount(text, self.currency.currentText())))
        self._currency_label = Text("caption")
        self.currency = QComboBox()
        self.currency.addItems(CURRENCIES)
        self.currency.setCurrentText("EUR")
        self._currency_label.setBuddy(self.currency)
        self.payee = Field("desk.payee", parse_required)
        self.debit_account = forced_left_to_right(Field("desk.debit-account", parse_account))
        self.begin = OnceButton("primary")
        self._lay_out(theme)
        self._fields = (self.amount, self.payee, self.debit_account)
        for field in self._fields:
            field.edited.connect(self._arm)
            field.line.returnPressed.connect(self.begin.click)
        self.currency.currentTextChanged.connect(self._currency_changed)
        self._kinds.buttonToggled.connect(self._kind_chosen)
        self.begin.acted.connect(self._start)
        self._allowed = True
        self._kind_chosen()

    def _lay_out(self, theme: Theme) -> None:
        space = theme.size("space")
        card = frame("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        inside.setSpacing(space)
        inside.addWidget(self._headline)
        inside.addWidget(self._trouble)
        inside.addWidget(self._kind_label)
        inside.addWidget(self.account_opening)
        inside.addWidget(self.transaction)
        self._transaction_box = QWidget()
        grid = QGridLayout(self._transaction_box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(space)
        currency = QVBoxLayout()
        currency.setSpacing(2)
        currency.addWidget(self._currency_label)
        currency.addWidget(self.currency)
        currency.addStretch(1)
        grid.addWidget(self.amount, 0, 0)
        grid.addLayout(currency, 0, 1)
        grid.addWidget(self.payee, 1, 0, 1, 2)
        grid.addWidget(self.debit_account, 2, 0, 1, 2)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 1)
        inside.addWidget(self._note)
        inside.addWidget(self._transaction_box)
        language = QHBoxLayout()
        language.addWidget(self._language_label)
        language.addWidget(self.language)
        language.addStretch(1)
        language.addWidget(self.begin)
        inside.addLayout(language)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(space, 0, space, 0)
        layout.addStretch(1)
        for part in (card, self.exercises):
            layout.addLayout(centred(part, CARD_WIDTH))
        layout.addStretch(2)

    def translate(self, phrases: Phrases) -> None:
        self._headline.say(phrases.text("desk.new-case"))
        self._kind_label.say(phrases.text("desk.kind"))
        self.account_opening.setText(phrases.text("purpose.account-opening"))
        self.transaction.setText(phrases.text("purpose.high-value-transaction"))
        self._language_label.say(phrases.text("desk.customer-language"))
        self.language.setAccessibleName(phrases.text("desk.customer-language"))
        self._note.say(phrases.text("desk.account-note"))
        self._currency_label.say(phrases.text("desk.currency"))
        self.currency.setAccessibleName(phrases.text("desk.currency"))
        for field in self._fields:
            field.translate(phrases)
        self.begin.name(f"{phrases.text('desk.begin')} (F2)")
        self.exercises.translate(phrases)

    def show_view(self, view: ReadyView, phrases: Phrases) -> None:
        self._trouble.setVisible(view.trouble is not None)
        if view.trouble is not None:
            self._trouble.say(phrases.say(view.trouble))
        self._arm()

    def start(self) -> None:
        self.account_opening.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Empty the form and make ready for the next case."""
        for field in self._fields:
            field.clear()
        self.account_opening.setChecked(True)
        self._begun += 1
        self._arm()

    def purpose(self) -> Purpose | None:
        """Return what is to be verified, None while something is wrong or missing."""
        if self.account_opening.isChecked():
            return AccountOpening(None)
        return parse_transaction(self.amount.text, self.currency.currentText(), self.payee.text, self.debit_account.text)

    def _kind_chosen(self, *_: object) -> None:
        opening = self.account_opening.isChecked()
        self._note.setVisible(opening)
        self._transaction_box.setVisible(not opening)
        self._arm()

    def _currency_changed(self) -> None:
        self.amount.check_again()
        self._arm()

    def _arm(self) -> None:
        self.begin.arm(("begin", str(self._begun)), allowed=self.purpose() is not None)

    def _start(self) -> None:
        purpose = self.purpose()
        if purpose is not None:
            self._begin(purpose, str(self.language.currentData()))
