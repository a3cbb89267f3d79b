"""`app.py operators`: add and list the people who may sign in at this station. Passwords are asked for, never taken as arguments;
where standard input is no terminal, one line of it is the password."""

import argparse
import getpass
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from kiosk.faults import Fault
from kiosk.settings import FILE_NAME, load_settings
from kiosk.trust.operators import NOBODY, Added, NameTaken, NameUnfit, Operators, PasswordUnfit, Role
from kiosk.values import Masked
from kiosk.vault.keys import KeyFile
from kiosk.vault.opening import open_store


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py operators", description=__doc__.split("\n\n")[0])
    parser.add_argument("--settings", type=Path, default=Path(FILE_NAME))
    kinds = parser.add_subparsers(dest="what", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--settings", type=Path, default=argparse.SUPPRESS)
    add = kinds.add_parser("add", parents=[shared], help="add one person; the password is asked for")
    add.add_argument("name")
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.TELLER.value)
    kinds.add_parser("list", parents=[shared], help="list their names").add_argument("--json", action="store_true")
    chosen = parser.parse_args(argv)
    try:
        station = load_settings(chosen.settings).station
        with open_store(station.data, KeyFile(station.master_key)) as store:
            operators = Operators(store)
            if chosen.what == "list":
                names = operators.names()
                print(json.dumps(names) if chosen.json else "\n".join(names) or "nobody yet")
                return 0
            return _add(operators, chosen.name, Role(chosen.role))
    except Fault as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return 1


def _add(operators: Operators, name: str, role: Role) -> int:
    password = _asked_password()
    if password is None:
        print("The two passwords differ; nobody was added.", file=sys.stderr)
        return 1
    outcome = operators.add_operator(name, password, role, NOBODY, datetime.now(UTC))
    match outcome:
        case Added(name=added):
            print(f"Added {added} as {role.value}.")
            return 0
        case NameTaken():
            print("There is an operator of that name already.", file=sys.stderr)
        case NameUnfit():
            print("A name has 2 to 32 of a-z, 0-9, dot, dash, underscore, and starts with a letter or digit.", file=sys.stderr)
        case PasswordUnfit(because=because):
            print(f"That password will not do: {because}.", file=sys.stderr)
        case _:
            assert_never(outcome)
    return 1


def _asked_password() -> Masked[str] | None:
    if not sys.stdin.isatty():
        return Masked(sys.stdin.readline().rstrip("\n"))
    first, second = getpass.getpass("Password: "), getpass.getpass("Again: ")
    return Masked(first) if first == second else None
