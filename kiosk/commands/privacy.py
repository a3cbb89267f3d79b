"""`app.py privacy`: a customer's rights, and the retention clock.

read       what is kept of a case, at a stated purpose
export     everything this station holds about a case, as JSON, for its customer (subject access)
withdraw   write down that a consent was withdrawn; withdrawing the check makes the case due for erasure
erase      destroy a case's own key, and with it everything sealed under it: two people, both present
retention  erase what its time is over

Each asks who does it; see `docs/privacy.md` and the role table. Exit codes: 0 done, 1 refused or a fault, 2 wrong usage.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from kiosk.commands import asking
from kiosk.faults import Fault
from kiosk.settings import FILE_NAME, load_settings
from kiosk.trust.case_files import CaseFiles, ReadFor
from kiosk.trust.key_choice import station_store
from kiosk.trust.operators import Operators
from kiosk.trust.permissions import Action
from kiosk.trust.presence import Authority, SignedIn
from kiosk.values import ConsentPurpose, SessionId
from kiosk.vault.store import Store
from kiosk.vault.two_people import Agreed
from kiosk.wire.plain import encode_record


def main(argv: list[str]) -> int:
    chosen = _parser().parse_args(argv)
    try:
        settings = load_settings(chosen.settings)
        with station_store(settings) as store:
            operators = Operators(store)
            who = asking.sign_in(operators, settings.station.name)
            if who is None:
                return 1
            files = CaseFiles(store, settings.policy.retention)
            if chosen.what == "erase":
                second = asking.sign_in(operators, settings.station.name, who="Second person's name")
                return 1 if second is None else _erase(store, files, who, second, SessionId(chosen.session))
            return _carry_out(chosen, files, who)
    except Fault as fault:
        asking.say(f"{type(fault).__name__}: {fault}")
    except LookupError:
        asking.say("No such case is kept here.")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py privacy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, default=Path(FILE_NAME))
    kinds = parser.add_subparsers(dest="what", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--settings", type=Path, default=argparse.SUPPRESS)
    for name, says in (
        ("read", "the kept facts of a case"),
        ("export", "all of it, for the customer"),
        ("withdraw", "note a withdrawn consent"),
        ("erase", "destroy the case's key"),
    ):
        one = kinds.add_parser(name, parents=[shared], help=says)
        one.add_argument("session", help="the case's id, 32 hex digits")
        if name == "read":
            one.add_argument("--for", dest="purpose", choices=[purpose.value for purpose in ReadFor], required=True)
        if name == "withdraw":
            one.add_argument("purpose", choices=[purpose.value for purpose in ConsentPurpose])
        if name in ("read", "export"):
            one.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    kinds.add_parser("retention", parents=[shared], help="erase what its time is over")
    return parser


def _carry_out(chosen: argparse.Namespace, files: CaseFiles, who: SignedIn) -> int:
    now = datetime.now(UTC)
    match chosen.what:
        case "read":
            record = files.read(who, SessionId(chosen.session), ReadFor(chosen.purpose), now)
            _write(encode_record(record).decode(), chosen.out)
        case "export":
            _write(files.export(who, SessionId(chosen.session), now), chosen.out)
        case "withdraw":
            done = files.withdraw(who, SessionId(chosen.session), ConsentPurpose(chosen.purpose), now)
            asking.say("Withdrawn. The bank is told under seal; `privacy export` says how far." if done else "It was withdrawn before.")
        case _:
            asking.say(f"{files.run_retention(who, now).erased} cases erased.")
    return 0


def _erase(store: Store, files: CaseFiles, who: SignedIn, second: SignedIn, session: SessionId) -> int:
    now = datetime.now(UTC)
    agreed = Authority(store).agree(who, second, Action.ERASE_CASE, now, session)
    if not isinstance(agreed, Agreed):
        asking.say(f"These two may not do this together: {agreed.because}.")
        return 1
    asking.say("Erased: its key is gone." if files.erase(agreed, session, "at-request", now) else "It was erased before.")
    return 0


def _write(text: str, out: Path | None) -> None:
    if out is None:
        print(text)
    else:
        out.write_text(text, encoding="utf-8")
        out.chmod(0o600)
