"""Structs for the current state of a database, and for the records of the connector's earlier changes.

The stored names of some fields of records differ from their names in Python; databases contain them.
"""

from enum import Enum
from typing import TypeVar

import msgspec

Access = dict[str, bool]
"""The columns on which a role itself has SELECT (`TABLE`: on the table); true with grant option."""


class ObservedRole(msgspec.Struct, frozen=True, kw_only=True):
    """A configured role that exists."""

    name: str
    is_superuser: bool = False
    bypasses_row_security: bool = False


class ObservedView(msgspec.Struct, frozen=True, kw_only=True):
    """A relation at the place of a masking view."""

    oid: int
    fingerprint: str
    """A digest of its definition in PostgreSQL and the privileges on it."""


class ObservedTable(msgspec.Struct, kw_only=True):
    """A table or view."""

    oid: int
    schema: str
    name: str
    kind: str
    """`relkind` of pg_class."""
    owner: str
    is_ours: bool
    """True if the connector's user may act as its owner."""
    columns: tuple[str, ...]
    access: dict[str, Access] = {}
    """The access of each configured role."""
    owning: frozenset[str] = frozenset()
    """Configured roles that may act as its owner."""
    has_row_security: bool = False
    policies: dict[str, str] = {}
    """The definition of each policy in PostgreSQL, by name."""
    comments: dict[str, str] = {}
    """Comments by column."""
    labels: dict[tuple[str, str], str] = {}
    """Security labels by column and provider."""

    @property
    def path(self) -> str:
        """Its name for people."""
        return f"{self.schema}.{self.name}"


class AccessRecord(msgspec.Struct, frozen=True, kw_only=True, rename={"digest": "wish", "after": "left"}):
    """The record of a change of a role's access to a table."""

    digest: str
    """A digest of the request."""
    before: Access
    """The access of the role without the connector, including later changes by other users."""
    after: Access
    """The access after the change."""
    columns: tuple[str, ...]
    """The columns of the table at the time of the change."""


class CreatedRecord(msgspec.Struct, frozen=True, kw_only=True, rename={"digest": "wish", "definition": "shown"}):
    """The record of a policy or view that was created."""

    digest: str
    """A digest of the request."""
    definition: str = ""
    """Its definition in PostgreSQL after the creation."""
    oid: int = 0
    """The oid of a view."""
    schema: str = ""
    """The schema of a view."""
    name: str = ""


class RowSecurityRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The record that row security was enabled, and was off before."""


class TextRecord(msgspec.Struct, frozen=True, kw_only=True, rename={"after": "left"}):
    """The record of a comment or label that was set."""

    after: str
    before: str | None = None


Record = AccessRecord | CreatedRecord | RowSecurityRecord | TextRecord


class Kind(Enum):
    """The kinds of records."""

    ACCESS = "access"
    """Key: the role."""
    POLICY = "policy"
    """Key: the name of the policy."""
    ROWS = "rows"
    """Key: empty."""
    VIEW = "view"
    """Key: the role."""
    COMMENT = "comment"
    """Key: the column."""
    LABEL = "label"
    """Key: `label_key`."""


RECORD_TYPES: dict[Kind, type[Record]] = {
    Kind.ACCESS: AccessRecord,
    Kind.POLICY: CreatedRecord,
    Kind.ROWS: RowSecurityRecord,
    Kind.VIEW: CreatedRecord,
    Kind.COMMENT: TextRecord,
    Kind.LABEL: TextRecord,
}
RecordT = TypeVar("RecordT", bound=Record)


class TableRecords(msgspec.Struct):
    """The records of one table."""

    by_key: dict[tuple[Kind, str], Record] = {}

    def record(self, kind: Kind, key: str, record_type: type[RecordT]) -> RecordT | None:
        """The record of a kind with a key; `None` if it does not exist or has another type."""
        record = self.by_key.get((kind, key))
        return record if isinstance(record, record_type) else None

    def views(self) -> list[CreatedRecord]:
        """The records of created views."""
        return [each for each in self.by_key.values() if isinstance(each, CreatedRecord) and each.oid]

    def keys(self, kind: Kind) -> list[str]:
        """The keys of a kind, in order."""
        return sorted(key for each, key in self.by_key if each is kind)


def label_key(column: str, provider: str) -> str:
    """The key of the record of a label."""
    return msgspec.json.encode((provider, column)).decode()


def label_of(key: str) -> tuple[str, str]:
    """Column and provider in the key of the record of a label."""
    provider, column = msgspec.json.decode(key, type=tuple[str, str])
    return column, provider


class ObservedState(msgspec.Struct, kw_only=True):
    """The current state of the part of a database that the plan covers."""

    tables: dict[tuple[str, str], ObservedTable]
    """By schema and name."""
    by_oid: dict[int, ObservedTable]
    roles: dict[str, ObservedRole]
    views: dict[tuple[str, str], ObservedView]
    """The relations at the places of masking views, by schema and name."""
    records: dict[int, TableRecords]
    """By the oid of the table, including tables that no longer exist."""
