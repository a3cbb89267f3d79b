"""The administrator's page: which camera, is there light, is it in focus; models, keys, the link to the bank."""

from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from kiosk.frame import Frame
from kiosk.imaging.light_and_focus import Seen, light_and_focus
from kiosk.values import Masked
from ui.bridge import Bridge
from ui.camera_view import CameraView
from ui.desk_panels.rows import CheckRows, FieldRows
from ui.desk_rooms.page import RoomPage
from ui.desk_scenes import CheckLine, FieldLine
from ui.phrases import Phrases, isolated
from ui.rooms import OfficePort
from ui.scenes import Mark, Words
from ui.theme import MARK_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text, frame
from ui.widgets.once_button import OnceButton
from ui.wording import known_words, problem_words

if TYPE_CHECKING:
    from kiosk.trust.station_sheet import StationSheet

LOOKS_BETWEEN: Final = 15
"""The picture is judged every so many looks, twice a second."""


class StationPage(RoomPage):
    def __init__(self, theme: Theme, bridge: Bridge, offices: OfficePort) -> None:
        super().__init__(theme, bridge, offices, "room.station", "station.text")
        self._sheet: StationSheet | None = None
        self._looks, self._times = 0, 0
        self._judged: Frame | None = None
        self.camera = CameraView(theme, bridge.station.latest_frame, mirrored=False, fills=False, watch=bridge.watch)
        self.chooser = QComboBox()
        self.chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.chooser.setMinimumContentsLength(14)
        self.use = OnceButton("primary")
        self.use.acted.connect(self._use)
        self.chooser.currentIndexChanged.connect(lambda _: self._arm())
        self._kept = Text("caption")
        self._signs = {part: (IconLabel(20), Text("strong")) for part in ("light", "focus")}
        self._bank_icon, self._bank = IconLabel(20), Text("strong")
        self._titles = {name: Text("strong") for name in ("keys", "models")}
        self.keys, self.models = FieldRows(), CheckRows(theme)
        columns = QHBoxLayout()
        columns.setSpacing(theme.size("space"))
        columns.addWidget(self._make_camera(theme), 1)
        columns.addWidget(self._make_facts(theme), 1)
        self.body.addLayout(columns, 1)

    def _make_camera(self, theme: Theme) -> QWidget:
        box = frame("panel")
        layout = QVBoxLayout(box)
        layout.setSpacing(theme.size("space") // 2)
        row = QHBoxLayout()
        row.addWidget(self.chooser, 1)
        row.addWidget(self.use)
        layout.addLayout(row)
        layout.addWidget(self.camera, 1)
        signs = QGridLayout()
        signs.setColumnStretch(1, 1)
        for number, (icon, text) in enumerate(self._signs.values()):
            signs.addWidget(icon, number, 0)
            signs.addWidget(text, number, 1)
        layout.addLayout(signs)
        layout.addWidget(self._kept)
        return box

    def _make_facts(self, theme: Theme) -> QWidget:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setSpacing(theme.size("space") // 2)
        bank = QHBoxLayout()
        bank.addWidget(self._bank_icon)
        bank.addWidget(self._bank, 1)
        layout.addLayout(bank)
        for title, rows in ((self._titles["keys"], self.keys), (self._titles["models"], self.models)):
            layout.addWidget(title)
            layout.addWidget(rows)
        layout.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        box = frame("panel")
        holder = QVBoxLayout(box)
        holder.addWidget(scroll)
        self.facts = scroll
        return box

    def translate(self, phrases: Phrases) -> None:
        super().translate(phrases)
        self.camera.say_when_dark(phrases.text("desk.no-picture"))
        self.camera.setAccessibleName(phrases.text("desk.live-picture"))
        self.chooser.setAccessibleName(phrases.text("station.camera"))
        self.use.name(f"{phrases.text('station.use')} (F8)")
        self.facts.setAccessibleName(phrases.text("room.station"))
        for name, title in self._titles.items():
            title.say(phrases.text(f"station.{name}"))
        self._show()

    def open(self) -> None:
        self.ask(self.offices.station_sheet, self._loaded)
        self.camera.show_nothing()
        self.chooser.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        super().forget()
        self.camera.forget()
        self._judged = None
        for icon, text in self._signs.values():
            icon.hide()
            text.say("")

    def look(self) -> None:
        self.camera.look()
        self._looks += 1
        frame_now = self.bridge.station.latest_frame()
        if self._looks % LOOKS_BETWEEN or frame_now is None or frame_now is self._judged or self.phrases is None:
            return
        self._judged = frame_now
        seen = light_and_focus(frame_now.pixels)
        for part, found, figure in (("light", seen.light, seen.brightness), ("focus", seen.focus, seen.sharpness)):
            icon, text = self._signs[part]
            name, colour = MARK_LOOKS[Mark.AGREES if found is Seen.GOOD else Mark.DOUBTS]
            icon.show_icon(name, self.theme.colour(colour))
            icon.show()
            measured = self.phrases.locale.number(round(figure))
            text.say(f"{self.phrases.text(f'station.{part}')}: {self.phrases.text(f'seen.{found}')} ({measured})")

    def _loaded(self, value: object) -> None:
        self._sheet = cast("StationSheet", value)
        self.chooser.clear()
        listed = [(choice.address, f"{choice.address}: {choice.name}") for choice in self._sheet.cameras]
        if self._sheet.camera not in [address for address, _ in listed]:
            listed.insert(0, (self._sheet.camera, str(self._sheet.camera)))
        for address, named in listed:
            self.chooser.addItem(named, address)
        self.chooser.setCurrentIndex([address for address, _ in listed].index(self._sheet.camera))
        self._show()

    def _show(self) -> None:
        sheet, phrases = self._sheet, self.phrases
        if sheet is None or phrases is None:
            return
        icon, colour = MARK_LOOKS[Mark.DOUBTS if sheet.bank_trouble else Mark.AGREES]
        self._bank_icon.show_icon(icon, self.theme.colour(colour))
        said = phrases.say(problem_words(sheet.bank_trouble)) if sheet.bank_trouble else phrases.text("station.reached")
        self._bank.say(f"{phrases.text('station.bank')}: {said}")
        station_class = phrases.say(known_words("station-class", sheet.station_class))
        key_store = phrases.say(known_words("key-store", sheet.key_store))
        rows = (
            ("name", f"{sheet.station} · {sheet.branch} · {station_class}"),
            ("software", f"{sheet.software} · {sheet.policy}"),
            ("master-key", key_store),
            ("station-key", sheet.station_key),
            ("audit-key", sheet.audit_key),
            ("sealing-key", sheet.bank_sealing_key),
            ("answers-key", sheet.bank_answers_key),
        )
        self.keys.show_fields(tuple(FieldLine(Words(f"station.{name}"), Masked(value)) for name, value in rows), phrases)
        lines = tuple(
            CheckLine(
                Mark.CONTRADICTS if model.trouble else Mark.AGREES,
                Words("station.model", (("title", isolated(model.title)), ("licence", isolated(model.licence)))),
                says=Words("station.not-in-order" if model.trouble else "station.in-order"),
            )
            for model in sheet.models
        )
        self.models.show_checks(lines, phrases)
        self._arm()

    def _arm(self) -> None:
        wanted = self.chooser.currentData()
        sheet = self._sheet
        other = sheet is not None and wanted is not None and wanted != sheet.camera
        self.use.arm(("use", str(wanted), str(self._times)), allowed=other)

    def _use(self) -> None:
        address = self.chooser.currentData()
        self._times += 1
        if self.phrases is not None:
            self._kept.say(self.phrases.text("station.chosen", address=str(address)))

        def change() -> object:
            self.offices.choose_camera(address)
            return self.offices.station_sheet()

        self.ask(change, self._loaded)
