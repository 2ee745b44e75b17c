"""The connector classes and endpoints that a platform allows in configuration documents.

An endpoint is a host with a port, or a file. Addresses in a document must match the patterns that the administrator of
the machine has written into the platform file.
"""

import os
import posixpath
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from audit.masking import masked_text
from services.errors import ConnectorConfigurationError
from services.host_pattern import HostPattern
from services.messages import ENDPOINT_NOT_ALLOWED

_PORTS = {
    "http": 80,
    "https": 443,
    "postgresql": 5432,
    "postgres": 5432,
    "mariadb": 3306,
    "mysql": 3306,
    "ldap": 389,
    "ldaps": 636,
}
_FILES = ("sqlite", "duckdb")
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::(\d{1,5}))?")
_INVALID_IN_HOST = re.compile(r"[\s\\%?#\x00-\x20\x7f]")


class Target(NamedTuple):
    """The target of a connection: a host, with an optional port and the path of a URL; or a file."""

    host: str = ""
    """Empty for a file."""
    port: int | None = None
    path: str = ""

    def __str__(self) -> str:
        if not self.host:
            return self.path
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host + (f":{self.port}" if self.port is not None else "") + self.path


def file_target(path: str) -> Target:
    """The target of a file or directory; a relative path is resolved in the working directory."""
    return Target(path=os.path.abspath(path))


def targets_of(address: str, *, is_path: bool = False) -> list[Target]:
    """The targets of a connection's address; raises `ValueError` for an invalid address.

    `is_path` is true for a connector class whose addresses are paths of files.
    """
    if is_path or address.startswith(("/", "./", "../", "file://")):
        return [file_target(address.removeprefix("file://"))]
    address = address.removeprefix("jdbc:")
    scheme, _, rest = address.partition(":")
    if scheme in _FILES:
        return [file_target(unquote(rest.removeprefix("//")))]
    hosts, path = address, ""
    if "://" in address:
        parts = urlsplit(address)
        if "\\" in parts.netloc:  # some clients end the host at a backslash
            raise ValueError("there is a backslash in the host")
        hosts, path = parts.netloc.rpartition("@")[2] or "localhost", _normal_path(parts.path)
    return [host_target(each, path, _PORTS.get(scheme)) for each in hosts.split(",")] if address else []


def host_target(text: str, path: str = "", port: int | None = None) -> Target:
    """The target of `host:port`, or of a host with the default port `port`; raises `ValueError` for other texts."""
    match = _HOST_AND_PORT.fullmatch(text)
    if match is None or not match[1] or _INVALID_IN_HOST.search(text):
        raise ValueError(f"{text!r} is not a host with or without a port")
    return Target(match[1].strip("[]"), int(match[2]) if match[2] else port, path)


def _normal_path(path: str) -> str:
    """The path of a URL as a server may normalize it: Java servers read `..;x` as `..`."""
    plain = re.sub(r";[^/]*", "", unquote(path))
    return posixpath.normpath("/" + plain.lstrip("/")) if path.strip("/") else ""


class EndpointPattern:
    """`host`, `host:port`, `host:port/path`, or `/path` of a file; the host may be `*` or begin with `*.`.

    A path includes everything below it.
    """

    def __init__(self, text: str) -> None:
        """Raises `ValueError` for an invalid pattern."""
        self._text = text
        self._host: HostPattern | None = None
        self._port: int | None = None
        if text.startswith(("/", "file:///")):
            self._is_file, self._path = True, os.path.normpath("/" + text.removeprefix("file://").lstrip("/"))
            return
        if "://" in text:
            raise ValueError(f"{text!r} has a scheme; write the host alone, with its port if you like")
        place, slash, path = text.partition("/")
        target = host_target(place)
        self._is_file, self._port, self._path = False, target.port, _normal_path(slash + path)
        self._host = None if target.host == "*" else HostPattern(target.host)

    def allows(self, target: Target) -> bool:
        """True if the pattern matches a target; symbolic links in the path of a file are not followed."""
        if self._is_file or not target.host:
            return self._is_file and not target.host and is_below(target.path, self._path)
        return (
            (self._host is None or self._host.matches(target.host))
            and self._port in (None, target.port)
            and is_below(target.path, self._path)
        )

    def resolved(self) -> str:
        """The text of the pattern, with symbolic links in the path of a file followed. Blocks."""
        return os.path.realpath(self._path) if self._is_file else self._text


def is_below(path: str, above: str) -> bool:
    """True if `path` is `above`, or lies below it."""
    return path == above or path.startswith(above.rstrip("/") + "/") or above == ""


class Allowance(msgspec.Struct, frozen=True):
    """The allowed classes, endpoints and commands. Processes of connectors receive a copy."""

    connectors: tuple[str, ...] | None = None
    """Shell patterns of the names of connector classes; `None`: every class is allowed."""
    endpoints: tuple[str, ...] | None = None
    """Endpoint patterns, with symbolic links followed; `None`: every endpoint is allowed."""
    alert_commands: tuple[tuple[str, ...], ...] = ()
    """Commands that may receive alerts, with their arguments. A document may come from another machine, so it can run
    no other command."""

    def allows_class(self, names: Iterable[str]) -> bool:
        """True if a class with these names may be used."""
        patterns = self.connectors
        return patterns is None or any(fnmatchcase(name, pattern) for name in names for pattern in patterns)

    def allows(self, target: Target, *, as_written: bool = False) -> bool:
        """True if connections to a target are allowed. Symbolic links of a file are followed, which may block.

        With `as_written`, for a document that is only checked, a path is also allowed if it matches without following
        its links.
        """
        if self.endpoints is None:
            return True
        if target.host:
            return self._matches(target)
        real = target._replace(path=os.path.realpath(target.path))
        return self._matches(real) or (as_written and self._matches(target))

    def require(self, targets: Iterable[Target], user: str) -> None:
        """Raise `ConnectorConfigurationError` for a target that is not allowed. May block."""
        for target in targets:
            if not self.allows(target):
                real = "" if target.host else os.path.realpath(target.path)
                shown = f"{target}, which is {real}" if real not in ("", target.path) else target
                raise ConnectorConfigurationError(ENDPOINT_NOT_ALLOWED, user=user, endpoint=shown)

    def require_address(self, address: str, user: str, *, is_path: bool) -> None:
        """Raise `ConnectorConfigurationError` for an address that is invalid or not allowed. Blocks."""
        if self.endpoints is None:
            return
        try:
            self.require(targets_of(address, is_path=is_path), user)
        except ValueError as error:
            raise ConnectorConfigurationError(
                ENDPOINT_NOT_ALLOWED, user=user, endpoint=masked_text(str(error))
            ) from None

    def _matches(self, target: Target) -> bool:
        return any(pattern.allows(target) for pattern in _patterns(self.endpoints or ()))


@lru_cache(8)
def _patterns(texts: tuple[str, ...]) -> tuple[EndpointPattern, ...]:
    return tuple(map(EndpointPattern, texts))


EVERYTHING = Allowance()
