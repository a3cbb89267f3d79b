"""A verdict; rows of a sign, a text and a word: checks and reasons; a table of names and values. Labels are used again, never rebuilt."""

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from ui.desk_scenes import CheckLine, FieldLine, Money
from ui.phrases import Phrases
from ui.scenes import Mark, Words
from ui.theme import MARK_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text, set_role


class Verdict(QWidget):
    """A sign and words, in the colour of its weight."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icon = IconLabel(round(theme.size("lead") * 1.2))
        self._text = Text("strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)

    def show_verdict(self, text: str, mark: Mark) -> None:
        icon_name, colour = MARK_LOOKS[mark]
        self._icon.show_icon(icon_name, self._theme.colour(colour))
        self._text.say(text)


class CheckRows(QWidget):
    """Each check with icon, words and the word of its weight: never by colour alone."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: list[tuple[IconLabel, Text, Text]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)

    def show_checks(self, checks: tuple[CheckLine, ...], phrases: Phrases) -> None:
        while len(self._rows) < len(checks):
            self._add_row()
        for number, row in enumerate(self._rows):
            for part in row:
                part.setVisible(number < len(checks))
        for check, (picture, text, weight) in zip(checks, self._rows, strict=False):
            icon_name, colour = MARK_LOOKS[check.mark]
            picture.show_icon(icon_name, self._theme.colour(colour))
            detail = _detail_text(check, phrases)
            text.say(f"{phrases.say(check.words)}: {detail}" if detail else phrases.say(check.words))
            word = phrases.text(f"weight.{check.mark}") if check.says is None else phrases.say(check.says)
            weight.say(word if check.sure is None else f"{word} · {phrases.locale.percent(check.sure / 100)}")
            set_role(weight, str(check.mark))

    def forget(self) -> None:
        for _, text, weight in self._rows:
            text.say("")
            weight.say("")

    def _add_row(self) -> None:
        row = (IconLabel(round(self._theme.size("body") * 1.3)), Text(), Text("", wraps=False))
        at = len(self._rows)
        for column, part in enumerate(row):
            self._grid.addWidget(part, at, column, Qt.AlignmentFlag.AlignTop if column == 0 else Qt.AlignmentFlag(0))
        self._rows.append(row)


def _detail_text(check: CheckLine, phrases: Phrases) -> str:
    if isinstance(check.detail, tuple):
        return " · ".join(phrases.say(words) for words in check.detail)
    seen = check.detail.reveal()
    return phrases.locale.day(seen) if isinstance(seen, date) else seen


def _value_text(line: FieldLine, phrases: Phrases) -> str:
    if isinstance(line.value, Words):
        return phrases.say(line.value)
    shown = line.value.reveal()
    match shown:
        case date():
            return phrases.locale.day(shown)
        case Money(figures=figures, currency=currency):
            return f"{phrases.locale.figures(figures)}\u00a0{currency}"
        case _:
            return shown


class FieldRows(QWidget):
    """Names and values. Values are read out of their masks only here, on their way to the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[Text, Text]] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)

    def show_fields(self, fields: tuple[FieldLine, ...], phrases: Phrases) -> None:
        while len(self._rows) < len(fields):
            row = (Text("caption", wraps=False), Text("strong"))
            for column, part in enumerate(row):
                self._grid.addWidget(part, len(self._rows), column)
            self._rows.append(row)
        for number, (name, value) in enumerate(self._rows):
            there = number < len(fields)
            name.setVisible(there)
            value.setVisible(there)
            name.say(phrases.say(fields[number].name) if there else "")
            value.say(_value_text(fields[number], phrases) if there else "")
            value.setAccessibleName(f"{name.text()}: {value.text()}")

    def forget(self) -> None:
        for name, value in self._rows:
            for part in (name, value):
                part.say("")
                part.setAccessibleName("")
