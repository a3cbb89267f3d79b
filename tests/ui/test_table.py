"""The plain table, in both directions of writing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.table import Table

HEADERS, ROWS = ("Who", "Reason"), (("a.omar", "known"), ("m.lind", "hurry"))
SIDES = {Qt.LayoutDirection.LeftToRight: Qt.AlignmentFlag.AlignLeft, Qt.LayoutDirection.RightToLeft: Qt.AlignmentFlag.AlignRight}


@pytest.mark.parametrize("direction", SIDES)
def test_a_row_is_chosen_and_seen_to_be_whichever_way_is_read(qtbot: QtBot, direction: Qt.LayoutDirection) -> None:
    table = Table(1)
    qtbot.addWidget(table)
    table.setLayoutDirection(direction)
    table.show_rows(HEADERS, ROWS)
    assert table.chosen() == 0
    assert [index.row() for index in table.selectionModel().selectedRows()] == [0]


def test_a_header_stands_on_the_side_its_column_is_read_from_after_the_language_changes(qtbot: QtBot) -> None:
    table = Table(1)
    qtbot.addWidget(table)
    table.show_rows(HEADERS, ROWS)
    for direction in (Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight):
        table.setLayoutDirection(direction)
        assert table.horizontalHeader().defaultAlignment() & Qt.AlignmentFlag.AlignHorizontal_Mask == SIDES[direction]


def test_a_table_is_as_high_as_its_rows_and_scrolls_where_there_is_no_room(qtbot: QtBot) -> None:
    holder, table = QWidget(), Table(0)
    layout = QVBoxLayout(holder)
    layout.addWidget(table)
    layout.addStretch(1)
    qtbot.addWidget(holder)
    holder.resize(500, 400)
    holder.show()
    for count, expected in ((2, 2), (5, 5), (200, None)):
        table.show_rows(("name",), tuple((f"row {number}",) for number in range(count)))
        QApplication.processEvents()
        rows = (table.height() - table.horizontalHeader().height()) // table.rowHeight(0)
        assert rows == expected if expected else (table.verticalScrollBar().maximum() > 0 and table.height() > 300)
