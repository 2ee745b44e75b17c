"""The requests to a connector, as one value."""

from typing import Any

import msgspec

from integration_daemon.supervision.dispatch.completion import Completion


class Requests(msgspec.Struct, eq=False):
    """The requested work of a connector, and the completions that wait for it.

    A piece of work takes the requests as a whole, clears each one when it begins with it, and merges back those that
    it did not begin: an interrupted disconnect still leads to the restart that was requested. Plain booleans, since
    combining members of an `enum.Flag` costs fifty times as much, and a refresh is requested on the hot path.
    """

    stop: bool = False
    """End the incarnation for good. Never cleared."""
    restart: bool = False
    """End the incarnation, and begin the next one."""
    refresh: bool = False
    dry_run: bool = False
    completions: tuple[Completion[Any], ...] = ()

    @property
    def has_work(self) -> bool:
        """True if work is requested, other than a stop, which is complete when the connector has no incarnation."""
        return self.refresh or self.restart or self.dry_run

    @property
    def ends_run(self) -> bool:
        """True if the current run of the connector is to end."""
        return self.restart or self.stop

    def clear(self) -> None:
        """Drop every request but a stop; the completions are answered as at any other end of the work."""
        self.restart = self.refresh = self.dry_run = False

    def merge(self, earlier: "Requests") -> None:
        """Add the requests that a work item did not begin. Its completions have been answered."""
        self.stop = self.stop or earlier.stop
        self.restart = self.restart or earlier.restart
        self.refresh = self.refresh or earlier.refresh
        self.dry_run = self.dry_run or earlier.dry_run
