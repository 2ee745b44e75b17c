"""The plan for row security: the rows of a table that a role may read.

The connector's policies are restrictive, so they apply whatever other policies allow. If row security is off, a policy
that lets all roles read every row is created as well, so that nothing changes for other roles.
"""

from collections.abc import Iterator

from services.security.postgres import statements
from services.security.postgres.access_plan import digest_of
from services.security.postgres.desired import DesiredTable
from services.security.postgres.observed import (
    CreatedRecord,
    Kind,
    ObservedState,
    ObservedTable,
    RowSecurityRecord,
    TableRecords,
)
from services.security.postgres.step import RecordChange, Refusal, Step

PREFIX = "integration_daemon"
"""Prefix of the names of the connector's policies."""
OPEN = f"{PREFIX} everybody"
_WITH_ROWS = ("r", "p")


def policy_of(role: str) -> str:
    """The name of the policy for a role, within PostgreSQL's limit of 63 bytes."""
    name = f"{PREFIX} for {role}"
    return name if len(name.encode()) < 64 else f"{PREFIX} for {digest_of(role)}"


def plan_rows(
    observed: ObservedState, table: ObservedTable, desired: DesiredTable, records: TableRecords
) -> Iterator[Step | Refusal]:
    """Plan the policies of a table, and the removal of policies that are no longer requested."""
    ours = records.keys(Kind.POLICY)
    if not desired.filters and not ours:
        return
    wanted = {}
    for role, conditions in desired.filters.items():
        if reason := _reason_without_effect(role, table, observed):
            yield Refusal(f"{table.path}: rows for {role}", reason)
        elif role in observed.roles:
            wanted[policy_of(role)] = role, conditions
    if wanted and (reason := _reason_against(table, ours)):
        yield Refusal(table.path, reason)
        return
    is_made = table.has_row_security and (
        OPEN in table.policies or records.record(Kind.ROWS, "", RowSecurityRecord) is None
    )
    if wanted and not is_made:
        yield _enabling(table, is_again=bool(ours))
    for name, (role, conditions) in wanted.items():
        step = _policy(table, name, role, conditions, records)
        if step is not None:
            yield step
    removed = [name for name in ours if name not in wanted and name != OPEN]
    for name in removed:
        made = [statements.drop_policy(table, name)] if name in table.policies else []
        yield Step(table=table, subject=f"{table.path}: {name}", statements=made, record_changes=[_forget(name)])
    if not wanted:
        yield from _disabling(table, records)


def _reason_without_effect(role: str, table: ObservedTable, observed: ObservedState) -> str:
    """The reason why row security has no effect on a role; empty if it has."""
    found = observed.roles.get(role)
    if found is not None and (found.is_superuser or found.bypasses_row_security):
        return "it is a superuser or has BYPASSRLS, so row security does not apply to it"
    if role in table.owning:
        return f"it may act as the owner of the table, {table.owner}, to whom row security does not apply"
    return ""


def _reason_against(table: ObservedTable, ours: list[str]) -> str:
    if table.kind not in _WITH_ROWS:
        return "it is a view or a foreign table, which has no row security"
    if not table.has_row_security and set(table.policies) - set(ours):
        return "it has policies of others, and row security is off: enabling it would put them into effect"
    return ""


def _enabling(table: ObservedTable, *, is_again: bool) -> Step:
    made = [] if OPEN in table.policies else [statements.create_open_policy(table, OPEN)]
    made += [] if table.has_row_security else [statements.enable_rows(table, enable=True)]
    return Step(
        table=table,
        subject=f"{table.path}: row security",
        statements=made,
        record_changes=[
            RecordChange(Kind.ROWS, "", RowSecurityRecord()),
            RecordChange(Kind.POLICY, OPEN, CreatedRecord(digest="", name=OPEN)),
        ],
        changed_by_others="row security is off, or its policy for everybody is not there" if is_again else "",
    )


def _policy(table: ObservedTable, name: str, role: str, conditions: list[str], records: TableRecords) -> Step | None:
    record = records.record(Kind.POLICY, name, CreatedRecord)
    digest, definition = digest_of(conditions), table.policies.get(name)
    if record is not None and record.digest == digest and record.definition == definition:
        return None
    made = [statements.drop_policy(table, name)] if definition is not None else []
    made.append(statements.create_filter_policy(table, name, role, conditions))
    is_changed = record is not None and record.digest == digest
    state = "is another" if definition is not None else "is not there"
    return Step(
        table=table,
        subject=f"{table.path}: rows for {role}",
        statements=made,
        record_changes=[RecordChange(Kind.POLICY, name, CreatedRecord(digest=digest, name=name))],
        changed_by_others=f"the policy {name} {state}" if is_changed else "",
    )


def _disabling(table: ObservedTable, records: TableRecords) -> Iterator[Step]:
    made = []
    if records.record(Kind.ROWS, "", RowSecurityRecord) is not None and table.has_row_security:
        made.append(statements.enable_rows(table, enable=False))
    if OPEN in table.policies and OPEN in records.keys(Kind.POLICY):
        made.append(statements.drop_policy(table, OPEN))
    yield Step(
        table=table,
        subject=f"{table.path}: row security",
        statements=made,
        record_changes=[_forget(OPEN), RecordChange(Kind.ROWS, "", None)],
    )


def _forget(name: str) -> RecordChange:
    return RecordChange(Kind.POLICY, name, None)
