"""What is asked for each catalogued table: the protection in open metadata, by the rules. No input, no output."""

from collections.abc import Iterable, Sequence
from urllib.parse import unquote

import msgspec

from services.metadata.table_names import SEPARATOR
from services.security.postgres.facts import facts_of
from services.security.postgres.rules import ProtectionMapping, Then
from services.security.protection import Protection

TABLE = ""
"""Stands for the table itself where else a column is named."""
_READING = frozenset({"read", "select"})
"""Permissions of an access group that are the privilege SELECT."""
_GROUPS = "SecurityTags.accessGroups"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A table or column with what is said about its protection."""

    guid: str
    qualified_name: str
    column: str = TABLE
    protections: Sequence[Protection]
    """Its own, and for a table those of its schema and database."""


class TableWish(msgspec.Struct, kw_only=True):
    """What is asked for one table. Columns are named; `TABLE` stands for all of them."""

    schema: str
    name: str
    forbidden: dict[str, set[str]] = {}
    """Columns that a role must not read."""
    granted: dict[str, set[str]] = {}
    """Columns that a role may read, as far as they are not forbidden."""
    masks: dict[str, dict[str, str]] = {}
    """By role and column, what its view has in place of the column."""
    filters: dict[str, list[str]] = {}
    """By role, conditions of the rows that it may read."""
    comments: dict[str, str] = {}
    labels: dict[tuple[str, str], str] = {}
    """By column and provider."""
    elements: dict[str, tuple[str, str]] = {}
    """GUID and qualified name of the element of each column that something is asked for."""
    unreadable: set[tuple[str, str]] = set()
    """Columns with a property that cannot be read: what it asks for is not known."""

    @property
    def is_empty(self) -> bool:
        """True if nothing is asked for."""
        return not (self.elements or self.unreadable)

    @property
    def is_known(self) -> bool:
        """Whether everything that is asked for is known. An access list that cannot be read lets nobody read."""
        return all(name == _GROUPS for _, name in self.unreadable)

    def add(self, asked: Asked, mapping: ProtectionMapping) -> None:
        """Add what the rules make of one table or column."""
        column, facts = asked.column, facts_of(asked.protections)
        met = [rule.then for rule in mapping.rules if rule.when.is_met(facts)]
        for then in met:
            self._apply(column, then)
        lists = [each for each in asked.protections if each.access_groups or _GROUPS in each.unreadable]
        for protection in lists if mapping.groups else ():
            self._apply_groups(column, protection, mapping)
        self.unreadable |= {(column, name) for each in asked.protections for name in each.unreadable}
        if met or (lists and mapping.groups):
            self.elements[column] = asked.guid, asked.qualified_name

    def is_forbidden(self, role: str, column: str) -> bool:
        """Whether a role must not read a column."""
        forbidden = self.forbidden.get(role, ())
        return column in forbidden or TABLE in forbidden

    def mask_of(self, role: str, column: str) -> str | None:
        """What the role's view has in place of a column, if it is masked."""
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
        """Let the roles of the groups that are named read, and no other role of a group.

        A list that cannot be read names nobody.
        """
        readers = {
            mapping.groups[group]
            for group, permissions in protection.access_groups.items()
            if group in mapping.groups and any(each.lower() in _READING for each in permissions)
        }
        for role in sorted(set(mapping.groups.values())):
            wished = self.granted if role in readers else self.forbidden
            wished.setdefault(role, set()).add(column)


def names_in(qualified_name: str, path: str) -> tuple[str, ...]:
    """The names of schema, table and column in a qualified name of the database with this path."""
    rest = qualified_name.partition(SEPARATOR)[2].removeprefix(path + SEPARATOR)
    return tuple(unquote(each) for each in rest.split(SEPARATOR))


def wishes_of(asked: Iterable[Asked], mapping: ProtectionMapping, path: str) -> dict[tuple[str, str], TableWish]:
    """What is asked for each table, by schema and name; tables for which nothing is asked are left out."""
    wishes: dict[tuple[str, str], TableWish] = {}
    for each in asked:
        schema, table = names_in(each.qualified_name, path)[:2]
        wish = wishes.get((schema, table))
        if wish is None:
            wish = wishes[schema, table] = TableWish(schema=schema, name=table)
        wish.add(each, mapping)
    return {key: wish for key, wish in wishes.items() if not wish.is_empty}
