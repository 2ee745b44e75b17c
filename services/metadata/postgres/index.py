"""Queries that PostgreSQL answers with its indexes."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from psycopg import errors

from services.metadata.changes import Query
from services.metadata.postgres import schema, tokens
from services.metadata.postgres.tables import Connection
from services.metadata.relational.finding import MOST_UNINDEXED, NAMES, Candidates, Found, Index, first_of, with_unseen
from services.metadata.relational.patterns import parts_of
from services.metadata.relational.records import element_record
from services.metadata.types.registry import subtypes_of

FIRST_TEXTS = 1_000
"""Texts that are examined in order before the text index is used: enough for a condition that many elements meet."""
PATIENCE = "10ms"
"""Time limit of a text index query. The index collects all matches before it sorts them; if there are many, more texts
are examined in order instead."""
MORE_TEXTS = 10_000
MANY = 10
"""If one of this many texts meets the condition, the index is not used."""

INDEXED_LENGTH = 6
"""Length of the part of a name that is searched in the index: each trigram of it is a list that has to be read."""


class _Condition(NamedTuple):
    """A condition on texts, with its parameters."""

    sql: str
    wanted: Sequence[str]


class PostgresIndex(Index):
    """The indexes in one transaction on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def named(self, name: str, after: int) -> Candidates:
        return Candidates(self._ids(schema.NAMED, (name, after)), None)

    def of_types(self, types: Sequence[str], after: int, most: int, *, archived: bool) -> Candidates:
        sql = schema.OF_TYPES_OR_ARCHIVED if archived else schema.OF_TYPES
        return first_of(self._ids(sql, {"types": list(types), "after": after, "most": most}), most)

    def of_all_types(self, after: int, most: int) -> Candidates:
        return first_of(self._ids(schema.OF_ALL_TYPES, (after, most)), most)

    def protected(self, after: int, most: int) -> Candidates:
        return first_of(self._ids(schema.PROTECTED, (after, most)), most)

    def with_words(self, text: str, after: int, most: int) -> Candidates:
        wanted = tokens.query(text)
        if wanted is None:
            return Candidates([], None)
        condition = _Condition("words @@ %s::tsquery", [wanted])
        return self._in_texts(condition, condition, after, most)

    def with_literals(self, literals: Sequence[str], after: int, most: int) -> Candidates | None:
        indexed, last = self._indexed_and_last()
        others = self._ids(schema.NOT_INDEXED, (indexed, MOST_UNINDEXED)) if indexed < last else []
        if len(others) == MOST_UNINDEXED or not self._one(schema.HAS_NAMES):
            return None
        wanted = [_like(each) for each in literals]
        condition = _Condition(" AND ".join(["names LIKE %s"] * len(wanted)), wanted)
        by_index = _Condition(  # an expression, so that the index searches only for the first part
            " AND ".join(["names LIKE %s", *["(names || '') LIKE %s"] * len(wanted)]),
            [_like(_selective_part(literals)), *wanted],
        )
        found = self._in_texts(condition, by_index, after, most)
        return with_unseen(found, others, after)

    def matching(self, query: Query, ids: Sequence[int], most: int) -> Found:
        conditions, parameters = _conditions(query)
        return self._found(schema.MATCHING, conditions, (list(ids), *parameters, most))

    def after_others(self, query: Query, after: int, size: int) -> Found:
        conditions, parameters = _conditions(query)
        if query.text is not None:
            conditions.append("e.id IN (SELECT id FROM elements_text WHERE words @@ %s::tsquery)")
            parameters.append(tokens.query(query.text) or "")  # an empty query matches nothing
        return self._found(schema.AFTER_OTHERS, conditions, (after, *parameters, size, query.start_from))

    def indexed_to(self) -> int | None:
        indexed, last = self._indexed_and_last()
        return indexed if indexed < last else None

    def _in_texts(self, condition: _Condition, by_index: _Condition, after: int, most: int) -> Candidates:
        """Elements whose texts meet a condition; `by_index` is the same condition in the form for the text index."""
        first = self._looked_at(condition, after, FIRST_TEXTS)
        if first.end is None or len(first.ids) >= FIRST_TEXTS // MANY:
            return first
        rest = self._indexed(by_index, first.end, most)
        if rest is None:
            rest = self._looked_at(condition, first.end, MORE_TEXTS)
            if len(rest.ids) > most:
                rest = first_of(rest.ids[:most], most)
        return Candidates(first.ids + rest.ids, rest.end)

    def _looked_at(self, condition: _Condition, after: int, most: int) -> Candidates:
        sql = schema.EACH_IN_TEXTS.format(condition=condition.sql)
        ((ids, end, count),) = self._connection.execute(sql, (*condition.wanted, after, most))
        return Candidates(ids, end if count == most else None)

    def _indexed(self, condition: _Condition, after: int, most: int) -> Candidates | None:
        """`None` if the time limit has passed."""
        try:
            with self._connection.transaction():
                self._connection.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'; SET LOCAL enable_seqscan = off")
                sql = schema.IN_TEXTS.format(condition=condition.sql)
                ids = self._ids(sql, (*condition.wanted, after, most))
                self._connection.execute("SET LOCAL statement_timeout TO DEFAULT; SET LOCAL enable_seqscan TO DEFAULT")
            return first_of(ids, most)
        except errors.QueryCanceled:
            return None

    def _indexed_and_last(self) -> tuple[int, int]:
        ((indexed, last),) = self._connection.execute(schema.INDEXED_TO)
        return indexed, last

    def _one(self, sql: str) -> Any:
        ((value,),) = self._connection.execute(sql)
        return value

    def _ids(self, sql: str, parameters: Any) -> list[int]:
        return [row[0] for row in self._connection.execute(sql, parameters)]

    def _found(self, sql: str, conditions: list[str], parameters: tuple[Any, ...]) -> Found:
        rows = self._connection.execute(sql.format(conditions=" AND ".join(conditions) or "true"), parameters)
        return [(row[0], element_record(row[1:])) for row in rows]


def _conditions(query: Query) -> tuple[list[str], list[Any]]:
    """All conditions of a query, except the one on words."""
    conditions: list[str] = []
    parameters: list[Any] = []

    def require(condition: str, *values: Any) -> None:
        conditions.append(condition)
        parameters.extend(values)

    if not query.include_archived:
        require("NOT e.archived")
    if query.type_name is not None:
        require("e.type = ANY(%s::text[])", list(subtypes_of(query.type_name)))
    if query.qualified_name is not None:
        require("md5(e.qualified_name) = md5(%s)", query.qualified_name)
    if query.name_pattern is not None:
        alternatives = ["e.qualified_name ~ %s", *(f"(e.properties ->> '{name}') ~ %s" for name in NAMES)]
        require(f"({' OR '.join(alternatives)})", *[_regular_expression(query.name_pattern)] * len(alternatives))
    if query.metadata_source is not None:
        require("coalesce(s.qualified_name, '') = %s", query.metadata_source)
    if query.classifications:
        require("e.classifications::jsonb ?| %s::text[]", list(query.classifications))
    if query.updated_since is not None:
        require("e.updated_at >= %s", int(query.updated_since.timestamp() * 1000))
    for name, value in query.property_values.items():
        json = msgspec.json.encode(value).decode()
        require("coalesce((e.properties -> %s)::jsonb, 'null'::jsonb) = %s::jsonb", name, json)
    return conditions, parameters


def _regular_expression(pattern: str) -> str:
    """A shell pattern as PostgreSQL's regular expression."""
    return "^(?:" + "".join(map(_translated, parts_of(pattern))) + ")$"


def _translated(part: str) -> str:
    if part == "*":
        return ".*"
    if part == "?":
        return "."
    if part.startswith("[") and len(part) > 1:
        return part.replace("\\", "\\\\")
    return part if part.isalnum() or part in "_/ " else f"\\{part}"


def _like(text: str) -> str:
    """The LIKE pattern for texts that contain a text."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _selective_part(texts: Sequence[str]) -> str:
    """The part of some texts that is probably in the fewest names: the part with the most digits, then letters."""
    parts = [
        text[first : first + INDEXED_LENGTH]
        for text in texts
        for first in range(max(1, len(text) - INDEXED_LENGTH + 1))
    ]
    return max(reversed(parts), key=lambda part: (sum(map(str.isdecimal, part)), sum(map(str.isalnum, part))))
