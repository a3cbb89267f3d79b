"""Does the score mean what it says? What people agreed cases turned out to be, against the probability the station's policy gave them.

Only cases somebody looked at have an outcome, and those are the doubtful ones: a score that is right among them may be wrong among the
rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kiosk.faults import StoreDamaged
from kiosk.intake.analysis.fact import Label
from kiosk.intake.analysis.monitor import Calibration, CalibrationMonitor
from kiosk.record import SessionRecord
from kiosk.values import SessionId

FEWEST_SETTLED: Final = 10
ODD_DEVIATIONS: Final = 3.0
READ_AT_ONCE: Final = 50
"""Settled cases opened for one look; the office's own work reads the others."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """of: which policy, empty for all of them."""

    of: str
    found: Calibration

    @property
    def state(self) -> str:
        if self.found.labelled < FEWEST_SETTLED:
            return "unknown"
        return "drifting" if abs(self.found.deviation) > ODD_DEVIATIONS else "steady"

    @property
    def says(self) -> str:
        found = self.found
        if self.state == "unknown":
            return f"Settled so far: {found.labelled}; from {FEWEST_SETTLED} on something can be said."
        if self.state == "steady":
            return f"Frauds found: {found.found}, where {found.expected:.1f} were to be expected: as the score says."
        more = "more" if found.deviation > 0 else "less"
        return (
            f"Frauds found: {found.found}, where {found.expected:.1f} were to be expected among {found.labelled} settled: {more} than the "
            "score says, by far. Offset and slope of the policy want a new fit."
        )


class ScoreCalibration:
    """record: opens a held case; each that opens is opened once, for its score alone, which is kept in memory. One that does not is tried
    again, after those that were not tried yet."""

    def __init__(self, record: Callable[[SessionId], SessionRecord]) -> None:
        self._record = record
        self._scores: dict[SessionId, tuple[float, str] | None] = {}
        self._unopened: set[SessionId] = set()

    def read_some(self, labels: tuple[Label, ...], most: int = READ_AT_ONCE) -> int:
        """Read the scores of settled cases that were not read yet, at most so many; return how many were tried for the first time."""
        waiting = dict.fromkeys(label.case for label in labels if label.case not in self._scores)
        failed = frozenset(self._unopened)
        tried = sorted(waiting, key=failed.__contains__)[:most]
        for case in tried:
            try:
                self._scores[case] = _score(self._record(case))
            except (LookupError, StoreDamaged):
                self._unopened.add(case)
        return len(set(tried) - failed)

    def of(self, labels: tuple[Label, ...]) -> tuple[Calibrated, ...]:
        """Return all settled cases together, then each policy version, as far as their scores were read. The last that was agreed on of a
        case counts."""
        newest: Mapping[SessionId, Label] = {label.case: label for label in labels}
        monitors: dict[str, CalibrationMonitor] = {"": CalibrationMonitor()}
        for case, label in newest.items():
            score = self._scores.get(case)
            if score is not None:
                for of in ("", score[1]):
                    monitors.setdefault(of, CalibrationMonitor()).add(score[0], label.truth)
        return tuple(Calibrated(of, monitor.calibration()) for of, monitor in sorted(monitors.items()))


def _score(record: SessionRecord) -> tuple[float, str] | None:
    risk = record.risk
    return None if risk is None else (risk.probability, f"{risk.policy} {risk.version}")
