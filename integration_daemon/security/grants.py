"""Roles that the platform file grants to callers, in addition to their own roles."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from integration_daemon.security.permissions import ABOUT_METADATA, Caller, Grant, Role
from integration_daemon.security.scope import LONGEST_PATTERN, MOST_PATTERNS, matches, scope_of

Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_PATTERN)]
Patterns = Annotated[tuple[Pattern, ...], msgspec.Meta(min_length=1, max_length=MOST_PATTERNS)]
MOST_REMEMBERED = 1_000
"""Callers whose grants are cached."""


class CallerGrant(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A role that is granted to callers in addition to their own roles."""

    callers: Patterns
    """Shell patterns of the names of callers: `token ci-*`, or `user alice`."""
    role: Role
    """The role."""
    servers: Patterns | None = None
    """Shell patterns of the servers for which the role counts; default: all servers."""
    connectors: Patterns | None = None
    """Shell patterns of the connectors for which the role counts; default: all. Only for roles about connectors."""

    def __post_init__(self) -> None:
        if self.connectors is not None and self.role in ABOUT_METADATA:
            raise ValueError(f"the role {self.role.value} cannot be limited to connectors")

    @property
    def grant(self) -> Grant:
        """The role with its scope."""
        return Grant((self.role,), scope_of(self.servers or (), self.connectors or ()))


class Grants:
    """The grants of one platform."""

    def __init__(self, grants: Sequence[CallerGrant] = ()) -> None:
        self._grants = [(each.callers, each.grant) for each in grants]
        self._remembered: dict[Caller, Caller] = {}

    def added_to(self, caller: Caller) -> Caller:
        """A caller with the grants to its name."""
        if not self._grants:
            return caller
        found = self._remembered.get(caller)
        if found is None:
            granted = tuple(grant for callers, grant in self._grants if matches(callers, caller.name))
            found = msgspec.structs.replace(caller, granted=granted)
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[caller] = found
        return found
