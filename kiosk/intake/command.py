"""The bank's end on the command line: `run`, `init`, `enrol`, `withdraw`, `cases`, `stations`, `keys`; analysis is in `analyse_command.py`.

Exit status: 0 done; 1 it could not be done, and the last line says why and what to do; 2 the command was not understood; 3 `recheck` found
evidence that does not hold, or `openings` a broken chain.
"""

import argparse
import ipaddress
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.faults import Fault, SettingsRefused, StoreDamaged
from kiosk.intake import analyse_command
from kiosk.intake.ceremony import (
    bank_keys,
    enrol,
    init_bank,
    is_bank,
    list_cases,
    list_stations,
    open_account,
    open_bank,
    retire_key,
    revoke_template,
    roll_keys,
    withdraw,
)
from kiosk.intake.door import THIS_MACHINE, have_all_descriptors
from kiosk.intake.fleet import open_fleet
from kiosk.intake.metrics import Metrics
from kiosk.intake.office.numbering import distrust_line, logged_distrust, logged_versions, numbered_line
from kiosk.intake.office.office import OFFICE, open_office_store
from kiosk.intake.reception import IntakeKeys
from kiosk.intake.recheck import recheck_cases
from kiosk.intake.reissue import distrust_key, sign_again
from kiosk.intake.running import Tls, bound_socket, port_of
from kiosk.intake.service import system_clock
from kiosk.intake.store import HeldCase
from kiosk.intake.stream.beside import make_sure_of_role
from kiosk.intake.stream.opening import Printers
from kiosk.intake.workers import Serving, serve, serve_together
from kiosk.trust.audit_books import AuditBooks
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority
from kiosk.values import StationClass
from kiosk.vault.audit import AuditEntry, AuditEvent
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed
from kiosk.wire.keys import BankPublicKeys, bank_public_keys_to_text
from kiosk.wire.limits import MAX_KEY_TEXT
from kiosk.wire.plain import write_time
from kiosk.wire.signed_update import UpdateKind
from kiosk.wire.succession import bank_key_before

DEFAULT_FOLDER: Final = Path("bank")
DEFAULT_PORT: Final = 8643
EXIT_DOUBT: Final = 3
_HIGHEST_VERSION: Final = 1_000_000_000
"""A lying station must not talk people into a number with no room above it."""
STORE_VARIABLE: Final = "IDENTITY_DESK_INTAKE_STORE"


AskTwo = Callable[[Store, Action], Agreed | None]


def main(argv: Sequence[str], printers: Printers | None = None, ask_two: AskTwo = lambda store, action: None) -> int:
    """Run one command; without one, `run`, which is called `serve` too. printers: loads the networks that make face prints for analysis;
    without it there is none. ask_two: asks two of the bank's people to sign in and agree. Return the exit status."""
    known = _parser()
    words = ["run", *argv[1:]] if argv and argv[0] == "serve" else list(argv)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        words.insert(0, "run")
    chosen = known.parse_args(words)
    chosen.printers, chosen.ask_two = printers, ask_two
    try:
        return _ACTIONS[chosen.action](chosen)
    except Fault as fault:
        _say(f"Not done: {fault}.", error=True)
        return 1
    except BrokenPipeError:
        return 1


def _run(chosen: argparse.Namespace) -> int:
    folder: Path = chosen.folder
    if not is_bank(folder):
        init_bank(folder, production=not chosen.demo)
        _say(f"First start: made a bank for {'demonstration' if chosen.demo else 'production'} in {folder}. Back up its two private files.")
        _say_keys(bank_keys(folder))
        _say("No station is enrolled yet: `enrol STATION.json --class production|qa|demo`.")
    analysis_at = None if chosen.no_analysis else analyse_command.places(chosen)
    if analysis_at is not None:
        make_sure_of_role(analysis_at, folder)
    bank = open_bank(folder, chosen.store)
    bank.store.close()
    try:
        _sign_again(chosen, bank.keys)
    except Fault as fault:  # what stations bring is taken in all the same
        _say(f"Nothing was signed again with the newest key: {fault}.", error=True)
    if chosen.demo and bank.acceptance.production:
        raise SettingsRefused("the bank in that folder is a production bank; give the demonstration a folder of its own")
    if chosen.certificate is None:
        if chosen.client_authorities is not None or chosen.private_key is not None:
            raise SettingsRefused("--private-key and --client-authorities need --certificate")
        if not _is_this_machine(chosen.host):
            _say("Without --certificate this is plain HTTP: put a TLS proxy in front (--proxy), stations accept nothing else.", error=True)
    tls = None if chosen.certificate is None else Tls(chosen.certificate, chosen.private_key, chosen.client_authorities)
    have_all_descriptors()
    listener = bound_socket(chosen.host, chosen.port)
    scheme = "http" if tls is None else "https"
    stopping = threading.Event()
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    with tempfile.TemporaryDirectory(prefix="identity-desk-intake-") as counts:
        metrics = Path(counts) / "metrics"
        Metrics.make(metrics, chosen.workers)
        proxies = THIS_MACHINE.union(chosen.proxy)
        serving = Serving(folder, chosen.store, tls, metrics, chosen.workers, analysis_at, chosen.printers, proxies)
        run = serve if chosen.workers == 1 else serve_together
        try:
            announce = f"Listening on {scheme}://{chosen.host}:{port_of(listener)} (stop with Ctrl-C)."
            with _console_beside(chosen, tls):
                run(serving, listener, lambda: _say(announce), stopping)
        finally:
            listener.close()
            for number, handler in before.items():
                signal.signal(number, handler)
    _say("Stopped; everything received is on disk.")
    return 0


@contextmanager
def _console_beside(chosen: argparse.Namespace, tls: Tls | None) -> Iterator[None]:
    """Serve the analysts' console in this process as long as the intake runs, if it was asked for."""
    if chosen.console_port is None:
        yield
        return
    if tls is None and not _is_this_machine(chosen.console_host):
        raise SettingsRefused("the console is served beyond this machine with --certificate only: passwords go over it")
    from kiosk.intake.console.serving import open_office, serving_console  # only a bank that shows it needs the templates

    with (
        open_office(chosen.folder, chosen.store, at=analyse_command.places(chosen)) as office,
        serving_console(office, chosen.console_host, chosen.console_port, tls) as console,
    ):
        _say(f"The analysts' console is at {console.url}.")
        yield


def _init(chosen: argparse.Namespace) -> int:
    keys = init_bank(chosen.folder, production=not chosen.demo)
    _say(f"Made a bank for {'demonstration' if chosen.demo else 'production'} in {chosen.folder}. Back up its two private files.")
    _say_keys(keys)
    return 0


def _enrol(chosen: argparse.Namespace) -> int:
    text, station_class = _text_of(chosen.station), StationClass(chosen.station_class)
    station = enrol(chosen.folder, text, station_class, system_clock(), chosen.another_key, chosen.store)
    _say(f"Enrolled {station.name} ({station.station_class}). Compare its key with the station's own screen: {station.key_id}")
    return 0


def _withdraw(chosen: argparse.Namespace) -> int:
    withdraw(chosen.folder, chosen.key, system_clock(), chosen.store)
    _say("Withdrawn for good. What it brought stays; what it still has waits there until a person moves it.")
    return 0


def _cases(chosen: argparse.Namespace) -> int:
    count = 0
    for case in list_cases(chosen.folder, chosen.store):
        count += 1
        _say(json.dumps(_case_members(case), ensure_ascii=False) if chosen.json else "  ".join(map(str, _case_members(case).values())))
    if not chosen.json:
        _say(f"{count} held.")
    return 0


def _recheck(chosen: argparse.Namespace) -> int:
    looked_at = doubtful = 0
    for case in recheck_cases(chosen.folder, chosen.store):
        looked_at += 1
        doubtful += bool(case.found)
        if chosen.json:
            _say(json.dumps({"packet": case.packet_id, "station": case.station, "found": case.found}))
        elif case.found:
            _say(f"{case.packet_id}  {case.station}  {', '.join(case.found)}")
    if not chosen.json:
        _say(f"{looked_at} cases with a living person looked at again; something does not hold in {doubtful}.")
    return EXIT_DOUBT if doubtful else 0


def _open_account(chosen: argparse.Namespace) -> int:
    open_account(chosen.folder, chosen.packet, chosen.account, system_clock(), chosen.store)
    _say("Written down. Whoever pays from this account from now on must be its holder.")
    return 0


def _revoke_template(chosen: argparse.Namespace) -> int:
    revoke_template(chosen.folder, chosen.account, system_clock(), chosen.store)
    _say("Destroyed. Payments from this account are referred to a person from now on.")
    return 0


def _roll_keys(chosen: argparse.Namespace) -> int:
    keys = roll_keys(chosen.folder, system_clock())
    _say("New keys, signed over by the ones before. Start intake and console again; stations follow within the hour. Back up the folder.")
    _say_keys(keys)
    try:
        bank = open_bank(chosen.folder, chosen.store)
        bank.store.close()
        _say(f"Of what is in force at the stations, {_sign_again(chosen, bank.keys)} were signed again with them.")
    except Fault as fault:  # the keys are new all the same: whoever rolls them again in that belief gives stations two to follow
        _say(f"Nothing was signed again with them: {fault}. The intake tries again at its next start.", error=True)
    return 0


def _sign_again(chosen: argparse.Namespace, keys: IntakeKeys) -> int:
    """Return how many envelopes were signed again: none where the office is not, for its log says which keys are distrusted. Raises
    StoreDamaged for a log that was tampered with."""
    if not (chosen.folder / OFFICE).is_dir():
        return 0
    with open_office_store(chosen.folder) as people, open_fleet(chosen.folder, chosen.store) as fleet:
        books = AuditBooks(people)
        if books.found_broken(every_signature=False) is not None:
            raise StoreDamaged("the office's log is not as it was written: nothing is signed by it")
        return sign_again(fleet, keys, system_clock(), logged_distrust(books))


def _distrust(chosen: argparse.Namespace) -> int:
    """What stations go by was signed again first: they lose nothing but what the old key alone says."""
    from kiosk.intake.console.serving import classes_of

    bank = open_bank(chosen.folder, chosen.store)
    bank.store.close()
    with open_office_store(chosen.folder) as people, open_fleet(chosen.folder, chosen.store) as fleet:
        agreed = chosen.ask_two(people, Action.CHANGE_KEYS)
        if agreed is None:
            _say("Nothing was published: two of the bank's people sign in for it, with `app.py intake distrust-key`.")
            return 1
        now = system_clock()
        Authority(people).require_agreed(agreed, Action.CHANGE_KEYS, now)
        by, retired = (agreed.first, agreed.second), tuple(map(bank_key_before, bank.successions))
        books = AuditBooks(people)
        newest, known = logged_versions(books).get(UpdateKind.REVOCATION, 0), logged_distrust(books)
        sign_again(fleet, bank.keys, now, known)
        version = distrust_key(fleet, bank.keys, chosen.key, classes_of(bank.acceptance), by, now, retired, newest, known)
        people.note(AuditEntry(now, AuditEvent.UPDATE_PUBLISHED, who=agreed.second, detail=distrust_line(version, chosen.key)))
    _say(f"Revocation {version}: stations believe nothing that this key signed, from their next heartbeat on.")
    return 0


def _number_from(chosen: argparse.Namespace) -> int:
    """For a bank that lost its office's log too: stations know higher numbers than it does."""
    with open_office_store(chosen.folder) as people:
        agreed = chosen.ask_two(people, Action.CHANGE_KEYS)
        if agreed is None:
            _say("Nothing was written: two of the bank's people sign in for it, with `app.py intake number-from`.")
            return 1
        now = system_clock()
        Authority(people).require_agreed(agreed, Action.CHANGE_KEYS, now)
        line = numbered_line(UpdateKind(chosen.kind), chosen.version)
        people.note(AuditEntry(now, AuditEvent.UPDATE_PUBLISHED, who=agreed.second, detail=line))
    _say(f"Written down. The next {chosen.kind} is published above version {chosen.version}.")
    return 0


def _retire(chosen: argparse.Namespace) -> int:
    retire_key(chosen.folder, chosen.key)
    _say("Destroyed. What is still sealed to it will never open.")
    return 0


def _stations(chosen: argparse.Namespace) -> int:
    for station in list_stations(chosen.folder, chosen.store):
        _say(f"{station.key_id}  {station.station_class}  {station.name}")
    return 0


def _keys(chosen: argparse.Namespace) -> int:
    _say(bank_public_keys_to_text(bank_keys(chosen.folder)))
    return 0


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "run": _run,
    "init": _init,
    "enrol": _enrol,
    "withdraw": _withdraw,
    "cases": _cases,
    "recheck": _recheck,
    "stations": _stations,
    "keys": _keys,
    "open-account": _open_account,
    "revoke-template": _revoke_template,
    "roll-keys": _roll_keys,
    "retire-key": _retire,
    "distrust-key": _distrust,
    "number-from": _number_from,
    "analyse": lambda chosen: analyse_command.analyse(chosen, chosen.printers, _say),
    "grant": lambda chosen: analyse_command.grant(chosen, _say),
    "openings": lambda chosen: analyse_command.openings(chosen, _say),
    "prints": lambda chosen: analyse_command.prints(chosen, _say),
    "forget-case": lambda chosen: analyse_command.forget_case(chosen, _say),
}


def _case_members(case: HeldCase) -> dict[str, str | int]:
    return {
        "position": case.position,
        "packet": case.packet_id,
        "station": case.station,
        "purpose": case.purpose,
        "decision": case.decision.value,
        "received_at": write_time(case.received_at),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="intake", description="The core bank's end: holds packets once and gives signed receipts.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name: str, says: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=says, description=says)
        added.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="the bank's folder (default: %(default)s)")
        if name not in ("init", "keys", "retire-key"):
            added.add_argument(
                "--store",
                metavar="URL",
                default=os.environ.get(STORE_VARIABLE, ""),
                help=f"the ledger's database, postgresql://…; without it the file in the folder (or from {STORE_VARIABLE}, out of sight)",
            )
        return added

    run = action("run", "Serve stations (the default); makes the bank on its first start.")
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 lets the system choose (default: %(default)s)")
    run.add_argument("--certificate", type=Path, help="TLS certificate chain, PEM")
    run.add_argument("--private-key", type=Path, help="the certificate's private key, PEM")
    run.add_argument("--client-authorities", type=Path, help="PEM; only clients with a certificate of one of these are heard")
    run.add_argument(
        "--proxy",
        type=ipaddress.ip_address,
        action="append",
        default=[],
        metavar="ADDRESS",
        help="of a proxy in front on another machine: its connections are not held to one address's share; again for each",
    )
    run.add_argument("--console-port", type=_port, help="serve the analysts' console there as well; without it there is none")
    run.add_argument("--console-host", default="127.0.0.1", help="where the console listens (default: this machine only)")
    run.add_argument("--workers", type=_workers, default=1, help="processes that serve together (default: %(default)s)")
    run.add_argument("--no-analysis", action="store_true", help="leave it to `analyse`; `grant` what came before its role")
    analyse_command.add_places(run)
    init = action("init", "Make a bank: keys and empty ledger.")
    for one in (run, init):
        one.add_argument("--demo", action="store_true", help="a bank that takes demo and QA stations and no production ones")
    enrolling = action("enrol", "Enrol a station from the file it gave.")
    enrolling.add_argument("station", type=Path, help="the station's enrolment, JSON")
    enrolling.add_argument("--class", dest="station_class", choices=[kind.value for kind in StationClass], required=True)
    enrolling.add_argument("--another-key", action="store_true", help="the station's keys were made anew; the old ones stay valid too")
    action("withdraw", "Take no more packets of a station, for good: it was stolen or replaced.").add_argument(
        "key", help="the station's key, as `stations` lists it"
    )
    action("cases", "List what is held, without anything about customers.").add_argument(
        "--json", action="store_true", help="one JSON object a line"
    )
    action("recheck", "Open every held case and check its liveness evidence again: draw, order, windows, light, cues.").add_argument(
        "--json", action="store_true", help="one JSON object a line"
    )
    action("stations", "List the enrolled stations.")
    opening = action("open-account", "Write down which account was opened with a held packet.")
    opening.add_argument("packet", help="the packet's id, as `cases` lists it")
    opening.add_argument("account", help="the account's number")
    action("revoke-template", "Destroy the face enrolled for an account, for good.").add_argument("account", help="the account's number")
    action("roll-keys", "Make new keys for the bank, signed over by the ones before, which stay to open what was sealed to them.")
    action("retire-key", "Destroy keys from before, once no station can have anything sealed to them.").add_argument(
        "key", help="the sealing key's id"
    )
    distrust = action("distrust-key", "Tell stations to believe nothing that a former key signed: somebody else may have it. Two people.")
    distrust.add_argument("key", help="the answering key's id")
    numbering = action("number-from", "Publish above a version that stations have and this bank's lost files knew. Two people.")
    numbering.add_argument("kind", choices=[kind.value for kind in UpdateKind])
    numbering.add_argument("version", type=_version, help="the highest that any station runs on, as the console's page Stations says it")
    analyse_command.add_actions(action)
    action("keys", "Print the bank's public keys, for the stations' configuration.")
    return parser


def _version(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:12]) <= _HIGHEST_VERSION and len(text) < 12):
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {_HIGHEST_VERSION}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("from 1 to 64 workers")
    return int(text)


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_TEXT + 1).decode("utf-8", errors="replace")
    except OSError as error:
        raise SettingsRefused(f"{path.name} cannot be read: {error.strerror}") from error


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _say_keys(keys: BankPublicKeys) -> None:
    _say(f"Sealing key {keys.sealing_key_id}, answering key {keys.answers_key_id}: read these out when you set up a station.")


def _say(line: str, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    stream.write(line + "\n")
    stream.flush()
