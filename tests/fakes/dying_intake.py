"""`python -m tests.fakes.dying_intake FOLDER`: the intake, whose machine dies the moment a packet is on disk and not yet answered."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from kiosk.intake.ceremony import LEDGER, open_bank
from kiosk.intake.running import serve_in_thread
from kiosk.intake.service import create_app
from kiosk.intake.sqlite_store import SqliteIntakeStore
from kiosk.intake.store import Entry, Held, IdConflict, Incoming


class DyingStore(SqliteIntakeStore):
    def hold(self, packet: Incoming, entry_at: Callable[[int], Entry]) -> Held | IdConflict:
        super().hold(packet, entry_at)
        os._exit(137)


def main(folder: Path) -> None:
    bank = open_bank(folder)
    bank.store.close()
    running = serve_in_thread(create_app(DyingStore(folder / LEDGER), bank.keys, bank.acceptance))
    sys.stdout.write(f"Listening on {running.url} \n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
