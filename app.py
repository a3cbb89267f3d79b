"""The identity desk's command line. Each command loads only what it needs; the joining is done in `kiosk/assembly/`."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

EXIT_USAGE = 2


@dataclass(frozen=True, slots=True)
class Command:
    """module: where `main(argv) -> int` lives; its own argparse gives the details of `--help`."""

    name: str
    module: str
    says: str


COMMANDS = (
    Command("booth", "kiosk.commands.windows", "the self-service kiosk, full screen"),
    Command("desk", "kiosk.commands.windows", "the teller's window"),
    Command("practice", "kiosk.commands.practice", "a teller's window with simulated customers, to learn on; no bank, no network"),
    Command("demo", "kiosk.commands.demo", "simulated customers go the whole way, with a bank beside it"),
    Command("replay", "kiosk.commands.replay", "run a QA recording again, on screen"),
    Command("doctor", "kiosk.commands.doctor", "what works on this station, what does not, and what to do"),
    Command("station", "kiosk.commands.station", "make this station's identity and show its card for the bank"),
    Command("operators", "kiosk.commands.operators", "add and list the people who may sign in"),
    Command("audit", "kiosk.commands.audit", "verify and export the audit log"),
    Command("audit-report", "kiosk.measure.audit_report", "the regular audit: dependencies, code, secrets, attacks, residue, one report"),
    Command("policy", "kiosk.commands.policy", "the risk policy: check, test on recorded cases, what if, sign"),
    Command("privacy", "kiosk.commands.privacy", "read, hand out, withdraw, erase; the retention clock"),
    Command("residue", "kiosk.measure.residue", "what is left of a customer in memory and files after the end"),
    Command("intake", "kiosk.commands.intake", "the core bank's end: receives, checks and stores packets"),
    Command("console", "kiosk.commands.console", "the bank's web console: cases to review, stations, policy, audit"),
    Command("bench", "kiosk.measure.bench", "how fast, how large, how smooth"),
    Command("measure", "kiosk.commands.measure", "evaluations: sessions, documents, liveness, faces, faults, intake and more"),
    Command("models", "kiosk.commands.models", "face prints: list, install, and fit the verifier to them"),
    Command("diagram", "kiosk.measure.diagram", "draw the journey's states from the reducer"),
    Command("gallery", "ui.gallery", "render every screen in every language to pictures"),
)


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="app.py",
        description="Know who stands in front of the branch: a kiosk and a teller's desk.",
        epilog="Each command has its own --help. First steps: README.md.",
    )
    listed = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        listed.add_parser(command.name, help=command.says, add_help=False)
    if not words or words[0] in ("-h", "--help"):
        parser.print_help()
        return 0 if words else EXIT_USAGE
    chosen = parser.parse_known_args(words[:1])[0].command
    command = next(command for command in COMMANDS if command.name == chosen)
    # OpenCV's own warnings about absent cameras say nothing that the program does not say better.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    run: Callable[[list[str]], int] = importlib.import_module(command.module).main
    # One module serves both windows; it is told by the command's own name which one is meant.
    return run(words if command.module == "kiosk.commands.windows" else words[1:])


if __name__ == "__main__":
    sys.exit(main())
