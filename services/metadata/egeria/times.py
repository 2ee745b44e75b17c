"""Times as properties have them: texts in ISO 8601."""

from datetime import UTC, datetime

GREATEST_TIME = 10**14
"""Milliseconds: times after the year 5138 are not meant."""


def iso_time(value: int | datetime | None) -> str | None:
    """A time in milliseconds since the epoch, or as a text that was read, as properties have it."""
    if value is None:
        return None
    if isinstance(value, int):
        value = datetime.fromtimestamp(min(value, GREATEST_TIME) / 1000, UTC)
    return (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).isoformat(timespec="milliseconds")
