"""One step of a plan: statements that take effect together or not at all."""

from typing import NamedTuple

import msgspec
from psycopg.sql import Composed

from services.security.postgres.observed import Kind, ObservedTable, Record


class RecordChange(NamedTuple):
    """A record to store with a step; without `record`, the stored record is deleted."""

    kind: Kind
    key: str
    record: Record | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Statements about one subject at one table."""

    table: ObservedTable
    subject: str
    statements: list[Composed]
    record_changes: list[RecordChange] = []
    changed_by_others: str = ""
    """A description of the changes by other users that the statements revert; empty without such changes."""


class Refusal(NamedTuple):
    """A request that is not carried out, and the reason."""

    subject: str
    reason: str
