"""The integration groups of a daemon."""

from collections.abc import Iterator, Mapping

from integration_daemon.groups import messages
from integration_daemon.groups.follower import Follower
from integration_daemon.groups.group import IntegrationGroup
from services.errors import InvalidParameterError


class IntegrationGroups:
    """The groups with their followers, by qualified name. Changed only on the event loop."""

    def __init__(self, daemon: str) -> None:
        self._daemon = daemon
        self.followers: dict[str, Follower] = {}

    def __iter__(self) -> Iterator[IntegrationGroup]:
        return iter([each.group for each in self.followers.values()])

    @property
    def by_name(self) -> Mapping[str, IntegrationGroup]:
        """The groups by name."""
        return {name: each.group for name, each in self.followers.items()}

    def follower(self, name: str) -> Follower:
        """A group with its follower; raises `InvalidParameterError` for an unknown name."""
        if not self.followers:
            raise InvalidParameterError(messages.NO_GROUPS, daemon=self._daemon)
        if name not in self.followers:
            raise InvalidParameterError(messages.UNKNOWN_GROUP, group=name, daemon=self._daemon)
        return self.followers[name]
