"""The parents of elements: the table, schema and database of a column, and the folders of a file."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.types.registry import types_by_name
from services.security.protection import Parent, parent_of

MOST_LEVELS = 64
"""Maximum number of parents of one element; higher parents are left out."""
MOST_KNOWN = 20_000
"""Maximum number of parents that are cached between pages."""
_UPWARDS = (
    ("SchemaAttribute", ("NestedSchemaAttribute", "AttributeForSchema")),
    ("SchemaType", ("Schema",)),
    ("DataSet", ("DataSetContent",)),
    ("DataFile", ("NestedFile",)),
    ("FileFolder", ("FolderHierarchy",)),
)
"""By type, the relationships from an element at end 2 to its parent at end 1."""
_STRUCTURE = "SchemaType"
"""The type between an asset and its attributes, which does not count as a parent."""


class Readable(Protocol):
    """The methods of a store that `Parents` uses."""

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """As `MetadataStore.get`."""

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        """As `MetadataStore.relationships`."""


class _Known(NamedTuple):
    parent: Parent | None
    """`None` for a schema type."""
    above: str | None


class Parents:
    """Finds the parents of pages of elements, with three requests for each level that is not cached."""

    def __init__(self, store: Readable) -> None:
        self._store = store
        self._known: dict[str, _Known] = {}

    async def parents_of(self, page: Sequence[ElementRecord]) -> dict[str, tuple[Parent, ...]]:
        """The parents of each element by its GUID, nearest first, each only once."""
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        above = await self._above(page)
        ahead = above.values()
        for _ in range(2 * MOST_LEVELS):  # each level may have a schema type in between
            wanted = sorted(set(ahead) - self._known.keys())
            if not wanted:
                break
            records = await self._store.get(wanted)
            further = await self._above(records)
            self._known.update((each.guid, _known(each, further.get(each.guid))) for each in records)
            ahead = further.values()
        return {each.guid: self._chain(above.get(each.guid), each.guid) for each in page}

    async def _above(self, records: Iterable[ElementRecord]) -> dict[str, str]:
        """The GUID of the parent by the GUID of each element; the lowest GUID if there are several parents."""
        children: dict[str, set[str]] = {}
        for record in records:
            for relationship in _upwards(record.type_name):
                children.setdefault(relationship, set()).add(record.guid)
        above: dict[str, str] = {}
        for relationship, guids in children.items():
            found = await self._store.relationships(sorted(guids), type_name=relationship)
            for end1, end2 in sorted((each.end1_guid, each.end2_guid) for each in found):
                if end2 in guids:
                    above.setdefault(end2, end1)
        return above

    def _chain(self, guid: str | None, below: str) -> tuple[Parent, ...]:
        chain: list[Parent] = []
        seen = {below}
        while guid is not None and guid not in seen and len(chain) < MOST_LEVELS:
            seen.add(guid)
            known = self._known.get(guid)
            if known is None:
                break
            if known.parent is not None:
                chain.append(known.parent)
            guid = known.above
        return tuple(chain)


def _known(record: ElementRecord, above: str | None) -> _Known:
    return _Known(None if _is_a(record.type_name, _STRUCTURE) else parent_of(record), above)


@cache
def _upwards(type_name: str) -> tuple[str, ...]:
    return tuple(each for kind, relationships in _UPWARDS if _is_a(type_name, kind) for each in relationships)


@cache
def _is_a(type_name: str, kind: str) -> bool:
    """True if a type is `kind` or a subtype of it; false for an unknown type."""
    types = types_by_name()
    return type_name in types and issubclass(types[type_name], types[kind])
