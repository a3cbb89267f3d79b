"""The live picture. Pulls the newest frame when told to look, never receives frames through Qt signals.

One resize and one colour change per new frame, kept until the next; overlays are drawn from shares of the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from kiosk.frame import Frame, Pixels
from ui.scenes import Box, Corners
from ui.theme import Theme
from ui.watch import UiWatch

FOLLOWS: Final = 0.35
"""Share of the way the oval goes to the face with each picture: steady enough not to tremble."""

RESTING_BOX: Final[Box] = (0.36, 0.2, 0.64, 0.8)


@dataclass(frozen=True, slots=True)
class Placement:
    """How a picture lies in a view. part: the part of the picture that is shown, shares; place: where, in view pixels."""

    part: Box
    place: QRect


def placement(picture: tuple[int, int], view: tuple[int, int], *, fills: bool) -> Placement:
    """fills: cut the picture to fill the view; otherwise show all of it with bars beside."""
    (picture_w, picture_h), (view_w, view_h) = picture, view
    wide = picture_w * view_h > picture_h * view_w
    if fills:
        part_w = view_w * picture_h / (view_h * picture_w) if wide else 1.0
        part_h = 1.0 if wide else view_h * picture_w / (view_w * picture_h)
        part = ((1 - part_w) / 2, (1 - part_h) / 2, (1 + part_w) / 2, (1 + part_h) / 2)
        return Placement(part, QRect(0, 0, view_w, view_h))
    scale = min(view_w / picture_w, view_h / picture_h)
    width, height = max(1, round(picture_w * scale)), max(1, round(picture_h * scale))
    return Placement((0.0, 0.0, 1.0, 1.0), QRect((view_w - width) // 2, (view_h - height) // 2, width, height))


class CameraView(QWidget):
    """latest: gives the newest frame or None; mirrored: for a customer's own face only, so that a page stays readable."""

    def __init__(
        self,
        theme: Theme,
        latest: Callable[[], Frame | None],
        *,
        mirrored: bool,
        fills: bool,
        watch: UiWatch,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme, self._latest, self._mirrored, self._fills, self._watch = theme, latest, mirrored, fills, watch
        self._frame: Frame | None = None
        self._drawn: tuple[object, ...] = ()
        self._canvas: NDArray[np.uint8] | None = None
        self._image: QImage | None = None
        self._quad: Corners | None = None
        self._glare: Box | None = None
        self._box: Box | None = None
        self._oval: Box = RESTING_BOX
        self._remaining: float | None = None
        self._guide = ""
        self._resting_words = ""
        self._stale = False
        self._corners: tuple[QSize, QPainterPath] = (QSize(), QPainterPath())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(480, 270)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(120, 80)

    def say_when_dark(self, words: str) -> None:
        """words: shown while no picture comes."""
        self._resting_words = words

    def show_as(self, *, mirrored: bool, fills: bool) -> None:
        if (mirrored, fills) != (self._mirrored, self._fills):
            self._mirrored, self._fills = mirrored, fills
            self._drawn = ()
            self.update()

    def show_page(self, quad: Corners | None, glare: Box | None = None) -> None:
        """Outline a page and ring the reflection on it; before a page is seen, show where it belongs."""
        if (self._guide, self._quad, self._glare) != ("page", quad, glare):
            self._guide, self._quad, self._glare, self._stale = "page", quad, glare, True

    def show_face(self, box: Box | None, remaining: float | None) -> None:
        """Draw the oval around the face and how much of the response time is left around it."""
        self._guide, self._box, self._remaining, self._stale = "face", box, remaining, True

    def show_nothing(self) -> None:
        if self._guide:
            self._guide, self._stale = "", True

    def look(self) -> None:
        """Take the newest frame, if it is another one, and paint what has changed; called by the bridge's timer.

        The only place that asks for a paint while pictures flow: a new outline waits for the next picture, it does not paint twice.
        """
        if not self.isVisible():
            return
        frame = self._latest()
        if frame is not self._frame or self._stale:
            self._frame, self._stale = frame, False
            self.update()

    def forget(self) -> None:
        """Overwrite and drop every pixel held."""
        if self._canvas is not None:
            self._image = None
            self._canvas.fill(0)
            self._canvas = None
        self._frame, self._drawn, self._quad, self._glare, self._box, self._oval = None, (), None, None, None, RESTING_BOX
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        started = perf_counter()
        painter = QPainter(self)
        frame = self._frame
        if frame is None or not self._fills:
            painter.fillRect(self.rect(), QColor(self._theme.colour("stage")))
        if frame is None:
            painter.setPen(QColor(self._theme.colour("on-stage")))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._resting_words)
        else:
            lies = placement(frame.size, (self.width(), self.height()), fills=self._fills)
            self._bring(frame, lies)
            if self._image is not None:
                painter.drawImage(lies.place.topLeft(), self._image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._guide == "page":
                self._paint_page(painter, lies)
            elif self._guide == "face":
                self._paint_face(painter, lies)
        self._paint_corners(painter)
        painter.end()
        self._watch.took("camera paint", perf_counter() - started)

    def _bring(self, frame: Frame, lies: Placement) -> None:
        """Scale the shown part of the frame once, into a buffer that is used again."""
        ratio = self.devicePixelRatioF()
        size = (round(lies.place.width() * ratio), round(lies.place.height() * ratio))
        wanted = (id(frame.pixels), frame.sequence, size, self._mirrored)
        if wanted == self._drawn:
            return
        spare = self._canvas if self._canvas is not None and self._canvas.shape[:2] == (size[1], size[0]) else None
        if spare is None and self._canvas is not None:
            self._canvas.fill(0)
        self._canvas = scaled_for_screen(frame.pixels, lies.part, size, mirrored=self._mirrored, spare=spare)
        self._image = QImage(self._canvas.data, size[0], size[1], size[0] * 4, QImage.Format.Format_RGB32)
        self._image.setDevicePixelRatio(ratio)
        self._drawn = wanted

    def _at(self, x: float, y: float, lies: Placement) -> QPointF:
        """Return where a share of the picture lies in the view."""
        x0, y0, x1, y1 = lies.part
        across = (x - x0) / (x1 - x0)
        if self._mirrored:
            across = 1.0 - across
        return QPointF(lies.place.x() + across * lies.place.width(), lies.place.y() + (y - y0) / (y1 - y0) * lies.place.height())

    def _paint_glare(self, painter: QPainter, lies: Placement) -> None:
        if self._glare is None:
            return
        x0, y0, x1, y1 = self._glare
        ring = QRectF(self._at(x0, y0, lies), self._at(x1, y1, lies)).normalized().adjusted(-14, -14, 14, 14)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, thick in ((self._theme.colour("stage"), 9), ("#FFFFFF", 5)):
            painter.setPen(QPen(QColor(colour), thick))
            painter.drawEllipse(ring)

    def _paint_page(self, painter: QPainter, lies: Placement) -> None:
        seen = QColor(self._theme.colour("seen"))
        if self._quad is not None:
            corners = QPolygonF([self._at(x, y, lies) for x, y in self._quad])
            fill = QColor(seen)
            fill.setAlpha(40)
            painter.setBrush(fill)
            painter.setPen(QPen(seen, 6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
            painter.drawPolygon(corners)
            self._paint_glare(painter, lies)
            return
        # An ID-1 card is 85.6 x 54 mm; its place is drawn as four corners.
        height = lies.place.height() * 0.66
        width = min(height * 1.586, lies.place.width() * 0.86)
        height = width / 1.586
        place = QRectF(0, 0, width, height)
        place.moveCenter(QRectF(lies.place).center())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, thick in ((self._theme.colour("stage"), 9), ("#FFFFFF", 5)):
            painter.setPen(QPen(QColor(colour), thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
            arm = height * 0.16
            for corner, right, down in (
                (place.topLeft(), 1, 1),
                (place.topRight(), -1, 1),
                (place.bottomRight(), -1, -1),
                (place.bottomLeft(), 1, -1),
            ):
                along, below = corner + QPointF(arm * right, 0), corner + QPointF(0, arm * down)
                painter.drawPolyline([along, corner, below])

    def _paint_face(self, painter: QPainter, lies: Placement) -> None:
        target = self._box or RESTING_BOX
        self._oval = _towards(self._oval, target)
        x0, y0, x1, y1 = self._oval
        first, last = self._at(x0, y0, lies), self._at(x1, y1, lies)
        box = QRectF(first, last).normalized()
        height = min(max(box.height() * 1.3, box.width() * 1.55), self.height() - 24.0)
        width = height / 1.36
        oval = QRectF(0, 0, width, height)
        oval.moveCenter(box.center() - QPointF(0, box.height() * 0.03))
        oval.moveTop(min(max(oval.top(), 12.0), self.height() - 12.0 - height))
        dim = QPainterPath()
        dim.setFillRule(Qt.FillRule.OddEvenFill)
        dim.addRect(QRectF(self.rect()))
        dim.addEllipse(oval)
        painter.fillPath(dim, QColor(16, 27, 32, 110))
        seen = QColor(self._theme.colour("seen"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._box is None:
            painter.setPen(QPen(QColor("#FFFFFF"), 5, Qt.PenStyle.DashLine, Qt.PenCapStyle.RoundCap))
            painter.drawEllipse(oval)
            return
        painter.setPen(QPen(QColor(255, 255, 255, 150) if self._remaining is not None else seen, 6))
        painter.drawEllipse(oval)
        if self._remaining is not None:
            painter.setPen(QPen(seen, 12, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawArc(oval, 90 * 16, ceil(360 * 16 * self._remaining))

    def _paint_corners(self, painter: QPainter) -> None:
        """Round the view's corners by painting the ground over them: cheaper than a clip."""
        if self._corners[0] != self.size():
            self._corners = (self.size(), corners_outside(self.rect(), self._theme.size("radius")))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(self._corners[1], QColor(self._theme.colour("paper")))


def corners_outside(rect: QRect, radius: int) -> QPainterPath:
    """Return the four small pieces between a rectangle and the same one with round corners."""
    pieces = QPainterPath()
    size = 2.0 * radius
    left, top, right, bottom = float(rect.left()), float(rect.top()), float(rect.right() + 1), float(rect.bottom() + 1)
    for corner, box, start in (
        (QPointF(left, top), QRectF(left, top, size, size), 90.0),
        (QPointF(right, top), QRectF(right - size, top, size, size), 0.0),
        (QPointF(right, bottom), QRectF(right - size, bottom - size, size, size), 270.0),
        (QPointF(left, bottom), QRectF(left, bottom - size, size, size), 180.0),
    ):
        pieces.moveTo(corner)
        pieces.arcTo(box, start, 90.0)
        pieces.closeSubpath()
    return pieces


def _towards(now: Box, target: Box) -> Box:
    x0, y0, x1, y1 = (here + FOLLOWS * (there - here) for here, there in zip(now, target, strict=True))
    return x0, y0, x1, y1


def scaled_for_screen(
    pixels: Pixels, part: Box, size: tuple[int, int], *, mirrored: bool, spare: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Return the part of a BGR picture at this size as BGRX, shape (height, width, 4), for QImage's RGB32.

    part: shares x0, y0, x1, y1; size: (width, height) pixels; spare: a buffer of the same shape that may be written over.
    """
    import cv2  # at the first frame, when the camera has loaded it: the first paint does not wait for it

    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = part
    # At least one pixel, however thin the picture.
    left, top = min(round(x0 * width), width - 1), min(round(y0 * height), height - 1)
    shown = pixels[top : max(top + 1, round(y1 * height)), left : max(left + 1, round(x1 * width))]
    scaled = cv2.resize(shown, size, interpolation=cv2.INTER_LINEAR)
    if mirrored:
        scaled = cv2.flip(scaled, 1)
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_BGR2BGRA, dst=spare), np.uint8)
