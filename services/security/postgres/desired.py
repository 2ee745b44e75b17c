"""The requested protection of each catalogued table, by the rules on the protection in open metadata. No I/O."""

from collections.abc import Iterable, Sequence
from urllib.parse import unquote

import msgspec

from services.metadata.table_names import SEPARATOR
from services.security.postgres.facts import facts_of
from services.security.postgres.rules import ProtectionMapping, Then
from services.security.protection import Protection

TABLE = ""
"""The table itself, in place of the name of a column."""
_READING = frozenset({"read", "select"})
"""Permissions of an access group that correspond to the privilege SELECT."""
_GROUPS = "SecurityTags.accessGroups"


class RequestedProtection(msgspec.Struct, frozen=True, kw_only=True):
    """A table or column with its protection in open metadata."""

    guid: str
    qualified_name: str
    column: str = TABLE
    protections: Sequence[Protection]
    """Its own protection, and for a table that of its schema and database."""


class DesiredTable(msgspec.Struct, kw_only=True):
    """The requested protection of one table. Columns are identified by name; `TABLE` means all columns."""

    schema: str
    name: str
    forbidden: dict[str, set[str]] = {}
    """Columns that a role must not read."""
    granted: dict[str, set[str]] = {}
    """Columns that a role may read, unless they are forbidden."""
    masks: dict[str, dict[str, str]] = {}
    """By role and column, the expression that replaces the column in the role's view."""
    filters: dict[str, list[str]] = {}
    """By role, the conditions of the rows that it may read."""
    comments: dict[str, str] = {}
    labels: dict[tuple[str, str], str] = {}
    """By column and provider."""
    elements: dict[str, tuple[str, str]] = {}
    """GUID and qualified name of the element of each column with a request."""
    unreadable: set[tuple[str, str]] = set()
    """Columns with a property that cannot be read, so that its request is unknown."""

    @property
    def is_empty(self) -> bool:
        """True if nothing is requested."""
        return not (self.elements or self.unreadable)

    @property
    def is_known(self) -> bool:
        """True if the complete request is known. An unreadable list of access groups counts as an empty list."""
        return all(name == _GROUPS for _, name in self.unreadable)

    def add(self, requested: RequestedProtection, mapping: ProtectionMapping) -> None:
        """Add the effects of the rules on one table or column."""
        column, facts = requested.column, facts_of(requested.protections)
        met = [rule.then for rule in mapping.rules if rule.when.is_met(facts)]
        for then in met:
            self._apply(column, then)
        lists = [each for each in requested.protections if each.access_groups or _GROUPS in each.unreadable]
        for protection in lists if mapping.groups else ():
            self._apply_groups(column, protection, mapping)
        self.unreadable |= {(column, name) for each in requested.protections for name in each.unreadable}
        if met or (lists and mapping.groups):
            self.elements[column] = requested.guid, requested.qualified_name

    def is_forbidden(self, role: str, column: str) -> bool:
        """True if a role must not read a column."""
        forbidden = self.forbidden.get(role, ())
        return column in forbidden or TABLE in forbidden

    def mask_of(self, role: str, column: str) -> str | None:
        """The expression that replaces a column in the role's view; `None` if it is not masked."""
        masks = self.masks.get(role, {})
        return masks.get(column, masks.get(TABLE))

    def _apply(self, column: str, then: Then) -> None:
        for role in (*then.revoke_from, *then.mask_for):
            self.forbidden.setdefault(role, set()).add(column)
        for role in then.grant_to:
            self.granted.setdefault(role, set()).add(column)
        for role in then.mask_for:
            self.masks.setdefault(role, {}).setdefault(column, then.mask)
        for role in then.filter_for:
            conditions = self.filters.setdefault(role, [])
            if then.filter is not None and then.filter not in conditions:
                conditions.append(then.filter)
        if then.comment is not None:
            self.comments.setdefault(column, then.comment)
        for provider, label in then.security_labels.items():
            self.labels.setdefault((column, provider), label)

    def _apply_groups(self, column: str, protection: Protection, mapping: ProtectionMapping) -> None:
        """Grant reading to the roles of the listed groups, and forbid it to the roles of all other groups.

        An unreadable list counts as an empty list.
        """
        readers = {
            mapping.groups[group]
            for group, permissions in protection.access_groups.items()
            if group in mapping.groups and any(each.lower() in _READING for each in permissions)
        }
        for role in sorted(set(mapping.groups.values())):
            columns = self.granted if role in readers else self.forbidden
            columns.setdefault(role, set()).add(column)


def names_in(qualified_name: str, path: str) -> tuple[str, ...]:
    """The names of schema, table and column in a qualified name of the database with this path."""
    rest = qualified_name.partition(SEPARATOR)[2].removeprefix(path + SEPARATOR)
    return tuple(unquote(each) for each in rest.split(SEPARATOR))


def desired_of(
    requested: Iterable[RequestedProtection], mapping: ProtectionMapping, path: str
) -> dict[tuple[str, str], DesiredTable]:
    """The requested protection of each table with a request, by schema and name."""
    desired_tables: dict[tuple[str, str], DesiredTable] = {}
    for each in requested:
        schema, table = names_in(each.qualified_name, path)[:2]
        desired = desired_tables.get((schema, table))
        if desired is None:
            desired = desired_tables[schema, table] = DesiredTable(schema=schema, name=table)
        desired.add(each, mapping)
    return {key: desired for key, desired in desired_tables.items() if not desired.is_empty}
