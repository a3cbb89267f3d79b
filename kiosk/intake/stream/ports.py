"""What analysis workers share: a stream of cases that wait. In one process (`in_process.py`), or NATS JetStream (`jetstream.py`).

What any implementation promises:

1. What `feed` returned for was taken by the stream's store, which may lose it all the same. Only the outbox is truth.
2. A case given to one worker is given to another when the first does not say `done` in time, or says `later`.
3. `standing` tells the generation of its store (another one after its store was lost), the last sequence it gave, and how many cases it
   still has; a case leaves that number only by `done`.
4. `feed` refuses with `StreamLost` if the last sequence is not the one expected: it forgot something.
5. StreamAway and StreamLost are all that is raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kiosk.faults import Fault
from kiosk.intake.outbox import Waiting


class StreamAway(Fault):
    """The stream cannot be reached. Cases are still received; their analysis waits in the ledger."""

    phrase, remedy = "fault.unknown", "remedy.call-support"


class StreamLost(Fault):
    """The stream forgot what it had acknowledged. It is fed again."""

    phrase, remedy = "fault.unknown", "remedy.call-support"


@dataclass(frozen=True, slots=True)
class Standing:
    """generation: of the stream's store; sequence: the last it gave, 0 for none; cases: that it has, those handed out included."""

    generation: str
    sequence: int
    cases: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A case handed to a worker. tag: the stream's own word for it."""

    position: int
    tag: str


class Stream(Protocol):
    @property
    def name(self) -> str:
        """Return what the stream is called in the ledger's marks."""
        ...

    def standing(self) -> Standing: ...

    def feed(self, cases: Sequence[Waiting], expected: int) -> int:
        """Add cases in their order; return the last sequence. expected: the last sequence before, as `standing` gave it."""
        ...

    def take(self, at_most: int, within_s: float) -> Sequence[Delivery]:
        """Return cases for this worker, none if none comes within the time."""
        ...

    def done(self, deliveries: Sequence[Delivery]) -> None: ...

    def later(self, deliveries: Sequence[Delivery], after_s: float) -> None: ...

    def close(self) -> None: ...
