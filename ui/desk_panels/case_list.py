"""The list of cases: the running one and the kept ones with their deliveries."""

from unicodedata import combining, normalize

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from kiosk.values import SessionId
from ui.bridge import StationPort
from ui.icons import draw_icon
from ui.phrases import Phrases
from ui.scenes import CaseGroup, CaseLine, Mark
from ui.theme import MARK_LOOKS, Theme
from ui.widgets.labels import Text
from ui.widgets.once_button import OnceButton

AnyIndex = QModelIndex | QPersistentModelIndex


class CaseModel(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[CaseLine, ...] = ()
        self.phrases: Phrases | None = None

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole) and self.phrases is not None:
            group = self.phrases.text(f"case-group.{line.group}")
            return ", ".join(text for text in (group, *case_texts(line, self.phrases)) if text)
        if role == Qt.ItemDataRole.UserRole:
            return line
        return None

    def show_lines(self, lines: tuple[CaseLine, ...], phrases: Phrases) -> None:
        if lines == self.lines and phrases is self.phrases:
            return
        same_cases = [(line.session, line.group) for line in lines] == [(line.session, line.group) for line in self.lines]
        if same_cases:
            self.lines, self.phrases = lines, phrases
            self.dataChanged.emit(self.index(0), self.index(max(0, len(lines) - 1)))
        else:
            self.beginResetModel()
            self.lines, self.phrases = lines, phrases
            self.endResetModel()


def case_texts(line: CaseLine, phrases: Phrases) -> tuple[str, str, str, str, str]:
    """Return time and holder, purpose and channel, outcome, delivery, detail."""
    time = phrases.locale.time(line.opened_at.astimezone())
    holder = "" if line.holder is None else line.holder.reveal()
    return (
        f"{time}  {holder}",
        f"{phrases.say(line.purpose)} · {phrases.say(line.channel)}",
        phrases.say(line.outcome),
        phrases.say(line.delivery),
        "" if line.detail is None else phrases.say(line.detail),
    )


def folded(text: str) -> str:
    """Return a text for searching: without case, without accents."""
    return "".join(character for character in normalize("NFKD", text.casefold()) if not combining(character))


def matching(lines: tuple[CaseLine, ...], wanted: str, phrases: Phrases) -> tuple[CaseLine, ...]:
    """Return the lines that hold every word that is looked for: a name, a time, an outcome, what is wrong with the delivery."""
    words = folded(wanted).split()
    if not words:
        return lines
    texts = (folded(" ".join(case_texts(line, phrases))) for line in lines)
    return tuple(line for line, text in zip(lines, texts, strict=True) if all(word in text for word in words))


def _begins_group(index: AnyIndex) -> bool:
    model = index.model()
    if not isinstance(model, CaseModel):
        return False
    row = index.row()
    return row == 0 or model.lines[row - 1].group is not model.lines[row].group


class CaseDelegate(QStyledItemDelegate):
    """Paints a row in three lines, each in the direction of the language."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: N802
        line = index.data(Qt.ItemDataRole.UserRole)
        rows = 4 if isinstance(line, CaseLine) and line.detail is not None else 3
        return QSize(200, rows * (self._theme.size("body") + 8) + 14 + self._heading_height(index))

    def _heading_height(self, index: AnyIndex) -> int:
        """The first case of a group carries the group's name above it."""
        return self._theme.size("caption") + 13 if _begins_group(index) else 0

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        line, model = index.data(Qt.ItemDataRole.UserRole), index.model()
        if not isinstance(line, CaseLine) or not isinstance(model, CaseModel) or model.phrases is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        heading = self._heading_height(index)
        if heading:
            self._paint_heading(painter, QRectF(option.rect.left(), option.rect.top(), option.rect.width(), heading), line, model)
            option = QStyleOptionViewItem(option)
            option.rect = option.rect.adjusted(0, heading, 0, 0)
        self._paint_ground(painter, option, line)
        first, second, outcome, delivery, detail = case_texts(line, model.phrases)
        right_to_left = model.phrases.right_to_left
        painter.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight)
        place = QRectF(option.rect).adjusted(12, 7, -12, -7)
        step = self._theme.size("body") + 8.0
        self._text(painter, place.adjusted(0, 0, 0, 0), 0 * step, first, "ink", right_to_left, bold=True)
        self._text(painter, place, 1 * step, second, "ink-soft", right_to_left)
        half = place.width() / 2
        leading = QRectF(place.left() + (half if right_to_left else 0), place.top(), half, place.height())
        trailing = QRectF(place.left() + (0 if right_to_left else half), place.top(), half, place.height())
        self._marked(painter, leading, 2 * step, outcome, line.outcome_mark, right_to_left)
        self._marked(painter, trailing, 2 * step, delivery, line.delivery_mark, right_to_left)
        if detail:
            self._text(painter, place, 3 * step, detail, "ink-soft", right_to_left)
        painter.restore()

    def _paint_heading(self, painter: QPainter, place: QRectF, line: CaseLine, model: CaseModel) -> None:
        if model.phrases is None:
            return
        painter.fillRect(place, QColor(self._theme.colour("raised")))
        count = sum(1 for other in model.lines if other.group is line.group)
        words = model.phrases.text("case-group.heading", group=model.phrases.text(f"case-group.{line.group}"), count=count)
        inside = place.adjusted(12, 2, -12, 0)
        self._text(painter, inside, 0, words, "ink-soft", model.phrases.right_to_left, bold=True)

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, line: CaseLine) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ground = "brand-soft" if selected or line.running else "card"
        painter.fillRect(option.rect, QColor(self._theme.colour(ground)))
        painter.setPen(QColor(self._theme.colour("line")))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        if selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(self._theme.colour("focus")))
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))

    def _text(
        self, painter: QPainter, place: QRectF, down: float, text: str, colour: str, right_to_left: bool, *, bold: bool = False
    ) -> None:
        font = QFont(painter.font())
        font.setPixelSize(self._theme.size("body"))
        font.setBold(bold)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colour(colour)))
        along = Qt.AlignmentFlag.AlignRight if right_to_left else Qt.AlignmentFlag.AlignLeft
        row = QRectF(place.left(), place.top() + down, place.width(), self._theme.size("body") + 8.0)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(row.width()))
        painter.drawText(row, int(along | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute), shown)

    def _marked(self, painter: QPainter, place: QRectF, down: float, text: str, mark: Mark, right_to_left: bool) -> None:
        icon_name, colour = MARK_LOOKS[mark]
        side = self._theme.size("body") * 1.2
        middle = place.top() + down + (self._theme.size("body") + 8.0 - side) / 2
        left = place.right() - side if right_to_left else place.left()
        draw_icon(painter, icon_name, self._theme.colour(colour), QRectF(left, middle, side, side))
        gap = side + 5
        words = place.adjusted(0, 0, -gap, 0) if right_to_left else place.adjusted(gap, 0, 0, 0)
        self._text(painter, words, down, text, colour, right_to_left)


class CaseList(QWidget):
    taken = Signal(str)
    """The id of a referred case that the teller goes on with."""

    receipt_wanted = Signal(str)
    """The id of a kept case whose customer wants the paper about it."""

    def __init__(self, theme: Theme, station: StationPort, *, receipts: bool = False) -> None:
        super().__init__()
        self._receipts = receipts
        self._station = station
        self._retries = 0
        self._title = Text("strong")
        self.model = CaseModel()
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(CaseDelegate(theme))
        self._delegate = self.view.itemDelegate()
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._lines: tuple[CaseLine, ...] = ()
        self._phrases: Phrases | None = None
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._show_matching)
        clears = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.search, self.search.clear)
        # Given to the constructor it is not obeyed (PySide6 6.11), and Escape would clear the search from everywhere.
        clears.setContext(Qt.ShortcutContext.WidgetShortcut)
        self._empty = Text("soft", centred=True)
        self.retry = OnceButton("quiet")
        self.retry.acted.connect(self._retry)
        self.receipt = OnceButton("quiet")
        self.receipt.acted.connect(self._receipt)
        self.take_over = OnceButton("quiet")
        self.take_over.acted.connect(self._take_over)
        self.view.selectionModel().currentChanged.connect(self._arm)
        self.model.modelReset.connect(self._arm)
        self.model.dataChanged.connect(self._arm)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.size("space") // 2)
        layout.addWidget(self._title)
        layout.addWidget(self.search)
        layout.addWidget(self._empty)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.take_over)
        layout.addWidget(self.retry)
        layout.addWidget(self.receipt)
        self._arm()

    def translate(self, phrases: Phrases) -> None:
        self._title.say(phrases.text("desk.cases"))
        self.view.setAccessibleName(phrases.text("desk.cases"))
        self.search.setPlaceholderText(f"{phrases.text('desk.search')} (Ctrl+F)")
        self.search.setAccessibleName(phrases.text("desk.search"))
        self.retry.name(f"{phrases.text('desk.retry')} (F7)")
        self.receipt.name(f"{phrases.text('receipt.button')} (F11)")
        self.take_over.name(f"{phrases.text('referred.take-over')} (F4)")

    def show_lines(self, lines: tuple[CaseLine, ...], phrases: Phrases) -> None:
        if lines != self._lines or phrases is not self._phrases:
            self._lines, self._phrases = lines, phrases
            self._show_matching()

    def forget(self) -> None:
        """What was looked for may be a customer's name: it goes when the desk is left."""
        self.search.clear()

    def _show_matching(self, *_: object) -> None:
        if self._phrases is None:
            return
        found = matching(self._lines, self.search.text(), self._phrases)
        self._empty.say(self._phrases.text("desk.nothing-found" if self._lines else "desk.no-cases"))
        self._empty.setVisible(not found)
        self.search.setVisible(bool(self._lines))
        self.model.show_lines(found, self._phrases)

    def chosen(self) -> CaseLine | None:
        """Return the chosen line; without a choice the first that can be gone on with or sent again."""
        line = self.view.currentIndex().data(Qt.ItemDataRole.UserRole)
        if isinstance(line, CaseLine):
            return line
        return next((line for line in self.model.lines if line.can_take_over or line.can_retry), None)

    def _arm(self, *_: object) -> None:
        line = self.chosen()
        session = "" if line is None else line.session
        marked = self.view.currentIndex().data(Qt.ItemDataRole.UserRole)
        kept = isinstance(marked, CaseLine) and marked.group in (CaseGroup.TO_SYNC, CaseGroup.DONE)
        self.receipt.setVisible(self._receipts and kept)
        self.receipt.arm(("receipt", session, str(self._retries)), allowed=kept)
        self.retry.setVisible(any(one.can_retry for one in self.model.lines))
        self.retry.arm(("retry", session, str(self._retries)), allowed=line is not None and line.can_retry)
        self.take_over.setVisible(any(one.can_take_over for one in self.model.lines))
        self.take_over.arm(("take-over", session, str(self._retries)), allowed=line is not None and line.can_take_over)

    def _receipt(self) -> None:
        line = self.chosen()
        if line is not None:
            self.receipt_wanted.emit(line.session)
        self._retries += 1
        self._arm()

    def _take_over(self) -> None:
        line = self.chosen()
        if line is not None and line.can_take_over:
            self.taken.emit(line.session)
        self._retries += 1
        self._arm()

    def _retry(self) -> None:
        line = self.chosen()
        if line is not None and line.can_retry:
            self._station.retry(SessionId(line.session))
        self._retries += 1
        self._arm()
