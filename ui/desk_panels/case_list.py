"""The list of cases: the running one and the kept ones with their deliveries."""

from unicodedata import combining, normalize

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeySequence, QPainter, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLineEdit, QListView, QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from kiosk.values import SessionId
from ui.bridge import StationPort
from ui.desk_panels.case_row import SIDE, RowWriter, case_texts, paint_row
from ui.desk_scenes import CaseGroup, CaseLine
from ui.phrases import Phrases
from ui.theme import Theme
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
    """Paints the rows of `view`, each as high as its words need, and above the first of a group the group's name."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view
        self._heights: dict[tuple[str, int, int, str], int] = {}
        """Of rows, by case, width, size of letters and font, which the style sheet gives when the list is first shown."""

    def forget_heights(self, *_: object) -> None:
        self._heights.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: N802
        line, model = index.data(Qt.ItemDataRole.UserRole), index.model()
        width = self._view.viewport().width()
        if not isinstance(line, CaseLine) or not isinstance(model, CaseModel) or model.phrases is None:
            return QSize(width, 0)
        key = (line.session, width, self._theme.size("body"), self._view.font().key())
        if key not in self._heights:
            self._heights[key] = RowWriter(self._theme, model.phrases, self._view.font(), width).row(line).height
        return QSize(width, self._heights[key] + self._heading_height(index))

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
        row = RowWriter(self._theme, model.phrases, self._view.font(), option.rect.width()).row(line)
        paint_row(painter, row, QPointF(option.rect.topLeft()), self._theme, right_to_left=model.phrases.right_to_left)
        painter.restore()

    def _paint_heading(self, painter: QPainter, place: QRectF, line: CaseLine, model: CaseModel) -> None:
        if model.phrases is None:
            return
        painter.fillRect(place, QColor(self._theme.colour("raised")))
        count = sum(1 for other in model.lines if other.group is line.group)
        words = model.phrases.text("case-group.heading", group=model.phrases.text(f"case-group.{line.group}"), count=count)
        font = QFont(self._view.font())
        font.setPixelSize(self._theme.size("body"))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colour("ink-soft")))
        # A text of words and a figure begins where the language begins, whatever its first letter is.
        painter.setLayoutDirection(Qt.LayoutDirection.RightToLeft if model.phrases.right_to_left else Qt.LayoutDirection.LeftToRight)
        along = Qt.AlignmentFlag.AlignRight if model.phrases.right_to_left else Qt.AlignmentFlag.AlignLeft
        painter.drawText(
            place.adjusted(SIDE, 0, -SIDE, 0), int(along | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute), words
        )

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, line: CaseLine) -> None:
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        ground = "brand-soft" if selected or line.running else "card"
        painter.fillRect(option.rect, QColor(self._theme.colour(ground)))
        painter.setPen(QColor(self._theme.colour("line")))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        if selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QColor(self._theme.colour("focus")))
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))


class _RowsView(QListView):
    """Lays its rows out anew as soon as they are wider or narrower: their heights depend on it. Qt's own way waits a tenth of a second."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()


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
        self.view = _RowsView()
        self._delegate = CaseDelegate(theme, self.view)
        # Before the view hears of a change, which asks for the new heights at once.
        self.model.modelReset.connect(self._delegate.forget_heights)
        self.model.dataChanged.connect(self._delegate.forget_heights)
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
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
        self._empty.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
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
        layout.addWidget(self._empty, 1)
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
        self.view.setVisible(bool(found))
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
        kept = isinstance(marked, CaseLine) and marked.group in (CaseGroup.TO_SYNC, CaseGroup.DONE, CaseGroup.PRACTISED)
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
