"""Is anything lost or counted twice when workers, broker and database are killed, and what does a case cost as the bank grows?

    python app.py measure analysis [--json FILE] [--rounds N] [--cases N] [--sizes N,M]

Kill rounds run on PostgreSQL and nats-server made for the purpose, with workers as processes of their own (`analysis_kills.py` says what is
done in a round and what is counted). Cost is measured on both stores (`analysis_growth.py`). Where a server is not installed, that part is
null and the reason is said.

Exit status: 0 nothing lost or doubled; 1 something was; 2 wrong usage.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from kiosk.arguments import new_file
from kiosk.faults import StoreUnavailable
from kiosk.measure.analysis_growth import growth
from kiosk.measure.analysis_kills import killed


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure analysis", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30, help="kills (default: %(default)s); 0 leaves them out")
    parser.add_argument("--cases", type=int, default=100, help="brought in each round (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sizes", type=_sizes, default=(10_000, 1_000_000), metavar="N,M", help="cases before (default: 10000,1000000)")
    parser.add_argument("--measured", type=int, default=400, help="cases measured at each size (default: %(default)s); 0 leaves it out")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), action="append", help="only this one (default: both)")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="on the disk that is meant (default: %(default)s)")  # noqa: S108
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    figures: dict[str, Any] = {"kills": None, "growth": {}, "cores": os.cpu_count(), "workers": chosen.workers, "seed": chosen.seed}
    if chosen.rounds:
        try:
            figures["kills"] = killed(chosen.rounds, chosen.cases, chosen.workers, chosen.seed, chosen.folder, _say).members()
        except StoreUnavailable as missing:
            _say(f"no kill rounds: {missing}")
    for store in (chosen.store or ("sqlite", "postgresql")) if chosen.measured else ():
        with tempfile.TemporaryDirectory(prefix="identity-desk-growth-", dir=chosen.folder) as folder:
            Path(folder).chmod(0o755)  # the server's account passes through
            try:
                figures["growth"][store] = growth(store, Path(folder), chosen.sizes, chosen.measured, _say).members()
            except StoreUnavailable as missing:
                figures["growth"][store] = None
                _say(f"{store} not measured: {missing}")
    print(json.dumps(figures, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    kills = figures["kills"]
    return 1 if kills and (kills["lost"] or kills["doubled"] or not kills["openings_whole"]) else 0


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
