"""Finds the elements of a page, in the order of their ids, which is the order of creation.

One index provides a bounded number of candidates, and the other conditions of the query are checked for each of them.
All functions block, on a reader's connection.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ElementPage, Query
from services.metadata.element import ElementRecord
from services.metadata.relational.patterns import literals_of
from services.metadata.types.base import OpenMetadataRoot
from services.metadata.types.classifications import PROTECTIONS
from services.metadata.types.registry import subtypes_of

CANDIDATES_EXAMINED = 500
"""Maximum number of candidates examined for one page, if the query has conditions that the index does not check."""
CANDIDATES_AT_ONCE = 250
MOST_UNINDEXED = 1_000
"""Maximum number of elements not yet in the index of names that are examined beside its results."""
FEW = 500
"""Up to this number, all elements of a type are examined instead of searched by name."""
SHORTEST_LITERAL = 3
"""Length of the shortest text that the index of names can find."""
MOST_LITERALS = 8
NAMES = ("displayName", "fileName", "pathName", "resourceName")
"""The properties that contain names, beside the qualified name."""

Found = list[tuple[int, ElementRecord]]
"""Elements with their ids, in order."""


class Candidates(NamedTuple):
    """Ids of elements that may match, in order."""

    ids: list[int]
    end: int | None
    """The id up to which there are no other matches; `None` if there are none at all."""


def first_of(ids: list[int], most: int) -> Candidates:
    """The candidates from an index that was limited to `most` of them."""
    return Candidates(ids, ids[-1] if len(ids) == most else None)


def with_unseen(found: Candidates, unseen: Sequence[int], after: int) -> Candidates:
    """The candidates of an index, with elements that are not indexed yet, as far as the index was read."""
    reached = (each for each in unseen if each > after and (found.end is None or each <= found.end))
    return Candidates(sorted({*found.ids, *reached}), found.end)


class Index(Protocol):
    """The searches of a database, each with one index; ids are greater than `after`."""

    def named(self, name: str, after: int) -> Candidates:
        """The active element with a qualified name."""

    def of_types(self, types: Sequence[str], after: int, most: int, *, archived: bool) -> Candidates:
        """Active elements of some types, and archived ones if requested."""

    def of_all_types(self, after: int, most: int) -> Candidates:
        """All elements."""

    def protected(self, after: int, most: int) -> Candidates:
        """Elements that may carry one of `PROTECTIONS`, including archived ones."""

    def with_words(self, text: str, after: int, most: int) -> Candidates:
        """Elements that contain all words of a text, as far as they are indexed."""

    def with_literals(self, literals: Sequence[str], after: int, most: int) -> Candidates | None:
        """Elements whose names may contain these texts, including elements whose names are not indexed yet.

        `None` if there is no such index, or if too many elements are not indexed.
        """

    def matching(self, query: Query, ids: Sequence[int], most: int) -> Found:
        """The elements that meet all conditions except the one on words."""

    def after_others(self, query: Query, after: int, size: int) -> Found:
        """Elements that meet all conditions, after skipping `query.start_from` of them."""

    def indexed_to(self) -> int | None:
        """The number of the last change in the text index; `None` if the index is up to date."""


def find_page(index: Index, query: Query) -> ElementPage:
    """One page of the elements that match a query."""
    after, size = int(query.cursor or 0), min(query.page_size or MOST_IN_A_PAGE, MOST_IN_A_PAGE)
    if query.start_from:
        found = index.after_others(query, after, size)
        end = found[-1][0] if len(found) == size else None
    else:
        found, end = _matching(index, query, _candidates(index, query, after, size), size)
    return ElementPage(
        elements=[record for _, record in found],
        cursor=None if end is None else str(end),
        indexed_to=None if query.text is None else index.indexed_to(),
    )


def _candidates(index: Index, query: Query, after: int, size: int) -> Candidates:
    most = size if _is_of_type_alone(query) else max(size, CANDIDATES_EXAMINED)
    types, literals = _types(query), literals_in_names(query)
    if query.text is not None:
        return index.with_words(query.text, after, most)
    if query.qualified_name is not None and not query.include_archived:
        return index.named(query.qualified_name, after)
    if query.classifications and PROTECTIONS.issuperset(query.classifications):
        return index.protected(after, most)
    if literals and types:
        few = index.of_types(types, after, FEW, archived=query.include_archived)
        if few.end is None:
            return few
    if literals and (found := index.with_literals(literals, after, most)) is not None:
        return found
    if types:
        return index.of_types(types, after, most, archived=query.include_archived)
    return index.of_all_types(after, most)


def _is_of_type_alone(query: Query) -> bool:
    """True if every element of the query's types matches."""
    conditions = (query.text, query.qualified_name, query.name_pattern, query.metadata_source, query.updated_since)
    is_free = not query.property_values and not query.classifications
    return bool(_types(query)) and is_free and all(each is None for each in conditions)


def _types(query: Query) -> Sequence[str]:
    """The types to which the query is limited; empty for all types."""
    if query.type_name in (None, OpenMetadataRoot.type_name()):
        return ()
    return subtypes_of(query.type_name)


def literals_in_names(query: Query) -> list[str]:
    """Texts that the names of matching elements contain, and that the index of names can find."""
    literals = [] if query.name_pattern is None else literals_of(query.name_pattern)
    literals += [value for name, value in query.property_values.items() if name in NAMES and isinstance(value, str)]
    return [text for text in literals if len(text) >= SHORTEST_LITERAL][:MOST_LITERALS]


def _matching(index: Index, query: Query, candidates: Candidates, size: int) -> tuple[Found, int | None]:
    """The matching candidates, and the id up to which there are no others."""
    found: Found = []
    for first in range(0, len(candidates.ids), CANDIDATES_AT_ONCE):
        part = candidates.ids[first : first + CANDIDATES_AT_ONCE]
        found += index.matching(query, part, size - len(found))
        if len(found) == size:
            last = found[-1][0]
            return found, None if candidates.end is None and last == candidates.ids[-1] else last
    return found, candidates.end
