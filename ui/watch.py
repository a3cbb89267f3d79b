"""How long the UI thread was kept from its work. A heartbeat shows every block, the named spans show whose it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, thread_time
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS: Final = 10


class UiWatch(QObject):
    """block_max_ms: longest wall time between two beats beyond the beat itself; another process that takes the core counts too.
    block_cpu_max_ms: most processor time of the UI thread between two beats: what our own code took. Both in milliseconds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.block_max_ms = 0.0
        self.spans_max_ms: dict[str, float] = {}
        self.spans_count: dict[str, int] = {}
        self.block_cpu_max_ms = 0.0
        self._last = 0.0
        self._last_cpu = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self._last, self._last_cpu = perf_counter(), thread_time()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def took(self, what: str, seconds: float) -> None:
        """what: `pump`, `tick`, `scene`, `camera paint`…"""
        self.spans_max_ms[what] = max(self.spans_max_ms.get(what, 0.0), seconds * 1000)
        self.spans_count[what] = self.spans_count.get(what, 0) + 1

    @contextmanager
    def span(self, what: str) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            self.took(what, perf_counter() - started)

    def figures(self) -> dict[str, float]:
        """Return `ui_block_max_ms` and the longest of each span, milliseconds."""
        spans = {f"ui_{what.replace(' ', '_')}_max_ms": round(longest, 2) for what, longest in sorted(self.spans_max_ms.items())}
        blocks = {"ui_block_max_ms": round(self.block_max_ms, 2), "ui_block_cpu_max_ms": round(self.block_cpu_max_ms, 2)}
        return blocks | spans

    def _beat(self) -> None:
        now, cpu = perf_counter(), thread_time()
        self.block_max_ms = max(self.block_max_ms, (now - self._last) * 1000 - BEAT_MS)
        self.block_cpu_max_ms = max(self.block_cpu_max_ms, (cpu - self._last_cpu) * 1000)
        self._last, self._last_cpu = now, cpu
