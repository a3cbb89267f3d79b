"""What is known of the case beside its documents: both faces, the face check, the contact details."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kiosk.face.crops import Region
from kiosk.journey.events import ContactEdited
from kiosk.record import ContactDetails
from kiosk.values import Masked, SessionId
from ui.bridge import Bridge
from ui.desk_panels.fields import Field, forced_left_to_right
from ui.desk_panels.pictures import StillPicture
from ui.desk_panels.rows import Verdict
from ui.desk_scenes import CaseView, CheckLine, FacesPanel, LivenessPanel
from ui.forms import Wrong, parse_email, parse_optional, parse_phone
from ui.phrases import Phrases
from ui.theme import MARK_LOOKS, Theme
from ui.widgets.labels import IconLabel, Text
from ui.widgets.track import PROGRESS_LOOKS

FACE_SIDE, LOW_FACE_SIDE, TALL_FACE_SIDE = 124, 92, 200
NO_DETAILS = ContactDetails(Masked(""), Masked(""), Masked(""))
NOTES_SHOWN, MOST_CHALLENGES = 2, 8


class FacesView(QWidget):
    """Both faces at the same size, side by side, the verdict in words beside them, the face check under them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        side = QSize(FACE_SIDE, FACE_SIDE)
        self.portrait = StillPicture(theme, side, grows=False, fills=True)
        self.live = StillPicture(theme, side, grows=False, fills=True)
        self._portrait_name, self._live_name = Text("caption", centred=True), Text("caption", centred=True)
        self._verdict, self._check_verdict = Verdict(theme), Verdict(theme)
        self._low, self._any_region = False, False
        self._of_one = True
        self._phrases: Phrases | None = None
        self._ratio, self._notes = Text("caption"), Text("caption")
        small = round(theme.size("body") * 1.3)
        self._regions = tuple((IconLabel(small), Text("caption", wraps=False)) for _ in range(len(Region)))
        self._check_title = Text("strong", wraps=False)
        self._strip = tuple((IconLabel(small), Text("", wraps=False)) for _ in range(MOST_CHALLENGES))
        self._pictures, self._parts = QWidget(), QWidget()
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        self._lay_out_pictures(theme)
        regions = _row_of(*(part for pair in self._regions for part in pair))
        regions.setContentsMargins(0, 0, 0, 0)
        self._parts.setLayout(regions)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._pictures)
        layout.addWidget(self._parts)
        layout.addLayout(_row_of(self._check_title, *(part for pair in self._strip for part in pair)))
        layout.addWidget(self._check_verdict)

    def _lay_out_pictures(self, theme: Theme) -> None:
        words = QVBoxLayout()
        for part in (self._verdict, self._ratio, self._notes):
            words.addWidget(part)
        words.addStretch(1)
        grid = QGridLayout(self._pictures)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.size("space"))
        grid.setVerticalSpacing(2)
        grid.addWidget(self.portrait, 0, 0)
        grid.addWidget(self.live, 0, 1)
        grid.addLayout(words, 0, 2)
        grid.addWidget(self._portrait_name, 1, 0)
        grid.addWidget(self._live_name, 1, 1)
        grid.setColumnStretch(2, 1)

    def fit(self, *, low: bool, tall: bool) -> None:
        """tall: there is room for both faces at a size at which people compare them; low: both shrink alike, and what is said of their
        parts and pictures moves into the verdict's tooltip."""
        self._low = low
        self._fold()
        side = LOW_FACE_SIDE if low else TALL_FACE_SIDE if tall else FACE_SIDE
        for picture in (self.portrait, self.live):
            picture.set_least(QSize(side, side))
        for name in (self._portrait_name, self._live_name):
            name.setFixedWidth(side)

    def translate(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._name_portrait()
        self._live_name.say(phrases.text("desk.live-face"))
        self.live.setAccessibleName(phrases.text("desk.live-face"))
        self.portrait.say_when_empty(phrases.text("desk.no-picture"))
        self.live.say_when_empty(phrases.text("desk.no-picture"))
        self._check_title.say(phrases.text("desk.liveness"))

    def _name_portrait(self) -> None:
        if self._phrases is not None:
            named = self._phrases.text("desk.portrait" if self._of_one else "desk.first-document")
            self._portrait_name.say(named)
            self.portrait.setAccessibleName(named)

    def show_panels(self, faces: FacesPanel, liveness: LivenessPanel, phrases: Phrases) -> None:
        self._of_one = faces.of_one_document
        self._name_portrait()
        self._pictures.setVisible(faces.portrait is not None or faces.live is not None)
        self.portrait.show_pixels(faces.portrait)
        self.live.show_pixels(faces.live)
        self._verdict.show_verdict(phrases.say(faces.verdict), faces.mark)
        self._ratio.setVisible(faces.ratio is not None)
        self._ratio.say("" if faces.ratio is None else phrases.say(faces.ratio))
        notes = [phrases.say(note) for note in faces.notes[:NOTES_SHOWN]]
        parts = [f"{phrases.say(part.words)}: {phrases.text(f'weight.{part.mark}')}" for part in faces.regions]
        self._notes.say("\n".join(notes))
        self._show_regions(faces.regions, phrases)
        self._fold()
        self._verdict.setToolTip("\n".join([*parts, *notes]))
        self._check_verdict.show_verdict(phrases.say(liveness.verdict), liveness.mark)
        for number, (picture, text) in enumerate(self._strip):
            there = number < len(liveness.challenges)
            picture.setVisible(there)
            text.setVisible(there)
            if there:
                step = liveness.challenges[number]
                icon_name, colour = PROGRESS_LOOKS[step.progress]
                picture.show_icon(icon_name, self._theme.colour(colour))
                named = phrases.say(step.words)
                # Four named prompts fit; what is still to come is nameless anyway.
                text.say("" if step.words.key == "challenge.next" else named)
                text.setAccessibleName(f"{named}: {phrases.text(f'progress.{step.progress}')}")

    def _fold(self) -> None:
        self._notes.setVisible(bool(self._notes.text()) and not self._low)
        self._parts.setVisible(self._any_region and not self._low)

    def _show_regions(self, regions: tuple[CheckLine, ...], phrases: Phrases) -> None:
        self._any_region = bool(regions)
        for number, (picture, text) in enumerate(self._regions):
            there = number < len(regions)
            picture.setVisible(there)
            text.setVisible(there)
            if there:
                icon_name, colour = MARK_LOOKS[regions[number].mark]
                picture.show_icon(icon_name, self._theme.colour(colour))
                named = phrases.say(regions[number].words)
                text.say(named)
                text.setAccessibleName(f"{named}: {phrases.text(f'weight.{regions[number].mark}')}")

    def forget(self) -> None:
        self.portrait.forget()
        self.live.forget()
        self._ratio.say("")
        self._notes.say("")
        self._verdict.setToolTip("")


def _row_of(*parts: QWidget) -> QHBoxLayout:
    """Return the parts close together from the start of the row."""
    row = QHBoxLayout()
    row.setSpacing(4)
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return row


class ContactView(QWidget):
    """Phone, e-mail and address of an account opening. The address is filled in from the document once, then it is the teller's."""

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._session: SessionId | None = None
        self._suggested = False
        self._handed = NO_DETAILS
        self._title = Text("strong")
        self.phone = forced_left_to_right(Field("desk.phone", parse_phone))
        self.email = forced_left_to_right(Field("desk.email", parse_email))
        self.address = Field("desk.address", parse_optional)
        self._fields = (self.phone, self.email, self.address)
        for field in self._fields:
            field.line.editingFinished.connect(lambda: self.commit())
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.size("space") // 2)
        grid.addWidget(self._title, 0, 0, 1, 2)
        grid.addWidget(self.phone, 1, 0)
        grid.addWidget(self.email, 1, 1)
        grid.addWidget(self.address, 2, 0, 1, 2)

    def translate(self, phrases: Phrases) -> None:
        self._title.say(phrases.text("desk.contact"))
        for field in self._fields:
            field.translate(phrases)

    def show_view(self, view: CaseView) -> None:
        if view.session != self._session:
            self.forget()
            self._session = view.session
            if view.contact is not None:
                self.phone.fill(view.contact.phone.reveal())
                self.email.fill(view.contact.email.reveal())
                self.address.fill(view.contact.address.reveal())
                self._handed = view.contact
        for field in self._fields:
            field.setEnabled(view.can.edit_contact)
        if view.suggested_address is not None and view.can.edit_contact and not self._suggested:
            self._suggested = True
            if not self.address.text:
                self.address.fill(view.suggested_address.reveal())
                self.commit()

    def commit(self) -> Field | None:
        """Hand what is right and has changed to the journey; return the first field that is wrong, None if none is.

        A wrong field holds back nothing but itself: its last right text stays.
        """
        if self._session is None or not self.phone.line.isEnabled():
            return None
        before = self._handed
        contact = ContactDetails(
            phone=_right_or(before.phone, parse_phone(self.phone.text)),
            email=_right_or(before.email, parse_email(self.email.text)),
            address=_right_or(before.address, parse_optional(self.address.text)),
        )
        if contact != before:
            self._handed = contact
            self._bridge.post(ContactEdited(contact))
        return next((field for field in self._fields if field.wrong), None)

    def forget(self) -> None:
        self._session, self._suggested = None, False
        for field in self._fields:
            field.clear()
        self._handed = NO_DETAILS


def _right_or(before: Masked[str], parsed: str | Wrong) -> Masked[str]:
    return before if isinstance(parsed, Wrong) else Masked(parsed)
