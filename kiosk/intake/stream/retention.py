"""Erases face prints that are due: too old, their consent taken back, or prints forbidden altogether. Run by the one who folds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kiosk.intake.outbox import Outbox
from kiosk.intake.prints.allowance import allowed
from kiosk.intake.results import Results
from kiosk.intake.stream.folding import Folding
from kiosk.values import SessionId

_EVERY: Final = timedelta(minutes=1)
_ALL: Final = datetime.max


class Retention:
    """role: the role's folder; clock: the time in UTC."""

    def __init__(self, ledger: Outbox, results: Results, fold: Folding, role: Path, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._results = results
        self._fold = fold
        self._role = role
        self._clock = clock
        self._next: datetime | None = None

    def step(self) -> int:
        """Erase what is due, at most once a minute; return how many prints."""
        now = self._clock()
        if self._next is not None and now < self._next <= now + _EVERY:
            return 0
        self._next = now + _EVERY
        erased = drop_due_prints(self._ledger, self._results, self._role, now)
        faces = self._fold.faces
        if faces is not None and (erased or len(faces) > self._results.counts().faces):  # another process may have erased, too
            faces.forget_erased()
        return erased


def drop_due_prints(ledger: Outbox, results: Results, role: Path, now: datetime) -> int:
    """Erase prints that are due from the results; return how many. Whoever has them in memory forgets them within a minute."""
    allowance = allowed(role)
    before = _ALL.replace(tzinfo=now.tzinfo) if allowance is None else allowance.kept_since(now)
    due: list[SessionId] = list(results.faces_received_before(before))
    taken_back = ledger.consents_withdrawn()
    if not due and not taken_back:
        return 0
    held = set(results.faces_of(taken_back)) if taken_back else set()
    wanted = [*due, *(one for one in held if one not in set(due))]
    return results.erase_faces(wanted) if wanted else 0
