"""What a database has at present, and what this connector has changed in it before. Structs only."""

from enum import Enum
from typing import TypeVar

import msgspec

Access = dict[str, bool]
"""The columns on which a role itself has SELECT (`TABLE`: on the table), and whether with grant option."""


class RoleThere(msgspec.Struct, frozen=True, kw_only=True):
    """A configured role that exists."""

    name: str
    is_superuser: bool = False
    bypasses_row_security: bool = False


class ViewThere(msgspec.Struct, frozen=True, kw_only=True):
    """A relation at the place of a masking view."""

    oid: int
    shown: str
    """A digest of what PostgreSQL shows of it, with the privileges on it."""


class TableThere(msgspec.Struct, kw_only=True):
    """A table or view."""

    oid: int
    schema: str
    name: str
    kind: str
    """`relkind` of pg_class."""
    owner: str
    is_ours: bool
    """Whether we may act as its owner."""
    columns: tuple[str, ...]
    access: dict[str, Access] = {}
    """By configured role."""
    owning: frozenset[str] = frozenset()
    """Configured roles that may act as its owner."""
    has_row_security: bool = False
    policies: dict[str, str] = {}
    """What PostgreSQL shows of each policy, by its name."""
    comments: dict[str, str] = {}
    """By column."""
    labels: dict[tuple[str, str], str] = {}
    """By column and provider."""

    @property
    def path(self) -> str:
        """Its name for people."""
        return f"{self.schema}.{self.name}"


class AccessRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about the access of a role to a table."""

    wish: str
    """A digest of what was asked for."""
    before: Access
    """What the role had before, as far as nobody has changed it since."""
    left: Access
    """What it was left with."""
    columns: tuple[str, ...]
    """The columns that the table had."""


class MadeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A policy or view that was made."""

    wish: str
    """A digest of what was asked for."""
    shown: str = ""
    """What PostgreSQL showed of it afterwards."""
    oid: int = 0
    """Of a view."""
    schema: str = ""
    """Of a view."""
    name: str = ""


class RowsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Row security that was enabled, and was off before."""


class TextRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A comment or label that was set."""

    left: str
    before: str | None = None


Record = AccessRecord | MadeRecord | RowsRecord | TextRecord


class Kind(Enum):
    """What a record is about."""

    ACCESS = "access"
    """Key: the role."""
    POLICY = "policy"
    """Key: the name of the policy."""
    ROWS = "rows"
    """Key: nothing."""
    VIEW = "view"
    """Key: the role."""
    COMMENT = "comment"
    """Key: the column."""
    LABEL = "label"
    """Key: `label_key`."""


RECORD_TYPES: dict[Kind, type[Record]] = {
    Kind.ACCESS: AccessRecord,
    Kind.POLICY: MadeRecord,
    Kind.ROWS: RowsRecord,
    Kind.VIEW: MadeRecord,
    Kind.COMMENT: TextRecord,
    Kind.LABEL: TextRecord,
}
RecordT = TypeVar("RecordT", bound=Record)


class TableRecords(msgspec.Struct):
    """All that was changed at one table."""

    found: dict[tuple[Kind, str], Record] = {}

    def of(self, kind: Kind, key: str, record_type: type[RecordT]) -> RecordT | None:
        """One record."""
        record = self.found.get((kind, key))
        return record if isinstance(record, record_type) else None

    def views(self) -> list[MadeRecord]:
        """The views that were made."""
        return [each for each in self.found.values() if isinstance(each, MadeRecord) and each.oid]

    def keys(self, kind: Kind) -> list[str]:
        """The keys of a kind, in order."""
        return sorted(key for each, key in self.found if each is kind)


def label_key(column: str, provider: str) -> str:
    """The key of the record of a label."""
    return msgspec.json.encode((provider, column)).decode()


def label_of(key: str) -> tuple[str, str]:
    """Column and provider in the key of the record of a label."""
    provider, column = msgspec.json.decode(key, type=tuple[str, str])
    return column, provider


class There(msgspec.Struct, kw_only=True):
    """The part of a database that the plan is about."""

    tables: dict[tuple[str, str], TableThere]
    """By schema and name."""
    by_oid: dict[int, TableThere]
    roles: dict[str, RoleThere]
    views: dict[tuple[str, str], ViewThere]
    """What is at the places of masking views, by schema and name."""
    records: dict[int, TableRecords]
    """By the oid of the table, also of tables that are no longer there."""
