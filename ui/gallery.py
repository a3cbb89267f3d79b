"""Every scene of both windows in every language and look as pictures, with one page that shows them all: `app.py gallery OUT`."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from ui.look import DeskLook, Look, Paint
from ui.phrases import LANGUAGES

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from ui.gallery_windows import Sitting

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
EXIT_NOT_KEPT = 1
INDEX = "index.html"
HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Every screen</title>
<style>body{font:14px sans-serif;margin:16px}figure{display:inline-block;margin:4px}img{width:320px;border:1px solid #888}</style>"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py gallery", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--size", type=sizes_of, default=SIZES, help="comma-separated, for example 1280x800,1920x1080")
    parser.add_argument("--only", default="", help="scenes whose name begins with this, for example booth-face")
    parser.add_argument("--language", choices=LANGUAGES, default="", help="one language only")
    parser.add_argument("--look", default=",".join(DESK_LOOKS), help="comma-separated, for example plain,dark; the booth has no dark")
    asked = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    looks = tuple(asked.look.split(","))
    if unknown := [look for look in looks if look not in DESK_LOOKS]:
        parser.error(f"no such look: {', '.join(unknown)}")
    try:
        pictures = draw_all(asked.out, asked.size, asked.only, asked.language, looks)
        (asked.out / INDEX).write_text(page_of(pictures), encoding="utf-8")
    except OSError as trouble:
        sys.stderr.write(f"The pictures cannot be kept in {asked.out}: {trouble}\n")
        return EXIT_NOT_KEPT
    sys.stdout.write(f"{len(pictures)} pictures, all on one page: {asked.out / INDEX}\n")
    return 0


def sizes_of(text: str) -> tuple[tuple[int, int], ...]:
    """Return widths and heights in pixels. Raises ArgumentTypeError."""
    sizes = [re.fullmatch(r"([1-9]\d{2,3})x([1-9]\d{2,3})", size) for size in text.split(",")]
    if None in sizes:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes such as {SIZES}")
    return tuple((int(size[1]), int(size[2])) for size in sizes if size is not None)


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
    from PySide6.QtWidgets import QApplication

    from ui.gallery_windows import booth_scenes, desk_scenes

    application = QApplication.instance() or QApplication([])
    out.mkdir(parents=True, exist_ok=True)
    languages = (only_language,) if only_language else LANGUAGES
    drawn: list[Picture] = []
    for language, look, size in product(languages, looks, sizes):
        scenes = [*(booth_scenes(language, LOOKS[look]) if look in LOOKS else ()), *desk_scenes(language, DESK_LOOKS[look])]
        for scene, make in scenes:
            if scene.startswith(only):
                of_look = "" if look == "plain" else f"-{look}"
                file = f"{scene}-{language}{of_look}-{size[0]}x{size[1]}.png"
                draw(make(), size, out / file, application)
                drawn.append(Picture(scene, language, look, size, file))
        sys.stderr.write(f"{language}, {look}, {size[0]}x{size[1]}: {len(drawn)} pictures so far\n")
    return drawn


def draw(sitting: "Sitting", size: tuple[int, int], file: Path, application: "QCoreApplication") -> None:
    """Show a window, take its picture and close it. Raises OSError if the picture cannot be written."""
    window, bridge = sitting.window, sitting.bridge
    window.resize(*size)
    window.show()
    for _ in range(TURNS):
        application.processEvents()
        bridge.refreshed.emit()
        bridge.look.emit()
    sitting.settle()
    application.processEvents()
    kept = window.grab().save(str(file))
    bridge.stop()
    window.close()
    window.deleteLater()
    application.processEvents()
    if not kept:
        raise OSError(f"{file} could not be written")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
