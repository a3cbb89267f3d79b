"""How a case went, as far as it is a signal: times, tries, pauses. Nothing of what was typed, said or shown."""

import math
from dataclasses import dataclass, replace
from typing import Final

from kiosk.values import ns

HESITATION_S: Final = 10.0
"""A pause this long while something is asked of somebody."""
LEAST_TOUCHES: Final = 5
"""Fewer say nothing about a rhythm or a path."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """consent_ns, document_ns, face_ns: monotonic moments those steps ended, None where not reached; retries: document pictures that could
    not be read; corrections: changes to what was entered; path_px, straight_px: way of the pointer between touches, and as the crow flies;
    gaps, gap_s, gap_s2: number, sum and sum of squares of the times between touches."""

    consent_ns: int | None = None
    document_ns: int | None = None
    face_ns: int | None = None
    retries: int = 0
    hesitations: int = 0
    corrections: int = 0
    touches: int = 0
    path_px: float = 0.0
    straight_px: float = 0.0
    gaps: int = 0
    gap_s: float = 0.0
    gap_s2: float = 0.0

    def paused(self, since_ns: int, now_ns: int) -> "Conduct":
        """Return it after something happened that was waited for since then."""
        return replace(self, hesitations=self.hesitations + 1) if now_ns - since_ns >= ns(HESITATION_S) else self

    def handled(self, path_px: float, straight_px: float, gap_s: float) -> "Conduct":
        """Return it after one more touch. gap_s: since the touch before, 0 for the first."""
        counted = replace(self, touches=self.touches + 1, path_px=self.path_px + path_px, straight_px=self.straight_px + straight_px)
        if gap_s <= 0.0:
            return counted
        return replace(counted, gaps=self.gaps + 1, gap_s=self.gap_s + gap_s, gap_s2=self.gap_s2 + gap_s * gap_s)

    def set_aside(self, now_ns: int) -> "Conduct":
        """Return it without the time since the document step: typing an address is neither showing a document nor showing a face."""
        if self.document_ns is None:
            return self
        took_ns = now_ns - self.document_ns
        return replace(self, consent_ns=None if self.consent_ns is None else self.consent_ns + took_ns, document_ns=now_ns)

    @property
    def straightness(self) -> float | None:
        """Return how straight the pointer went, 0 to 1; None without enough of a way."""
        if self.touches < LEAST_TOUCHES or self.path_px < 1.0:
            return None
        return min(self.straight_px / self.path_px, 1.0)

    @property
    def rhythm(self) -> float | None:
        """Return the times between touches' standard deviation over their mean; None with too few."""
        if self.gaps < LEAST_TOUCHES or self.gap_s <= 0.0:
            return None
        mean = self.gap_s / self.gaps
        return math.sqrt(max(self.gap_s2 / self.gaps - mean * mean, 0.0)) / mean
