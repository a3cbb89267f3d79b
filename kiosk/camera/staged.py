"""Recordings that follow the journey: the document while a document is looked for, the face while a face is.

A recording cannot obey a screen. What it can do is show the right thing at the right time, which is all that QA needs to drive the
same code as a customer does.
"""

import threading
from collections.abc import Sequence
from typing import Final

from kiosk.camera.source import Ended, FrameSource, MonotonicClock
from kiosk.frame import Frame, Pixels
from kiosk.values import Capture, Provenance

DOCUMENT_PICTURE: Final = "document picture"
"""The device name of frames that are document photographs: there is no page to wait for, each may be read at once."""
_EVERY_S: Final = 0.1
_EACH_SHOWN_S: Final = 2.0


class StillPictures:
    """Shows pictures one after the other, two seconds each, over and over, ten frames a second."""

    def __init__(self, pictures: Sequence[Pixels], clock: MonotonicClock) -> None:
        if not pictures:
            raise ValueError("there is no picture to show")
        self._pictures = tuple(pictures)
        self._clock = clock
        self._interrupted = threading.Event()
        self._shown = 0

    @property
    def provenance(self) -> Provenance:
        return Provenance(Capture.RECORDING, DOCUMENT_PICTURE)

    def open(self) -> None:
        self._interrupted.clear()
        self._shown = 0

    def read(self) -> Frame | Ended:
        if self._shown:
            self._interrupted.wait(_EVERY_S)
        turn = int(self._shown * _EVERY_S / _EACH_SHOWN_S)
        frame = Frame(self._pictures[turn % len(self._pictures)], self._shown, self._clock(), self.provenance)
        self._shown += 1
        return frame

    def close(self) -> None:
        """There is no device to let go."""

    def interrupt(self) -> None:
        self._interrupted.set()


class Staged:
    """Plays document stages and face stages in turn. `follow` is told what is looked for; a change of it starts the next stage of
    that kind from its beginning, the last of a kind over and over.

    A document stage that is over waits until a face is looked for: how long a document takes to be read differs from machine to machine,
    and the recording must not end because of it.
    """

    def __init__(self, documents: Sequence[FrameSource], faces: Sequence[FrameSource]) -> None:
        if not documents or not faces:
            raise ValueError("a staged recording needs a document and a face")
        self._stages = {False: tuple(documents), True: tuple(faces)}
        self._played = {False: 1, True: 0}
        self._lock = threading.Lock()
        self._wanted = False
        self._changed = False
        self._current: FrameSource = documents[0]
        self._is_open = False
        self._interrupted = False
        self._woken = threading.Event()

    @property
    def provenance(self) -> Provenance:
        return self._current.provenance

    def follow(self, *, face: bool) -> None:
        """Show a face from now on, or a document. Called from any thread."""
        with self._lock:
            if face != self._wanted:
                self._wanted, self._changed = face, True
        self._current.interrupt()
        self._woken.set()

    def open(self) -> None:
        self._interrupted = False
        self._current.open()
        self._is_open = True

    def read(self) -> Frame | Ended:
        while True:
            with self._lock:
                changed, self._changed = self._changed, False
                wanted = self._wanted
                self._woken.clear()
            if changed:
                self._turn_to(wanted)
            taken = self._current.read()
            if not isinstance(taken, Ended) or wanted or self._interrupted:
                return taken
            self._woken.wait()

    def _turn_to(self, face: bool) -> None:
        self._current.close()
        of_kind = self._stages[face]
        self._current = of_kind[min(self._played[face], len(of_kind) - 1)]
        self._played[face] += 1
        self._current.open()

    def close(self) -> None:
        if self._is_open:
            self._current.close()
            self._is_open = False

    def interrupt(self) -> None:
        self._interrupted = True
        self._current.interrupt()
        self._woken.set()
