"""A part in the middle of the width, no wider than it can be read."""

from PySide6.QtWidgets import QHBoxLayout, QWidget


def centred(part: QWidget, most_wide: int) -> QHBoxLayout:
    """most_wide: pixels."""
    part.setMaximumWidth(most_wide)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(part, 20)
    row.addStretch(1)
    return row
