"""The first sign-in: an operator's second factor is enrolled on screen, and the recovery codes are shown once."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kiosk.trust.factors import FactorOffer
from kiosk.trust.operators import FactorEnrolled, FactorRefused, NeedsFactor
from ui.bridge import Bridge, DeskPort, Done
from ui.desk_panels.fields import Field, forced_left_to_right
from ui.phrases import Phrases
from ui.theme import Theme
from ui.widgets.labels import Text, frame
from ui.widgets.once_button import OnceButton

QR_PX = 216
CARD_WIDTH = 620
CODES = 10


class EnrolPage(QWidget):
    """finished: the operator has a factor now and has seen the codes; they sign in with it."""

    def __init__(self, theme: Theme, bridge: Bridge, desk: DeskPort, finished: Callable[[], None]) -> None:
        super().__init__()
        self._bridge, self._desk, self._finished = bridge, desk, finished
        self._phrases: Phrases | None = None
        self._asked: NeedsFactor | None = None
        self._offer: FactorOffer | None = None
        self._steps = 0
        self._headline, self._says = Text("headline"), Text("soft")
        self.picture = QLabel()
        self.picture.setFixedSize(QSize(QR_PX, QR_PX))
        self._typed_label, self.typed = Text("caption"), Text("mono")
        self.code = forced_left_to_right(Field("enrol.code"))
        self._key_help, self._answer = Text("caption"), Text("error")
        self.confirm, self.leave = OnceButton("primary"), OnceButton("quiet")
        self.confirm.acted.connect(self._confirm)
        self.leave.acted.connect(self._leave)
        self.code.line.returnPressed.connect(self.confirm.click)
        self.codes = tuple(Text("mono", wraps=False) for _ in range(CODES))
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        space = theme.size("space")
        words = QVBoxLayout()
        words.setSpacing(space // 2)
        for part in (self._typed_label, self.typed, self.code, self._key_help):
            words.addWidget(part)
        words.addStretch(1)
        self._offering = QWidget()
        offering = QHBoxLayout(self._offering)
        offering.setContentsMargins(0, 0, 0, 0)
        offering.setSpacing(space * 2)
        offering.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        offering.addLayout(words, 1)
        self._showing = QWidget()
        self._showing.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        grid = QGridLayout(self._showing)
        for number, text in enumerate(self.codes):
            text.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            grid.addWidget(text, number // 2, number % 2)
        buttons = QHBoxLayout()
        buttons.addWidget(self.leave)
        buttons.addStretch(1)
        buttons.addWidget(self.confirm)
        card = frame("card")
        card.setFixedWidth(CARD_WIDTH)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(space * 2, space * 2, space * 2, space * 2)
        inside.setSpacing(space)
        for widget in (self._headline, self._says, self._offering, self._showing, self._answer):
            inside.addWidget(widget)
        inside.addLayout(buttons)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(2)

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._typed_label.say(phrases.text("enrol.typed"))
        self._key_help.say(phrases.text("enrol.key-help"))
        self.code.translate(phrases)
        self.leave.name(phrases.text("enrol.later"))
        self._show(codes=self._showing.isVisibleTo(self))

    def ask(self, asked: NeedsFactor) -> None:
        """Begin an enrolment: the secret is drawn now and kept nowhere until its first code was right."""
        self._asked = asked
        self._offer = self._desk.offer_factor(asked)
        self.picture.setPixmap(qr_picture(self._offer.address.reveal(), QR_PX))
        self.typed.say(self._offer.typed.reveal())
        self.code.clear()
        self._answer.say("")
        self._show(codes=False)

    def start(self) -> None:
        self.code.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Nothing secret stays on a page that is not shown."""
        self._asked = self._offer = None
        self.picture.setPixmap(QPixmap())
        for text in (self.typed, *self.codes):
            text.say("")
        self.code.clear()

    def _show(self, *, codes: bool) -> None:
        self._steps += 1
        self._offering.setVisible(not codes)
        self._showing.setVisible(codes)
        self.leave.setVisible(not codes)
        for button in (self.confirm, self.leave):
            button.arm(("enrol", str(self._steps)))
        if self._phrases is not None:
            self._headline.say(self._phrases.text("enrol.codes-headline" if codes else "enrol.headline"))
            self._says.say(self._phrases.text("enrol.codes-text" if codes else "enrol.text"))
            self.confirm.name(self._phrases.text("enrol.codes-done" if codes else "enrol.confirm"))

    def _confirm(self) -> None:
        asked, offer, code = self._asked, self._offer, self.code.text
        if self._showing.isVisibleTo(self) or asked is None or offer is None:
            self._leave()
            return
        if self._phrases is not None:
            self._answer.say(self._phrases.text("sign-in.checking" if code.strip() else "sign-in.touch-key"))
        self.code.clear()
        self._bridge.away(lambda: self._desk.enrol_factor(asked, offer, code), self.show_answer)

    def show_answer(self, done: Done) -> None:
        outcome = done.value
        if isinstance(outcome, FactorEnrolled):
            self._answer.say("")
            for text, code in zip(self.codes, outcome.recovery, strict=True):
                text.say(code.reveal())
            self._show(codes=True)
            return
        self._show(codes=False)
        if self._phrases is not None:
            refused = outcome.because if isinstance(outcome, FactorRefused) else "wrong-answer"
            self._answer.say(self._phrases.text(done.fault.phrase if done.fault is not None else f"enrol-refused.{refused}"))

    def _leave(self) -> None:
        self.forget()
        self._finished()


def qr_picture(text: str, size_px: int) -> QPixmap:
    """Return a QR code with its quiet zone of four modules, black on white in every theme."""
    import segno

    rows = [bytearray(row) for row in segno.make(text, error="m", micro=False).matrix_iter(scale=1, border=4)]
    image = QImage(len(rows), len(rows), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.setPixelColor(x, y, QColor("black"))
    return QPixmap.fromImage(image.scaled(size_px, size_px, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation))
