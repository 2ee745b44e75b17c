"""What elements are parts of: table, schema and database of a column, folders of a file."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.types.registry import types_by_name
from services.security.protection import Parent, parent_of

MOST_LEVELS = 64
"""Parents of one element; those above are left out."""
MOST_KNOWN = 20_000
"""Parents that are kept from page to page."""
_UPWARDS = (
    ("SchemaAttribute", ("NestedSchemaAttribute", "AttributeForSchema")),
    ("SchemaType", ("Schema",)),
    ("DataSet", ("DataSetContent",)),
    ("DataFile", ("NestedFile",)),
    ("FileFolder", ("FolderHierarchy",)),
)
"""By type, the relationships whose end 1 is what an element at end 2 is a part of."""
_STRUCTURE = "SchemaType"
"""The structure of an asset stands between it and its attributes, and is no parent of its own."""


class Readable(Protocol):
    """The part of a store that is needed."""

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """As `MetadataStore.get`."""

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        """As `MetadataStore.relationships`."""


class _Known(NamedTuple):
    parent: Parent | None
    """`None`: a structure."""
    above: str | None


class Parents:
    """Finds the parents of elements, a page at a time, with three requests for each level that is not known yet."""

    def __init__(self, store: Readable) -> None:
        self._store = store
        self._known: dict[str, _Known] = {}

    async def of(self, page: Sequence[ElementRecord]) -> dict[str, tuple[Parent, ...]]:
        """The parents of each element by its GUID, nearest first. Nothing is above an element twice."""
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        above = await self._above(page)
        ahead = above.values()
        for _ in range(2 * MOST_LEVELS):  # a structure may stand between any two
            wanted = sorted(set(ahead) - self._known.keys())
            if not wanted:
                break
            records = await self._store.get(wanted)
            further = await self._above(records)
            self._known.update((each.guid, _known(each, further.get(each.guid))) for each in records)
            ahead = further.values()
        return {each.guid: self._chain(above.get(each.guid), each.guid) for each in page}

    async def _above(self, records: Iterable[ElementRecord]) -> dict[str, str]:
        """By GUID of an element, that of what it is a part of; the first by its GUID, if there are several."""
        asked: dict[str, set[str]] = {}
        for record in records:
            for relationship in _upwards(record.type_name):
                asked.setdefault(relationship, set()).add(record.guid)
        above: dict[str, str] = {}
        for relationship, guids in asked.items():
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
    """False for a type that is not known here."""
    types = types_by_name()
    return type_name in types and issubclass(types[type_name], types[kind])
