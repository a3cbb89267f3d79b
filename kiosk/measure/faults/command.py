"""Does anything get lost, doubled or stuck when everything that can fail does?

    python app.py measure faults --runs 10000 [--seed S] [--json FILE] [--workers N] [--verbose]

Each seed is one run and replays by itself: `--seed S --runs 1`. Runs with an even seed lose every write that was not synced at each power
cut. One pair of seeds in 25 is run with real processes, killed by SIGKILL. Exit status: 0 all well; 1 something was lost, doubled or
stuck; 2 this Python's SQLite cannot be watched.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Final

from kiosk.arguments import new_file
from kiosk.measure.faults.killed import run_killed
from kiosk.measure.faults.machines import forget_cast
from kiosk.measure.faults.run import Ran, run_seed
from kiosk.measure.faults.sqlite_layer import can_intercept, file_layer

_CHUNK: Final = 100


def really_killed(seed: int) -> bool:
    """Return whether this seed is run with real processes."""
    return (seed // 2) % 25 == 24


def run_seeds(seeds: range) -> list[Ran]:
    """Run these seeds, one after the other, in this process."""
    layer = file_layer()
    ran: list[Ran] = []
    try:
        for seed in seeds:
            if really_killed(seed):
                ran.append(run_killed(seed))
            else:
                with layer.installed():
                    ran.append(run_seed(seed, layer))
    finally:
        forget_cast()
    return ran


def summary_of(ran: list[Ran]) -> dict[str, Any]:
    """Return the figures: keys `runs, lost, doubled, stuck, seeds_failed, unsynced_runs` and what lies behind them."""
    deaths = Counter(death for one in ran for death in one.deaths)
    phases: Counter[str] = Counter()
    for death, count in deaths.items():
        phases[" ".join(death.split(":")[0].split()[:2])] += count
    return {
        "runs": len(ran),
        "lost": sum(one.verdict.lost for one in ran),
        "doubled": sum(one.verdict.doubled for one in ran),
        "stuck": sum(one.verdict.stuck for one in ran),
        "seeds_failed": [one.seed for one in ran if not one.verdict.sound],
        "unsynced_runs": sum(one.unsynced for one in ran),
        "killed_runs": sum(really_killed(one.seed) for one in ran),
        "cases": sum(one.cases for one in ran),
        "deaths": sum(deaths.values()),
        "deaths_by_phase": dict(sorted(phases.items())),
        "distinct_steps_died_at": len(deaths),
        "mishaps": dict(sorted(Counter(mishap for one in ran for mishap in one.mishaps).items())),
    }


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure faults", description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=1_000, help="how many seeds (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; the others follow it (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1), help="processes at work (default: %(default)s)")
    parser.add_argument("--verbose", action="store_true", help="say of every run where it died and what the network did")
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    if not can_intercept():
        print("This Python brings its own SQLite, whose files cannot be watched: use the system's Python.", file=sys.stderr)
        return 2
    started = time.monotonic()
    ran: list[Ran] = []
    for some in _all(range(chosen.seed, chosen.seed + chosen.runs), chosen.workers):
        ran += some
        for one in some:
            _tell(one, chosen.verbose)
        summary = summary_of(ran) | {"first_seed": chosen.seed, "seconds": round(time.monotonic() - started, 1)}
        if chosen.json:  # after every lot, so that a night cut short leaves its figures
            chosen.json.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
        print(f"\r{len(ran)}/{chosen.runs} runs, {summary['seconds']:.0f} s", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    summary = summary_of(ran)
    print(json.dumps(summary, indent=1))
    return 1 if summary["seeds_failed"] else 0


def _all(seeds: range, workers: int) -> Iterator[list[Ran]]:
    chunks = [seeds[start : start + _CHUNK] for start in range(0, len(seeds), _CHUNK)]
    if workers <= 1 or len(chunks) == 1:
        yield from map(run_seeds, chunks)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(run_seeds, chunks)


def _tell(one: Ran, verbose: bool) -> None:
    for line in one.verdict.why:
        print(f"seed {one.seed}: {line}")
    if verbose:
        print(f"seed {one.seed}: {one.cases} cases; died: {'; '.join(one.deaths) or 'never'}; network: {', '.join(one.mishaps)}")
