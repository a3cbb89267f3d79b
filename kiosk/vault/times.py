"""Times as the store writes them: ISO 8601, UTC, always with microseconds, so that text order is time order."""

from datetime import UTC, datetime

from kiosk.faults import StoreDamaged


def as_text(moment: datetime) -> str:
    """Return the moment as text. Raises ValueError without a time zone: a local time says nothing in a store."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """Return the moment a column spells. Raises StoreDamaged if it spells none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as unfit:
        raise StoreDamaged("a time in the store is no time") from unfit
    if moment.tzinfo is not UTC:
        raise StoreDamaged("a time in the store has no zone")
    return moment
