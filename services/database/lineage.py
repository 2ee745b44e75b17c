"""The tables that a view reads, taken from its definition where the database does not report them."""

import sqlglot
from sqlglot import exp


def tables_read(definition: str, dialect: str, default_schema: str) -> list[tuple[str, str]]:
    """Schema and name of every table and view in a query; empty if the query cannot be parsed."""
    try:
        query = sqlglot.parse_one(definition, read=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return []
    named = {cte.alias_or_name for cte in query.find_all(exp.CTE)}
    found = {
        (table.db or default_schema, table.name)
        for table in query.find_all(exp.Table)
        if table.name and (table.db or table.name not in named)
    }
    return sorted(found)
