"""Databases, schemas, tables, views and columns as the Data Manager OMAS of Egeria 4 keeps them.

    Database ─▶ DeployedDatabaseSchema ─▶ RelationalDBSchemaType ─▶ RelationalTable ─▶ RelationalColumn

A table is added to a database or a schema; the server makes the structure between them, as the database connectors of
this program have it. What the bean of a column says of its type is in the classification `TypeEmbeddedAttribute`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.metadata.changes import Link, Put, Query, Remove, literally
from services.metadata.egeria.kinds import ASSET, Kind, properties_in
from services.metadata.egeria.reading import Reading
from services.metadata.egeria.types import ROOT, is_a
from services.metadata.egeria.views import Views
from services.metadata.egeria.writing import PART_OF, Writing
from services.metadata.element import ElementRecord

DELETED_AT_ONCE = 1_000
STRUCTURE = "RelationalDBSchemaType"
TYPE = "TypeEmbeddedAttribute"
_FORMULA = "CalculatedValue"
PRIMARY_KEY, FOREIGN_KEY = "PrimaryKey", "ForeignKey"
_ATTRIBUTE = {
    "displayName": "displayName",
    "description": "description",
    "isDeprecated": "deprecated",
    "elementPosition": "elementPosition",
    "minCardinality": "minCardinality",
    "maxCardinality": "maxCardinality",
    "allowsDuplicateValues": "allowsDuplicateValues",
    "orderedValues": "orderedValues",
    "sortOrder": "sortOrder",
    "defaultValueOverride": "defaultValueOverride",
    "minimumLength": "minimumLength",
    "length": "length",
    "precision": "precision",
    "significantDigits": "significantDigits",
    "isNullable": "nullable",
    "nativeClass": "nativeJavaClass",
    "aliases": "aliases",
}
_OF_TYPE = ("dataType", "defaultValue", "fixedValue")
"""The properties of a column's type."""


DATABASE = Kind(
    type_name="Database",
    bean="DatabaseProperties",
    properties={
        **ASSET,
        "pathName": "pathName",
        "storeCreateTime": "createTime",
        "storeUpdateTime": "modifiedTime",
        "deployedImplementationType": "databaseType",
        "databaseVersion": "databaseVersion",
        "instance": "databaseInstance",
        "importedFrom": "databaseImportedFrom",
    },
)
SCHEMA = Kind(
    type_name="DeployedDatabaseSchema",
    bean="DatabaseSchemaProperties",
    properties=ASSET,
    parent="Database",
    relationship="DataSetContent",
)
TABLE = Kind(
    type_name="RelationalTable",
    bean="DatabaseTableProperties",
    properties=_ATTRIBUTE,
    parent=STRUCTURE,
    relationship="AttributeForSchema",
    embedded_type="RelationalTableType",
)
VIEW = msgspec.structs.replace(TABLE, bean="DatabaseViewProperties", is_view=True)
COLUMN = Kind(
    type_name="RelationalColumn",
    bean="DatabaseColumnProperties",
    properties={**_ATTRIBUTE, "dataType": "dataType"},
    parent="RelationalTable",
    relationship="NestedSchemaAttribute",
    embedded_type="RelationalColumnType",
)


async def create(writing: Writing, kind: Kind, bean: Mapping[str, Any], parent_guid: str | None) -> str:
    """Catalogue an element as a part of another; its GUID."""
    await writing.require_source()
    links: list[Link] = []
    below: list[Put] = []
    if parent_guid and kind.parent:
        parent = await writing.reading.element(parent_guid, parameter="parentGUID", kind=_whole_of(kind))
        name = parent.qualified_name
        if kind.parent == STRUCTURE and not is_a(parent.type_name, STRUCTURE):
            name, below = await _structure_of(writing, parent)
        links.append(Link(kind.relationship, name))
    outcome = await writing.create(
        kind.type_name,
        properties_in(kind, bean),
        classifications=_classifications_in(kind, bean, {}),
        links=links,
        below=below,
    )
    return await writing.guid_of(str(bean.get("qualifiedName", "")), outcome)


async def create_structure(writing: Writing, bean: Mapping[str, Any]) -> str:
    """Catalogue the structure of a database or schema by itself; its GUID."""
    outcome = await writing.create(STRUCTURE, properties_in(TABLE, bean))
    return await writing.guid_of(str(bean.get("qualifiedName", "")), outcome)


async def update(writing: Writing, kind: Kind, element: ElementRecord, bean: Mapping[str, Any], *, merge: bool) -> None:
    """Change an element, with the classifications that its bean stands for."""
    await writing.require_source()
    classifications = _classifications_in(kind, bean, element.classifications if merge else {})
    kept = {name: values for name, values in element.classifications.items() if name not in (TYPE, _FORMULA)}
    changed = msgspec.structs.replace(element, classifications={**kept, **classifications})
    await writing.update(changed, properties_in(kind, bean), replace=not merge)


async def delete(writing: Writing, element: ElementRecord) -> None:
    """Delete an element with what is a part of it in its source, the parts first.

    Raises `UserNotAuthorizedError`, and deletes nothing, if a connector of this program keeps one of them.
    """
    await writing.require_source()
    writing.require_owner(element)
    levels = [[element]]
    while levels[-1]:
        levels.append(await _parts(writing.reading, levels[-1]))
    doomed = [each for level in reversed(levels) for each in level]
    removes = [Remove(source_key=await writing.source_key(each), delete=True) for each in doomed]
    for first in range(0, len(removes), DELETED_AT_ONCE):
        await writing.apply(removes[first : first + DELETED_AT_ONCE])


def _whole_of(kind: Kind) -> str:
    """The type of what an element of a kind is added to; a table is added to an asset, or to the structure of one."""
    return ROOT if kind.parent == STRUCTURE else kind.parent or ROOT


async def _parts(reading: Reading, wholes: list[ElementRecord]) -> list[ElementRecord]:
    """What is a part of some elements, of the same source."""
    guids = {each.guid for each in wholes}
    links = [each for each in await reading.store.relationships(list(guids)) if each.end1_guid in guids]
    found = await reading.store.get([each.end2_guid for each in links if each.type_name in PART_OF])
    return [each for each in found if each.metadata_source == wholes[0].metadata_source]


async def parts_of(reading: Reading, guid: str, kind: Kind, start: int, size: int) -> list[ElementRecord]:
    """One page of the schemas of a database, the tables or views of a schema, or the columns of a table."""
    whole = await reading.element(guid, kind=_whole_of(kind))
    if kind.parent == STRUCTURE and not is_a(whole.type_name, STRUCTURE):
        structures = await reading.related(guid, type_name="Schema", at_end=1)
        if not structures:
            return []
        guid = structures[0][1].guid
    links = await reading.links(guid, kind.relationship, 1)
    page = slice(start, start + reading.page_size(size))
    if not kind.is_view:
        return [other for _, other in await reading.with_others(guid, links[page])]
    return [other for _, other in await reading.with_others(guid, links) if is_of_kind(other, kind)][page]


def is_of_kind(record: ElementRecord, kind: Kind) -> bool:
    """Whether an element of the kind's type is of the kind: views are tables, and have a formula."""
    return not kind.is_view or _FORMULA in record.classifications


def query_by_name(kind: Kind, name: str) -> list[Query]:
    """The queries for elements with a qualified name or a display name."""
    return [
        Query(type_name=kind.type_name, qualified_name=name),
        Query(type_name=kind.type_name, name_pattern=literally(name), property_values={"displayName": name}),
    ]


async def beans_of(reading: Reading, kind: Kind, found: list[ElementRecord]) -> list[dict[str, Any]]:
    """Elements as beans; columns with their keys."""
    views = await reading.views(found)
    keys = await _foreign_keys(reading, found) if kind is COLUMN else {}
    return [_bean_of(views, kind, each, keys.get(each.guid, {})) for each in found]


def _classifications_in(
    kind: Kind, bean: Mapping[str, Any], before: Mapping[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The classifications that a bean stands for: the type of a table or a column, and the formula of a view."""
    found = {name: dict(before[name]) for name in (TYPE, _FORMULA) if name in before}
    if kind.embedded_type:
        of_type = {name: bean[name] for name in _OF_TYPE if bean.get(name) is not None}
        found[TYPE] = {"schemaTypeName": kind.embedded_type, **found.get(TYPE, {}), **of_type}
    if bean.get("formula") is not None or kind.is_view:
        found[_FORMULA] = {"formula": bean.get("formula") or found.get(_FORMULA, {}).get("formula", "")}
    return found


def _bean_of(views: Views, kind: Kind, record: ElementRecord, keys: Mapping[str, Any]) -> dict[str, Any]:
    further: dict[str, Any] = {}
    if is_a(record.type_name, "Asset"):
        further["name"] = record.properties.get("displayName")
    of_type = record.classifications.get(TYPE, {})
    if kind is COLUMN:
        further |= {name: of_type.get(name) for name in _OF_TYPE if of_type.get(name) is not None}
    if _FORMULA in record.classifications:
        further["formula"] = record.classifications[_FORMULA].get("formula")
    bean = views.bean(record, kind.bean, kind.properties, further)
    if PRIMARY_KEY in record.classifications:
        bean["primaryKeyProperties"] = record.classifications[PRIMARY_KEY]
    return {**bean, **keys}


async def _structure_of(writing: Writing, asset: ElementRecord) -> tuple[str, list[Put]]:
    """The qualified name of the structure of an asset, and what makes it if it is not there."""
    reading = writing.reading
    there = await reading.related(asset.guid, type_name="Schema", at_end=1)
    if there:
        return there[0][1].qualified_name, []
    name = f"SchemaOf:{asset.qualified_name}"
    values = {"qualifiedName": name, "displayName": f"Schema of {asset.properties.get('displayName', name)}"}
    links = [Link("Schema", asset.qualified_name)]
    return name, [await writing.new(STRUCTURE, values, links=links, is_shared=True)]


async def _foreign_keys(reading: Reading, columns: list[ElementRecord]) -> dict[str, dict[str, Any]]:
    """What the beans of columns say of the keys that they refer to, by GUID of the column."""
    if not columns:
        return {}
    links = await reading.store.relationships([each.guid for each in columns], type_name=FOREIGN_KEY)
    referred = {each.guid: each for each in await reading.store.get([link.end1_guid for link in links])}
    return {
        link.end2_guid: {
            "foreignKeyProperties": link.properties,
            "referencedColumnGUID": link.end1_guid,
            "referencedColumnQualifiedName": referred[link.end1_guid].qualified_name,
        }
        for link in links
        if link.end1_guid in referred
    }
