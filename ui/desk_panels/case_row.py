"""How a case stands in the list: every word of it, wrapped to the width there is. Nothing is cut off.

Time and holder; purpose and channel; outcome and delivery, side by side where both have room and else one under the other; what the
delivery waits for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextLayout, QTextOption

from ui.desk_scenes import CaseLine
from ui.icons import draw_icon
from ui.phrases import Phrases
from ui.scenes import Mark
from ui.theme import MARK_LOOKS, Theme

SIDE, TOP = 12, 7
"""Pixels between a row's edges and its words."""
LEADING = 8
"""Pixels a line is higher than its letters."""
ICON_GAP, MARK_GAP = 5, 10


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Words in their place; x and y in pixels from the row's top left. mark: the sign before them, None without one."""

    words: QTextLayout
    place: QRectF
    colour: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CaseRow:
    blocks: tuple[Block, ...]
    height: int


def case_texts(line: CaseLine, phrases: Phrases) -> tuple[str, str, str, str, str]:
    """Return time and holder, purpose and channel, outcome, delivery, detail."""
    time = phrases.locale.time(line.opened_at.astimezone())
    holder = phrases.text("desk.no-name") if line.holder is None or not line.holder.reveal() else line.holder.reveal()
    return (
        f"{time}  {holder}",
        f"{phrases.say(line.purpose)} · {phrases.say(line.channel)}",
        phrases.say(line.outcome),
        phrases.say(line.delivery),
        "" if line.detail is None else phrases.say(line.detail),
    )


class RowWriter:
    """Lays out rows of one width, in one theme and language. font: of the list; its size is the theme's."""

    def __init__(self, theme: Theme, phrases: Phrases, font: QFont, width: float) -> None:
        self._phrases, self._width = phrases, width
        self._plain, self._bold = QFont(font), QFont(font)
        for each in (self._plain, self._bold):
            each.setPixelSize(theme.size("body"))
        self._plain.setBold(False)
        self._bold.setBold(True)
        self._step = theme.size("body") + LEADING
        self._icon = theme.size("body") * 1.2

    def row(self, line: CaseLine) -> CaseRow:
        first, second, outcome, delivery, detail = case_texts(line, self._phrases)
        across = self._width - 2 * SIDE
        blocks = [self._block(first, "ink", SIDE, across, TOP, bold=True)]
        blocks.append(self._block(second, "ink-soft", SIDE, across, _below(blocks)))
        blocks += self._marks((outcome, line.outcome_mark), (delivery, line.delivery_mark), _below(blocks), across)
        if detail:
            blocks.append(self._block(detail, "ink-soft", SIDE, across, _below(blocks)))
        return CaseRow(tuple(blocks), ceil(_below(blocks)) + TOP)

    def _marks(self, outcome: tuple[str, Mark], delivery: tuple[str, Mark], top: float, across: float) -> Iterator[Block]:
        """Lay out the two; beside each other the second begins in the middle where it can, so that rows can be compared."""
        metrics, sign = QFontMetricsF(self._plain), self._icon + ICON_GAP
        one, other = (ceil(metrics.horizontalAdvance(text)) + sign + 1 for text, _ in (outcome, delivery))
        beside = one + MARK_GAP + other <= across
        begins = max(one + MARK_GAP, min(across / 2, across - other)) if beside else 0.0
        first = self._block(outcome[0], "", *self._along(0.0, begins - MARK_GAP if beside else across, across), top, mark=outcome[1])
        yield first
        lower = top if beside else first.place.bottom()
        yield self._block(delivery[0], "", *self._along(begins, across - begins, across), lower, mark=delivery[1])

    def _along(self, begins: float, wide: float, across: float) -> tuple[float, float]:
        """Return the left edge and width of what begins so far from the row's start, in the direction of the language."""
        return (SIDE + across - begins - wide if self._phrases.right_to_left else SIDE + begins), wide

    def _block(
        self, text: str, colour: str, left: float, wide: float, top: float, *, bold: bool = False, mark: Mark | None = None
    ) -> Block:
        """Lay out a text; with a mark its words begin beside the sign, in the direction of the language."""
        rtl = self._phrases.right_to_left
        option = QTextOption((Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignAbsolute)
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        words = QTextLayout(text, self._bold if bold else self._plain)
        words.setTextOption(option)
        room = wide - (0 if mark is None else self._icon + ICON_GAP)
        words.beginLayout()
        height = 0.0
        while (line := words.createLine()).isValid():
            line.setLineWidth(room)
            step = max(self._step, line.height())
            line.setPosition(QPointF(0, height + (step - line.height()) / 2))
            height += step
        words.endLayout()
        return Block(words, QRectF(left, top, wide, height), MARK_LOOKS[mark][1] if mark is not None else colour, mark)


def _below(blocks: list[Block]) -> float:
    return max(block.place.bottom() for block in blocks)


def paint_row(painter: QPainter, row: CaseRow, at: QPointF, theme: Theme, *, right_to_left: bool) -> None:
    """at: the row's top left on what is painted."""
    icon_side = theme.size("body") * 1.2
    for block in row.blocks:
        place = block.place.translated(at)
        painter.setPen(QColor(theme.colour(block.colour)))
        begins = place.topLeft()
        if block.mark is not None:
            name, colour = MARK_LOOKS[block.mark]
            middle = place.top() + (theme.size("body") + LEADING - icon_side) / 2
            left = place.right() - icon_side if right_to_left else place.left()
            draw_icon(painter, name, theme.colour(colour), QRectF(left, middle, icon_side, icon_side))
            begins += QPointF(0 if right_to_left else icon_side + ICON_GAP, 0)
        block.words.draw(painter, begins)
