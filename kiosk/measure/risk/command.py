"""How much of twelve frauds does the bank find at one referral in a hundred cases, how soon, and at whose cost?

    python app.py measure risk [--json FILE] [--seed N] [--quick]

Simulated banks (20 branches, 200 stations, 100,000 customers, half a year and its history) go through deep analysis in the order in which
the bank would receive their cases, with people's findings flowing back and without. Seeds and the frauds' parameters were never used while
tuning. Exit status: 0 every target of docs/risk.md is met; 1 one is missed; with --quick the targets are not judged.
"""

import argparse
import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from kiosk.actor.bank_world.honest import Span
from kiosk.actor.bank_world.knobs import SCORING
from kiosk.actor.bank_world.world import CUSTOMERS, FULL, World, draw_world
from kiosk.arguments import new_file
from kiosk.intake.analysis.model import SHIPPED
from kiosk.measure.risk.answered import decision_p99_ms, feedback_p99_s
from kiosk.measure.risk.growth import fold_growth, record_to_findings, whole_path
from kiosk.measure.risk.replay import replay
from kiosk.measure.risk.score import Found, by_pattern, false_by_group, found, referrals

FIRST_SEED: Final = 9_201
"""Banks to score on have seeds from here on; those for tuning end with 199 (kiosk/measure/risk/fit.py). 9001 to 9003 and 9101 to
9103 were looked at while the analysis was still changed, and count no more."""
TARGETS: Final = {
    "detected_at_1pct_min": ("at least", 0.5),
    "detected_at_1pct_mean": ("at least", 0.8),
    "decision_p99_ms": ("under", 20.0),
    "feedback_p99_s": ("under", 60.0),
    "cost_growth_10x": ("at most", 1.5),
}
_BAR: Final = 30


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="app.py measure risk", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=FIRST_SEED, help="of the first bank (default: %(default)s)")
    parser.add_argument("--banks", type=int, default=3, help="how many banks (default: %(default)s)")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of each bank (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one small bank and ten thousand cases: to see that all runs, not for figures")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="on the disk that is meant (default: %(default)s)")  # noqa: S108
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.banks, chosen.customers = 1, min(chosen.customers, 8_000)
    if chosen.banks < 1 or chosen.customers < 1_000:
        parser.error("at least one bank of a thousand customers")
    figures = measure(chosen.seed, chosen.banks, chosen.customers, chosen.quick, chosen.folder)
    figures["missed_targets"] = [] if chosen.quick else missed(figures)
    _tell(figures)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if figures["missed_targets"] else 0


def measure(seed: int, banks: int, customers: int, quick: bool, folder: Path) -> dict[str, Any]:
    looped: list[Found] = []
    alone: list[Found] = []
    for number in range(banks):
        world = _world(seed + number, customers, quick)
        for loop, into in ((True, looped), (False, alone)):
            said = f"bank {number + 1} of {banks}, {'with' if loop else 'without'} feedback"
            done = replay(world, loop, seed + number, progress=partial(_progress, said))
            into.append(found(world, done))
    patterns = by_pattern(looped, alone)
    shares = [one["detected_at_1pct"] for one in patterns.values()]
    without = [one["without_loop"]["detected_at_1pct"] for one in patterns.values()]
    sizes = (1_000, 10_000) if quick else (10_000, 100_000, 1_000_000)
    fold = fold_growth(seed, sizes, lambda share: _progress(f"{sizes[-1]} cases folded", share))
    stores = ("sqlite",) if quick else ("sqlite", "postgresql")
    path = whole_path(folder, sizes, 40 if quick else 400, stores, fold["fold_us_per_case_at"], lambda line: _progress(line, 0.0))
    _progress("decisions and feedback", 0.0)
    return {
        "patterns": patterns,
        "detected_at_1pct_min": min(shares),
        "detected_at_1pct_mean": round(sum(shares) / len(shares), 4),
        "decision_p99_ms": round(decision_p99_ms(500 if quick else 5_000), 3),
        **feedback_p99_s(seed, 200, 20 if quick else 200),
        **path,
        **fold,
        "record_to_findings_per_s": round(record_to_findings(seed, 500 if quick else 5_000), 1),
        "without_loop": {"detected_at_1pct_min": min(without), "detected_at_1pct_mean": round(sum(without) / len(without), 4)},
        "referrals": referrals(looped),
        "false_referrals_by_group": false_by_group(looped),
        "model": SHIPPED.version,
        "seeds": [seed + number for number in range(banks)],
        "customers": customers,
        "cores": os.cpu_count(),
    }


def _world(seed: int, customers: int, quick: bool) -> World:
    return draw_world(seed, customers, Span(400, 150) if quick else FULL, SCORING, 6 if quick else 45)


def missed(figures: dict[str, Any]) -> list[str]:
    wrong = []
    for name, (how, limit) in TARGETS.items():
        value = figures[name]
        kept = value >= limit if how == "at least" else value < limit if how == "under" else value <= limit
        if not kept:
            wrong.append(f"{name} is {value}, not {how} {limit}")
    return wrong


_told_at = 0.0


def _progress(what: str, share: float) -> None:
    """A bar that moves on a terminal, and a line every ten seconds elsewhere."""
    global _told_at
    now = time.monotonic()
    if not sys.stderr.isatty() and now - _told_at < 10.0:
        return
    _told_at = now
    full = round(_BAR * min(share, 1.0))
    line = f"[{'#' * full}{'.' * (_BAR - full)}] {what}"
    print(f"\r{line:<90}" if sys.stderr.isatty() else line, end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def _tell(figures: dict[str, Any]) -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)
    print(f"{'':24}{'found':>7}{'alone':>7}{'at once':>9}{'schemes':>9}{'days':>7}{'alone':>7}   cases")
    for name, one in figures["patterns"].items():
        before = one["without_loop"]
        print(
            f"{name:24}{one['detected_at_1pct']:7.2f}{before['detected_at_1pct']:7.2f}{one['on_arrival']:9.2f}{one['schemes_found']:9.2f}"
            f"{one['days_to_detection_mean']:7.1f}{before['days_to_detection_mean']:7.1f}   {one['cases']}"
        )
    print("found: share of its cases referred, alone: without people's findings flowing back; days: until a case is found, 30 at most")
    for name, groups in figures["false_referrals_by_group"].items():
        print(f"false referrals by {name}: " + ", ".join(f"{word} {100 * one['false_referrals']:.2f} %" for word, one in groups.items()))
    told = {name: value for name, value in figures.items() if name not in ("patterns", "false_referrals_by_group")}
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
