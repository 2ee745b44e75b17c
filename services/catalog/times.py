"""Times as text, in the additional properties of elements."""

from datetime import UTC, datetime


def time_text(milliseconds: int) -> str:
    """A time since the epoch in ISO 8601, UTC, in milliseconds; the number itself if no calendar has the time."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return str(milliseconds)
