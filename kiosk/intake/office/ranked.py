"""The cases that deserve a look, by score, so that the gravest of a million are found without looking at a million."""

import heapq

from kiosk.values import SessionId


class Ranked:
    """Scores are whole numbers, few: a case lies in its score's drawer, by position. Not thread-safe."""

    def __init__(self) -> None:
        self._drawers: dict[int, dict[SessionId, int]] = {}
        self._scores: dict[SessionId, int] = {}

    def put(self, session: SessionId, score: int | None, position: int) -> None:
        """Give a case its score; None takes it out."""
        before = self._scores.pop(session, None)
        if before is not None:
            del self._drawers[before][session]
            if not self._drawers[before]:
                del self._drawers[before]
        if score is not None:
            self._scores[session] = score
            self._drawers.setdefault(score, {})[session] = position

    def gravest(self, limit: int) -> list[SessionId]:
        """Return so many at most, highest score first, and of one score the newest first."""
        found: list[SessionId] = []
        for score in sorted(self._drawers, reverse=True):
            if len(found) >= limit:
                break
            drawer = self._drawers[score]
            found += heapq.nlargest(limit - len(found), drawer, key=drawer.__getitem__)
        return found

    def __len__(self) -> int:
        return len(self._scores)
