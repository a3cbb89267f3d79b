"""Every state of the desk's other pages, brought about as a person would: for the gallery and for the tests that look for clipped text."""

from collections.abc import Callable
from typing import Final

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.trust.permissions import Role
from kiosk.values import Capture, OperatorId, StationClass
from ui.bridge import Bridge
from ui.desk import DeskWindow
from ui.desk_rooms.rooms import DeskRooms
from ui.rooms import Room
from ui.specimen_desk import OpenDesk
from ui.specimen_offices import OpenOffices
from ui.specimens import SESSION

ROOM_STATES: Final = (
    "queue",
    "queue-own",
    "queue-empty",
    "day",
    "day-agrees",
    "log",
    "log-sound",
    "log-broken",
    "station",
    "station-well",
    "training",
    "training-due",
    "training-certified",
    "lesson",
    "spotting",
    "spotting-answered",
    "exam",
    "exam-failed",
    "exam-passed",
    "receipt",
    "keys",
    "look",
)
ROLES: Final = {"log": Role.AUDITOR, "station": Role.ADMINISTRATOR}
WAITS_MS: Final = 2_000
LOOKS: Final = 32
"""Enough for the picture to be judged twice."""


def show_room(name: str, bridge: Bridge, language: str) -> tuple[DeskWindow, Callable[[], None]]:
    """Return a desk's window and a function that brings it, once it is shown, to one of `ROOM_STATES`."""
    offices = OpenOffices(language)
    desk = DeskWindow(
        bridge,
        OpenDesk(),
        station_class=StationClass.DEMO,
        capture=Capture.SIMULATION,
        language=language,
        operator=OperatorId("m.lind"),
        offices=offices,
    )
    rooms = desk.rooms
    if rooms is None:
        raise ValueError("a desk with offices has rooms")

    return desk, lambda: bring_to(name, rooms, offices)


def bring_to(name: str, rooms: DeskRooms, offices: OpenOffices) -> None:
    """Bring the window's pages to one of `ROOM_STATES`, whatever they showed before."""
    bridge = rooms.training.bridge
    offices.agrees = name.endswith(("agrees", "sound", "well", "empty", "passed", "certified"))
    offices.due, offices.certificate = name == "training-due", None
    learned = name.startswith("exam") or name == "training-certified"
    offices.lessons = {lesson.name for lesson in offices.course().lessons} if learned else {"capture"} if name == "training-due" else set()
    if name == "training-certified":
        offices.take_test({question.name: question.right for question in offices.course().questions})
    rooms.came(ROLES.get(name.partition("-")[0], Role.SUPERVISOR))
    settle(bridge)
    _bring(name, rooms, offices)
    settle(bridge)


def settle(bridge: Bridge) -> None:
    """Wait until what was asked away from the window has been answered, and shown."""
    answered: list[object] = []
    bridge.away(lambda: None, answered.append)
    waited = 0
    while not answered and waited < WAITS_MS:
        QTest.qWait(5)
        waited += 5
    for _ in range(6):
        QApplication.sendPostedEvents()
        QApplication.processEvents()
    bridge.refreshed.emit()


def _bring(name: str, rooms: DeskRooms, offices: OpenOffices) -> None:
    bridge = rooms.training.bridge
    match name.partition("-")[0]:
        case "keys":
            rooms.toggle(rooms.keys)
        case "look":
            rooms.toggle(rooms.look_page)
        case "receipt":
            rooms.show_receipt(SESSION)
        case "training":
            rooms.turn_to(Room.TRAINING)
        case "lesson" | "spotting":
            rooms.turn_to(Room.TRAINING)
            settle(bridge)
            rooms.training.open_lesson(offices.course().lessons[1])
            if name != "lesson":
                rooms.training.lesson.understood.click()
                settle(bridge)
            if name == "spotting-answered":
                rooms.training.spotting.genuine.click()
        case "exam":
            rooms.turn_to(Room.TRAINING)
            settle(bridge)
            rooms.training.exam_button.click()
            if name != "exam":
                for _ in offices.course().questions:
                    answer(rooms, right=name == "exam-passed")
        case room:
            rooms.turn_to(Room(room))
            settle(bridge)
            if name == "queue-own":
                rooms.queue.table.selectRow(1)
            if room == "station":
                for _ in range(LOOKS):
                    bridge.look.emit()
            if name in ("log-sound", "log-broken"):
                rooms.log.verify.click()


def answer(rooms: DeskRooms, *, right: bool) -> None:
    """Press the button of the right option, or of a wrong one."""
    exam = rooms.training.exam
    question, options = exam.asked
    wanted = question.right if right else (question.right + 1) % question.options
    exam.options[options.index(wanted)].click()
