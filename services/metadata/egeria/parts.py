"""Creates, changes, deletes and reads elements that routes of Egeria 4 present as beans, as parts of other elements.

Some kinds of parts are related to a structure of the whole, which the server creates, instead of to the whole itself:

    Database or DeployedDatabaseSchema ─▶ RelationalDBSchemaType ─▶ RelationalTable
    Topic ─▶ EventTypeList ─▶ EventType
    DeployedAPI ─▶ APISchemaType ─▶ APIOperation
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.metadata.changes import Link, Put, Remove
from services.metadata.egeria.databases import PRIMARY_KEY, foreign_keys
from services.metadata.egeria.kind import FORMULA, TYPE, Kind, classifications_in, properties_in, values_beside
from services.metadata.egeria.kinds import COLUMN
from services.metadata.egeria.reading import Reading
from services.metadata.egeria.types import is_a
from services.metadata.egeria.views import Views
from services.metadata.egeria.writing import PART_OF, Writing
from services.metadata.element import ElementRecord

DELETED_AT_ONCE = 1_000


async def whole_of(reading: Reading, kind: Kind, guid: str, parameter: str) -> ElementRecord:
    """The whole of a new element of a kind; raises `InvalidParameterError` for an element of another type."""
    found = await reading.element(guid, parameter=parameter)
    if not any(is_a(found.type_name, each) for each in kind.parents):
        raise reading.refusals.wrong_type(guid, found.type_name, kind.parents[0])
    return found


async def create(writing: Writing, kind: Kind, bean: Mapping[str, Any], whole: ElementRecord | None) -> str:
    """Catalogue an element, as a part of `whole` if that is given; returns its GUID."""
    await writing.require_source()
    type_name = kind.type_in(bean)
    writing.reading.require_type(type_name, kind.type_name)
    links: list[Link] = []
    below: list[Put] = []
    if whole is not None:
        name = whole.qualified_name
        if kind.structure and not is_a(whole.type_name, kind.structure):
            name, below = await _structure_of(writing, kind, whole)
        links.append(Link(kind.relationship, name))
    properties = properties_in(kind, type_name, bean)
    classifications = classifications_in(kind, bean, {})
    outcome = await writing.create(type_name, properties, classifications=classifications, links=links, below=below)
    return await writing.guid_of(str(properties.get("qualifiedName", "")), outcome)


async def update(writing: Writing, kind: Kind, element: ElementRecord, bean: Mapping[str, Any], *, merge: bool) -> None:
    """Change an element, including the classifications that represent values of its bean."""
    await writing.require_source()
    classifications = classifications_in(kind, bean, element.classifications if merge else {})
    kept = {name: values for name, values in element.classifications.items() if name not in (TYPE, FORMULA)}
    changed = element
    if kind.embedded_type:
        changed = msgspec.structs.replace(element, classifications={**kept, **classifications})
    await writing.update(changed, properties_in(kind, element.type_name, bean), replace=not merge)


async def delete(writing: Writing, element: ElementRecord) -> None:
    """Delete an element with its parts of the same source, the parts first.

    Raises `UserNotAuthorizedError`, and deletes nothing, if a connector of this program maintains one of them.
    """
    await writing.require_source()
    writing.require_owner(element)
    levels = [[element]]
    while levels[-1]:
        levels.append(await _parts(writing.reading, levels[-1]))
    doomed = {each.guid: each for level in reversed(levels) for each in level}
    removes = [Remove(source_key=await writing.source_key(each), delete=True) for each in doomed.values()]
    for first in range(0, len(removes), DELETED_AT_ONCE):
        await writing.apply(removes[first : first + DELETED_AT_ONCE])


async def _parts(reading: Reading, wholes: list[ElementRecord]) -> list[ElementRecord]:
    """The direct parts of elements, of the same source."""
    guids = {each.guid for each in wholes}
    links = [each for each in await reading.store.relationships(list(guids)) if each.end1_guid in guids]
    found = await reading.store.get([each.end2_guid for each in links if each.type_name in PART_OF])
    return [each for each in found if each.metadata_source == wholes[0].metadata_source]


async def parts_of(reading: Reading, whole: ElementRecord, kind: Kind, start: int, size: int) -> list[ElementRecord]:
    """One page of an element's parts of one kind, for example the tables or views of a schema."""
    guid = whole.guid
    if kind.structure and not is_a(whole.type_name, kind.structure):
        structures = await reading.related(guid, type_name="Schema", at_end=1)
        if not structures:
            return []
        guid = structures[0][1].guid
    links = await reading.links(guid, kind.relationship, 1)
    page = slice(start, start + reading.page_size(size))
    if not kind.is_view:
        return [other for _, other in await reading.with_others(guid, links[page])]
    return [other for _, other in await reading.with_others(guid, links) if kind.includes(other)][page]


async def beans_of(reading: Reading, kind: Kind, found: list[ElementRecord]) -> list[dict[str, Any]]:
    """The beans of elements; columns include their keys."""
    views = await reading.views(found)
    keys = await foreign_keys(reading, found) if kind is COLUMN else {}
    return [{**_bean_of(views, kind, each), **keys.get(each.guid, {})} for each in found]


def _bean_of(views: Views, kind: Kind, record: ElementRecord) -> dict[str, Any]:
    kind = kind.variant(record.type_name)
    bean = views.bean(record, kind.bean, kind.properties, values_beside(kind, record), kind.key)
    if PRIMARY_KEY in record.classifications:
        bean["primaryKeyProperties"] = record.classifications[PRIMARY_KEY]
    return bean


async def _structure_of(writing: Writing, kind: Kind, whole: ElementRecord) -> tuple[str, list[Put]]:
    """The qualified name of the structure of an element, and the put that creates it if it is missing."""
    structures = await writing.reading.related(whole.guid, type_name="Schema", at_end=1)
    if structures:
        return structures[0][1].qualified_name, []
    name = f"SchemaOf:{whole.qualified_name}"
    values = {"qualifiedName": name, "displayName": f"Schema of {whole.properties.get('displayName', name)}"}
    links = [Link("Schema", whole.qualified_name)]
    return name, [await writing.new(kind.structure, values, links=links, is_shared=True)]
