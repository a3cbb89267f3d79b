"""How much of each finding a case shows, before it is weighed: `Shown` gathers it."""

from kiosk.intake.analysis.finding import FindingKind


class Shown:
    """Values by finding, 0 where there is nothing; because: the earlier cases a finding rests on, whose own value it raises too."""

    __slots__ = ("about", "because", "values")

    def __init__(self) -> None:
        self.values: dict[FindingKind, float] = {}
        self.because: dict[FindingKind, list[int]] = {}
        self.about: dict[FindingKind, str] = {}

    def add(self, kind: FindingKind, value: float, because: list[int] | None = None, about: str = "") -> None:
        """Keep the largest value of a kind."""
        if value > self.values.get(kind, 0.0):
            self.values[kind] = value
            if because:
                self.because[kind] = because
            if about:
                self.about[kind] = about
