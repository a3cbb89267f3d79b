"""The screen under the booth is unplugged, turned, and exchanged for another, by real events of an X server (RandR monitors of Xvfb)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import IO

import pytest

NEEDED = ("Xvfb", "xrandr")
missing = [program for program in NEEDED if shutil.which(program) is None]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing), reason=f"not installed here: {', '.join(missing)}")]


class Display:
    """Monitors that can be plugged in and pulled out, and a booth on the last of them."""

    def __init__(self, number: str) -> None:
        self.around = os.environ | {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        self.booth: subprocess.Popen[str] | None = None

    def monitor(self, name: str, width: int, height: int, left: int, output: str = "none") -> None:
        subprocess.run(["xrandr", "--delmonitor", name], env=self.around, check=False, capture_output=True, timeout=30)
        self._randr("--setmonitor", name, f"{width}/300x{height}/200+{left}+0", output)

    def unplug(self, name: str) -> None:
        self._randr("--delmonitor", name)

    def _randr(self, *words: str) -> None:
        subprocess.run(["xrandr", *words], env=self.around, check=True, capture_output=True, timeout=30)

    def start(self) -> None:
        self.booth = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.screen_booth"], env=self.around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, line: str) -> dict[str, object]:
        assert self.booth is not None
        assert self.booth.stdin is not None
        assert self.booth.stdout is not None
        to: IO[str] = self.booth.stdin
        to.write(line + "\n")
        to.flush()
        answer = self.booth.stdout.readline()
        assert answer, f"the booth ended with {self.booth.wait(10)}"
        told: dict[str, object] = json.loads(answer)
        return told


@pytest.fixture
def display() -> Iterator[Display]:
    reads, writes = os.pipe()
    screen = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "5120x2160x24"]
    with subprocess.Popen(screen, pass_fds=(writes,), stderr=subprocess.DEVNULL) as server:
        os.close(writes)
        with os.fdopen(reads) as answer:
            made = Display(answer.readline().strip())
        yield made
        if made.booth is not None:
            made.booth.kill()
            made.booth.communicate()
        server.terminate()


def test_a_screen_unplugged_in_the_middle_of_a_visit_loses_nothing_and_the_booth_comes_to_the_one_that_is_left(display: Display) -> None:
    display.start()
    display.ask("tell")
    display.monitor("left", 1280, 800, 0, "screen")
    display.monitor("right", 3840, 2160, 1280)
    display.ask("tell")
    display.ask("last")
    display.ask("show contact-email")
    before = display.ask("type anna@example.org")
    assert before["screens"] == [[0, 0, 1280, 800], [1280, 0, 3840, 2160]]
    assert before["window"] == [1280, 0, 3840, 2160]
    display.unplug("right")
    after = display.ask("tell")
    assert after["screens"] == [[0, 0, 1280, 800]]
    assert after["window"] == [0, 0, 1280, 800]
    assert after["visible"] is True
    assert (before["line"], after["line"]) == ("anna@example.org", "anna@example.org")
    assert after["page"] == before["page"]
    assert after["posted"] == before["posted"] == []
    # Nothing was pressed by the change, and the visit goes on.
    assert display.ask("show consent")["page"] == "ConsentPage"
    display.monitor("right", 3840, 2160, 1280)
    assert display.ask("tell")["window"] == [0, 0, 1280, 800]


@pytest.mark.parametrize("shown", ["consent", "document-closer", "contact-email-right", "face-turn-left", "approved"])
def test_a_screen_that_is_turned_and_turned_back_shows_the_same_page_in_its_new_shape(display: Display, shown: str) -> None:
    display.start()
    display.ask("tell")
    display.monitor("only", 1280, 800, 0, "screen")
    lying = display.ask(f"show {shown}")
    assert (lying["window"], lying["upright"]) == ([0, 0, 1280, 800], False)
    display.monitor("only", 800, 1280, 0, "screen")
    standing = display.ask("tell")
    assert (standing["window"], standing["upright"]) == ([0, 0, 800, 1280], True)
    display.monitor("only", 1024, 600, 0, "screen")
    small = display.ask("tell")
    assert small["window"] == [0, 0, 1024, 600]
    display.monitor("only", 1280, 800, 0, "screen")
    again = display.ask("tell")
    assert (again["window"], again["upright"]) == ([0, 0, 1280, 800], False)
    assert {told["page"] for told in (lying, standing, small, again)} == {lying["page"]}
    assert again["posted"] == lying["posted"]
