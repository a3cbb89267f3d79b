"""The camera an administrator chose: a source that can be changed for another while the station runs."""

import threading
from collections.abc import Callable

from kiosk.camera.source import Ended, FrameSource
from kiosk.camera.webcam import Address
from kiosk.faults import CameraLost
from kiosk.frame import Frame
from kiosk.values import Provenance


class ChosenCamera:
    """A FrameSource. Choosing ends the read under way as a lost camera; the grabber opens again and finds the new one.

    make: opens nothing yet, returns the source at an address.
    """

    def __init__(self, address: Address, make: Callable[[Address], FrameSource]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._address = address
        self._source = make(address)
        self._open: FrameSource | None = None

    @property
    def address(self) -> Address:
        return self._address

    @property
    def provenance(self) -> Provenance:
        return (self._open or self._source).provenance

    def choose(self, address: Address) -> None:
        """Any thread. Choosing the one that is in use changes nothing."""
        with self._lock:
            if address == self._address:
                return
            self._address, self._source = address, self._make(address)
        opened = self._open
        if opened is not None:
            opened.interrupt()

    def open(self) -> None:
        self.close()
        with self._lock:
            self._open = self._source
        self._open.open()

    def read(self) -> Frame | Ended:
        if self._open is None or self._open is not self._source:
            raise CameraLost("another camera was chosen")
        return self._open.read()

    def close(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened.close()

    def interrupt(self) -> None:
        opened = self._open
        if opened is not None:
            opened.interrupt()
