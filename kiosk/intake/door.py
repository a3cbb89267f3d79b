"""Who counts as one at a service's door, and how many connections of one are let in at all: before TLS, where nobody has said anything yet.

A stranger who has a whole network of IPv6 addresses is one: /64 is the least a customer is given (RFC 6177). Behind a proxy are many who
cannot be told apart by address: each of its connections stands for itself, and that none crowds the rest out is the proxy's to see to.
"""

import socket
import sys
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from weakref import WeakKeyDictionary

Address = IPv4Address | IPv6Address
THIS_MACHINE = frozenset({ip_address("127.0.0.1"), ip_address("::1")})
"""Where a proxy on the same machine comes from."""
_DESCRIPTORS = 65_536


def party_of(address: str, proxies: frozenset[Address]) -> str | None:
    """Return what stands for all connections of an IP address, None for one of the proxies."""
    at = ip_address(address)
    if isinstance(at, IPv6Address):
        at = at.ipv4_mapped or at
    if at in proxies:
        return None
    return str(at) if isinstance(at, IPv4Address) else str(IPv6Network((at.packed, 64), strict=False))


def have_all_descriptors() -> None:
    """Raise this process's number of open files to what the system allows it: of the usual thousand sixteen addresses could take all."""
    if sys.platform != "win32":
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        # Some systems name no most, and take no such answer back; some sandboxes allow no change.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, _DESCRIPTORS) if most == resource.RLIM_INFINITY else most, most))


class Door(socket.socket):
    """Listens as the given socket does, and closes at once what one party opens past `of_one` open connections.

    asyncio's selector loops ask `accept`; Windows' loop does not, and lets everybody in."""

    def __init__(self, listener: socket.socket, of_one: int, proxies: frozenset[Address]) -> None:
        super().__init__(listener.family, listener.type, listener.proto, fileno=listener.dup().detach())
        self._of_one, self._proxies = of_one, proxies
        self._inside: WeakKeyDictionary[socket.socket, str] = WeakKeyDictionary()

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        """Raises ConnectionAbortedError for one too many, which asyncio takes for a peer that thought better of it."""
        connection, address = super().accept()
        party = party_of(address[0], self._proxies)
        if party is not None:
            if sum(one == party and held.fileno() >= 0 for held, one in self._inside.items()) >= self._of_one:
                connection.close()
                raise ConnectionAbortedError
            self._inside[connection] = party
        return connection, address
