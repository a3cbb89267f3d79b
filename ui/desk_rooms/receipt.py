"""The customer's receipt before it is printed: the page as it will be, in the customer's language."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QScrollArea

from kiosk.faults import Fault
from kiosk.values import SessionId
from ui.bridge import Bridge
from ui.desk_rooms.page import RoomPage
from ui.phrases import LANGUAGES, Phrases, load_phrases
from ui.receipt import ReceiptText, receipt_text
from ui.receipt_paper import paint, preview, when_text, write_pdf
from ui.rooms import OfficePort
from ui.theme import Theme
from ui.widgets.labels import Text
from ui.widgets.once_button import OnceButton

if TYPE_CHECKING:
    from kiosk.trust.customer_receipt import ReceiptFacts


class ReceiptPage(RoomPage):
    left = Signal()
    """The teller is done with the receipt."""

    def __init__(self, theme: Theme, bridge: Bridge, offices: OfficePort) -> None:
        super().__init__(theme, bridge, offices, "receipt.button", "receipt.text")
        self._facts: ReceiptFacts | None = None
        self._times = 0
        self._dialog: QFileDialog | None = None
        self.language = QComboBox()
        for code in LANGUAGES:
            self.language.addItem(load_phrases(code).text("language.name"), code)
        self.language.activated.connect(lambda _: self._show())
        self.print, self.save, self.back = OnceButton("primary"), OnceButton("quiet"), OnceButton("quiet")
        self.print.acted.connect(self._print)
        self.save.acted.connect(self._choose_file)
        self.back.acted.connect(self.left.emit)
        self.done = Text("strong")
        self.done.hide()
        for part in (self.language, self.back, self.save, self.print):
            self.tools.addWidget(part)
        self._page = QLabel()
        self._page.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.sheet = QScrollArea()
        self.sheet.setWidgetResizable(True)
        self.sheet.setWidget(self._page)
        self.body.addWidget(self.done)
        self.body.addWidget(self.sheet, 1)

    def translate(self, phrases: Phrases) -> None:
        super().translate(phrases)
        self.print.name(f"{phrases.text('receipt.print')} (Ctrl+P)")
        self.save.name(f"{phrases.text('receipt.save')} (Ctrl+S)")
        self.back.name(f"{phrases.text('receipt.back')} (F11)")
        self.language.setAccessibleName(phrases.text("desk.customer-language"))
        self.sheet.setAccessibleName(phrases.text("receipt.title"))

    def show_case(self, session: SessionId) -> None:
        self.forget()
        self.ask(lambda: self.offices.receipt(session), self._loaded)
        self._arm()

    def forget(self) -> None:
        super().forget()
        self._facts = None
        self._page.clear()
        self.done.hide()
        if self._dialog is not None:
            self._dialog.close()
            self._dialog = None
        self._arm()

    def _loaded(self, value: object) -> None:
        self._facts = cast("ReceiptFacts", value)
        self.language.setCurrentIndex(LANGUAGES.index(self._facts.language) if self._facts.language in LANGUAGES else 0)
        self._show()
        self.print.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arm(self) -> None:
        self._times += 1
        for button in (self.print, self.save):
            button.arm(("receipt", str(self._times)), allowed=self._facts is not None)
        self.back.arm(("back", str(self._times)))

    def _show(self) -> None:
        facts = self._facts
        if facts is None:
            return
        text, phrases = self._text(facts)
        self._page.setPixmap(QPixmap.fromImage(preview(text, phrases)))
        self._arm()

    def _text(self, facts: "ReceiptFacts") -> tuple[ReceiptText, Phrases]:
        phrases = load_phrases(str(self.language.currentData()))
        return receipt_text(facts, when_text(facts.at, phrases.language), phrases), phrases

    def _print(self) -> None:
        """To the system's own printer, without a dialog: what is printed is what is seen."""
        facts = self._facts
        if facts is None or self.phrases is None:
            return
        info = QPrinterInfo.defaultPrinter()
        if info.isNull():
            self.tell(self.phrases.text("receipt.no-printer"))
        else:
            text, phrases = self._text(facts)
            self._say_done("receipt.printed" if paint(text, phrases, QPrinter(info)) else "receipt.no-printer")
        self._arm()

    def _choose_file(self) -> None:
        """Ask for a file beside the work: the dialog is not modal and closes with the page."""
        facts = self._facts
        if facts is None or self.phrases is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self, self.phrases.text("receipt.save"), folder, "PDF (*.pdf)")
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("pdf")
        dialog.selectFile(f"receipt-{facts.session[:8]}.pdf")
        dialog.setModal(False)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save_to(Path(path)))
        dialog.finished.connect(self._dialog_closed)
        self._dialog = dialog
        dialog.show()
        self._arm()

    def _dialog_closed(self) -> None:
        self._dialog = None

    def save_to(self, path: Path) -> None:
        facts = self._facts
        if facts is None or self.phrases is None:
            return
        text, phrases = self._text(facts)
        try:
            write_pdf(text, phrases, path)
        except Fault as fault:
            self.tell(f"{self.phrases.text('receipt.not-saved')}: {self.phrases.text(fault.phrase)}")
        else:
            self._say_done("receipt.saved")

    def _say_done(self, key: str) -> None:
        self.tell("")
        if self.phrases is not None:
            self.done.say(self.phrases.text(key))
            self.done.show()
