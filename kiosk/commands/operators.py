"""`app.py operators`: the people of this station; with `--bank FOLDER` those of a bank's console.

`first NAME` is the ceremony of the first administrator, possible only while there is nobody. Everything else begins with an administrator
signing in (`list`: also a compliance officer or auditor). Secrets are asked for, never taken as arguments; where standard input is no
terminal, each answer is one line of it: name, password and code of who does it, then the new person's password, then the first code of
their authenticator app. A person whose second factor is not added here adds it at the first sign-in, and can do nothing before.

Exit codes: 0 done, 1 refused or a fault, 2 wrong usage.
"""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from kiosk.commands import asking
from kiosk.faults import Fault
from kiosk.intake.office.office import open_office_store
from kiosk.settings import FILE_NAME, load_settings
from kiosk.trust.key_choice import station_store
from kiosk.trust.operators import Added, AddOutcome, NameTaken, NameUnfit, NeedsFactor, NotTheFirst, Operators, PasswordUnfit
from kiosk.trust.permissions import PEOPLE, Role
from kiosk.trust.presence import SignedIn
from kiosk.trust.typing_rhythm import RhythmBook
from kiosk.values import OperatorId
from kiosk.vault.store import Store


def main(argv: list[str]) -> int:
    chosen = _parser().parse_args(argv)
    try:
        if chosen.bank is not None:
            with open_office_store(chosen.bank) as store:
                return _carry_out(chosen, Operators(store), "bank", store)
        settings = load_settings(chosen.settings)
        with station_store(settings) as store:
            return _carry_out(chosen, Operators(store), settings.station.name, store)
    except Fault as fault:
        asking.say(f"{type(fault).__name__}: {fault}")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py operators", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=Path, default=Path(FILE_NAME))
    parser.add_argument("--bank", type=Path, metavar="FOLDER", help="the people of a bank's console instead, in the bank's folder")
    kinds = parser.add_subparsers(dest="what", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--settings", type=Path, default=argparse.SUPPRESS)
    shared.add_argument("--bank", type=Path, metavar="FOLDER", default=argparse.SUPPRESS)
    people = [role.value for role in PEOPLE]
    kinds.add_parser("first", parents=[shared], help="make the first administrator").add_argument("name")
    add = kinds.add_parser("add", parents=[shared], help="add one person")
    add.add_argument("name")
    add.add_argument("--role", choices=people, default=Role.TELLER.value)
    change = kinds.add_parser("role", parents=[shared], help="give a person another role")
    change.add_argument("name")
    change.add_argument("role", choices=people)
    kinds.add_parser("reset", parents=[shared], help="new password, and the second factor to be added anew").add_argument("name")
    kinds.add_parser("forget-rhythm", parents=[shared], help="destroy what is known of a person's typing").add_argument("name")
    kinds.add_parser("remove", parents=[shared], help="let a person in no more").add_argument("name")
    listing = kinds.add_parser("list", parents=[shared], help="list names and roles")
    listing.add_argument("--json", nargs="?", const="-", metavar="FILE", help="as JSON, to a file or to standard output")
    return parser


def _carry_out(chosen: argparse.Namespace, operators: Operators, station: str, store: Store) -> int:
    if chosen.what == "first":
        return _first(operators, chosen.name, station)
    if operators.is_empty():
        asking.say("Nobody works here yet. Begin with `python app.py operators first NAME`.")
        return 1
    who = asking.sign_in(operators, station)
    if who is None:
        return 1
    now, name = datetime.now(UTC), OperatorId(getattr(chosen, "name", "").strip().casefold())
    match chosen.what:
        case "list":
            return _list(operators.names(who, now), chosen.json)
        case "add":
            return _add(operators, who, chosen.name, Role(chosen.role), station)
        case "role":
            return _told(operators.change_role(name, Role(chosen.role), who, now), f"{name} is {chosen.role} now.")
        case "forget-rhythm":
            RhythmBook(store).forget(name, who, now)
            asking.say(f"Nothing is known of {name}'s typing any more; it is learned anew from their sign-ins.")
            return 0
        case "remove":
            return _told(operators.remove(name, who, now), f"{name} is let in no more.")
        case _:
            password = asking.ask_new_password()
            if password is None:
                asking.say("The two passwords differ; nothing was changed.")
                return 1
            now = datetime.now(UTC)  # when it is done, not when it was begun: who came in meanwhile with what is taken away must go too
            return _said(operators.reset(name, password, who, now), "has a new password; the second factor is added at the next sign-in.")


def _first(operators: Operators, name: str, station: str) -> int:
    if not operators.is_empty():
        asking.say("This station has people already; an administrator adds others.")
        return 1
    password = asking.ask_new_password()
    if password is None:
        asking.say("The two passwords differ; nobody was added.")
        return 1
    now = datetime.now(UTC)
    outcome = operators.first_administrator(name, password, now)
    if isinstance(outcome, NotTheFirst):
        asking.say("This station has people already; an administrator adds others.")
        return 1
    ended = _said(outcome, "is this station's first administrator.")
    return _second_factor(operators, outcome.name, station) if isinstance(outcome, Added) else ended


def _add(operators: Operators, who: SignedIn, name: str, role: Role, station: str) -> int:
    password = asking.ask_new_password()
    if password is None:
        asking.say("The two passwords differ; nobody was added.")
        return 1
    outcome = operators.add(name, password, role, who, datetime.now(UTC))
    ended = _said(outcome, f"is added as {role.value}.")
    return _second_factor(operators, outcome.name, station) if isinstance(outcome, Added) else ended


def _second_factor(operators: Operators, name: OperatorId, station: str) -> int:
    """A person who has to go before the second factor is added is added all the same: they can do nothing until it is."""
    asking.enrol(operators, NeedsFactor(name, datetime.now(UTC)), station)
    return 0


def _list(names: tuple[tuple[OperatorId, Role], ...], json_to: str | None) -> int:
    rows = [{"name": name, "role": role.value} for name, role in names]
    if json_to is not None and json_to != "-":
        Path(json_to).write_text(json.dumps(rows, indent=1), encoding="utf-8")
    else:
        print(json.dumps(rows) if json_to else "\n".join(f"{row['name']:<32} {row['role']}" for row in rows))
    return 0


def _told(done: bool, words: str) -> int:
    asking.say(words if done else "There is nobody of that name.")
    return 0 if done else 1


def _said(outcome: AddOutcome | PasswordUnfit | NameUnfit, words: str) -> int:
    match outcome:
        case Added(name=name):
            asking.say(f"{name} {words}")
            return 0
        case NameTaken():
            asking.say("Somebody has or had that name already: a name in the audit log means one person for ever.")
        case NameUnfit():
            asking.say("No such name. A name has 2 to 32 of a-z, 0-9, dot, dash, underscore, and starts with a letter or digit.")
        case PasswordUnfit(because=because):
            asking.say(f"That password will not do: {because}.")
        case _:
            assert_never(outcome)
    return 1
