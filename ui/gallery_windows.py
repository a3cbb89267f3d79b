"""Every window the gallery draws, one after the other: a scene brought up in a window of its own, not yet shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from PySide6.QtWidgets import QWidget

from kiosk.journey.states import Idle
from kiosk.trust.operators import NeedsFactor
from kiosk.values import Capture, OperatorId, StationClass
from ui.booth import BoothWindow
from ui.bridge import Bridge, Done
from ui.desk import DeskWindow
from ui.desk_states import ROOM_STATES, show_room
from ui.look import DeskLook, Look
from ui.specimen_desk import OpenDesk, desk_specimens, practice_specimens, tell_practice
from ui.specimen_pictures import face_frame
from ui.specimens import Specimen, StillStation, booth_specimens

_ENROLLING = ("enrol", "recovery-codes")
SIGNING_IN = ("sign-in", *_ENROLLING)


@dataclass(frozen=True, slots=True, eq=False)
class Sitting:
    """A window with its scene. settle: waits for what the scene still waits for once it is shown."""

    window: QWidget
    bridge: Bridge
    settle: Callable[[], None] = lambda: None


Making = Callable[[], Sitting]
"""Makes the window; whoever does not want the scene does not call it."""


def booth_scenes(language: str, look: Look) -> Iterator[tuple[str, Making]]:
    """Yield each of the booth's scenes by name."""

    def make(specimen: Specimen) -> Sitting:
        bridge = Bridge(StillStation(specimen.state, specimen.overview, frame=specimen.frame))
        booth = BoothWindow(
            bridge, station_class=StationClass.DEMO, capture=Capture.SIMULATION, language=language, reduced_motion=True, look=look
        )
        return Sitting(booth, bridge)

    for specimen in booth_specimens(language):
        yield f"booth-{specimen.name}", partial(make, specimen)


def desk_scenes(language: str, look: DeskLook) -> Iterator[tuple[str, Making]]:
    """Yield each of the desk's scenes by name, its rooms first."""

    def make_room(name: str) -> Sitting:
        bridge = Bridge(StillStation(Idle(), frame=face_frame()))
        desk, wait = show_room(name, bridge, language)
        desk.wear(look)
        return Sitting(desk, bridge, wait)

    def make(specimen: Specimen) -> Sitting:
        bridge = Bridge(StillStation(specimen.state, specimen.overview, frame=specimen.frame))
        desk = desk_window(specimen, bridge, language)
        desk.wear(look)
        return Sitting(desk, bridge)

    for name in ROOM_STATES:
        yield f"desk-room-{name}", partial(make_room, name)
    for specimen in (*desk_specimens(language), *practice_specimens(language)):
        yield f"desk-{specimen.name}", partial(make, specimen)


def desk_window(specimen: Specimen, bridge: Bridge, language: str) -> DeskWindow:
    """Return a desk's window at a specimen of `desk_specimens` or `practice_specimens`."""
    practice = specimen.name.startswith("practice-")
    desk = DeskWindow(
        bridge,
        OpenDesk(),
        station_class=StationClass.DEMO,
        capture=Capture.SIMULATION,
        language=language,
        operator=None if specimen.name in (*SIGNING_IN, "practice-sign-in") else OperatorId("m.lind"),
        practice=practice,
    )
    if practice:
        tell_practice(desk)
    if specimen.name == "locked":
        desk.lock()
    elif specimen.name in _ENROLLING:
        show_enrolment(desk, codes=specimen.name == "recovery-codes")
    return desk


def show_enrolment(desk: DeskWindow, *, codes: bool) -> None:
    """Bring a desk's window to the enrolment of a second factor, or to the recovery codes after it."""
    asked = NeedsFactor(OperatorId("new"), datetime.now(UTC))
    desk.begin_enrolment(asked)
    if codes:
        offer = OpenDesk().offer_factor(asked)
        desk.enrol.show_answer(Done(OpenDesk().enrol_factor(asked, offer, "123456"), None))
