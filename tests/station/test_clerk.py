"""What the clerk asks of the past."""

from datetime import UTC, datetime

from kiosk.document.reading import DocumentFields
from kiosk.record import Purpose
from kiosk.risk.signals import Signal, signal
from kiosk.station.clerk import remembered_of
from kiosk.values import OperatorId
from tests.journey import build

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


class Listed:
    """A watch-list that speaks of one document only."""

    def __init__(self, listed: DocumentFields) -> None:
        self._listed = listed

    def signals(
        self, fields: DocumentFields | None, operator: OperatorId | None, now: datetime, purpose: Purpose | None = None
    ) -> tuple[Signal, ...]:
        return (signal("context.watchlist", float(fields is self._listed), now),)


def test_of_two_documents_the_worse_reading_counts_whichever_is_listed() -> None:
    one, other = build.fields(), build.fields()
    for listed, expected in ((one, 1.0), (other, 1.0), (build.fields(), 0.0)):
        found = remembered_of(Listed(listed), one, other, None, NOW, build.opening())
        assert [reading.value for reading in found] == [expected]
