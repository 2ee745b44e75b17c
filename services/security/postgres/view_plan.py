"""The plan for masking views, which replace a table for a role that must not read all of its columns.

A view reads with the privileges of its owner, so it must not show columns or rows that the role may not read: it
contains the role's columns, the masked columns, and the conditions of the role's rows.
"""

from collections.abc import Iterator, Mapping

from psycopg.sql import Composed

from services.security.postgres import statements
from services.security.postgres.access_plan import RoleAccess, digest_of
from services.security.postgres.desired import DesiredTable
from services.security.postgres.observed import CreatedRecord, Kind, ObservedState, ObservedTable, TableRecords
from services.security.postgres.step import RecordChange, Refusal, Step

Place = tuple[str, str]
"""Schema and name of a view."""


def view_place(schemas: Mapping[str, str], role: str, table: str) -> Place:
    """The place of a role's view of a table: the table's name, in the schema of the role's views."""
    return schemas[role], table


class ViewPlanner:
    """Plans the views of all tables, each at a place of its own."""

    def __init__(self, observed: ObservedState, schemas: dict[str, str]) -> None:
        self._observed = observed
        self._schemas = schemas
        self._taken: dict[Place, str] = {}

    def plan(
        self, table: ObservedTable, desired: DesiredTable, access: dict[str, RoleAccess], records: TableRecords
    ) -> Iterator[Step | Refusal]:
        """Plan the views of a table, and the removal of views that are no longer requested."""
        kept = set()
        for role in sorted(desired.masks.keys() & access.keys()):
            columns = _columns(table, role, desired, access[role])
            if not any(mask is not None for mask in columns.values()):
                continue
            kept.add(role)
            yield from self._view(table, role, columns, desired.filters.get(role, []), records)
        for role in records.keys(Kind.VIEW):
            if role not in kept:
                yield self._removal(table, role, records)

    def _view(
        self, table: ObservedTable, role: str, columns: dict[str, str | None], rows: list[str], records: TableRecords
    ) -> Iterator[Step | Refusal]:
        place = view_place(self._schemas, role, table.name)
        subject = f"{place[0]}.{place[1]} for {role}"
        if (other := self._taken.setdefault(place, table.path)) != table.path:
            yield Refusal(subject, f"there is the view of {other} at this place")
            return
        if table.has_row_security and table.policies.keys() - set(records.keys(Kind.POLICY)):
            yield Refusal(subject, "the table has policies of others, which its view would not apply")
            return
        made = statements.create_view(place, table, columns, rows)
        grant = statements.grant_view(place, role)
        digest = digest_of((statements.as_text(made), role))
        record, found = records.record(Kind.VIEW, role, CreatedRecord), self._observed.views.get(place)
        is_ours = record is not None and found is not None and record.oid == found.oid
        if found is not None and not is_ours:
            yield Refusal(subject, "there is something else at this place")
            return
        if (
            record is not None
            and record.digest == digest
            and found is not None
            and record.definition == found.fingerprint
        ):
            return
        changed = record is not None and record.digest == digest
        yield Step(
            table=table,
            subject=subject,
            statements=[*self._drops(record), made, grant],
            record_changes=[
                RecordChange(Kind.VIEW, role, CreatedRecord(digest=digest, schema=place[0], name=place[1])),
            ],
            changed_by_others="the view or the privileges on it are others, or it is not there" if changed else "",
        )

    def _drops(self, record: CreatedRecord | None) -> list[Composed]:
        if record is None:
            return []
        found = self._observed.views.get((record.schema, record.name))
        is_ours = found is not None and found.oid == record.oid
        return [statements.drop_view((record.schema, record.name))] if is_ours else []

    def _removal(self, table: ObservedTable, role: str, records: TableRecords) -> Step:
        record = records.record(Kind.VIEW, role, CreatedRecord)
        return Step(
            table=table,
            subject=f"{table.path}: view for {role}",
            statements=self._drops(record),
            record_changes=[RecordChange(Kind.VIEW, role, None)],
        )


def _columns(table: ObservedTable, role: str, desired: DesiredTable, access: RoleAccess) -> dict[str, str | None]:
    """The columns of the view, with their masks."""
    columns: dict[str, str | None] = {}
    for column in table.columns:
        mask = desired.mask_of(role, column)
        if mask is not None and access.could_read(column):
            columns[column] = mask
        elif access.shall_read(column):
            columns[column] = None
    return columns
