"""The plan: the statements that lead from the current state to the requested one. Pure functions, without I/O."""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from services.security.postgres.access_plan import RoleAccess, plan_access
from services.security.postgres.desired import TABLE, DesiredTable
from services.security.postgres.observed import Kind, ObservedState, ObservedTable, TableRecords
from services.security.postgres.rows_plan import plan_rows
from services.security.postgres.rules import PUBLIC, ProtectionMapping
from services.security.postgres.step import Refusal, Step
from services.security.postgres.text_plan import plan_texts
from services.security.postgres.view_plan import ViewPlanner

DesiredTables = dict[tuple[str, str], DesiredTable]


class Plan(msgspec.Struct):
    """The steps to take, and the requests that are refused."""

    steps: list[Step] = []
    refusals: list[Refusal] = []
    stale: list[int] = []
    """The oids of tables that no longer exist, whose records are deleted."""


def released_tables(desired_tables: DesiredTables, observed: ObservedState) -> list[tuple[str, str]]:
    """The tables that were changed before and for which nothing is requested any more."""
    found = [observed.by_oid[oid] for oid in observed.records if oid in observed.by_oid]
    return sorted(place for table in found if (place := (table.schema, table.name)) not in desired_tables)


def plan_of(
    desired_tables: DesiredTables,
    observed: ObservedState,
    mapping: ProtectionMapping,
    *,
    keep: Collection[tuple[str, str]] = (),
) -> Plan:
    """Plan all steps. `keep` contains the schemas and names of tables that are not restored now."""
    plan = Plan(stale=sorted(observed.records.keys() - observed.by_oid.keys()))
    plan.refusals += _refused_roles(mapping, observed)
    views = ViewPlanner(observed, mapping.masking_schemas)
    for table in sorted(observed.by_oid.values(), key=lambda each: each.path):
        desired = desired_tables.get((table.schema, table.name))
        records = observed.records.get(table.oid, TableRecords())
        if desired is None and ((table.schema, table.name) in keep or not records.by_key):
            continue
        if desired is not None:
            plan.refusals += _unreadable(table, desired)
            if not desired.is_known and records.by_key:
                continue
        found = list(
            _of_table(table, desired or DesiredTable(schema=table.schema, name=table.name), records, observed, views)
        )
        steps = [each for each in found if isinstance(each, Step)]
        plan.refusals += [each for each in found if isinstance(each, Refusal)]
        if not table.is_ours and any(step.statements for step in steps):
            plan.refusals.append(Refusal(table.path, _not_ours(table)))
        else:
            plan.steps += steps
    for schema, name in desired_tables:
        if (schema, name) not in observed.tables:
            plan.refusals.append(Refusal(f"{schema}.{name}", "it is catalogued, and is not in the database"))
    return plan


def _of_table(
    table: ObservedTable, desired: DesiredTable, records: TableRecords, observed: ObservedState, views: ViewPlanner
) -> Iterator[Step | Refusal]:
    access: dict[str, RoleAccess] = {}
    for role in sorted({*desired.forbidden, *desired.granted, *records.keys(Kind.ACCESS)} & observed.roles.keys()):
        if reason := _reason_against(role, table, observed):
            yield Refusal(f"{table.path} for {role}", reason)
            continue
        access[role] = planned = plan_access(table, role, desired, records)
        if planned.step is not None:
            yield planned.step
    for column in sorted(desired.elements.keys() - {TABLE, *table.columns}):
        yield Refusal(f"{table.path}.{column}", "it is catalogued, and is not in the table, or not under this name")
    yield from plan_rows(observed, table, desired, records)
    yield from views.plan(table, desired, access, records)
    yield from plan_texts(table, desired, records)


def _refused_roles(mapping: ProtectionMapping, observed: ObservedState) -> Iterable[Refusal]:
    for name in sorted(mapping.roles()):
        role = observed.roles.get(name)
        if role is None:
            yield Refusal(f"role {name}", "there is no such role on the server")
        elif role.is_superuser:
            yield Refusal(f"role {name}", "it is a superuser, to whom no privilege and no policy applies")


def _reason_against(role: str, table: ObservedTable, observed: ObservedState) -> str:
    """The reason why the access of a role to a table cannot be changed; empty if it can."""
    if role != PUBLIC and observed.roles[role].is_superuser:
        return "it is a superuser, to whom no privilege applies"
    if role in table.owning:
        return f"it may act as the owner of the table, {table.owner}, who can take every privilege"
    return ""


def _unreadable(table: ObservedTable, desired: DesiredTable) -> Iterator[Refusal]:
    for column, name in sorted(desired.unreadable):
        subject = f"{table.path}.{column}" if column != TABLE else table.path
        yield Refusal(subject, f"{name} of its element cannot be read")


def _not_ours(table: ObservedTable) -> str:
    return (
        f"the user of the connector may not act as its owner, {table.owner}: GRANT the role {table.owner} to the user"
    )
