"""The content of a group at one moment: the connectors and the catalog targets to run, and their periods."""

from collections.abc import Iterator, Sequence
from math import inf

import msgspec

from integration_daemon.config.units import ConnectorUnit


class Period(msgspec.Struct, frozen=True, gc=False):
    """A period in seconds since the epoch."""

    begins: float = -inf
    ends: float = inf

    def has(self, now: float) -> bool:
        """True if a time is within the period."""
        return self.begins <= now < self.ends

    def within(self, other: "Period") -> "Period":
        """The intersection of two periods."""
        return Period(max(self.begins, other.begins), min(self.ends, other.ends))


ALWAYS = Period()


class Unit(msgspec.Struct, frozen=True, gc=False):
    """A connector or a catalog target, to be run in a period."""

    config: ConnectorUnit
    marker: str
    """The URL marker of the integration service of its class."""
    period: Period = ALWAYS


class GroupDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a group."""

    guid: str
    description: str
    units: Sequence[Unit]
    connectors: Sequence[str]
    """The names of all registered connectors, including those without units."""

    def next_change(self, now: float) -> float:
        """The next time at which a period begins or ends."""
        times = (time for unit in self.units if unit.period is not ALWAYS for time in _times(unit.period))
        return min((time for time in times if time > now), default=inf)


def _times(period: Period) -> Iterator[float]:
    yield period.begins
    yield period.ends
