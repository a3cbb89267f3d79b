"""A plain table: rows of text, one line each, chosen by keyboard. Texts are replaced, rows never edited."""

from PySide6.QtCore import QAbstractTableModel, QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

ROOM_BELOW = 4
"""Pixels under the last row, for the outline of a table that has the keyboard."""
LEAST_ROWS = 3
AnyIndex = QModelIndex | QPersistentModelIndex
Row = tuple[str, ...]


class RowModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self.headers: Row = ()
        self.rows: tuple[Row, ...] = ()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.headers)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        text = self.rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.headers[index.column()]}: {text}"
        return None

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.headers[section]
        return None

    def show_rows(self, headers: Row, rows: tuple[Row, ...]) -> None:
        if (headers, rows) != (self.headers, self.rows):
            self.beginResetModel()
            self.headers, self.rows = headers, rows
            self.endResetModel()


class Table(QTableView):
    """stretched: number of the column that takes the room the others leave."""

    def __init__(self, stretched: int) -> None:
        super().__init__()
        self._stretched = stretched
        self.rows = RowModel()
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def show_rows(self, headers: Row, rows: tuple[Row, ...]) -> None:
        before = self.currentIndex().row()
        self.rows.show_rows(headers, rows)
        for column in range(len(headers)):
            mode = QHeaderView.ResizeMode.Stretch if column == self._stretched else QHeaderView.ResizeMode.ResizeToContents
            self.horizontalHeader().setSectionResizeMode(column, mode)
        self._align_headers()
        self.updateGeometry()
        if rows:
            self._choose(min(max(before, 0), len(rows) - 1))

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows: what stands below follows them. Where there is no room for all, they are scrolled."""
        rows = self.verticalHeader().length() + self.horizontalHeader().sizeHint().height()
        return QSize(super().sizeHint().width(), rows + 2 * self.frameWidth() + ROOM_BELOW)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        least = self.horizontalHeader().sizeHint().height() + LEAST_ROWS * self.verticalHeader().defaultSectionSize()
        return QSize(super().minimumSizeHint().width(), min(least, self.sizeHint().height()))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() is QEvent.Type.LayoutDirectionChange:
            self._align_headers()

    def _align_headers(self) -> None:
        """A styled header mirrors its columns but not the text in them."""
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        self.horizontalHeader().setDefaultAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    def _choose(self, row: int) -> None:
        """Not `selectRow`, which chooses nothing in a right-to-left table that was not laid out yet."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.rows.index(row, 0), flags)

    def chosen(self) -> int | None:
        """Return the number of the chosen row, None without rows."""
        row = self.currentIndex().row()
        return row if 0 <= row < len(self.rows.rows) else None

    def forget(self) -> None:
        self.rows.show_rows(self.rows.headers, ())
