"""Taking a program off the network for good: Python's audit hooks cannot be removed, so nothing that is loaded later can undo it.

What it holds: every connection, binding, sending or name look-up through Python's sockets, whatever library asks for it. A window's own
connection to its screen is Qt's and goes no further than this machine.
"""

import sys
from typing import Final

REFUSED: Final = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
        "socket.getnameinfo",
    }
)


class OffTheNetwork(OSError):
    """This program has no network."""


def leave_network() -> None:
    """From here on every use of the network in this process raises OffTheNetwork."""
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in REFUSED:
        raise OffTheNetwork(f"this program has no network ({event})")
