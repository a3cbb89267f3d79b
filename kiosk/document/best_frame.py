"""Picks the frame worth reading: the sharpest of those a steady hand offers, not the first that will do.

Reading takes half a second, in which a card may have moved on; so a fifth of a second is spent on choosing. Frames are compared with the
ones just before only: a frame is taken when it is nearly as sharp as the best of them, or when waiting longer would bring nothing.
"""

from dataclasses import dataclass

from kiosk.document.reading import PageObservation

CHOOSE_FOR_NS = 200_000_000
"""Time from the first frame that would do to the first that is taken."""
NO_LONGER_THAN_NS = 600_000_000
NEARLY_AS_SHARP = 0.92
"""Share of the best sharpness seen while choosing. Sharpness of one steady card varies by some 5 % from frame to frame."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """since_ns: capture time of the first frame that would do, None while none does; sharpest: of those since."""

    since_ns: int | None = None
    sharpest: float = 0.0


def choose(choosing: Choosing, seen: PageObservation) -> tuple[Choosing, bool]:
    """Return the choice so far and whether this frame is the one to read. A frame that will not do begins the choice anew."""
    if not seen.ready:
        return Choosing(), False
    since = seen.captured_ns if choosing.since_ns is None else choosing.since_ns
    following = Choosing(since, max(choosing.sharpest, seen.sharpness))
    waited = seen.captured_ns - since
    good = seen.sharpness >= NEARLY_AS_SHARP * following.sharpest
    return following, waited >= NO_LONGER_THAN_NS or (waited >= CHOOSE_FOR_NS and good)
