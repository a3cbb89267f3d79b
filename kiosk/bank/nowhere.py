"""The connector of practice: there is no bank, no address and no socket. What is delivered goes nowhere and says so."""

from typing import Final

from kiosk.bank.connector import Reached
from kiosk.outbox import Unreachable
from kiosk.wire.packet import Packet

PRACTICE: Final = "practice"


class Nowhere:
    """A Connector that cannot reach anything: it has nothing to reach with."""

    def deliver(self, packet: Packet) -> Unreachable:
        return Unreachable(PRACTICE)

    def probe(self) -> Reached | Unreachable:
        return Unreachable(PRACTICE)

    def close(self) -> None:
        """Nothing is under way."""
