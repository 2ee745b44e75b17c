"""A directory that is asked by LDAP: what the connector needs of it, whatever library does it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and how to connect to it."""

    host: str
    port: int
    tls: str
    """`none`, `start` or `all`."""
    ca_file: str | None
    timeout: float
    user: str
    """A distinguished name; empty: anonymous."""


class Entry(msgspec.Struct, frozen=True):
    """One entry."""

    dn: str
    attributes: Mapping[str, Sequence[bytes]]
    """By name in lower case, without options."""


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A search below an entry."""

    base: str
    filter: str
    attributes: Sequence[str]


class Page(msgspec.Struct, frozen=True):
    """Some entries of a search."""

    entries: Sequence[Entry]
    cookie: bytes
    """Leads to the next page; empty after the last."""
    references: int = 0
    """Parts of the directory that other servers hold."""


class Directory(Protocol):
    """An open connection to a directory. All calls block, and are made one at a time."""

    def page(self, search: Search, size: int, cookie: bytes) -> Page:
        """One page of a search; raises `DirectoryError` unless it is there completely."""

    def close(self) -> None:
        """Close the connection, also while a call waits for the server."""


class DirectoryError(Exception):
    """The directory did not answer, or not completely."""


class RefusedError(DirectoryError):
    """The directory does not permit this to the user."""


class NotThereError(DirectoryError):
    """There is no such entry to begin at."""
