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
    id: bytes = b""
    """Under which the server reports its changes; empty: it is not known."""


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


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Which contents a server has, and how far they have come (`contextCSN` of OpenLDAP)."""

    identity: tuple[str, ...]
    """The roots of what it holds, and the identifier of the one that is asked."""
    changes: Mapping[str, str]
    """The number of the last change, by the identifier of the server that has made it."""

    @property
    def cookie(self) -> bytes:
        """What to ask for the changes since then with."""
        return f"rid=000,csn={';'.join(self.changes[each] for each in sorted(self.changes))}".encode()

    def follows(self, earlier: "State") -> bool:
        """False if it is another directory, or one that was set back."""
        return self.identity == earlier.identity and all(
            self.changes.get(server, "") >= change for server, change in earlier.changes.items()
        )


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What has changed of the entries of a search."""

    changed: Sequence[Entry]
    """New or changed, with their identifiers."""
    gone: Sequence[bytes]
    present: Sequence[bytes] | None
    """Those that have not changed: then all others are gone. `None`: all others are there."""
    cookie: bytes


class Directory(Protocol):
    """An open connection to a directory. All calls block, and are made one at a time."""

    def page(self, search: Search, size: int, cookie: bytes) -> Page:
        """One page of a search; raises `DirectoryError` unless it is there completely."""

    def state(self, base: str) -> State | None:
        """The contents of the server, or `None` if it does not tell changes, or not to this user."""

    def changes(self, search: Search, cookie: bytes, most: int) -> Changes | None:
        """What has changed since the cookie, or `None` if the server cannot tell, or if it is more than so much.

        Raises `DirectoryError` unless the answer is there completely.
        """

    def close(self) -> None:
        """Close the connection, also while a call waits for the server."""


class WritableDirectory(Directory, Protocol):
    """A connection by which entries can be changed as well."""

    def replace(self, dn: str, entry_id: bytes, values: Mapping[str, str]) -> None:
        """Give attributes of an entry one value each, if it still is the entry with this identifier.

        Raises `ChangeRefusedError` if it is this entry that cannot be changed, and else `DirectoryError`.
        """


class DirectoryError(Exception):
    """The directory did not answer, or not completely."""


class RefusedError(DirectoryError):
    """The directory does not permit this to the user."""


class NotThereError(DirectoryError):
    """There is no such entry to begin at."""


class ChangeRefusedError(DirectoryError):
    """One entry is not there any more, or cannot have such an attribute."""
