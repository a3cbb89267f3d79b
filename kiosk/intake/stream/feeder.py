"""Feeds the stream from the ledger's outbox, and notices when the stream lost what it had acknowledged.

A loss is noticed by any of these; each leads to feeding everything that waits again, which is harmless where nothing was lost:

1. The stream's store is another one than the mark in the ledger names (`Standing.generation`): wiped, or made anew.
2. It gives a lower last sequence than it once acknowledged, or refuses to add because its last sequence is not the expected one.
3. It says it has no case left while the outbox still has some that were fed: whatever happened to them, nobody has them now.

Rule 3 is exact, not a matter of patience: a case leaves the stream's count only after it left the outbox, and the count is read first.
One feeder at a time, held by a lease of the ledger's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kiosk.intake.outbox import Mark, Outbox
from kiosk.intake.stream.ports import Stream, StreamLost

FED_AT_ONCE: Final = 256
_BACKLOG: Final = 4_096
"""Cases the stream is given ahead of the workers; the rest waits in the ledger, where it takes no memory."""


@dataclass(frozen=True, slots=True)
class Fed:
    """What one step did. cases: given to the stream; refilled: it had lost something, everything waiting is fed again from here on."""

    cases: int
    refilled: bool


class Feeder:
    """For one thread. refilled: called at each noticed loss but the first filling of a stream nobody fed before."""

    def __init__(self, outbox: Outbox, stream: Stream, refilled: Callable[[], None] = lambda: None) -> None:
        self._outbox = outbox
        self._stream = stream
        self._refilled = refilled

    def step(self) -> Fed:
        """Feed one lot. Raises StreamAway and the ledger's faults, with nothing forgotten."""
        standing = self._stream.standing()
        known = self._outbox.mark(self._stream.name)
        mark = Mark(standing.generation, standing.sequence, 0 if known is None else known.position)
        lost = known is not None and (known.generation != standing.generation or standing.sequence < known.sequence)
        if not lost and standing.cases == 0 and mark.position > 0:
            oldest = self._outbox.queued(0, 1)
            lost = bool(oldest) and oldest[0].position <= mark.position
        if lost:
            mark = self._from_the_start(mark)
        if standing.cases >= _BACKLOG:
            return Fed(0, lost)
        cases = self._outbox.queued(mark.position, FED_AT_ONCE)
        if not cases:
            if lost:
                self._outbox.keep_mark(self._stream.name, mark)
            return Fed(0, lost)
        try:
            sequence = self._stream.feed(cases, mark.sequence)
        except StreamLost:
            self._outbox.keep_mark(self._stream.name, self._from_the_start(mark))
            return Fed(0, refilled=True)
        self._outbox.keep_mark(self._stream.name, Mark(mark.generation, sequence, cases[-1].position))
        return Fed(len(cases), lost)

    def _from_the_start(self, mark: Mark) -> Mark:
        self._refilled()
        return Mark(mark.generation, mark.sequence, 0)
