"""An alert, as sent to receivers."""

from datetime import UTC, datetime
from enum import Enum

import msgspec

NAMED = 5
"""Greatest number of connectors that an alert names."""


class Event(Enum):
    """The event that an alert reports."""

    BEGUN = "BEGUN"
    GROWN = "GROWN"
    """The incident has ten times as many connectors as at its first alert."""
    OVER = "OVER"
    TEST = "TEST"


class Alert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One alert. `text` is complete, for people; the other fields are for programs."""

    text: str
    event: Event
    incident: str
    """The id of the incident, the same in all its alerts."""
    server: str
    title: str
    """Summary of the problem, in one line."""
    details: str = ""
    """Problem of the first connector."""
    condition: str = ""
    connectors: int = 0
    names: tuple[str, ...] = ()
    """The names of the first connectors."""
    since: str = ""
    ended: str = ""
    seconds: float = 0.0
    """Duration of the incident so far."""
    action: str = ""

    @property
    def headline(self) -> str:
        """The first line of the text."""
        return self.text.partition("\n")[0]


class AlertTestResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of a test of one receiver."""

    receiver: str
    taken: bool
    said: str


def shown_time(seconds: float) -> str:
    """A time in seconds since the epoch, in ISO 8601 format."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Seconds in words."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def alert_for_test(server: str) -> Alert:
    """An alert that reports no incident, to test the receivers."""
    title = "this is a test of the alerts"
    text = f"[{server}] {title}\nNothing is wrong. Whoever reads this receives the alerts of this server."
    return Alert(text=text, event=Event.TEST, incident="test", server=server, title=title)
