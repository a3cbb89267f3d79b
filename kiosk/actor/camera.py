"""A camera in front of a simulated customer. Every frame it gives is stamped SIMULATION."""

import threading
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Final

from kiosk.actor.cue import Cue
from kiosk.actor.customer import SimulatedCustomer
from kiosk.camera.source import MonotonicClock
from kiosk.frame import Frame
from kiosk.imaging.fading import fading
from kiosk.liveness.colours import Screen
from kiosk.values import Capture, Provenance

RATE_HZ: Final = 30
_PERIOD_NS: Final = 1_000_000_000 // RATE_HZ
PROVENANCE: Final = Provenance(Capture.SIMULATION, "simulated customer")


@dataclass(frozen=True, slots=True)
class _Light:
    screen: Screen | None


class SimulatedCamera:
    """A FrameSource. In real time `read` waits for the next thirtieth of a second; `next_frame` is for a clock stepped by hand."""

    def __init__(self, customer: SimulatedCustomer, clock: MonotonicClock) -> None:
        self._customer = customer
        self._clock = clock
        self._said: SimpleQueue[tuple[Cue | SimulatedCustomer | _Light, int]] = SimpleQueue()
        self._interrupted = threading.Event()
        self._sequence = 0
        self._due_ns = 0

    @property
    def provenance(self) -> Provenance:
        return PROVENANCE

    def show(self, cue: Cue, at_ns: int | None = None) -> None:
        """The screen asks this from now on. May be called from any thread, as often as the screen is drawn."""
        self._said.put((cue, self._clock() if at_ns is None else at_ns))

    def lit_by(self, screen: Screen | None) -> None:
        """The screen shines so from the next frame on; None: as usual. May be called from any thread."""
        self._said.put((_Light(screen), 0))

    def serve(self, customer: SimulatedCustomer) -> None:
        """The next customer steps up. May be called from any thread."""
        self._said.put((customer, self._clock()))

    def open(self) -> None:
        self._interrupted.clear()
        self._sequence = 0
        self._due_ns = self._clock()

    def read(self) -> Frame:
        self._due_ns += _PERIOD_NS
        now_ns = self._clock()
        if self._due_ns > now_ns:
            self._interrupted.wait((self._due_ns - now_ns) / 1e9)
        else:
            # a real camera does not make up for frames nobody had time for
            self._due_ns = now_ns
        frame = self.next_frame(self._clock())
        # Drawing takes as long as a camera's exposure and transfer; like a camera's, the stamp is the arrival's.
        return replace(frame, captured_ns=self._clock())

    def next_frame(self, at_ns: int) -> Frame:
        """Return what the camera sees at a time; times must not go back."""
        self._listen()
        frame = Frame(fading(self._customer.seen(at_ns), spent=True), self._sequence, at_ns, PROVENANCE)
        self._sequence += 1
        return frame

    def close(self) -> None:
        """Nothing to let go."""

    def interrupt(self) -> None:
        self._interrupted.set()

    def _listen(self) -> None:
        while True:
            try:
                said, at_ns = self._said.get_nowait()
            except Empty:
                return
            if isinstance(said, Cue):
                self._customer.told(said, at_ns)
            elif isinstance(said, _Light):
                self._customer.lit_by(said.screen)
            else:
                self._customer = said
