"""The plan for the access of one role to one table: the former and the new privileges, and the statements between them.

A privilege on the table covers every column, so a role that must not read one column loses this privilege and gets the
privilege on each of the other columns. The record distinguishes changes by other users from the connector's own:

    before   the privileges of the role without the connector, which are restored at the end
    after    the privileges after the connector's last change; any difference now is a change by another user
"""

from collections.abc import Mapping
from hashlib import blake2b

import msgspec
from psycopg.sql import Composed

from services.security.postgres import statements
from services.security.postgres.desired import TABLE, DesiredTable
from services.security.postgres.observed import Access, AccessRecord, Kind, ObservedTable, TableRecords
from services.security.postgres.step import RecordChange, Step


class RoleAccess(msgspec.Struct, frozen=True, kw_only=True):
    """The planned access of a role to a table."""

    before: Access
    target: Access
    step: Step | None

    def could_read(self, column: str) -> bool:
        """True if the role could read a column without this connector."""
        return TABLE in self.before or column in self.before

    def shall_read(self, column: str) -> bool:
        """True if the role shall be able to read a column."""
        return TABLE in self.target or column in self.target


def plan_access(table: ObservedTable, role: str, desired: DesiredTable, records: TableRecords) -> RoleAccess:
    """Plan the access of a role; it is restored if nothing is requested any more."""
    record = records.record(Kind.ACCESS, role, AccessRecord)
    has = table.access.get(role, {})
    forbidden = desired.forbidden.get(role, set())
    granted = desired.granted.get(role, set())
    is_requested = bool(forbidden or granted)
    digest = digest_of((sorted(forbidden), sorted(granted)))
    before = _before(table, record, has, forbidden)
    target = _wanted(table, before, forbidden, granted)
    if not {TABLE, *table.columns} >= forbidden and TABLE not in has:
        target = {
            column: option for column, option in target.items() if column in has
        }  # a column may have been renamed
    made = _statements(table, role, has, target)
    is_unchanged = record is not None and record.digest == digest and record.columns == table.columns
    now = AccessRecord(digest=digest, before=before, after=target, columns=table.columns)
    if not made and (now == record if is_requested else record is None):
        return RoleAccess(before=before, target=target, step=None)
    step = Step(
        table=table,
        subject=f"{table.path} for {role}",
        statements=made,
        record_changes=[RecordChange(Kind.ACCESS, role, now if is_requested else None)],
        changed_by_others=_difference(role, record, has) if record is not None and is_unchanged else "",
    )
    return RoleAccess(before=before, target=target, step=step)


def _before(table: ObservedTable, record: AccessRecord | None, has: Access, forbidden: set[str]) -> Access:
    """The privileges of the role without the connector, including later changes by other users."""
    if record is None:
        return has
    after, before = record.after, dict(record.before)
    lost = {each for each in after if each not in has and TABLE not in has and each in (TABLE, *table.columns)}
    if TABLE in before and lost:
        whole = before.pop(TABLE)
        before |= {column: whole for column in after if column != TABLE}
    for column in lost:
        before.pop(column, None)
    before |= {column: option for column, option in has.items() if column not in after and column not in forbidden}
    return before


def _wanted(table: ObservedTable, before: Access, forbidden: set[str], granted: set[str]) -> Access:
    if TABLE in forbidden:
        return {}
    allowed = {**dict.fromkeys(granted, False), **before}
    if not forbidden:
        return {column: option for column, option in allowed.items() if column == TABLE or column in table.columns}
    return {
        column: allowed.get(column, allowed.get(TABLE, False))
        for column in table.columns
        if column not in forbidden and (column in allowed or TABLE in allowed)
    }


def _statements(table: ObservedTable, role: str, has: Access, target: Access) -> list[Composed]:
    made = []
    rest = dict(has)
    without_grant_option = {column for column, option in has.items() if option and target.get(column) is False}
    withdrawn = {column for column in has if column not in target} | without_grant_option
    if TABLE in withdrawn:
        made.append(statements.revoke_select(table, [TABLE], role))
        rest = {}  # this also revokes the privileges on columns
    elif withdrawn:
        made.append(statements.revoke_select(table, _in_order(table, withdrawn), role))
        rest = {column: option for column, option in has.items() if column not in withdrawn}
    missing = {column: option for column, option in target.items() if rest.get(column) is not option}
    for grantable in (False, True):
        columns = {column for column, option in missing.items() if option is grantable}
        if TABLE in columns:
            made.append(statements.grant_select(table, [TABLE], role, grantable=grantable))
        if columns - {TABLE}:
            made.append(statements.grant_select(table, _in_order(table, columns), role, grantable=grantable))
    return made


def _difference(role: str, record: AccessRecord, has: Mapping[str, bool]) -> str:
    """A description of the changes by other users."""
    gained = [each for each in has if each not in record.after]
    lost = [each for each in record.after if each not in has]
    parts = [f"{role} has SELECT on {_named(gained)}"] if gained else []
    parts += [f"{role} has no SELECT on {_named(lost)}"] if lost else []
    return " and ".join(parts) or f"the grant option of {role} was changed"


def _named(columns: list[str]) -> str:
    return "the table" if TABLE in columns else ", ".join(sorted(columns))


def _in_order(table: ObservedTable, columns: set[str]) -> list[str]:
    return [each for each in table.columns if each in columns]


def digest_of(value: object) -> str:
    """A short digest of a request."""
    return blake2b(msgspec.json.encode(value), digest_size=12).hexdigest()
