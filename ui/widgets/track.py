"""Progress, drawn: the stops of the journey, the dots of the prompts, the steps of the work, a countdown."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.icons import draw_icon
from ui.scenes import Progress, Stage
from ui.theme import Theme


class StageTrack(QWidget):
    """The four stops with their names; the current one stands out, the ones behind carry a tick."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: dict[Stage, str] = {}
        self._now: Stage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_stage(self, stage: Stage | None, names: dict[Stage, str], spoken: str) -> None:
        if (stage, names) != (self._now, self._names):
            self._now, self._names = stage, names
            self.setAccessibleName(spoken)
            self.updateGeometry()
            self.update()

    def _font(self, *, bold: bool) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.size("caption"))
        font.setBold(bold)
        return font

    def _dot(self) -> int:
        return round(self._theme.size("caption") * 1.35)

    def _widths(self) -> list[int]:
        metrics = QFontMetrics(self._font(bold=True))
        return [self._dot() + 8 + metrics.horizontalAdvance(name) for name in self._names.values()]

    def sizeHint(self) -> QSize:  # noqa: N802
        gaps = 18 * max(0, len(self._names) - 1)
        return QSize(sum(self._widths()) + gaps, self._dot() + 8)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self._now is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        widths = self._widths()
        gap = max(14.0, min(64.0, (self.width() - sum(widths)) / max(1, len(widths) - 1)))
        now = list(Stage).index(self._now)
        right_to_left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = 0.0
        for number, (stage, width) in enumerate(zip(self._names, widths, strict=True)):
            start = self.width() - x - width if right_to_left else x
            self._paint_stop(painter, start, float(width), self._names[stage], number - now, right_to_left=right_to_left)
            if number + 1 < len(widths):
                line_from = x + width + 6
                ends = (line_from, line_from + gap - 12)
                painter.setPen(QPen(QColor(self._theme.colour("line-strong")), 2))
                middle = self.height() / 2
                mirrored = [self.width() - end for end in ends] if right_to_left else list(ends)
                painter.drawLine(QPointF(mirrored[0], middle), QPointF(mirrored[1], middle))
            x += width + gap
        painter.end()

    def _paint_stop(self, painter: QPainter, start: float, width: float, name: str, away: int, *, right_to_left: bool) -> None:
        """away: stops from the current one, negative behind it."""
        dot = float(self._dot())
        brand = QColor(self._theme.colour("brand"))
        top = (self.height() - dot) / 2
        circle = QRectF(start + width - dot if right_to_left else start, top, dot, dot)
        painter.setPen(QPen(brand if away <= 0 else QColor(self._theme.colour("line-strong")), 2.5))
        painter.setBrush(brand if away <= 0 else QColor(self._theme.colour("card")))
        painter.drawEllipse(circle.adjusted(1.5, 1.5, -1.5, -1.5))
        if away < 0:
            draw_icon(painter, "check", self._theme.colour("on-brand"), circle.adjusted(6, 6, -6, -6))
        elif away == 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.colour("on-brand")))
            painter.drawEllipse(circle.center(), dot * 0.16, dot * 0.16)
        painter.setFont(self._font(bold=away == 0))
        painter.setPen(QColor(self._theme.colour("ink" if away <= 0 else "ink-soft")))
        words = QRectF(start if right_to_left else start + dot + 8, 0, width - dot - 8, self.height())
        along = Qt.AlignmentFlag.AlignRight if right_to_left else Qt.AlignmentFlag.AlignLeft
        painter.drawText(words, int(along | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute), name)


class PromptDots(QWidget):
    """One dot per prompt: done ones carry a tick, the current one is ringed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._done = 0
        self._total = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        side = round(self._theme.size("lead") * 1.3)
        return QSize(self._total * (side + 14), side + 6)

    def show_progress(self, done: int, total: int, spoken: str) -> None:
        if (done, total) != (self._done, self._total):
            self._done, self._total = done, total
            self.updateGeometry()
            self.update()
        self.setAccessibleName(spoken)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self._theme.size("lead") * 1.3
        step = side + 14
        start = (self.width() - self._total * step + 14) / 2
        right_to_left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        brand, card = QColor(self._theme.colour("brand")), QColor(self._theme.colour("card"))
        for number in range(self._total):
            place = self._total - 1 - number if right_to_left else number
            dot = QRectF(start + place * step, (self.height() - side) / 2, side, side)
            done, now = number < self._done, number == self._done
            painter.setPen(QPen(brand if done or now else QColor(self._theme.colour("line-strong")), 4 if now else 2))
            painter.setBrush(brand if done else card)
            painter.drawEllipse(dot.adjusted(2, 2, -2, -2))
            if done:
                draw_icon(painter, "check", self._theme.colour("on-brand"), dot.adjusted(7, 7, -7, -7))
        painter.end()


PROGRESS_LOOKS = {
    Progress.DONE: ("check-circle", "good"),
    Progress.NOW: ("clock", "brand"),
    Progress.TO_COME: ("circle", "line-strong"),
    Progress.FAILED: ("question-circle", "doubt"),
}


class CountdownRing(QWidget):
    """A ring that empties, with the seconds in its middle: time shown as shape and as number."""

    def __init__(self, theme: Theme, side: int, ink: str, ring: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._ink, self._ring = theme, ink, ring
        self._left, self._of, self._figure = 0, 1, ""
        self.setFixedSize(side, side)

    def show_seconds(self, left: int, of: int, spoken: str, figure: str) -> None:
        """figure: what is left, as the language writes it; spoken: the same in a sentence."""
        if (left, of) != (self._left, self._of):
            self._left, self._of, self._figure = left, max(1, of), figure
            self.setAccessibleName(spoken)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = self.width() * 0.08
        place = QRectF(self.rect()).adjusted(thick, thick, -thick, -thick)
        faint = QColor(self._theme.colour(self._ring))
        faint.setAlpha(60)
        painter.setPen(QPen(faint, thick))
        painter.drawEllipse(place)
        pen = QPen(QColor(self._theme.colour(self._ring)), thick)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(place, 90 * 16, round(360 * 16 * min(1.0, self._left / self._of)))
        font = QFont(self.font())
        font.setPixelSize(round(self.width() * 0.34))
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.colour(self._ink)))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self._figure)
        painter.end()
