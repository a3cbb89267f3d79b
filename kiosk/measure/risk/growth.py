"""What one case costs when there are ten thousand, and when there are a million: the whole path, and the fold alone."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from kiosk.actor.bank_world.honest import Span
from kiosk.actor.bank_world.knobs import SCORING
from kiosk.actor.bank_world.world import draw_world
from kiosk.faults import StoreUnavailable
from kiosk.intake.analysis.extract import LinkKeys, fact_of
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.spelled import FACTS
from kiosk.measure.analysis_growth import growth as path_growth
from kiosk.measure.made_up_case import made_up_case
from kiosk.measure.risk.simulated import facts
from kiosk.values import Masked, SessionId
from kiosk.wire.plain import RECORD_FORMAT, decode_record, encode_record

_WINDOW: Final = 5_000
"""Cases timed on either side of a size."""
_CASES_PER_CUSTOMER: Final = 2.25


def fold_growth(seed: int, sizes: Sequence[int], progress: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
    """Return processor time of the fold for a case at each size, and how it grew from the first to the last. One simulated bank, large
    enough, whose cases share what those of a bank share."""
    most = sizes[-1] + _WINDOW
    world = draw_world(seed, customers=int(most / _CASES_PER_CUSTOMER * 1.05), span=Span(500, 180), knobs=SCORING)
    windows = {size: (max(size - _WINDOW, 0), size + min(_WINDOW, size)) for size in sizes}
    spent = dict.fromkeys(sizes, 0.0)
    counted = dict.fromkeys(sizes, 0)
    fold, total = Fold(), 0.0
    count = 0
    for count, (_, fact) in enumerate(facts(world)):
        if count >= most:
            break
        began = time.process_time_ns()
        fold.take(fact)
        took = (time.process_time_ns() - began) / 1e9
        total += took
        for size, (first, last) in windows.items():
            if first <= count < last:
                spent[size] += took
                counted[size] += 1
        if count % 20_000 == 0:
            progress(count / most)
    each = {size: 1e6 * spent[size] / max(counted[size], 1) for size in sizes}
    return {
        "fold_growth": round(each[sizes[-1]] / each[sizes[0]], 3),
        "fold_us_per_case_at": {str(size): round(cost, 1) for size, cost in each.items()},
        "fold_per_s": round(count / total, 0),
        "fold_cases": count,
    }


def whole_path(
    folder: Path, sizes: tuple[int, ...], cases: int, stores: Sequence[str], fold_us: dict[str, float], say: Callable[[str], None]
) -> dict[str, Any]:
    """Return what a case costs from its packet to its findings at each size, and how that grows: received (signature, seal, ledger,
    receipt, log), opened, taken apart, kept, folded. To what was measured comes the fold of a simulated bank of that size (`fold_us`,
    microseconds by size), whose cases share more than those of the path. Of several stores the worst counts; one that is not installed is
    told and left out."""
    paths: dict[str, Any] = {}
    for store in stores:
        with tempfile.TemporaryDirectory(prefix="identity-desk-growth-", dir=folder) as named:
            Path(named).chmod(0o755)  # the database server's account passes through
            try:
                paths[store] = path_growth(store, Path(named), sizes, cases, say).members()
            except StoreUnavailable as missing:
                say(f"{store} not measured: {missing}")
    for path in paths.values():
        costs = {size: at["case_ms"] + fold_us[size] / 1000 for size, at in path["at"].items()}
        path["cost_growth"] = round(costs[str(sizes[-1])] / costs[str(sizes[0])], 3)
    return {
        "cost_growth_10x": max(path["cost_growth"] for path in paths.values()),
        "ingest_per_s": min(path["ingest_per_s"] for path in paths.values()),
        "analysed_per_s": min(path["analysed_per_s"] for path in paths.values()),
        "path": paths,
    }


def record_to_findings(seed: int, cases: int) -> float:
    """Return cases a second on one core from a decoded packet's record to findings: the record is read, its facts are taken under keyed
    hashes, spelled for the stream, read from it and folded. Opening a packet's seal is measured by `measure intake`."""
    rng = np.random.default_rng(seed)
    keys = LinkKeys(Masked(bytes(32)))
    at = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    records = []
    for _ in range(cases):
        record = made_up_case(SessionId(rng.bytes(16).hex()))
        held = record.document.fields
        assert held is not None
        number, name = (int(one) for one in rng.integers(10_000_000, 99_999_999, 2))
        named = replace(held, number=Masked(f"U{number}"), surname=Masked(f"NAME {name}"))
        records.append(encode_record(replace(record, document=replace(record.document, fields=named))))
    fold = Fold()
    began = time.process_time()
    for position, spelled in enumerate(records):
        fact = fact_of(decode_record(spelled, RECORD_FORMAT), position + 1, at, keys)
        fold.take(FACTS.read(FACTS.write(fact)))
    return cases / (time.process_time() - began)
