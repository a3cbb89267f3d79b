"""What a screen reader gets from the booth over AT-SPI, on a display and a bus of its own: names, roles, nothing without a word."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ui.phrases import load_phrases

NEEDED = ("Xvfb", "dbus-run-session", "gdbus")
LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
SCREENS = ("consent", "contact-email-wrong", "face-blink", "approved", "contact-covered")
CONTROLS = frozenset({"push button", "button", "check box", "toggle button", "text", "password text", "radio button"})
missing = [program for program in NEEDED if shutil.which(program) is None] + ([] if LAUNCHER.exists() else ["at-spi2-core"])
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing), reason=f"not installed here: {', '.join(missing)}")]
Told = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """What every screen says, asked once for all tests."""
    reads, writes = os.pipe()
    screen = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x800x24"]
    with subprocess.Popen(screen, pass_fds=(writes,), stderr=subprocess.DEVNULL) as server:
        os.close(writes)
        with os.fdopen(reads) as answer:
            number = answer.readline().strip()
        around = os.environ | {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        walk = [sys.executable, "-m", "tests.ui.at_spi_walk", *SCREENS]
        done = subprocess.run(["dbus-run-session", "--", *walk], env=around, capture_output=True, text=True, timeout=240, check=False)
        server.terminate()
    assert done.returncode == 0, done.stderr[-2000:]
    # The bus's own programs write to the same output.
    yield json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))


def named(screen: list[dict[str, object]], role: str) -> list[str]:
    return [str(one["name"]) for one in screen if one["role"] == role]


def test_no_control_of_any_screen_is_without_a_name(told: Told) -> None:
    nameless = [(screen, one["role"]) for screen, found in told.items() for one in found if one["role"] in CONTROLS and not one["name"]]
    assert nameless == []
    assert all(any(one["role"] in CONTROLS for one in told[screen]) for screen in SCREENS)


def test_what_can_be_reached_by_keys_has_a_name(told: Told) -> None:
    assert [(screen, one["role"]) for screen, found in told.items() for one in found if one["focusable"] and not one["name"]] == []


def test_the_consent_is_read_out_with_its_ticks_and_its_two_ways_on(told: Told) -> None:
    consent = told["consent"]
    assert {"The bank may contact me about this account (optional)"} < set(named(consent, "check box"))
    said = load_phrases("en")
    ways = {said.text(f"button.{way}") for way in ("agree", "prefer-person", "cancel")}
    assert ways <= set(named(consent, "push button") + named(consent, "button"))
    assert len([name for name in named(consent, "label") if name]) >= 5


def test_what_is_wrong_with_a_field_is_told_with_it(told: Told) -> None:
    (line,) = [one for one in told["contact-email-wrong"] if one["role"] == "text"]
    assert (line["name"], line["description"]) == ("E-mail", "There are two @ signs.")


def test_behind_the_privacy_cover_only_the_way_back_is_told_as_usable(told: Told) -> None:
    reached = [one["name"] for one in told["contact-covered"] if one["role"] in CONTROLS and one["focusable"]]
    assert reached[-1] == load_phrases("en").text("button.still-here")
