"""Scopes: the servers and connectors for which a caller's roles count, and the rules of routes about scopes."""

import re
from collections.abc import Callable, Mapping
from enum import Enum
from fnmatch import translate
from functools import lru_cache

import msgspec

LONGEST_PATTERN = 200
"""Characters of a pattern."""
MOST_PATTERNS = 50
"""Patterns for the servers, or for the connectors, of one scope."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Servers, and connectors in them, by shell patterns; all without a pattern."""

    servers: tuple[str, ...] = ()
    connectors: tuple[str, ...] = ()

    def has_server(self, server: str) -> bool:
        """True if some or all of this server are in the scope."""
        return _in(self.servers, server)

    def has_connector(self, server: str, connector: str) -> bool:
        """True if this connector of this server is in the scope."""
        return _in(self.servers, server) and _in(self.connectors, connector)


EVERYTHING = Scope()


class ScopeRule(Enum):
    """The rule of a route about the scope in which its caller has the permission."""

    NONE = "NONE"
    """No requirement: the answer is about no server and no connector."""
    PLATFORM = "PLATFORM"
    """A scope without limits."""
    SERVERS = "SERVERS"
    """No requirement: the answer is about the servers in the scope."""
    PART_OF_SERVER = "PART_OF_SERVER"
    """The server, or some of its connectors."""
    SERVER = "SERVER"
    """The server with all of its connectors."""
    CONNECTORS = "CONNECTORS"
    """The server, or some of its connectors: the route is about the connectors in the scope."""
    CONNECTOR = "CONNECTOR"
    """The connector."""


class GrantedScopes(msgspec.Struct, frozen=True):
    """The scopes in which a caller has a permission."""

    scopes: tuple[Scope, ...]

    @property
    def is_empty(self) -> bool:
        """True if the caller does not have the permission at all."""
        return not self.scopes

    @property
    def is_unlimited(self) -> bool:
        """True if the caller has the permission for the whole platform."""
        return any(not each.servers and not each.connectors for each in self.scopes)

    def has_server(self, server: str) -> bool:
        """True if some or all of this server are in the scopes."""
        return any(each.has_server(server) for each in self.scopes)

    def has_whole_server(self, server: str) -> bool:
        """True if this server is in the scopes with all the connectors that it has or will have."""
        return any(not each.connectors and each.has_server(server) for each in self.scopes)

    def has_connector(self, server: str, connector: str) -> bool:
        """True if this connector is in the scopes."""
        return any(each.has_connector(server, connector) for each in self.scopes)

    def connectors_of(self, server: str) -> Callable[[str], bool] | None:
        """A predicate for the names of a server's connectors that are in the scopes; `None` if all are."""
        if self.has_whole_server(server):
            return None
        patterns = tuple(name for each in self.scopes if each.has_server(server) for name in each.connectors)
        return _matching(patterns)

    def lacks(self, rule: ScopeRule, names: Mapping[str, str]) -> str | None:
        """The object, in words, that a rule requires and that is in no scope; `None` if the rule is met.

        `names` has the `server` and the `connector` of the request. A rule about an object without a name is met; it
        is applied again when the name is known.
        """
        server, connector = names.get("server"), names.get("connector")
        if self.is_unlimited or rule in (ScopeRule.NONE, ScopeRule.SERVERS):
            return None
        if rule is ScopeRule.PLATFORM:
            return "the whole platform"
        if server is None:
            return None
        if rule is ScopeRule.SERVER:
            return None if self.has_whole_server(server) else f"the whole server {server}"
        if rule is ScopeRule.CONNECTOR and connector is not None:
            found = self.has_connector(server, connector)
            return None if found else f"the connector {connector} of the server {server}"
        return None if self.has_server(server) else f"the server {server}"


UNLIMITED = GrantedScopes((EVERYTHING,))


def scope_of(servers: tuple[str, ...], connectors: tuple[str, ...]) -> Scope:
    """The scope of these patterns; `*` means all, as do no patterns."""
    return Scope(
        servers=() if "*" in servers else tuple(dict.fromkeys(servers)),
        connectors=() if "*" in connectors else tuple(dict.fromkeys(connectors)),
    )


def problem_with(patterns: tuple[str, ...]) -> str | None:
    """The problem with these patterns, in words; `None` if they are valid."""
    if len(patterns) > MOST_PATTERNS:
        return f"there are more than {MOST_PATTERNS} patterns"
    for pattern in patterns:
        if not pattern.strip() or len(pattern) > LONGEST_PATTERN or not pattern.isprintable():
            return f"a pattern has 1 to {LONGEST_PATTERN} printable characters"
    return None


def matches(patterns: tuple[str, ...], name: str) -> bool:
    """True if a name matches one of the patterns."""
    return _compiled(patterns).match(name) is not None


def _in(patterns: tuple[str, ...], name: str) -> bool:
    return not patterns or matches(patterns, name)


@lru_cache(maxsize=1_000)
def _matching(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """The same function for the same patterns, so that results can be cached by function."""
    match = _compiled(patterns).match
    return lambda name: match(name) is not None


@lru_cache(maxsize=1_000)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(pattern) for pattern in patterns))
