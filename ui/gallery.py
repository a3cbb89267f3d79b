"""Every scene of both windows in every language and look as pictures, with one page that shows them all: `app.py gallery OUT`."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ui.look import DeskLook, Look, Paint

if TYPE_CHECKING:
    from ui.desk import DeskWindow

TURNS = 16
"""Turns of the window before its picture is taken: the oval follows the face in steps."""
SIZES = "1280x800,1024x600"
LOOKS = {"plain": Look(), "high-contrast": Look(high_contrast=True), "large-text": Look(large_text=True)}
"""What a customer may wish of the booth."""
DESK_LOOKS = {
    "plain": DeskLook(),
    "dark": DeskLook(Paint.DARK),
    "high-contrast": DeskLook(Paint.HIGH_CONTRAST),
    "large-text": DeskLook(large_text=True),
}
"""What an operator may wish of the desk."""
INDEX = "index.html"
HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Every screen</title>
<style>body{font:14px sans-serif;margin:16px}figure{display:inline-block;margin:4px}img{width:320px;border:1px solid #888}</style>"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py gallery", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", default=SIZES, help="comma-separated, for example 1280x800,1920x1080")
    parser.add_argument("--only", default="", help="scenes whose name begins with this, for example booth-face")
    parser.add_argument("--language", default="", help="one language only")
    parser.add_argument("--look", default=",".join(DESK_LOOKS), help="comma-separated, for example plain,dark; the booth has no dark")
    asked = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sizes = tuple((int(width), int(height)) for width, height in (size.split("x") for size in asked.size.split(",")))
    looks = tuple(asked.look.split(","))
    if unknown := [look for look in looks if look not in DESK_LOOKS]:
        parser.error(f"no such look: {', '.join(unknown)}")
    pictures = draw_all(asked.out, sizes, asked.only, asked.language, looks)
    (asked.out / INDEX).write_text(page_of(pictures), encoding="utf-8")
    sys.stdout.write(f"{len(pictures)} pictures, all on one page: {asked.out / INDEX}\n")
    return 0


@dataclass(frozen=True, slots=True)
class Picture:
    """scene: window and scene, for example `booth-welcome`; file: beside the page."""

    scene: str
    language: str
    look: str
    size: tuple[int, int]
    file: str


def page_of(pictures: Sequence[Picture]) -> str:
    """Return one HTML page: a heading for every scene, its pictures side by side with what they show."""
    parts = [HEAD]
    for scene in dict.fromkeys(picture.scene for picture in pictures):
        parts.append(f"<h2>{escape(scene)}</h2>")
        for picture in (picture for picture in pictures if picture.scene == scene):
            words = escape(f"{picture.language} · {picture.look} · {picture.size[0]}x{picture.size[1]}")
            file = escape(picture.file, quote=True)
            parts.append(f"<figure><a href='{file}'><img loading='lazy' src='{file}' alt='{words}'></a>")
            parts.append(f"<figcaption>{words}</figcaption></figure>")
    return "\n".join(parts)


def draw_all(
    out: Path, sizes: tuple[tuple[int, int], ...], only: str, only_language: str, looks: tuple[str, ...] = ("plain",)
) -> list[Picture]:
    """Draw every scene whose name begins with `only`; return what was drawn, in order."""
    from PySide6.QtWidgets import QApplication, QWidget

    from kiosk.journey.states import Idle
    from kiosk.values import Capture, OperatorId, StationClass
    from ui.booth import BoothWindow
    from ui.bridge import Bridge
    from ui.desk import DeskWindow
    from ui.phrases import LANGUAGES
    from ui.specimen_desk import OpenDesk, desk_specimens, practice_specimens, tell_practice
    from ui.specimen_pictures import face_frame
    from ui.specimens import StillStation, booth_specimens

    application = QApplication.instance() or QApplication([])
    out.mkdir(parents=True, exist_ok=True)
    drawn: list[Picture] = []

    def keep(
        window: QWidget,
        bridge: Bridge,
        scene: str,
        language: str,
        size: tuple[int, int],
        look: str = "plain",
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        window.resize(*size)
        window.show()
        for _ in range(TURNS):
            application.processEvents()
            bridge.refreshed.emit()
            bridge.look.emit()
        settle()
        application.processEvents()
        of_look = "" if look == "plain" else f"-{look}"
        file = f"{scene}-{language}{of_look}-{size[0]}x{size[1]}.png"
        window.grab().save(str(out / file))
        drawn.append(Picture(scene, language, look, size, file))
        bridge.stop()
        window.close()
        window.deleteLater()
        application.processEvents()

    def keep_rooms(language: str) -> None:
        from ui.desk_states import ROOM_STATES, show_room

        for name in ROOM_STATES:
            scene = f"desk-room-{name}"
            if scene.startswith(only):
                for size, look in product(sizes, looks):
                    bridge = Bridge(StillStation(Idle(), frame=face_frame()))
                    desk, wait = show_room(name, bridge, language)
                    desk.wear(DESK_LOOKS[look])
                    keep(desk, bridge, scene, language, size, look, settle=wait)

    for language in (only_language,) if only_language else LANGUAGES:
        keep_rooms(language)
        for specimen in booth_specimens(language):
            scene = f"booth-{specimen.name}"
            if scene.startswith(only):
                for size, look in product(sizes, [look for look in looks if look in LOOKS]):
                    bridge = Bridge(StillStation(specimen.state, specimen.overview, frame=specimen.frame))
                    booth = BoothWindow(
                        bridge,
                        station_class=StationClass.DEMO,
                        capture=Capture.SIMULATION,
                        language=language,
                        reduced_motion=True,
                        look=LOOKS[look],
                    )
                    keep(booth, bridge, scene, language, size, look)
        for specimen in (*desk_specimens(language), *practice_specimens(language)):
            scene = f"desk-{specimen.name}"
            if scene.startswith(only):
                for size, look in product(sizes, looks):
                    bridge = Bridge(StillStation(specimen.state, specimen.overview, frame=specimen.frame))
                    practice = specimen.name.startswith("practice-")
                    signing_in = specimen.name in ("sign-in", "enrol", "recovery-codes", "practice-sign-in")
                    operator = None if signing_in else OperatorId("m.lind")
                    desk = DeskWindow(
                        bridge,
                        OpenDesk(),
                        station_class=StationClass.DEMO,
                        capture=Capture.SIMULATION,
                        language=language,
                        operator=operator,
                        practice=practice,
                    )
                    desk.wear(DESK_LOOKS[look])
                    if practice:
                        tell_practice(desk)
                    if specimen.name == "locked":
                        desk.lock()
                    elif specimen.name in ("enrol", "recovery-codes"):
                        show_enrolment(desk, codes=specimen.name == "recovery-codes")
                    keep(desk, bridge, scene, language, size, look)
    return drawn


def show_enrolment(desk: "DeskWindow", *, codes: bool) -> None:
    """Bring a desk's window to the enrolment of a second factor, or to the recovery codes after it."""
    from datetime import UTC, datetime

    from kiosk.trust.operators import NeedsFactor
    from kiosk.values import OperatorId
    from ui.bridge import Done
    from ui.specimen_desk import OpenDesk

    asked = NeedsFactor(OperatorId("new"), datetime.now(UTC))
    desk.begin_enrolment(asked)
    if codes:
        offer = OpenDesk().offer_factor(asked)
        desk.enrol.show_answer(Done(OpenDesk().enrol_factor(asked, offer, "123456"), None))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
