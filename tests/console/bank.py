"""A bank's office over any store, and people of it who can sign in at any moment."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from kiosk.commands.console_demo import fill_bank
from kiosk.intake.ceremony import bank_keys, open_bank
from kiosk.intake.console.serving import classes_of
from kiosk.intake.fleet import open_fleet
from kiosk.intake.office.fold_analysis import FoldAnalysis
from kiosk.intake.office.office import Office
from kiosk.values import SessionId
from kiosk.vault.store import Store
from tests.fakes.branch import NOW
from tests.trust.people import QUICK


@cache
def _made(cases: int) -> tuple[Path, list[SessionId]]:
    """Keys are slow to draw: a bank of so many cases is made once for all tests, and each gets a copy."""
    folder = Path(tempfile.mkdtemp(prefix="console-test-bank-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder / "bank", fill_bank(folder / "bank", NOW, cases)


def copied_bank(folder: Path, cases: int = 1) -> list[SessionId]:
    """Put a bank with so many cases into this folder, which must not exist; return the cases, oldest first."""
    made, sessions = _made(cases)
    shutil.copytree(made, folder)
    return sessions


@contextmanager
def office_over(store: Store, folder: Path) -> Iterator[Office]:
    """Open the office of the bank in this folder with the people and the log of this store."""
    bank = open_bank(folder)
    with closing(bank.store), open_fleet(folder) as fleet:
        analysis = FoldAnalysis(bank.store, bank.keys.storage)
        yield Office(
            store, bank.store, bank.keys, fleet, analysis, classes_of(bank.acceptance), QUICK, lambda: bank_keys(folder).answers_key_id
        )
