"""The plain table, in both directions of writing."""

import pytest
from PySide6.QtCore import Qt
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
