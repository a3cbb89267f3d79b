"""What a way to the core bank must do. Adding one: one file, its name in `kiosk/bank/connectors.py`; the contract suite runs on it."""

from dataclasses import dataclass
from typing import Protocol

from kiosk.outbox import Answer, Unreachable
from kiosk.wire.packet import Packet


@dataclass(frozen=True, slots=True)
class Reached:
    """The bank answers, and its keys are the ones this station holds."""


class Connector(Protocol):
    """Thread-safe. Neither method raises for anything the world does: whatever happened is in the answer."""

    def deliver(self, packet: Packet) -> Answer:
        """Bring one packet. A receipt in the answer has been verified against this packet's digest and the bank's key."""
        ...

    def probe(self) -> Reached | Unreachable:
        """Say whether the bank could be reached now, without bringing anything."""
        ...

    def close(self) -> None:
        """Give up whatever is under way, from any thread, at once. `deliver` then answers `Unreachable("stopped")`."""
        ...
