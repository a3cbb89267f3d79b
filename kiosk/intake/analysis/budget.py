"""How many cases people look at: a share of all cases, kept without knowing what will come.

The threshold rises with each referral and falls a little with each case, so that in the long run the share is met whatever the cases
are: the difference is at most (highest - lowest threshold) / (step x cases), as in adaptive conformal inference (Gibbs and Candes 2021).
Besides, no more is ever spent than the share of all cases and a small reserve: a flood of alarms cannot bury the people who look.
"""

from typing import Final

SHARE: Final = 0.01
_STEP: Final = 0.06
_RESERVE: Final = 30.0
_LOWEST: Final = -5.0
_HIGHEST: Final = 6.0


class Budget:
    """share: of cases; threshold: in nats, of a case's log-odds; left: referrals that may be made now."""

    def __init__(self, share: float = SHARE, threshold: float = -3.0) -> None:
        if not 0.0 < share < 1.0:
            raise ValueError("a share lies between 0 and 1")
        self.share = share
        self.threshold = threshold
        self.left = _RESERVE
        self.cases = 0
        self.referred = 0

    def case(self) -> None:
        """One more case came."""
        self.cases += 1
        self.left = min(self.left + self.share, _RESERVE)
        self.threshold = max(self.threshold - _STEP * self.share, _LOWEST)

    def spend(self, nats: float) -> bool:
        """Say whether a case with these log-odds is referred, and count it."""
        if nats < self.threshold or self.left < 1.0:
            return False
        self.left -= 1.0
        self.referred += 1
        self.threshold = min(self.threshold + _STEP * (1.0 - self.share), _HIGHEST)
        return True
