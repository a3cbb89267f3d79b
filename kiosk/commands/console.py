"""`app.py console`: the analyst's web console over a bank's folder; `--demo` makes up a bank to look at.

    app.py console --folder bank            https with --certificate and --private-key; plain http on this machine only
    app.py console --demo                   a bank of nobody: 120 cases, 8 stations, three people whose passwords and codes are printed

The people of a bank are added with `app.py operators --bank FOLDER`. Exit codes: 0 stopped by a person, 1 a fault, 2 wrong usage.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from kiosk.faults import Fault
from kiosk.intake.analyse_command import add_results_places, places
from kiosk.intake.command import DEFAULT_FOLDER, STORE_VARIABLE
from kiosk.intake.console.serving import DEFAULT_PORT, open_office, serving_console
from kiosk.intake.running import Tls


def main(argv: list[str]) -> int:
    chosen = _parser().parse_args(argv)
    if chosen.certificate is None and chosen.host not in ("127.0.0.1", "localhost", "::1"):
        print("Without --certificate the console is served to this machine only: leave --host out.", file=sys.stderr)
        return 2
    try:
        if chosen.demo:
            from kiosk.commands.console_demo import demo

            return demo(chosen.port)
        tls = None if chosen.certificate is None else Tls(chosen.certificate, chosen.private_key, chosen.client_authorities)
        with (
            open_office(chosen.folder, chosen.store, at=places(chosen)) as office,
            serving_console(office, chosen.host, chosen.port, tls) as console,
        ):
            if office.operators.is_empty():
                print(f"Nobody works at this bank yet: python app.py operators --bank {chosen.folder} first NAME")
            print(f"The console is at {console.url} (stop with Ctrl-C).", flush=True)
            wait_for_the_end()
    except Fault as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    return 0


def wait_for_the_end() -> None:
    """Return when a person stops the program."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    stopping.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py console", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demo", action="store_true", help="make up a bank in a folder that goes away at the end")
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="the bank's folder (default: %(default)s)")
    parser.add_argument(
        "--store", metavar="URL", default=os.environ.get(STORE_VARIABLE, ""), help="the ledger's database, as for `app.py intake`"
    )
    add_results_places(parser)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 lets the system choose (default: %(default)s)")
    parser.add_argument("--certificate", type=Path, help="TLS certificate chain, PEM")
    parser.add_argument("--private-key", type=Path, help="the certificate's private key, PEM")
    parser.add_argument("--client-authorities", type=Path, help="PEM; only browsers with a certificate of one of these are heard")
    return parser
