"""Analysis on the command line: `analyse`, `grant`, `openings`, `prints`, `forget-case`."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

from kiosk.faults import SettingsRefused
from kiosk.intake.ceremony import grant_again, is_bank, open_ledger
from kiosk.intake.outbox import first_broken
from kiosk.intake.prints.allowance import Allowance, allow, allowed, forbid
from kiosk.intake.results import Results
from kiosk.intake.service import system_clock
from kiosk.intake.store import IntakeStore
from kiosk.intake.stream.opening import AnalysisAt, Printers, analysis, open_results, role_at, role_folder
from kiosk.intake.stream.retention import drop_due_prints
from kiosk.intake.stream.running import Analysing, Progress
from kiosk.values import SessionId

RESULTS_VARIABLE: Final = "IDENTITY_DESK_ANALYSIS_RESULTS"
STREAM_VARIABLE: Final = "IDENTITY_DESK_STREAM"
EXIT_DOUBT: Final = 3
_METRICS_EVERY_S: Final = 5.0


def add_actions(action: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add this module's actions to the intake's command line. action: adds one, with folder and store."""
    analyse = action("analyse", "Work off received cases: open, take facts, find links. Any number of these share one stream.")
    add_places(analyse)
    analyse.add_argument("--until-idle", action="store_true", help="stop when nothing waits any more")
    analyse.add_argument("--name", default=f"worker-{os.getpid()}", help="what this worker is called in the log of openings")
    analyse.add_argument("--metrics", type=Path, metavar="FILE", help="keep counts there in Prometheus' text format")
    analyse.add_argument("--json", action="store_true", help="say what was done as JSON at the end")
    action("grant", "Grant all held cases to the analysis role once more, after its results were lost. Needs the bank's storage key.")
    openings = action("openings", "List every opening of a case by the analysis role and check their chain.")
    openings.add_argument("--json", action="store_true", help="one JSON object a line")
    prints = action("prints", "Say whether face prints are kept for analysis, allow or forbid them.")
    add_places(prints)
    what = prints.add_mutually_exclusive_group()
    what.add_argument("--allow", metavar="GROUND", help="the legal ground, in the bank's words")
    what.add_argument("--forbid", action="store_true", help="keep none from now on and erase those that are kept")
    prints.add_argument("--days", type=int, default=180, help="how long a print is kept (default: %(default)s)")
    prints.add_argument("--by", default="", help="who allows it")
    erase = action("forget-case", "Destroy the facts, the print and the findings of a case.")
    add_places(erase)
    erase.add_argument("packet", help="the packet's id, as `cases` lists it")


def add_places(parser: argparse.ArgumentParser) -> None:
    add_results_places(parser)
    parser.add_argument(
        "--stream",
        metavar="URL",
        default=os.environ.get(STREAM_VARIABLE, ""),
        help=f"nats://… shared by workers; without it a queue in this process (or from {STREAM_VARIABLE}, out of sight)",
    )


def add_results_places(parser: argparse.ArgumentParser) -> None:
    """Add where the role and its results are, for whoever reads or tells them and works off nothing."""
    parser.set_defaults(stream="")
    parser.add_argument("--role", type=Path, metavar="DIR", help="the analysis role's folder (default: analysis/ in the bank's)")
    parser.add_argument(
        "--results",
        metavar="URL",
        default=os.environ.get(RESULTS_VARIABLE),
        help=f"results' database, postgresql://…; by default the ledger's, or a file in the role's folder (or from {RESULTS_VARIABLE})",
    )


def places(chosen: argparse.Namespace) -> AnalysisAt:
    role: Path = chosen.role or role_folder(chosen.folder)
    return AnalysisAt(role, chosen.store if chosen.results is None else chosen.results, chosen.stream)


def analyse(chosen: argparse.Namespace, printers: Printers | None, say: Callable[[str], None]) -> int:
    at = places(chosen)
    if not is_bank(chosen.folder) and not chosen.store:
        raise SettingsRefused("there is no bank in that folder; name the ledger with --store, or the bank's folder with --folder")
    role = role_at(at.role, chosen.folder)
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with (
            closing(open_ledger(chosen.folder, chosen.store)) as ledger,
            analysis(ledger, at, role, system_clock, chosen.name, printers) as analysing,
        ):
            analysing.changed = lambda away: say(f"Waiting: {away}." if away else "Going on.")
            say(f"Analysing as {chosen.name}, role {role.key_id} (stop with Ctrl-C).")
            metrics = threading.Thread(
                target=_keep_metrics, args=(chosen.metrics, analysing, ledger, stopping), name="metrics", daemon=True
            )
            if chosen.metrics is not None:
                metrics.start()
            analysing.run(stopping, chosen.until_idle)
            _say_end(analysing.progress, chosen.json, say)
    finally:
        stopping.set()
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _say_end(done: Progress, as_json: bool, say: Callable[[str], None]) -> None:
    if as_json:
        say(json.dumps(asdict(done)))
    else:
        say(f"Stopped: {done.kept} cases kept, {done.again} had come before, {done.unreadable} did not open, {done.refills} refills.")


def _keep_metrics(file: Path, analysing: Analysing, ledger: IntakeStore, stopping: threading.Event) -> None:
    """Write counts until told to stop; wholly or not at all, for a collector that reads whenever it likes."""
    while True:
        part = file.with_name(file.name + ".new")
        part.write_text(metrics_text(analysing.progress), encoding="utf-8")
        part.replace(file)
        if stopping.wait(_METRICS_EVERY_S):
            return


def metrics_text(done: Progress) -> str:
    """Return the counts in Prometheus' text format, version 0.0.4."""
    rows = (
        ("kept", "Cases whose facts this worker kept.", done.kept),
        ("again", "Cases that had come before and changed nothing.", done.again),
        ("unreadable", "Cases that did not open.", done.unreadable),
        ("fed", "Cases this worker gave to the stream.", done.fed),
        ("refills", "Times the stream had lost something and was filled again.", done.refills),
        ("folded", "Entries this worker folded.", done.folded),
        ("erased_prints", "Face prints erased because they were due.", done.erased),
    )
    lines = []
    for name, says, count in rows:
        lines += [f"# HELP analysis_{name}_total {says}", f"# TYPE analysis_{name}_total counter", f"analysis_{name}_total {count}"]
    lines += [
        "# HELP analysis_away Whether something is waited for.",
        "# TYPE analysis_away gauge",
        f"analysis_away {int(bool(done.away))}",
    ]
    return "\n".join(lines) + "\n"


def grant(chosen: argparse.Namespace, say: Callable[[str], None]) -> int:
    say(f"{grant_again(chosen.folder, chosen.store)} cases wait for analysis again.")
    return 0


def openings(chosen: argparse.Namespace, say: Callable[[str], None]) -> int:
    with closing(open_ledger(chosen.folder, chosen.store)) as ledger:
        count = 0
        for line in ledger.openings():
            count += 1
            members = {**asdict(line), "digest": line.digest.hex()}
            say(json.dumps(members) if chosen.json else "  ".join(str(value) for value in members.values()))
        broken = first_broken(ledger.openings())
    if broken is not None:
        sys.stderr.write(f"The chain breaks at line {broken}: lines were altered, removed or added there.\n")
        return EXIT_DOUBT
    if not chosen.json:
        say(f"{count} openings, an unbroken chain.")
    return 0


def prints(chosen: argparse.Namespace, say: Callable[[str], None]) -> int:
    at = places(chosen)
    if not at.role.is_dir():
        raise SettingsRefused("there is no analysis role in that folder; start `intake analyse` once")
    now = system_clock()
    if chosen.allow is not None:
        allow(at.role, Allowance(chosen.allow, chosen.days, chosen.by, now))
        say("Prints of cases received from now on are kept. Start analysis again.")
    elif chosen.forbid:
        forbid(at.role)
    allowance = allowed(at.role)
    with closing(open_ledger(chosen.folder, chosen.store)) as ledger, closing(open_results(at)) as results:
        erased = drop_due_prints(ledger, results, at.role, now)
        _say_prints(allowance, results, erased, say)
    return 0


def _say_prints(allowance: Allowance | None, results: Results, erased: int, say: Callable[[str], None]) -> None:
    if erased:
        say(f"{erased} prints were due and are erased.")
    held = results.counts().faces
    if allowance is None:
        say(f"No face prints are kept for analysis; {held} are there.")
    else:
        say(f"{held} face prints are kept, {allowance.days} days each. Ground: {allowance.ground} ({allowance.by}, {allowance.at.date()}).")


def forget_case(chosen: argparse.Namespace, say: Callable[[str], None]) -> int:
    with closing(open_results(places(chosen))) as results:
        if not results.forget_case(SessionId(chosen.packet)):
            raise SettingsRefused("analysis holds nothing of a case with that id")
    say("Destroyed. A running analysis forgets the print within a minute, the links at its next start.")
    return 0
