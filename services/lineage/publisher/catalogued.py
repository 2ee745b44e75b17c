"""Reads the catalogue around jobs: data flows, the columns of data sets, and the sources of columns.

table ─NestedSchemaAttribute─▶ column ─NestedSchemaAttribute─▶ nested column
asset ─Schema─▶ structure ─AttributeForSchema─▶ column
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.framework.context import IntegrationContext
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.types.registry import subtypes_of

AT_ONCE = 1_000
"""Maximum number of elements in one request."""
_COLUMNS = frozenset(subtypes_of("SchemaAttribute")) - {"RelationalTable"}
_STRUCTURES = frozenset(subtypes_of("SchemaType"))


class Column(NamedTuple):
    """A column: the GUID of its data set, and its name there, which is preceded by the names of enclosing columns."""

    data_set: str
    name: str


class Field(NamedTuple):
    """A column in the structure of a data set."""

    column: ElementRecord
    fields: Sequence["Field"]
    """The nested columns."""


class Catalogued:
    """The publisher's queries to the catalogue."""

    def __init__(self, context: IntegrationContext) -> None:
        self._context = context

    async def related(self, guids: Iterable[str], type_name: str) -> list[RelationshipRecord]:
        """The relationships of elements, of one type."""
        found: dict[str, RelationshipRecord] = {}
        for some in _portions(guids):
            related = await self._context.relationships(some, type_name=type_name)
            found.update((each.guid, each) for each in related)
        return list(found.values())

    async def get(self, guids: Iterable[str]) -> dict[str, ElementRecord]:
        """Elements by GUID, without those that are not catalogued."""
        return {each.guid: each for some in _portions(guids) for each in await self._context.get(some)}

    async def columns_of(self, data_sets: Iterable[str]) -> dict[str, Sequence[Field]]:
        """The columns of data sets, by GUID, in order."""
        wanted = set(data_sets)
        structures = {
            each.end2_guid: each.end1_guid for each in await self.related(wanted, "Schema") if each.end1_guid in wanted
        }
        parents = {
            each.end2_guid: structures[each.end1_guid]
            for each in await self.related(structures, "AttributeForSchema")
            if each.end1_guid in structures
        }
        ahead = wanted
        while ahead:
            nested = {
                each.end2_guid: each.end1_guid
                for each in await self.related(ahead, "NestedSchemaAttribute")
                if each.end1_guid in ahead and each.end2_guid not in parents
            }
            ahead = set(nested) if ahead is not wanted else {*nested, *parents}
            parents.update(nested)
        columns = await self.get(parents)
        children: dict[str, list[ElementRecord]] = {}
        for guid, column in columns.items():
            children.setdefault(parents[guid], []).append(column)
        return {guid: _fields(guid, children) for guid in wanted if guid in children}

    async def data_sets_of(self, columns: Iterable[str]) -> dict[str, Column]:
        """The data sets and names of columns, by GUID of the column."""
        records = {guid: each for guid, each in (await self.get(columns)).items() if each.type_name in _COLUMNS}
        names = {guid: _name(each) for guid, each in records.items()}
        tops, found = {guid: guid for guid in records}, {}
        """The outermost known column of each column."""
        while tops:
            wholes = await self._wholes(set(tops.values()))
            elements = await self.get(wholes.values())
            higher: dict[str, str] = {}
            for guid, top in tops.items():
                whole = elements.get(wholes.get(top, ""))
                if whole is None:
                    continue
                if whole.type_name in _COLUMNS:
                    names[guid] = f"{_name(whole)}.{names[guid]}"
                    higher[guid] = whole.guid
                else:
                    found[guid] = Column(whole.guid, names[guid])
            tops = higher
        return found

    async def _wholes(self, columns: set[str]) -> dict[str, str]:
        """The wholes of columns: another column, a table, or the asset with their structure."""
        wholes = {
            each.end2_guid: each.end1_guid
            for kind in ("NestedSchemaAttribute", "AttributeForSchema")
            for each in await self.related(columns, kind)
            if each.end2_guid in columns
        }
        assets = {each.end2_guid: each.end1_guid for each in await self.related(set(wholes.values()), "Schema")}
        return {column: assets.get(whole, whole) for column, whole in wholes.items()}


def is_column(type_name: str) -> bool:
    """True if a type is a column type."""
    return type_name in _COLUMNS


def _fields(guid: str, children: Mapping[str, Sequence[ElementRecord]]) -> Sequence[Field]:
    columns = sorted(children.get(guid, ()), key=lambda each: each.properties.get("elementPosition") or 0)
    return [Field(each, _fields(each.guid, children)) for each in columns]


def _name(column: ElementRecord) -> str:
    return str(column.properties.get("displayName") or column.qualified_name)


def _portions(guids: Iterable[str]) -> Iterable[list[str]]:
    found = sorted(set(guids))
    for first in range(0, len(found), AT_ONCE):
        yield found[first : first + AT_ONCE]
