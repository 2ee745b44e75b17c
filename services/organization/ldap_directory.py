"""The interface between the connector and the library that accesses an LDAP directory."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec


class ConnectionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and the settings of connections to it."""

    host: str
    port: int
    tls: str
    """`none`, `start` or `all`."""
    ca_file: str | None
    timeout: float
    user: str
    """A distinguished name; empty: anonymous."""


class Entry(msgspec.Struct, frozen=True):
    """An entry of a directory."""

    dn: str
    attributes: Mapping[str, Sequence[bytes]]
    """Values by attribute name, in lower case and without options."""
    id: bytes = b""
    """The identifier with which the server reports changes (`entryUUID`); empty: not known."""


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A search below an entry."""

    base: str
    filter: str
    attributes: Sequence[str]


class Page(msgspec.Struct, frozen=True):
    """A page of the entries that a search finds."""

    entries: Sequence[Entry]
    cookie: bytes
    """The cookie for the next page; empty for the last page."""
    references: int = 0
    """The number of referrals to other servers."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a server, and the last changes that they include (`contextCSN` of OpenLDAP)."""

    identity: tuple[str, ...]
    """The roots of the server's naming contexts, and the identifier of the root that is searched."""
    changes: Mapping[str, str]
    """The CSN of the last change, by the identifier of the server that made it."""

    @property
    def cookie(self) -> bytes:
        """The cookie with which changes since this state are requested."""
        return f"rid=000,csn={';'.join(self.changes[each] for each in sorted(self.changes))}".encode()

    def follows(self, earlier: "State") -> bool:
        """True if this is a later state of the same directory; false for another or a restored directory."""
        return self.identity == earlier.identity and all(
            self.changes.get(server, "") >= change for server, change in earlier.changes.items()
        )


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of the entries that a search finds."""

    changed: Sequence[Entry]
    """New and changed entries, with their identifiers."""
    deleted: Sequence[bytes]
    """Identifiers of deleted entries."""
    present: Sequence[bytes] | None
    """Identifiers of all unchanged entries: other entries are deleted. `None`: other entries are unchanged."""
    cookie: bytes


class Directory(Protocol):
    """An open connection to a directory. All calls block, and are made one at a time."""

    def page(self, search: Search, size: int, cookie: bytes) -> Page:
        """One page of a search; raises `DirectoryError` if the answer is not complete."""

    def state(self, base: str) -> State | None:
        """The state of the server, or `None` if it does not list changes, or not for this user."""

    def changes(self, search: Search, cookie: bytes, most: int) -> Changes | None:
        """The changes since the cookie, or `None` if the server cannot list them, or there are more than `most`.

        Raises `DirectoryError` if the answer is not complete.
        """

    def close(self) -> None:
        """Close the connection, also while a call waits for the server."""


class WritableDirectory(Directory, Protocol):
    """A connection that can also change entries."""

    def replace(self, dn: str, entry_id: bytes, values: Mapping[str, str]) -> None:
        """Set attributes of an entry to one value each, if the entry still has this identifier.

        Raises `ChangeRefusedError` if this entry cannot be changed, and `DirectoryError` for other failures.
        """


class DirectoryError(Exception):
    """The directory did not answer, or not completely."""


class RefusedError(DirectoryError):
    """The directory does not permit the operation to the user."""


class EntryNotFoundError(DirectoryError):
    """The base entry of a search does not exist."""


class ChangeRefusedError(DirectoryError):
    """An entry no longer exists, or cannot have the attribute."""
