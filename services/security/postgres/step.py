"""One step of a plan: statements that take effect together or not at all."""

from typing import NamedTuple

import msgspec
from psycopg.sql import Composed

from services.security.postgres.there import Kind, Record, TableThere


class Remember(NamedTuple):
    """A record to be kept with a step; none: it is no longer needed."""

    kind: Kind
    key: str
    record: Record | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """Statements about one thing at one table."""

    table: TableThere
    subject: str
    statements: list[Composed]
    remember: list[Remember] = []
    changed_by_others: str = ""
    """What somebody else has changed that the statements set right again."""


class Refusal(NamedTuple):
    """Something that is asked for and not done, and why."""

    subject: str
    reason: str
