"""The drawn figure that shows what to do: hold up the card, turn it over, look ahead, blink, turn the head.

Left and right are the customer's own. The live picture beside the figure is mirrored like a bathroom mirror, so the customer's
left is on the left of the screen, and the figure turns there too. A right-to-left language changes nothing about that:
painting here never looks at the layout direction.
"""

from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final, assert_never

from PySide6.QtCore import QElapsedTimer, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPainterPath, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.scenes import Gesture
from ui.theme import Theme

LOOP_S: Final = 2.6
FRAME_MS: Final = 40


@dataclass(frozen=True, slots=True)
class HeadPosture:
    """turned: -1 to the left of the screen, +1 to the right; lids: 0 open, 1 closed; arrow: direction of the arrow on the screen;
    lowered: chin down, 0..1; nearer: leaning in, 0..1."""

    turned: float
    lids: float
    arrow: int
    lowered: float = 0.0
    nearer: float = 0.0


def head_posture(gesture: Gesture, phase: float) -> HeadPosture:
    """Return the figure at a moment of the loop. phase: 0..1."""
    match gesture:
        case Gesture.BLINK:
            return HeadPosture(0.0, _pulse(phase, 0.42, 0.13), 0)
        case Gesture.TURN_LEFT:
            return HeadPosture(-_there_and_back(phase), 0.0, -1)
        case Gesture.TURN_RIGHT:
            return HeadPosture(_there_and_back(phase), 0.0, 1)
        case Gesture.NOD:
            return HeadPosture(0.0, 0.0, 0, lowered=_there_and_back(phase))
        case Gesture.COME_CLOSER:
            return HeadPosture(0.0, 0.0, 0, nearer=_there_and_back(phase))
        case Gesture.LOOK_AHEAD | Gesture.SHOW_CARD | Gesture.TURN_CARD:
            return HeadPosture(0.0, 0.0, 0)
        case _:
            assert_never(gesture)


def still_phase(gesture: Gesture) -> float:
    """Return the moment of the loop that says most in a still picture, for people who want no motion."""
    return 0.42 if gesture is Gesture.BLINK else 0.5


def _there_and_back(phase: float) -> float:
    """Rest, turn, hold, come back."""
    if phase < 0.15:
        return 0.0
    if phase < 0.4:
        return 0.5 - 0.5 * cos(pi * (phase - 0.15) / 0.25)
    if phase < 0.7:
        return 1.0
    if phase < 0.92:
        return 0.5 + 0.5 * cos(pi * (phase - 0.7) / 0.22)
    return 0.0


def _pulse(phase: float, centre: float, half_width: float) -> float:
    away = abs(phase - centre) / half_width
    return 0.0 if away >= 1.0 else 0.5 + 0.5 * cos(pi * away)


class GestureFigure(QWidget):
    """Draws one gesture in a loop, or still where motion is not wanted."""

    def __init__(self, theme: Theme, *, reduced_motion: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._reduced_motion = reduced_motion
        self._gesture = Gesture.LOOK_AHEAD
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.update)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, 180)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(90, 90)

    @property
    def gesture(self) -> Gesture:
        return self._gesture

    def show_gesture(self, gesture: Gesture) -> None:
        if gesture is self._gesture:
            return
        self._gesture = gesture
        self._clock.restart()
        self.update()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._clock.restart()
        if not self._reduced_motion:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def _phase(self) -> float:
        if self._reduced_motion or not self._clock.isValid():
            return still_phase(self._gesture)
        return (self._clock.elapsed() / 1000.0 / LOOP_S) % 1.0

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width() / 1.3, self.height())
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale(side / 200, side / 200)
        phase = self._phase()
        match self._gesture:
            case Gesture.SHOW_CARD:
                self._paint_card_shown(painter, phase)
            case Gesture.TURN_CARD:
                self._paint_card_turned(painter, phase)
            case _:
                self._paint_head(painter, head_posture(self._gesture, phase))
        painter.end()

    # The figure is drawn in a square of 200 around the origin, 260 wide with its arrows.

    def _ink(self, name: str) -> QColor:
        return QColor(self._theme.colour(name))

    def _paint_head(self, painter: QPainter, posture: HeadPosture) -> None:
        skin, line = self._ink("brand-soft"), self._ink("brand")
        pen = QPen(line, 5)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(skin)
        shoulders = QPainterPath(QPointF(-72, 98))
        shoulders.cubicTo(-66, 66, -34, 62, -18, 56)
        shoulders.lineTo(18, 56)
        shoulders.cubicTo(34, 62, 66, 66, 72, 98)
        painter.drawPath(shoulders)
        shift = posture.turned
        painter.save()
        # Leaning in makes the head larger; a nod brings it down and its features further.
        painter.translate(0, 14 * posture.lowered)
        painter.scale(1.0 + 0.22 * posture.nearer, 1.0 + 0.22 * posture.nearer)
        painter.drawEllipse(QRectF(-52 + 4 * shift, -88, 104, 144))
        self._paint_hair(painter, shift)
        painter.translate(0, 20 * posture.lowered)
        self._paint_features(painter, pen, posture)
        painter.restore()
        if posture.arrow:
            self._paint_arrow(painter, posture.arrow)

    def _paint_hair(self, painter: QPainter, shift: float) -> None:
        hair = QPainterPath(QPointF(-52 + 4 * shift, -22))
        hair.cubicTo(-60, -112, 60 + 8 * shift, -112, 52 + 4 * shift, -22)
        hair.cubicTo(46 + 6 * shift, -58, 20 + 26 * shift, -62, 6 + 28 * shift, -60)
        hair.cubicTo(-26 + 20 * shift, -58, -46 + 6 * shift, -50, -52 + 4 * shift, -22)
        painter.save()
        painter.setBrush(self._ink("brand"))
        painter.drawPath(hair)
        painter.restore()

    def _paint_features(self, painter: QPainter, pen: QPen, posture: HeadPosture) -> None:
        yaw = posture.turned * 0.62
        depth = 46.0
        for at in (-0.46, 0.46):
            x = depth * sin(at + yaw)
            width = 13 * max(0.25, cos(at + yaw))
            openness = 9 * (1.0 - posture.lids)
            painter.setPen(pen)
            if openness < 1.5:
                lid = QPainterPath(QPointF(x - width, -16))
                lid.quadTo(x, -8, x + width, -16)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(lid)
            else:
                painter.setBrush(self._ink("card"))
                painter.drawEllipse(QPointF(x, -16), width, openness)
                painter.setBrush(self._ink("brand"))
                painter.drawEllipse(QPointF(x + 4 * posture.turned, -16), min(4.0, width / 2.5), min(4.0, openness))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        nose_x = 56 * sin(yaw)
        nose = QPainterPath(QPointF(nose_x - 3 * (posture.turned or 1.0), -6))
        nose.lineTo(nose_x + 5 * posture.turned, 10)
        nose.lineTo(nose_x - 6 * posture.turned - (5 if not posture.turned else 0), 13)
        painter.drawPath(nose)
        mouth_x = 44 * sin(yaw)
        half = 17 * cos(yaw)
        mouth = QPainterPath(QPointF(mouth_x - half, 28))
        mouth.quadTo(mouth_x, 38, mouth_x + half, 28)
        painter.drawPath(mouth)

    def _paint_arrow(self, painter: QPainter, direction: int) -> None:
        pen = QPen(self._ink("focus"), 9)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        tip = QPointF(122 * direction, -16)
        painter.drawLine(QPointF(74 * direction, -16), tip)
        painter.drawPolyline([QPointF(tip.x() - 20 * direction, -36), tip, QPointF(tip.x() - 20 * direction, 4)])

    def _paint_card_shown(self, painter: QPainter, phase: float) -> None:
        come = 0.5 - 0.5 * cos(2 * pi * min(phase, 0.5)) if phase < 0.5 else 1.0
        self._paint_camera(painter)
        painter.save()
        painter.translate(0, 92 - 62 * come)
        scale = 0.72 + 0.28 * come
        painter.scale(scale, scale)
        self._paint_card(painter, 1.0, front=True)
        painter.restore()

    def _paint_card_turned(self, painter: QPainter, phase: float) -> None:
        angle = pi * min(1.0, max(0.0, (phase - 0.2) / 0.4))
        self._paint_camera(painter)
        painter.save()
        painter.translate(0, 30)
        self._paint_card(painter, max(0.06, abs(cos(angle))), front=cos(angle) < 0)
        painter.restore()
        self._paint_turning_arrow(painter)

    def _paint_turning_arrow(self, painter: QPainter) -> None:
        pen = QPen(self._ink("focus"), 7)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(-70, -46, 140, 44), 20 * 16, 140 * 16)
        painter.drawPolyline([QPointF(56, -50), QPointF(66, -32), QPointF(46, -30)])

    def _paint_camera(self, painter: QPainter) -> None:
        painter.setPen(QPen(self._ink("brand"), 5))
        painter.setBrush(self._ink("brand-soft"))
        painter.drawRoundedRect(QRectF(-34, -98, 68, 34), 12, 12)
        painter.setBrush(self._ink("brand"))
        painter.drawEllipse(QPointF(0, -81), 7, 7)

    def _paint_card(self, painter: QPainter, width_share: float, *, front: bool) -> None:
        """The card around the origin, 150 x 95 at full width."""
        painter.save()
        painter.scale(width_share, 1.0)
        painter.setPen(QPen(self._ink("brand"), 5))
        painter.setBrush(self._ink("card"))
        painter.drawRoundedRect(QRectF(-75, -47, 150, 95), 10, 10)
        if front:
            painter.setBrush(self._ink("brand-soft"))
            painter.drawRoundedRect(QRectF(-62, -34, 40, 48), 5, 5)
            painter.drawEllipse(QPointF(-42, -16), 8, 10)
            painter.drawLine(QPointF(-8, -26), QPointF(58, -26))
            painter.drawLine(QPointF(-8, -8), QPointF(44, -8))
        else:
            painter.drawLine(QPointF(-58, -28), QPointF(30, -28))
        for y in (26, 37) if front else (6, 20, 34):
            pen = QPen(self._ink("brand"), 4)
            pen.setDashPattern([1.2, 1.6])
            painter.setPen(pen)
            painter.drawLine(QPointF(-60, y), QPointF(60, y))
        painter.restore()
