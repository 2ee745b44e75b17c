"""An alert, as receivers get it."""

from datetime import UTC, datetime
from enum import Enum

import msgspec

NAMED = 5
"""Connectors that an alert names."""


class Event(Enum):
    """Why an alert is sent."""

    BEGUN = "BEGUN"
    GROWN = "GROWN"
    """It has ten times as many connectors as when it was told."""
    OVER = "OVER"
    TEST = "TEST"


class Alert(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One alert. `text` has all of it, for people; the other fields are for programs."""

    text: str
    event: Event
    incident: str
    """The same for all alerts of an incident."""
    server: str
    title: str
    """What is wrong, in one line."""
    details: str = ""
    """What was found at the first connector."""
    condition: str = ""
    connectors: int = 0
    names: tuple[str, ...] = ()
    """The first of the connectors."""
    since: str = ""
    ended: str = ""
    seconds: float = 0.0
    """How long it lasted, or has lasted so far."""
    action: str = ""

    @property
    def headline(self) -> str:
        """Its first line."""
        return self.text.partition("\n")[0]


class Said(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a receiver said to a test."""

    receiver: str
    taken: bool
    said: str


def shown_time(seconds: float) -> str:
    """A time in seconds since the epoch, as programs and people read it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def duration(seconds: float) -> str:
    """Seconds in words."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def trial(server: str) -> Alert:
    """An alert that tells of nothing."""
    title = "this is a test of the alerts"
    text = f"[{server}] {title}\nNothing is wrong. Whoever reads this receives the alerts of this server."
    return Alert(text=text, event=Event.TEST, incident="test", server=server, title=title)
