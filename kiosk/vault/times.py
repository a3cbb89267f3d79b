"""Times as the store writes them: ISO 8601, UTC, always with microseconds, so that text order is time order."""

from datetime import UTC, datetime


def as_text(moment: datetime) -> str:
    """Return the moment as text. Raises ValueError without a time zone: a local time says nothing in a store."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)
