"""What a screen reader is told: the tree of the AT-SPI bus, asked with gdbus. Runs inside `dbus-run-session`; prints JSON. Not a test.

Each argument is a specimen that `at_spi_booth` shows.
"""

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import IO

REFERENCE = re.compile(r"\('([^']*)', (?:objectpath )?'([^']*)'\)")
ACCESSIBLE = "org.a11y.atspi.Accessible"
STATE_ENABLED, STATE_FOCUSABLE, STATE_SHOWING = 8, 11, 25


@dataclass(frozen=True)
class Told:
    name: str
    role: str
    description: str
    showing: bool
    focusable: bool


def call(bus: list[str], dest: str, path: str, method: str, *arguments: str) -> str:
    command = ["gdbus", "call", *bus, "--dest", dest, "--object-path", path, "--method", method, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout.strip()


def text(answer: str) -> str:
    found = re.search(r"<?['\"](.*)['\"]>?,?\)$", answer, re.S)
    return "" if found is None else found[1]


def children(bus: list[str], dest: str, path: str) -> list[tuple[str, str]]:
    return REFERENCE.findall(call(bus, dest, path, f"{ACCESSIBLE}.GetChildren"))


def told(bus: list[str], dest: str, path: str) -> Told:
    def named(member: str) -> str:
        return text(call(bus, dest, path, "org.freedesktop.DBus.Properties.Get", ACCESSIBLE, member))

    low = int(re.findall(r"\d+", call(bus, dest, path, f"{ACCESSIBLE}.GetState").replace("uint32 ", ""))[0])
    role = text(call(bus, dest, path, f"{ACCESSIBLE}.GetRoleName"))
    described = named("Description") if low >> STATE_FOCUSABLE & 1 else ""
    return Told(named("Name"), role, described, bool(low >> STATE_SHOWING & 1), bool(low >> STATE_FOCUSABLE & 1))


def walk(bus: list[str], dest: str, path: str) -> list[Told]:
    """Return what is showing, in the order a screen reader meets it; what is hidden is not gone into."""
    found = []
    for dest_of, path_of in children(bus, dest, path):
        one = told(bus, dest_of, path_of)
        if one.showing:
            found += [one, *walk(bus, dest_of, path_of)]
    return found


def ask(booth: "subprocess.Popen[str]", name: str) -> None:
    to: IO[str] | None = booth.stdin
    says: IO[str] | None = booth.stdout
    if to is None or says is None:
        raise RuntimeError("no way to the booth")
    to.write(f"{name}\n")
    to.flush()
    if says.readline().strip() != name:
        raise RuntimeError(f"the booth did not show {name}")


def main(names: list[str]) -> int:
    # Asking for the bus starts it; the program finds it then.
    address = text(call(["--session"], "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus.GetAddress"))
    bus = ["--address", address]
    program = [sys.executable, "-m", "tests.ui.at_spi_booth"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as booth:
        found: dict[str, list[dict[str, object]]] = {}
        for name in names:
            ask(booth, name)
            ((dest, path),) = children(bus, "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
            found[name] = [asdict(one) for one in walk(bus, dest, path)]
        ask_end = booth.stdin
        if ask_end is not None:
            ask_end.close()
    sys.stdout.write(f"\n{json.dumps(found)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
