"""What one case costs when there are ten thousand, and when there are a million."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from kiosk.actor.bank_world.honest import Span
from kiosk.actor.bank_world.knobs import SCORING
from kiosk.actor.bank_world.world import draw_world
from kiosk.intake.analysis.extract import LinkKeys, fact_of
from kiosk.intake.analysis.fold import Fold
from kiosk.intake.analysis.spelled import FACTS
from kiosk.measure.made_up_case import made_up_case
from kiosk.measure.risk.simulated import facts
from kiosk.values import Masked, SessionId
from kiosk.wire.plain import RECORD_FORMAT, decode_record, encode_record

_WINDOW: Final = 5_000
"""Cases timed on either side of a size."""
_CASES_PER_CUSTOMER: Final = 2.25


def growth(seed: int, sizes: Sequence[int], progress: Callable[[float], None] = lambda _: None) -> dict[str, Any]:
    """Return processor time a case at each size, and how it grew from the first to the last. One simulated bank, large enough."""
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
        "cost_growth_10x": round(each[sizes[-1]] / each[sizes[0]], 3),
        "us_per_case_at": {str(size): round(cost, 1) for size, cost in each.items()},
        "analysis_per_s": round(count / total, 0),
        "cases": count,
    }


def ingest(seed: int, cases: int) -> float:
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
