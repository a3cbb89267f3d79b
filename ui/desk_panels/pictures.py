"""A still picture that fits its place: the document's page, the two faces."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.frame import Pixels
from ui.camera_view import placement, scaled_for_screen
from ui.theme import Theme


class StillPicture(QWidget):
    def __init__(self, theme: Theme, least: QSize, *, grows: bool = True, fills: bool = False) -> None:
        super().__init__()
        self._theme, self._least, self._fills = theme, least, fills
        self._pixels: Pixels | None = None
        self._canvas: NDArray[np.uint8] | None = None
        self._drawn_size: tuple[int, int] | None = None
        self._empty_words = ""
        policy = QSizePolicy.Policy.Expanding if grows else QSizePolicy.Policy.Fixed
        self.setSizePolicy(policy, policy)

    def sizeHint(self) -> QSize:  # noqa: N802
        return self._least

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self._least

    def set_least(self, least: QSize) -> None:
        self._least = least
        self.updateGeometry()

    def say_when_empty(self, words: str) -> None:
        self._empty_words = words
        self.update()

    def show_pixels(self, pixels: Pixels | None) -> None:
        if pixels is not self._pixels:
            self._pixels = pixels
            self._drop_canvas()
            self.update()

    def forget(self) -> None:
        """Overwrite the copy held here; the original is the station's to wipe."""
        self._pixels = None
        self._drop_canvas()
        self.update()

    def _drop_canvas(self) -> None:
        if self._canvas is not None:
            self._canvas.fill(0)
        self._canvas, self._drawn_size = None, None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self._pixels is None:
            painter.setPen(QPen(QColor(self._theme.colour("line-strong")), 1, Qt.PenStyle.DashLine))
            painter.setBrush(QColor(self._theme.colour("raised")))
            painter.drawRoundedRect(place, 6, 6)
            painter.setPen(QColor(self._theme.colour("ink-soft")))
            wrapped = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(self.rect().adjusted(6, 6, -6, -6), wrapped, self._empty_words)
        else:
            height, width = self._pixels.shape[:2]
            lies = placement((width, height), (self.width(), self.height()), fills=self._fills)
            size = (lies.place.width(), lies.place.height())
            if size != self._drawn_size:
                self._drop_canvas()
                self._canvas = scaled_for_screen(self._pixels, lies.part, size, mirrored=False)
                self._drawn_size = size
            if self._canvas is not None:
                image = QImage(self._canvas.data, size[0], size[1], size[0] * 4, QImage.Format.Format_RGB32)
                painter.drawImage(lies.place.topLeft(), image)
        painter.end()
