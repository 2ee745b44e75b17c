"""The SQL statements for PostgreSQL. The driver quotes every name; expressions come from the configuration."""

from collections.abc import Iterable, Mapping, Sequence

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from services.security.postgres.desired import TABLE
from services.security.postgres.observed import ObservedTable
from services.security.postgres.rules import COLUMN, PUBLIC


def as_text(statement: Composable) -> str:
    """The text of a statement, on one line."""
    return " ".join(statement.as_string(None).split("\n"))


def grant_select(table: ObservedTable, columns: Iterable[str], role: str, *, grantable: bool = False) -> Composed:
    """Grant a role SELECT on the table (`TABLE`), or on columns."""
    option = SQL(" WITH GRANT OPTION" if grantable else "")
    return SQL("GRANT SELECT{} ON TABLE {} TO {}{}").format(_columns(columns), _name(table), _role(role), option)


def revoke_select(table: ObservedTable, columns: Iterable[str], role: str) -> Composed:
    """Revoke SELECT on columns from a role, or on the table (`TABLE`), which includes all columns."""
    return SQL("REVOKE SELECT{} ON TABLE {} FROM {}").format(_columns(columns), _name(table), _role(role))


def enable_rows(table: ObservedTable, *, enable: bool) -> Composed:
    """Enable or disable row security."""
    return SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(_name(table), SQL("ENABLE" if enable else "DISABLE"))


def create_open_policy(table: ObservedTable, policy: str) -> Composed:
    """Let all roles read and change every row, as without row security."""
    return SQL("CREATE POLICY {} ON {} AS PERMISSIVE FOR ALL TO PUBLIC USING (true) WITH CHECK (true)").format(
        Identifier(policy), _name(table)
    )


def create_filter_policy(table: ObservedTable, policy: str, role: str, conditions: Sequence[str]) -> Composed:
    """Let a role read only the rows that meet every condition, whatever other policies allow."""
    return SQL("CREATE POLICY {} ON {} AS RESTRICTIVE FOR SELECT TO {} USING ({})").format(
        Identifier(policy), _name(table), _role(role), _all(conditions)
    )


def drop_policy(table: ObservedTable, policy: str) -> Composed:
    """Remove a policy."""
    return SQL("DROP POLICY {} ON {}").format(Identifier(policy), _name(table))


def create_view(
    place: tuple[str, str], table: ObservedTable, columns: Mapping[str, str | None], conditions: Sequence[str]
) -> Composed:
    """Create a view of columns of a table, each unchanged or replaced by its mask."""
    selected = SQL(", ").join(
        Identifier(name) if mask is None else SQL("{} AS {}").format(masked(mask, name), Identifier(name))
        for name, mask in columns.items()
    )
    where = SQL(" WHERE {}").format(_all(conditions)) if conditions else SQL("")
    return SQL("CREATE VIEW {} WITH (security_barrier = true) AS SELECT {} FROM {}{}").format(
        Identifier(*place), selected, _name(table), where
    )


def masked(mask: str, column: str) -> Composable:
    """The expression of a mask, for a column."""
    return _expression(mask.replace(COLUMN, Identifier(column).as_string(None)))


def grant_view(place: tuple[str, str], role: str) -> Composed:
    """Let a role read a view."""
    return SQL("GRANT SELECT ON TABLE {} TO {}").format(Identifier(*place), _role(role))


def drop_view(place: tuple[str, str]) -> Composed:
    """Remove a view."""
    return SQL("DROP VIEW {}").format(Identifier(*place))


def comment(table: ObservedTable, column: str, text: str | None) -> Composed:
    """Set or remove the comment on a table, view or column."""
    return SQL("COMMENT ON {} IS {}").format(_object(table, column), Literal(text))


def security_label(table: ObservedTable, column: str, provider: str, label: str | None) -> Composed:
    """Set or remove the security label on a table, view or column."""
    return SQL("SECURITY LABEL FOR {} ON {} IS {}").format(Identifier(provider), _object(table, column), Literal(label))


_OBJECTS = {"v": "VIEW", "m": "MATERIALIZED VIEW", "f": "FOREIGN TABLE"}


def _object(table: ObservedTable, column: str) -> Composed:
    if column != TABLE:
        return SQL("COLUMN {}").format(Identifier(table.schema, table.name, column))
    return SQL("{} {}").format(SQL(_OBJECTS.get(table.kind, "TABLE")), _name(table))


def _name(table: ObservedTable) -> Identifier:
    return Identifier(table.schema, table.name)


def _columns(columns: Iterable[str]) -> Composable:
    names = [each for each in columns if each != TABLE]
    return SQL(" ({})").format(SQL(", ").join(map(Identifier, names))) if names else SQL("")


def _role(role: str) -> Composable:
    return SQL(PUBLIC) if role == PUBLIC else Identifier(role)


def _all(conditions: Sequence[str]) -> Composable:
    return SQL(" AND ").join(SQL("({})").format(_expression(each)) for each in conditions)


def _expression(text: str) -> Composable:
    """An expression from the configuration, with braces escaped, which psycopg would read as placeholders."""
    return SQL(text.replace("{", "{{").replace("}", "}}")).format()
