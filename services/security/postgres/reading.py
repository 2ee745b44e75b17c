"""Reading the current state of a database from its system catalogs in a few queries. All calls block."""

from collections.abc import Collection, Iterable
from typing import Any

from services.postgres.connection import BoundedConnection
from services.security.postgres.desired import TABLE
from services.security.postgres.observed import (
    Kind,
    ObservedRole,
    ObservedState,
    ObservedTable,
    ObservedView,
    TableRecords,
)
from services.security.postgres.rules import PUBLIC

Place = tuple[str, str]
VIEWS_AT_ONCE = 200

_TABLES = """
SELECT c.oid::bigint, n.nspname, c.relname, c.relkind::text, pg_get_userbyid(c.relowner), c.relowner::bigint,
       pg_has_role(c.relowner, 'USAGE'), c.relrowsecurity
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND ((n.nspname, c.relname) IN (SELECT s::name, t::name FROM unnest(%s::text[], %s::text[]) AS w (s, t))
       OR c.oid = ANY(%s::oid[]))
"""
_COLUMNS = """
SELECT attrelid::bigint, attname FROM pg_attribute
WHERE attrelid = ANY(%s::oid[]) AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum
"""
_ACCESS = """
WITH granted AS (
    SELECT c.oid, c.relowner, '' AS part, a.* FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.oid = ANY(%(tables)s::oid[])
    UNION ALL
    SELECT c.oid, c.relowner, t.attname, a.* FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid
    CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE c.oid = ANY(%(tables)s::oid[]) AND NOT t.attisdropped
)
SELECT g.oid::bigint, coalesce(r.rolname, %(public)s), g.part, bool_or(g.is_grantable)
FROM granted g LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE g.privilege_type = 'SELECT' AND g.grantor = g.relowner
  AND (g.grantee = 0 OR (r.rolname = ANY(%(roles)s) AND r.rolname <> %(public)s))
GROUP BY 1, 2, 3
"""
"""Only privileges that the owner has granted, since a user that acts as the owner can revoke only these."""
POLICIES = """
SELECT p.polrelid::bigint, p.polname,
       concat_ws('|', p.polpermissive, p.polcmd,
                 ARRAY(SELECT pg_get_userbyid(r) FROM unnest(p.polroles) r ORDER BY 1)::text,
                 pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p WHERE p.polrelid = ANY(%s::oid[])
"""
_COMMENTS = """
SELECT d.objoid::bigint, coalesce(a.attname, ''), d.description FROM pg_description d
LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0
WHERE d.classoid = 'pg_class'::regclass AND d.objoid = ANY(%s::oid[])
"""
_LABELS = """
SELECT s.objoid::bigint, coalesce(a.attname, ''), s.provider, s.label FROM pg_seclabel s
LEFT JOIN pg_attribute a ON a.attrelid = s.objoid AND a.attnum = s.objsubid AND s.objsubid > 0
WHERE s.classoid = 'pg_class'::regclass AND s.objoid = ANY(%s::oid[])
"""
_ROLES = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = ANY(%s)"
_OWNING = """
SELECT r.rolname, o::bigint FROM pg_roles r CROSS JOIN unnest(%s::oid[]) o
WHERE r.rolname = ANY(%s) AND pg_has_role(r.oid, o, 'MEMBER')
"""
VIEWS = """
SELECT n.nspname, c.relname, c.oid::bigint,
       md5(concat_ws('|', c.relkind, c.relowner, CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END,
                     c.reloptions::text, c.relacl::text))
FROM unnest(%s::text[], %s::text[]) AS w (s, t) JOIN pg_namespace n ON n.nspname = w.s::name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.t::name
"""


class Reader:
    """Reads the state that the plan needs."""

    def __init__(self, connection: BoundedConnection, roles: Collection[str]) -> None:
        self._connection = connection
        self._configured = frozenset(roles)
        self._roles = sorted(roles)

    def database_path(self, server: str) -> str:
        """The path under which the database monitor catalogues this database."""
        ((name,),) = self._rows("SELECT current_database()")
        return f"{server}::{name}"

    def read(
        self, tables: Collection[Place], places: Collection[Place], records: dict[int, TableRecords]
    ) -> ObservedState:
        """The tables with these names, the tables with records, and the relations at the places of views.

        Formerly configured roles with records are read as well, since their access is restored.
        """
        recorded = {role for each in records.values() for role in each.keys(Kind.ACCESS)}
        self._roles = sorted(self._configured | recorded)
        found, owners = self._tables(tables, list(records))
        oids = list(found)
        columns: dict[int, list[str]] = {}
        for oid, column in self._rows(_COLUMNS, oids):
            columns.setdefault(oid, []).append(column)
        for oid, table in found.items():
            table.columns = tuple(columns.get(oid, ()))
        self._fill(found, oids)
        for role, owner in self._rows(_OWNING, sorted(set(owners.values())), self._roles):
            for oid, table in found.items():
                if owners[oid] == owner:
                    table.owning = table.owning | {role}
        return ObservedState(
            tables={(table.schema, table.name): table for table in found.values()},
            by_oid=found,
            roles=self._known_roles(),
            views=self.views(places),
            records=records,
        )

    def views(self, places: Collection[Place]) -> dict[Place, ObservedView]:
        """The relations at these places. They are read in batches, since PostgreSQL locks the relations it shows."""
        found, ordered = {}, sorted(places)
        for first in range(0, len(ordered), VIEWS_AT_ONCE):
            for schema, name, oid, fingerprint in self._rows(VIEWS, *_unzipped(ordered[first : first + VIEWS_AT_ONCE])):
                found[schema, name] = ObservedView(oid=oid, fingerprint=fingerprint)
        return found

    def policies(self, oids: list[int]) -> Iterable[tuple[int, str, str]]:
        """The oid of the table, the name and the definition of each policy of these tables."""
        return [(oid, name, definition) for oid, name, definition in self._rows(POLICIES, oids)]

    def _tables(self, tables: Collection[Place], oids: list[int]) -> tuple[dict[int, ObservedTable], dict[int, int]]:
        found, owners = {}, {}
        for oid, schema, name, kind, owner, owner_oid, is_ours, rows in self._rows(_TABLES, *_unzipped(tables), oids):
            owners[oid] = owner_oid
            found[oid] = ObservedTable(
                oid=oid,
                schema=schema,
                name=name,
                kind=kind,
                owner=owner,
                is_ours=is_ours,
                columns=(),
                has_row_security=rows,
            )
        return found, owners

    def _fill(self, found: dict[int, ObservedTable], oids: list[int]) -> None:
        named = {"tables": oids, "roles": self._roles, "public": PUBLIC}
        for oid, role, column, option in self._connection.execute(_ACCESS, named):
            found[oid].access.setdefault(role, {})[column or TABLE] = option
        for oid, name, definition in self.policies(oids):
            found[oid].policies[name] = definition
        for oid, column, text in self._rows(_COMMENTS, oids):
            found[oid].comments[column or TABLE] = text
        for oid, column, provider, label in self._rows(_LABELS, oids):
            found[oid].labels[column or TABLE, provider] = label

    def _known_roles(self) -> dict[str, ObservedRole]:
        found = {
            name: ObservedRole(name=name, is_superuser=is_superuser, bypasses_row_security=bypasses)
            for name, is_superuser, bypasses in self._rows(_ROLES, self._roles)
            if name != PUBLIC
        }
        return {**found, PUBLIC: ObservedRole(name=PUBLIC)} if PUBLIC in self._roles else found

    def _rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, parameters or None).fetchall()


def _unzipped(places: Collection[Place]) -> tuple[list[str], list[str]]:
    ordered = sorted(places)
    return [schema for schema, _ in ordered], [name for _, name in ordered]
