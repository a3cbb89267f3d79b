"""A simulated customer goes the whole way at the booth's own window, with keys alone and with touches alone, undisturbed and disturbed.

Real window, reducer, eyes, readers and vault; time is stepped frame by frame, so nothing depends on the host.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from kiosk.actor.camera import SimulatedCamera
from kiosk.actor.customer import Cast, CustomerKind
from kiosk.assembly.archive import VaultArchive
from kiosk.assembly.comparing import ModelComparer
from kiosk.assembly.documents import ModelDocumentReader
from kiosk.assembly.practice import Practice
from kiosk.assembly.scripts import DrawnScripts
from kiosk.assembly.sight import ModelSight
from kiosk.commands.cues import cue_of, light_of
from kiosk.face.verdict import SameFace
from kiosk.journey.closing import Context
from kiosk.journey.contact import ContactField
from kiosk.journey.states import AskingConsent, Finished, Idle, ProvingLive, ShowingDocument, State, TakingContact
from kiosk.liveness.challenge import Live
from kiosk.policy import DEMO
from kiosk.record import AccountOpening, StationFacts
from kiosk.station.stepped import SteppedClock, SteppedStation
from kiosk.trust.presence import Authority, Presence
from kiosk.values import Capture, ConsentPurpose, OperatorId, StationClass
from kiosk.wire.succession import TrustedBank
from models.catalogue import Catalogue
from tests.e2e.test_simulated_customers import TODAY, cast, catalogue  # noqa: F401 - fixtures
from ui.booth import BoothWindow
from ui.bridge import Bridge
from ui.tap_guard import QUIET_NS

PERIOD_NS = 50_000_000
LONGEST_FRAMES = 90 * 20
SIZES = ((800, 1280), (1024, 600), (1280, 800), (3840, 2160))
pytestmark = pytest.mark.slow


@dataclass
class Visit:
    """One customer at one window. seen: the states that were gone through, in order, each once."""

    stepped: SteppedStation
    camera: SimulatedCamera
    window: BoothWindow
    practice: Practice
    seen: list[type[State]]

    @property
    def state(self) -> State:
        return self.stepped.state

    def frame(self) -> None:
        clock = self.stepped.clock
        self.camera.show(cue_of(self.state), clock.monotonic_ns)
        self.camera.lit_by(light_of(self.state, clock.monotonic_ns, DEMO))
        self.stepped.show(self.camera.next_frame(clock.monotonic_ns + PERIOD_NS))
        self.look()

    def look(self) -> None:
        self.stepped.station.pump()
        if not self.seen or self.seen[-1] is not type(self.state):
            self.seen.append(type(self.state))
        self.window.refresh()
        QApplication.processEvents()

    def pause(self) -> None:
        """Somebody sees another page and reaches for something on it."""
        for _ in range(QUIET_NS // PERIOD_NS + 1):
            self.frame()

    def until(self, *kinds: type[State], disturbed: Callable[[int], None] = lambda number: None) -> State:
        for number in range(LONGEST_FRAMES):
            if isinstance(self.state, kinds):
                return self.state
            disturbed(number)
            self.frame()
        raise AssertionError(f"stayed in {type(self.state).__name__}")

    def was_kept_with(self, purposes: tuple[ConsentPurpose, ...]) -> AccountOpening:
        (row,) = self.practice.store.rows(10)
        record = self.practice.store.open_record(row.session, OperatorId("test"), datetime(2026, 7, 2, tzinfo=UTC))
        assert isinstance(record.liveness, Live)
        assert isinstance(record.match, SameFace)
        assert record.consent.purposes == purposes
        assert isinstance(record.purpose, AccountOpening)
        return record.purpose


@pytest.fixture
def visit(catalogue: Catalogue, cast: Cast, qtbot: QtBot) -> Iterator[Visit]:  # noqa: F811
    with Practice("by-hand", StationClass.DEMO, DEMO.sync) as practice:
        clock = SteppedClock(TODAY)
        camera = SimulatedCamera(cast.customer(CustomerKind.COOPERATIVE, 1), lambda: clock.monotonic_ns)
        facts = StationFacts(practice.identity.name, "test", StationClass.DEMO, "test", DEMO.version)
        stepped = SteppedStation(
            Context(DEMO, facts),
            ModelSight(lambda: catalogue, DEMO),
            ModelDocumentReader(lambda: catalogue, DEMO.document, TODAY.date),
            ModelComparer(lambda: catalogue, DEMO.face),
            DrawnScripts(DEMO.liveness),
            VaultArchive(practice.store, practice.identity, TrustedBank(practice.bank), clock, Presence(Authority(practice.store))),
            clock=clock,
        )
        bridge = Bridge(stepped.station)
        window = BoothWindow(bridge, station_class=StationClass.DEMO, capture=Capture.SIMULATION, reduced_motion=True)
        qtbot.addWidget(window)
        window.resize(1280, 800)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        yield Visit(stepped, camera, window, practice, [])
        bridge.stop()


def press(visit: Visit, key: Qt.Key) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key)
    visit.look()


def tab_to(visit: Visit, wanted: QAbstractButton) -> None:
    for _ in range(30):
        if QApplication.focusWidget() is wanted:
            return
        press(visit, Qt.Key.Key_Tab)
    raise AssertionError("not reached by the Tab key")


def touch(visit: Visit, *buttons: QAbstractButton, times: int = 1) -> None:
    """Touch all of these at once with a finger each, so often."""
    device = QTest.createTouchDevice()
    for _ in range(times):
        event = QTest.touchEvent(visit.window, device)
        for number, button in enumerate(buttons):
            event.press(number, button.mapTo(visit.window, button.rect().center()), visit.window)
        event.commit()
        event = QTest.touchEvent(visit.window, device)
        for number, button in enumerate(buttons):
            event.release(number, button.mapTo(visit.window, button.rect().center()), visit.window)
        event.commit()
    visit.look()


WHOLE_WAY = [AskingConsent, ShowingDocument, TakingContact, ProvingLive]


def test_with_keys_alone(visit: Visit) -> None:
    window = visit.window
    visit.look()
    visit.pause()
    press(visit, Qt.Key.Key_Return)
    assert isinstance(visit.state, AskingConsent)
    visit.pause()
    tab_to(visit, window.consent.contact.box)
    press(visit, Qt.Key.Key_Space)
    tab_to(visit, window.consent.agree)
    press(visit, Qt.Key.Key_Return)
    visit.until(TakingContact)
    visit.pause()
    QTest.keyClicks(QApplication.focusWidget(), "anna@example.org")
    visit.look()
    # One way to be reached would do; this customer gives two.
    tab_to(visit, window.contact.tabs[ContactField.PHONE])
    press(visit, Qt.Key.Key_Space)
    QTest.keyClicks(QApplication.focusWidget(), "+442079460000")
    visit.look()
    visit.pause()
    press(visit, Qt.Key.Key_Return)
    visit.until(Finished)
    assert visit.seen[1:5] == WHOLE_WAY
    given = visit.was_kept_with((ConsentPurpose.IDENTITY_CHECK, ConsentPurpose.CONTACT))
    assert given.contact is not None
    assert (given.contact.email.reveal(), given.contact.phone.reveal()) == ("anna@example.org", "+442079460000")
    visit.pause()
    press(visit, Qt.Key.Key_Return)
    assert isinstance(visit.state, Idle)


def test_with_touches_alone(visit: Visit) -> None:
    window = visit.window
    visit.look()
    visit.pause()
    touch(visit, window.welcome.start)
    visit.pause()
    touch(visit, window.consent.agree)
    visit.until(Finished)
    visit.was_kept_with((ConsentPurpose.IDENTITY_CHECK,))
    visit.pause()
    touch(visit, window.result.finish)
    assert isinstance(visit.state, Idle)


def test_tapped_again_and_again_with_two_fingers_and_turned_on_the_way_nothing_is_skipped(visit: Visit) -> None:
    window = visit.window
    visit.look()
    visit.pause()
    touch(visit, window.welcome.start, times=5)
    assert isinstance(visit.state, AskingConsent)
    visit.pause()
    touch(visit, window.consent.agree, window.consent.agree, times=5)
    assert isinstance(visit.state, ShowingDocument)

    def disturbed(number: int) -> None:
        if number % 15 == 7:
            window.resize(*SIZES[number // 15 % len(SIZES)])
        if number % 10 == 3:
            # Fingers on what is no button, and on where the last screen's button was.
            for place in (window.document, window.face, window.consent.agree):
                QTest.mouseClick(place, Qt.MouseButton.LeftButton)

    visit.until(Finished, disturbed=disturbed)
    assert [kind for kind in WHOLE_WAY if kind is not TakingContact] == visit.seen[1:4]
    visit.was_kept_with((ConsentPurpose.IDENTITY_CHECK,))
    visit.pause()
    for _ in range(3):
        touch(visit, window.result.finish)
    assert isinstance(visit.state, Idle)
    assert len(visit.practice.store.rows(10)) == 1
