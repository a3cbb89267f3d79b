"""Counts for Prometheus, over all workers of one intake. Nothing in them names a station, a packet or a customer.

Each worker counts in a row of its own in one small shared file, so nobody waits for anybody; whichever worker is asked adds up the rows. A
worker that is replaced goes on in its row: counters only grow until the intake as a whole is started anew.
"""

import mmap
import threading
from bisect import bisect_left
from pathlib import Path
from struct import Struct
from typing import Final, assert_never

from kiosk.intake.reception import Later, NotNow, Outcome, Sealed, Taken, TurnedAway
from kiosk.wire.receipt import RefusalCode

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper ends of the histogram's buckets."""
OUTCOMES: Final = (
    "accepted",
    "held-already",
    *(f"refused:{code.value}" for code in RefusalCode),
    *(f"later:{code.value}" for code in NotNow),
)
_CELLS: Final = len(OUTCOMES) + len(SECONDS) + 3
"""Outcomes; buckets, the last without an end; sum of seconds; bytes received."""
_CELL: Final = Struct("<d")
_ROW: Final = _CELLS * _CELL.size


class Metrics:
    """file: shared by all workers, made by `make`; worker: which row is ours. Thread-safe."""

    def __init__(self, file: Path, worker: int) -> None:
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 0)
        self._base = worker * _ROW
        self._lock = threading.Lock()

    @staticmethod
    def make(file: Path, workers: int) -> None:
        """Make the shared file, all zero. What an earlier intake counted is gone."""
        file.write_bytes(bytes(workers * _ROW))

    def close(self) -> None:
        self._shared.close()

    def count(self, outcome: Outcome | Sealed, seconds: float, received: int) -> None:
        """Count one packet. seconds: from its last byte to its answer; received: bytes."""
        said = outcome.outcome if isinstance(outcome, Sealed) else outcome
        if said is None:
            return
        with self._lock:
            self._add(OUTCOMES.index(_name(said)), 1.0)
            self._add(len(OUTCOMES) + bisect_left(SECONDS, seconds), 1.0)
            self._add(_CELLS - 2, seconds)
            self._add(_CELLS - 1, float(received))

    def text(self, ledger_size: int, ready: bool, queued: int) -> str:
        """Return everything in Prometheus' text format, version 0.0.4. queued: cases that wait for analysis."""
        cells = [sum(row) for row in zip(*self._rows(), strict=True)]
        lines = ["# HELP intake_packets_total Packets brought, by what came of them.", "# TYPE intake_packets_total counter"]
        lines += [f'intake_packets_total{{outcome="{name}"}} {cell:.0f}' for name, cell in zip(OUTCOMES, cells, strict=False)]
        lines += ["# HELP intake_packet_seconds From a packet's last byte to its answer.", "# TYPE intake_packet_seconds histogram"]
        running = 0.0
        buckets = cells[len(OUTCOMES) : len(OUTCOMES) + len(SECONDS) + 1]
        for end, cell in zip((*map(str, SECONDS), "+Inf"), buckets, strict=True):
            running += cell
            lines.append(f'intake_packet_seconds_bucket{{le="{end}"}} {running:.0f}')
        lines += [f"intake_packet_seconds_sum {cells[-2]:.6f}", f"intake_packet_seconds_count {running:.0f}"]
        lines += ["# HELP intake_received_bytes_total Bytes of packets brought.", "# TYPE intake_received_bytes_total counter"]
        lines += [f"intake_received_bytes_total {cells[-1]:.0f}"]
        lines += ["# HELP intake_ledger_packets Packets held.", "# TYPE intake_ledger_packets gauge"]
        lines += [f"intake_ledger_packets {ledger_size}"]
        lines += ["# HELP intake_analysis_waiting Cases held that wait for analysis.", "# TYPE intake_analysis_waiting gauge"]
        lines += [f"intake_analysis_waiting {queued}"]
        lines += ["# HELP intake_ready Whether the ledger answers.", "# TYPE intake_ready gauge", f"intake_ready {int(ready)}"]
        return "\n".join(lines) + "\n"

    def _rows(self) -> list[tuple[float, ...]]:
        whole = self._shared[:]
        return [
            tuple(_CELL.unpack_from(whole, start + cell * _CELL.size)[0] for cell in range(_CELLS)) for start in range(0, len(whole), _ROW)
        ]

    def _add(self, cell: int, amount: float) -> None:
        at = self._base + cell * _CELL.size
        _CELL.pack_into(self._shared, at, _CELL.unpack_from(self._shared, at)[0] + amount)


def _name(outcome: Outcome) -> str:
    match outcome:
        case Taken(again=again):
            return "held-already" if again else "accepted"
        case TurnedAway(code=refused):
            return f"refused:{refused.value}"
        case Later(code=later):
            return f"later:{later.value}"
        case _:
            assert_never(outcome)
