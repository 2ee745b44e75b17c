"""Times in the form of properties: texts in ISO 8601."""

from datetime import UTC, datetime

GREATEST_TIME = 10**14
"""Milliseconds since the epoch; later times, after the year 5138, are limited to this one."""


def iso_time(value: int | datetime | None) -> str | None:
    """Convert a time in milliseconds since the epoch, or a `datetime`, to a text in ISO 8601."""
    if value is None:
        return None
    if isinstance(value, int):
        value = datetime.fromtimestamp(min(value, GREATEST_TIME) / 1000, UTC)
    return (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).isoformat(timespec="milliseconds")
