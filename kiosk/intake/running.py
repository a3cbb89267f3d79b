"""The service in a thread, for the demonstration and for tests: ready when it returns, gone when stopped."""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import uvicorn
from fastapi import FastAPI

from kiosk.faults import SettingsRefused
from kiosk.intake.connections import BoundedProtocol, Bounds, Patience, in_pieces
from kiosk.intake.door import THIS_MACHINE, Address, Door

LOOPBACK = "127.0.0.1"
PATIENCE = Patience()
_STOP_WITHIN_S = 5


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files. client_authorities: whose certificates a client must show to be heard at all; None: any client is heard."""

    certificate: Path
    private_key: Path | None = None
    client_authorities: Path | None = None


class Configuration(uvicorn.Config):
    """Made by `configuration`. bounds: what holds for connections before uvicorn hears of them."""

    def __init__(self, app: FastAPI, bounds: Bounds, **given: Any) -> None:
        super().__init__(in_pieces(app), http=cast(type[asyncio.Protocol], partial(BoundedProtocol, bounds)), **given)
        self.bounds = bounds


def configuration(
    app: FastAPI,
    at_once: int,
    tls: Tls | None = None,
    patience: Patience = PATIENCE,
    proxies: frozenset[Address] = THIS_MACHINE,
) -> Configuration:
    """How the service runs everywhere: plain HTTP/1.1, no access log (paths name packets), no headers that tell who we are.

    at_once: places for connections (`kiosk/intake/connections.py`); proxies: addresses that speak for many (`kiosk/intake/door.py`)."""
    return Configuration(
        app,
        Bounds(at_once, patience, proxies),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=patience.idle_s,
        timeout_graceful_shutdown=_STOP_WITHIN_S,
        h11_max_incomplete_event_size=16_384,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.private_key,
        ssl_ca_certs=None if tls is None or tls.client_authorities is None else str(tls.client_authorities),
        ssl_cert_reqs=ssl.CERT_NONE if tls is None or tls.client_authorities is None else ssl.CERT_REQUIRED,
    )


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 lets the system choose. Raises SettingsRefused if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # on Windows the same option would let another program take the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsRefused(f"cannot listen on {host} port {port}: {error.strerror}") from error
    listener.listen(128)
    return listener


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


class AnnouncingServer(uvicorn.Server):
    """Says when it listens, so that nobody has to poll. Signals belong to the program around it."""

    def __init__(self, config: Configuration, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._bounds = config.bounds
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        if self.config.is_ssl:
            # uvicorn passes no times on, and the loop's own minute for a handshake lets strangers pile up who never finish one.
            patience = self._bounds.patience
            times = {"ssl_handshake_timeout": patience.handshake_s, "ssl_shutdown_timeout": patience.read_s}
            setattr(loop, "create_server", partial(loop.create_server, **times))  # noqa: B010
        await super().startup([Door(one, 2 * self._bounds.at_once, self._bounds.proxies) for one in sockets or []])
        self._listening()

    def leave(self) -> None:
        """Finish the requests at hand, then stop. From any thread."""
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class RunningIntake:
    """Made by `serve_in_thread`. url: where it listens, without a slash at the end."""

    def __init__(self, config: Configuration, listener: socket.socket, scheme: str = "http") -> None:
        host = listener.getsockname()[0]
        self.url = f"{scheme}://[{host}]:{port_of(listener)}" if ":" in host else f"{scheme}://{host}:{port_of(listener)}"
        self._settled = threading.Event()
        self._server = AnnouncingServer(config, self._settled.set)
        self._listener = listener
        self._thread = threading.Thread(target=self._serve, name="intake", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Return once it answers. Raises SettingsRefused if it cannot start; its log says why."""
        self._thread.start()
        self._settled.wait()
        if not self._server.started:
            self._thread.join()
            raise SettingsRefused("the intake did not start")

    def stop(self) -> None:
        """Finish the requests at hand, then stop. Calling again does nothing."""
        self._server.should_exit = True
        self._thread.join(_STOP_WITHIN_S + 2.0)

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._listener.close()
            self._settled.set()


def serve_in_thread(app: FastAPI, host: str = LOOPBACK, port: int = 0, at_once: int = 64, tls: Tls | None = None) -> RunningIntake:
    """Start the service beside the program and return once it answers. Raises SettingsRefused if it cannot."""
    if tls is not None:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tls.certificate, tls.private_key)
        except OSError as error:
            raise SettingsRefused(f"the certificate or its private key cannot be used: {error.strerror or error}") from error
    running = RunningIntake(configuration(app, at_once, tls), bound_socket(host, port), "http" if tls is None else "https")
    running.start()
    return running
