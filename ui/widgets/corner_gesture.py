"""The hidden way to the maintenance page: the two upper corners, in turn, five touches within six seconds. No customer does that."""

from typing import Final

TOUCHES: Final = 5
WITHIN_NS: Final = 6_000_000_000
CORNER_PX: Final = 110


class CornerGesture:
    """Told every touch of the resting screen. Times are the station's monotonic ones; places pixels of the window."""

    def __init__(self) -> None:
        self._touches: list[tuple[int, bool]] = []

    def touched(self, x: float, y: float, width: int, at_ns: int) -> bool:
        """Return whether this touch completes the gesture. Any touch elsewhere begins it anew."""
        at_left, at_right = x < CORNER_PX, x >= width - CORNER_PX
        if y >= CORNER_PX or not (at_left or at_right):
            self._touches.clear()
            return False
        if self._touches and self._touches[-1][1] is at_left:
            self._touches.clear()
        self._touches = [touch for touch in self._touches if at_ns - touch[0] <= WITHIN_NS]
        self._touches.append((at_ns, at_left))
        if len(self._touches) < TOUCHES:
            return False
        self._touches.clear()
        return True
