"""The SQLite file of received users and groups."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from services.organization.scim.resources import ResourceKind
from services.organization.scim.values import Content
from services.sqlite_transaction import transaction

VERSION = 1
MOST_BYTES = 8 * 1024**3
"""Maximum size of the file, so that a client cannot fill the disk."""
_PAGE_BYTES = 4_096
_WAIT_MILLISECONDS = 10_000
_SCHEMA = """
CREATE TABLE resource (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,        -- userName or displayName, in the form for comparisons
    external_id TEXT,
    version INTEGER NOT NULL,
    created TEXT NOT NULL,
    modified TEXT NOT NULL,
    inactive_since TEXT,
    content BLOB NOT NULL      -- JSON, without the members of a group
);
CREATE INDEX by_kind ON resource (kind, id);
CREATE INDEX by_name ON resource (kind, name);
CREATE INDEX by_external_id ON resource (kind, external_id);
CREATE TABLE member (
    group_id TEXT NOT NULL, value TEXT NOT NULL, display TEXT, PRIMARY KEY (group_id, value)
) WITHOUT ROWID;
CREATE INDEX by_member ON member (value);
CREATE TABLE state (number INTEGER NOT NULL);  -- the number of changes so far
INSERT INTO state VALUES (0);
"""


class Row(NamedTuple):
    """A stored resource."""

    id: str
    kind: str
    version: int
    created: str
    modified: str
    inactive_since: str | None
    content: bytes


COLUMNS = "id, kind, version, created, modified, inactive_since, content"


def opened(path: Path) -> apsw.Connection:
    """Open a connection to the file, which is created if it does not exist; raises `apsw.Error`."""
    database = apsw.Connection(str(path))
    database.set_busy_timeout(_WAIT_MILLISECONDS)
    database.pragma("journal_mode", "WAL")
    database.pragma("synchronous", "FULL")
    database.pragma("max_page_count", MOST_BYTES // _PAGE_BYTES)
    with transaction(database):
        version = database.pragma("user_version")
        if version == 0:
            database.execute(_SCHEMA)
            database.pragma("user_version", VERSION)
        elif version != VERSION:
            raise apsw.NotADBError(f"the file is of version {version}, and this program knows version {VERSION}")
    return database


class GroupMembers:
    """The members of one group; see `services.organization.scim.patch.Members`."""

    def __init__(self, database: apsw.Connection, group: str) -> None:
        self.has_changed = False
        self._database = database
        self._group = group

    def add(self, members: Sequence[Content]) -> None:
        """Add members, except those that are members already."""
        before = self._database.total_changes()
        self._database.executemany(
            "INSERT INTO member VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET display = excluded.display"
            " WHERE excluded.display IS NOT NULL AND display IS NOT excluded.display",
            ((self._group, each["value"], each.get("display")) for each in members),
        )
        self._note(before)

    def remove(self, values: Sequence[str]) -> None:
        """Remove members by their ids; unknown ids are ignored."""
        before = self._database.total_changes()
        self._database.executemany(
            "DELETE FROM member WHERE group_id = ? AND value = ?", ((self._group, each) for each in values)
        )
        self._note(before)

    def clear(self) -> None:
        """Remove all members."""
        before = self._database.total_changes()
        self._database.execute("DELETE FROM member WHERE group_id = ?", (self._group,))
        self._note(before)

    def all(self) -> list[Content]:
        """All members."""
        return list(self.each())

    def each(self) -> Iterator[Content]:
        """Yield all members. A member that is a known resource has a type."""
        for value, display, kind in self._database.execute(
            "SELECT member.value, member.display, resource.kind FROM member LEFT JOIN resource"
            " ON resource.id = member.value WHERE group_id = ? ORDER BY member.value",
            (self._group,),
        ):
            member: dict[str, Any] = {"value": value}
            if kind is not None:
                member["type"] = "User" if kind == ResourceKind.USER.value else "Group"
            if display is not None:
                member["display"] = display
            yield member

    def count(self) -> int:
        """The number of members."""
        ((number,),) = self._database.execute("SELECT count(*) FROM member WHERE group_id = ?", (self._group,))
        return int(number)

    def _note(self, before: int) -> None:
        self.has_changed |= self._database.total_changes() > before
