"""The face print index over a million people: `app.py measure prints [--people N] [--json FILE]`.

Prints are drawn from the fitted model of prints, sealed and kept as analysis keeps them, loaded and searched as analysis searches them.

- `search_ms_p50`, `search_ms_p99`: a whole search: the index, the sealed records of those near, the verifier's judgement
- `search_cpu_ms_p50`, `search_cpu_ms_p99`: of that the processor's time, which other programs on the machine change little
- `index_ms_p99`: the index alone
- `recall_vs_exact`: of those an exact search in 32-bit floats over the same blocks finds, how many the index finds
- `found_again`: of people who came before under another name, with block data within the tolerance, how many searches tell of them;
  `found_again_shown`: their rate at the same false match rate as measured on pictures (docs/evidence/faces.md)
- `false_expected`, `false_seen`: false neighbours a search, by the verifier's rate as measured on pictures, and as they came with the
  drawn people
- `compared_mean`, `compared_most`: prints in reach of a search, of all
- `lost_by_blocks`: of people who came before with another sex or country, or born further off than the tolerance: none is found
- `erased_found`, `erased_bytes_in_files`: after erasing: searches that still tell of the erased, and of their sealed records found in the
  store's files. Both must be 0

Exit status: 0 all of it done and nothing erased was found; 1 something was; 2 wrong usage.
"""

import argparse
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from kiosk.arguments import new_file
from kiosk.face.verifier_model import VerifierModel
from kiosk.faults import Fault
from kiosk.intake.analysis.fact import LinkKey
from kiosk.intake.prints.index import BORN_WITHIN_DAYS, PrintIndex
from kiosk.intake.prints.sealed_print import FaceRecord, seal_record
from kiosk.intake.prints.search import FALSE_WANTED, LEAST_FMR, MOST_FMR, NEAR_AT_LEAST, FaceSearch, VerifierJudge
from kiosk.intake.results import Analysed
from kiosk.intake.sqlite_results import SqliteResults
from kiosk.measure.print_people import Drawing, People, Rows
from kiosk.values import Masked, SessionId
from kiosk.wire.plain import write_time
from models.build import DEFAULT_FOLDER
from models.catalogue import open_catalogue
from models.face_verifier import open_verifier

_NAME: Final = "drawn"
_WHEN: Final = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
_ERASED: Final = 50


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="app.py measure prints", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1_000_000, help="prints kept (default: %(default)s)")
    parser.add_argument("--searches", type=int, default=2_000, help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="the model pack")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="on the disk that is meant (default: %(default)s)")  # noqa: S108
    parser.add_argument("--json", type=new_file, metavar="FILE")
    chosen = parser.parse_args(argv)
    if chosen.people < 1_000 or chosen.searches < 200:
        print("measure prints: at least 1000 people and 200 searches", file=sys.stderr)
        return 2
    try:
        verifier = open_verifier(open_catalogue(chosen.models), chosen.models)
        with tempfile.TemporaryDirectory(prefix="identity-desk-prints-", dir=chosen.folder) as folder:
            figures = measured(verifier, Path(folder), chosen.people, chosen.searches, chosen.seed)
    except Fault as fault:
        print(f"measure prints: {fault}", file=sys.stderr)
        return 2
    print(json.dumps(figures, indent=1))
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if figures["erased_found"] or figures["erased_bytes_in_files"] else 0


def measured(verifier: VerifierModel, folder: Path, count: int, searches: int, seed: int) -> dict[str, Any]:
    part = verifier.prints[0]
    drawing, key = Drawing(part, seed), Masked(os.urandom(32))
    judge = VerifierJudge(verifier)
    _say(f"drawing {count} people")
    people = drawing.people(count)
    looks, wavering = drawing.looks(people.means), drawing.unsteadiness(count)
    _say("sealing and keeping their prints")
    with SqliteResults(folder / "results.sqlite"):
        pass
    _keep(folder / "results.sqlite", key, people, looks, wavering)
    with closing(SqliteResults(folder / "results.sqlite")) as results:
        search = FaceSearch(results, key, judge, _NAME, looks.shape[1])
        began = time.perf_counter()
        search.load(count)
        loaded_s = time.perf_counter() - began
        _say(f"loaded in {loaded_s:.1f} s; searching")
        rng = np.random.default_rng(seed + 1)
        asked = rng.choice(count, searches, replace=False)
        figures = _searched(drawing, people, results, search, key, looks, asked)
        figures |= _index_alone(search, people, drawing, looks, asked[: min(400, searches)])
        figures |= _erased(folder, drawing, people, results, search, key, asked[:_ERASED])
    fmr = min(max(FALSE_WANTED / max(figures["compared_mean"], 1), LEAST_FMR), MOST_FMR)
    return {
        "people": count,
        **figures,
        "found_again_shown": round(1.0 - verifier.miss_rate(fmr), 3),
        "fmr_of_a_search": fmr,
        "load_s": round(loaded_s, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "born_within_days": BORN_WITHIN_DAYS,
        "near_at_least": NEAR_AT_LEAST,
        "verifier": verifier.version,
        "seed": seed,
    }


def _searched(
    drawing: Drawing, people: People, results: SqliteResults, search: FaceSearch, key: Masked[bytes], looks: Rows, asked: Any
) -> dict[str, Any]:
    """Let people who were there before come again under another name, and search as a fold does."""
    again, wavering = drawing.looks(people.means[asked]), drawing.unsteadiness(len(asked))
    first = results.counts().entries + 1
    lots = []
    for nth, person in enumerate(asked.tolist()):
        record = FaceRecord(_NAME, again[nth], float(wavering[nth]), people.block(person), LinkKey(10_000_000 + nth))
        case = _case(10_000_000 + nth)
        lots.append(Analysed(case, 0, _WHEN, b"", seal_record(key, case, record)))
    results.keep(lots)
    before = search.searched.expected_false, search.searched.compared
    times, worked, found, false, most = [], [], 0, 0, 0
    for nth, person in enumerate(asked.tolist()):
        compared = search.searched.compared
        began, began_work = time.perf_counter(), time.thread_time()
        links = search.links_of(first + nth, _case(10_000_000 + nth))
        times.append(time.perf_counter() - began)
        worked.append(time.thread_time() - began_work)
        most = max(most, search.searched.compared - compared)
        told = {link.earlier for link in links if link.same}
        found += _case(person) in told
        false += len(told - {_case(person)})
    expected, compared_in_all = search.searched.expected_false - before[0], search.searched.compared - before[1]
    return {
        "searches": len(asked),
        "search_ms_p50": _ms(times, 50),
        "search_ms_p99": _ms(times, 99),
        "search_cpu_ms_p50": _ms(worked, 50),
        "search_cpu_ms_p99": _ms(worked, 99),
        "compared_mean": round(compared_in_all / len(asked)),
        "compared_most": most,
        "found_again": round(found / len(asked), 3),
        "false_expected": round(expected / len(asked), 4),
        "false_seen": round(false / len(asked), 4),
    }


def _index_alone(search: FaceSearch, people: People, drawing: Drawing, looks: Rows, asked: Any) -> dict[str, Any]:
    """Compare with an exact search in 32-bit floats, and time the index."""
    index: PrintIndex = search.index
    again = drawing.looks(people.means[asked])
    times, wanted, got = [], 0, 0
    for nth, person in enumerate(asked.tolist()):
        block = people.block(person)
        began = time.perf_counter()
        near = index.near(block, again[nth], NEAR_AT_LEAST)
        times.append(time.perf_counter() - began)
        reach = np.flatnonzero(
            (np.abs(people.born - block.born) <= BORN_WITHIN_DAYS)
            & (people.countries == block.country)
            & ((people.sexes == block.sex) | (people.sexes == "X") | (block.sex == "X"))
        )
        exact = set((reach[looks[reach] @ again[nth] >= NEAR_AT_LEAST] + 1).tolist())
        found = {one.number for one in near.near}
        wanted += len(exact)
        got += len(exact & found)
    lost = sum(_found_elsewhere(index, people, again[nth], person) for nth, person in enumerate(asked[:100].tolist()))
    return {
        "index_ms_p50": _ms(times, 50),
        "index_ms_p99": _ms(times, 99),
        "recall_vs_exact": round(got / max(wanted, 1), 5),
        "lost_by_blocks": round(1.0 - lost / 100, 3),
    }


def _found_elsewhere(index: PrintIndex, people: People, look: Any, person: int) -> bool:
    block = people.block(person)
    moved = type(block)(block.born + 3 * BORN_WITHIN_DAYS, block.sex, block.country)
    return any(one.number == person + 1 for one in index.near(moved, look, NEAR_AT_LEAST).near)


def _erased(
    folder: Path, drawing: Drawing, people: People, results: SqliteResults, search: FaceSearch, key: Masked[bytes], asked: Any
) -> dict[str, Any]:
    """Erase some and look for them: by searching, and for the bytes they were sealed to in every file of the store."""
    cases = [_case(person) for person in asked.tolist()] + [_case(10_000_000 + nth) for nth in range(len(asked))]
    wanted = set(cases)
    sealed: list[bytes] = []
    after = 0
    while faces := results.faces(after, 20_000):
        sealed += [face.sealed for face in faces if face.packet_id in wanted]
        after = faces[-1].number
    began = time.perf_counter()
    results.erase_faces(cases)
    for case in cases:
        search.forget(case)
    erased_s = time.perf_counter() - began
    again = drawing.looks(people.means[asked])
    numbers = {person + 1 for person in asked.tolist()}
    still = sum(
        any(one.number in numbers for one in search.index.near(people.block(person), again[nth], NEAR_AT_LEAST).near)
        for nth, person in enumerate(asked.tolist())
    )
    pieces = [one[start : start + 24] for one in sealed for start in (13, len(one) // 2, len(one) - 24)]
    files = [file.read_bytes() for file in folder.iterdir()]
    return {
        "erased": len(cases),
        "erase_ms_each": round(1000 * erased_s / len(cases), 2),
        "erased_found": still,
        "erased_bytes_in_files": sum(piece in content for piece in pieces for content in files),
    }


def _keep(file: Path, key: Masked[bytes], people: People, looks: Rows, wavering: Rows) -> None:
    """Write entries and sealed prints in bulk: rows of the same shape as `keep` writes, one by one."""
    at = write_time(_WHEN)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        for start in range(0, len(looks), 50_000):
            lot = range(start, min(start + 50_000, len(looks)))
            db.execute("BEGIN")
            db.executemany("INSERT INTO entries VALUES (?, 'case', ?, ?, ?, X'', '')", ((n + 1, _case(n), n + 1, at) for n in lot))
            records = (FaceRecord(_NAME, looks[n], float(wavering[n]), people.block(n), LinkKey(n + 1)) for n in lot)
            rows = ((n + 1, _case(n), at, seal_record(key, _case(n), record)) for n, record in zip(lot, records, strict=True))
            db.executemany("INSERT INTO faces VALUES (?, ?, ?, ?)", rows)
            db.execute("COMMIT")


def _case(number: int) -> SessionId:
    return SessionId(f"{number + 1:032x}")


def _ms(times: list[float], percentile: float) -> float:
    return round(1000 * float(np.percentile(times, percentile)), 2)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
