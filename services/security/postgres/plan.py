"""The plan: the statements that lead from the current state to the requested one. Pure functions, without I/O."""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from services.security.postgres.access_plan import RoleAccess, plan_access
from services.security.postgres.rows_plan import plan_rows
from services.security.postgres.rules import PUBLIC, ProtectionMapping
from services.security.postgres.step import Refusal, Step
from services.security.postgres.text_plan import plan_texts
from services.security.postgres.there import Kind, TableRecords, TableThere, There
from services.security.postgres.view_plan import ViewPlanner
from services.security.postgres.wishes import TABLE, TableWish

Wishes = dict[tuple[str, str], TableWish]


class Plan(msgspec.Struct):
    """The steps to take, and the requests that are refused."""

    steps: list[Step] = []
    refusals: list[Refusal] = []
    stale: list[int] = []
    """The oids of tables that no longer exist, whose records are deleted."""


def released_tables(wishes: Wishes, there: There) -> list[tuple[str, str]]:
    """The tables that were changed before and for which nothing is requested any more."""
    found = [there.by_oid[oid] for oid in there.records if oid in there.by_oid]
    return sorted(place for table in found if (place := (table.schema, table.name)) not in wishes)


def plan_of(
    wishes: Wishes, there: There, mapping: ProtectionMapping, *, keep: Collection[tuple[str, str]] = ()
) -> Plan:
    """Plan all steps. `keep` contains the schemas and names of tables that are not restored now."""
    plan = Plan(stale=sorted(there.records.keys() - there.by_oid.keys()))
    plan.refusals += _refused_roles(mapping, there)
    views = ViewPlanner(there, mapping.masking_schemas)
    for table in sorted(there.by_oid.values(), key=lambda each: each.path):
        wish = wishes.get((table.schema, table.name))
        records = there.records.get(table.oid, TableRecords())
        if wish is None and ((table.schema, table.name) in keep or not records.found):
            continue
        if wish is not None:
            plan.refusals += _unreadable(table, wish)
            if not wish.is_known and records.found:
                continue
        found = list(_of_table(table, wish or TableWish(schema=table.schema, name=table.name), records, there, views))
        steps = [each for each in found if isinstance(each, Step)]
        plan.refusals += [each for each in found if isinstance(each, Refusal)]
        if not table.is_ours and any(step.statements for step in steps):
            plan.refusals.append(Refusal(table.path, _not_ours(table)))
        else:
            plan.steps += steps
    for schema, name in wishes:
        if (schema, name) not in there.tables:
            plan.refusals.append(Refusal(f"{schema}.{name}", "it is catalogued, and is not in the database"))
    return plan


def _of_table(
    table: TableThere, wish: TableWish, records: TableRecords, there: There, views: ViewPlanner
) -> Iterator[Step | Refusal]:
    access: dict[str, RoleAccess] = {}
    for role in sorted({*wish.forbidden, *wish.granted, *records.keys(Kind.ACCESS)} & there.roles.keys()):
        if reason := _reason_against(role, table, there):
            yield Refusal(f"{table.path} for {role}", reason)
            continue
        access[role] = planned = plan_access(table, role, wish, records)
        if planned.step is not None:
            yield planned.step
    for column in sorted(wish.elements.keys() - {TABLE, *table.columns}):
        yield Refusal(f"{table.path}.{column}", "it is catalogued, and is not in the table, or not under this name")
    yield from plan_rows(there, table, wish, records)
    yield from views.plan(table, wish, access, records)
    yield from plan_texts(table, wish, records)


def _refused_roles(mapping: ProtectionMapping, there: There) -> Iterable[Refusal]:
    for name in sorted(mapping.roles()):
        role = there.roles.get(name)
        if role is None:
            yield Refusal(f"role {name}", "there is no such role on the server")
        elif role.is_superuser:
            yield Refusal(f"role {name}", "it is a superuser, to whom no privilege and no policy applies")


def _reason_against(role: str, table: TableThere, there: There) -> str:
    """The reason why the access of a role to a table cannot be changed; empty if it can."""
    if role != PUBLIC and there.roles[role].is_superuser:
        return "it is a superuser, to whom no privilege applies"
    if role in table.owning:
        return f"it may act as the owner of the table, {table.owner}, who can take every privilege"
    return ""


def _unreadable(table: TableThere, wish: TableWish) -> Iterator[Refusal]:
    for column, name in sorted(wish.unreadable):
        subject = f"{table.path}.{column}" if column != TABLE else table.path
        yield Refusal(subject, f"{name} of its element cannot be read")


def _not_ours(table: TableThere) -> str:
    return (
        f"the user of the connector may not act as its owner, {table.owner}: GRANT the role {table.owner} to the user"
    )
