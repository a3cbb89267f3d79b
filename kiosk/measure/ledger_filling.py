"""Filling a ledger with generated rows, far faster than packets could be brought: only its size matters for what is measured then."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final, LiteralString

from kiosk.intake.ceremony import LEDGER
from kiosk.intake.store import IntakeStore
from kiosk.wire import hash_tree
from kiosk.wire.hash_tree import Place
from kiosk.wire.receipt import receipt_leaf

_LOT: Final = 20_000
_RECEIVED: Final = "2026-03-04T12:00:00.000000Z"
_RECEIPT_BYTES: Final = 275

_Row = tuple[int, str, bytes, str, str, str, str, str, bytes]
_Node = tuple[int, int, bytes]


def fill(folder: Path, store: str, ledger: IntakeStore, station_key: str, size: int) -> None:
    """Bring the ledger to `size` packets; nothing if it has as many. Nobody may use it meanwhile."""
    have = ledger.log_size()
    if have >= size:
        return
    nodes = dict(ledger.log_nodes(_frontier(have)))
    rows = _generated(have, size, station_key, nodes)
    while lot := list(islice(rows, _LOT)):
        packets = [packet for packet, _ in lot]
        grown = [node for _, made in lot for node in made]
        if store:
            _into_postgres(store, packets, grown)
        else:
            _into_sqlite(folder / LEDGER, packets, grown)
    if store:
        _tidy_postgres(store)


def _generated(have: int, size: int, station_key: str, nodes: dict[Place, bytes]) -> Iterator[tuple[_Row, list[_Node]]]:
    for position in range(have + 1, size + 1):
        seed = hashlib.sha256(b"generated %d" % position).digest()
        receipt = (seed * 9)[:_RECEIPT_BYTES]
        made = hash_tree.append(position - 1, receipt_leaf(receipt), nodes.__getitem__)
        nodes.update(made)
        if position % 4096 == 0:
            nodes = {place: nodes[place] for place in _frontier(position)}
        row = (position, seed[:16].hex(), seed, "booth-0", station_key, "account-opening", "refer", _RECEIVED, receipt)
        yield row, [(place.level, place.number, found) for place, found in made]


def _frontier(size: int) -> set[Place]:
    """Return the complete nodes that later leaves are joined with: one for each bit of the size."""
    return {Place(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1}


def _into_sqlite(file: Path, packets: list[_Row], grown: list[_Node]) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO packets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", packets)
        db.executemany("INSERT INTO contents VALUES (?, ?)", ((row[0], row[2]) for row in packets))
        db.executemany("INSERT INTO log_nodes VALUES (?, ?, ?)", grown)
        db.execute("COMMIT")


def _into_postgres(store: str, packets: list[_Row], grown: list[_Node]) -> None:
    import psycopg

    with psycopg.connect(store) as db, db.cursor() as cursor:
        contents = [(row[0], row[2]) for row in packets]
        tables: tuple[tuple[LiteralString, Sequence[tuple[object, ...]]], ...] = (
            ("COPY packets FROM STDIN", packets),
            ("COPY contents FROM STDIN", contents),
            ("COPY log_nodes FROM STDIN", grown),
        )
        for statement, rows in tables:
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)


def _tidy_postgres(store: str) -> None:
    """Do what autovacuum would have done long before so many rows had come one by one."""
    import psycopg

    with psycopg.connect(store, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")
        db.execute("CHECKPOINT")
