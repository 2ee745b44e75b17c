"""Queries that SQLite answers with its indexes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apsw
import msgspec

from services.metadata.changes import Query
from services.metadata.relational.finding import (
    MOST_UNINDEXED,
    NAMES,
    SHORTEST_LITERAL,
    Candidates,
    Found,
    Index,
    first_of,
    with_unseen,
)
from services.metadata.relational.records import element_record
from services.metadata.sqlite import schema
from services.metadata.types.registry import subtypes_of

MOST_WORDS = 64
"""Maximum number of words with a common prefix that are searched individually."""
LONGEST_INDEXED_BEGINNING = 2
MOST_TRIGRAMS = 24
"""Maximum number of trigrams in a search; the elements found are compared with the complete pattern."""


class SQLiteIndex(Index):
    """The indexes in one transaction on a connection."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def named(self, name: str, after: int) -> Candidates:
        return Candidates(self._ids(schema.NAMED, name, after), None)

    def of_types(self, types: Sequence[str], after: int, most: int, *, archived: bool) -> Candidates:
        sql = schema.OF_TYPES_OR_ARCHIVED if archived else schema.OF_TYPES
        return first_of(self._ids(sql, _json(types), after, most), most)

    def of_all_types(self, after: int, most: int) -> Candidates:
        return first_of(self._ids(schema.OF_ALL_TYPES, after, most), most)

    def protected(self, after: int, most: int) -> Candidates:
        return first_of(self._ids(schema.PROTECTED, after, most), most)

    def with_words(self, text: str, after: int, most: int) -> Candidates:
        return first_of(self._ids(schema.WITH_WORDS, self._words(text), after, most), most)

    def with_literals(self, literals: Sequence[str], after: int, most: int) -> Candidates | None:
        indexed, last = self._indexed_and_last()
        others = self._ids(schema.NOT_INDEXED, indexed, MOST_UNINDEXED) if indexed < last else []
        if len(others) == MOST_UNINDEXED:
            return None
        found = first_of(self._ids(schema.WITH_NAMES, _trigrams(literals), after, most), most)
        return with_unseen(found, others, after)

    def matching(self, query: Query, ids: Sequence[int], most: int) -> Found:
        conditions, parameters = _conditions(query)
        return self._found(schema.MATCHING, conditions, (_json(ids), *parameters, most))

    def after_others(self, query: Query, after: int, size: int) -> Found:
        conditions, parameters = _conditions(query)
        if query.text is not None:
            conditions.append("e.id IN (SELECT rowid FROM elements_text WHERE elements_text MATCH ?)")
            parameters.append(self._words(query.text))
        return self._found(schema.AFTER_OTHERS, conditions, (after, *parameters, size, query.start_from))

    def indexed_to(self) -> int | None:
        indexed, last = self._indexed_and_last()
        return indexed if indexed < last else None

    def _indexed_and_last(self) -> tuple[int, int]:
        ((indexed, last),) = self._connection.execute(schema.INDEXED_TO)
        return indexed, last

    def _ids(self, sql: str, *parameters: Any) -> list[int]:
        rows: Iterable[Any] = self._connection.execute(sql, parameters).fetchall()
        return [row[0] for row in rows]

    def _found(self, sql: str, conditions: list[str], parameters: tuple[Any, ...]) -> Found:
        rows: Iterable[Any] = self._connection.execute(
            sql.format(conditions=" AND ".join(conditions) or "TRUE"), parameters
        ).fetchall()
        return [(row[0], element_record(row[1:])) for row in rows]

    def _words(self, text: str) -> str:
        """A condition for all words of a text, in the syntax of the index; `rep*` is a prefix."""
        return " AND ".join(map(self._word, text.split())) or '""'

    def _word(self, word: str) -> str:
        beginning = word.rstrip("*")
        if beginning == word or not beginning:
            return _quoted(beginning)
        if len(beginning) > LONGEST_INDEXED_BEGINNING and beginning.isascii() and beginning.isalnum():
            words = list(self._words_from(beginning.lower()))
            if 0 < len(words) <= MOST_WORDS:  # in the order of ids; a query for all words together would have to sort
                return f"({' OR '.join(map(_quoted, words))})"
        return _quoted(beginning) + "*"

    def _words_from(self, beginning: str) -> Iterator[str]:
        """The indexed words with a prefix, up to one more than are searched individually."""
        least, beyond = beginning, beginning + "\U0010ffff"
        for _ in range(MOST_WORDS + 1):
            found: list[Any] = self._connection.execute(schema.NEXT_WORD, (least, beyond)).fetchall()
            if not found:
                return
            word = str(found[0][0])
            yield word
            least = word + "\x01"


def _conditions(query: Query) -> tuple[list[str], list[Any]]:
    """All conditions except the one on words."""
    conditions: list[str] = []
    parameters: list[Any] = []

    def require(condition: str, *values: Any) -> None:
        conditions.append(condition)
        parameters.extend(values)

    if not query.include_archived:
        require("e.archived = 0")
    if query.type_name is not None:
        types = msgspec.json.encode(subtypes_of(query.type_name)).decode()
        require("e.type IN (SELECT value FROM json_each(?))", types)
    if query.qualified_name is not None:
        require("e.qualified_name = ?", query.qualified_name)
    if query.name_pattern is not None:
        alternatives = ["e.qualified_name GLOB ?", *(f"e.properties ->> '{name}' GLOB ?" for name in NAMES)]
        require(f"({' OR '.join(alternatives)})", *[query.name_pattern] * len(alternatives))
    if query.metadata_source is not None:
        require("coalesce(s.qualified_name, '') = ?", query.metadata_source)
    if query.classifications:
        wanted = msgspec.json.encode(query.classifications).decode()
        require("EXISTS (SELECT 1 FROM json_each(e.classifications) c JOIN json_each(?) w ON c.key = w.value)", wanted)
    if query.updated_since is not None:
        require("e.updated_at >= ?", int(query.updated_since.timestamp() * 1000))
    for name, value in query.property_values.items():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        require("json_extract(e.properties, ?) IS ?", f'$."{escaped}"', value)
    return conditions, parameters


def _trigrams(literals: Sequence[str]) -> str:
    """The condition for trigrams of required texts, in the syntax of the index; some are left out of very many."""
    found = {text[first : first + 3]: None for text in literals for first in range(len(text) - SHORTEST_LITERAL + 1)}
    return " AND ".join(_quoted(each) for each in list(found)[:: 1 + len(found) // MOST_TRIGRAMS])


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
