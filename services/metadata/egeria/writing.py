"""Changing elements and relationships, one at a time, by the rules of Egeria 4.

Elements of a metadata source have the same source keys as those of this program's connectors: files and folders have
their paths, so that both share one element. A changed element keeps the relationships to its wholes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from services.errors import InvalidParameterError, UserNotAuthorizedError
from services.metadata.changes import (
    Batch,
    Change,
    Classify,
    Declassify,
    Link,
    Outcome,
    Put,
    Query,
    Relate,
    Remove,
    Unrelate,
)
from services.metadata.egeria.effectivity import FROM, TO
from services.metadata.egeria.names import own_classification_name, own_property_names, own_relationship_name
from services.metadata.egeria.reading import Reading
from services.metadata.egeria.relationship_guids import RelationshipKey
from services.metadata.egeria.types import has_property, is_a, require_value
from services.metadata.egeria.views import MEMENTO
from services.metadata.element import ElementRecord, ElementStatus
from services.metadata.mapping import fingerprint_of
from services.metadata.messages import NAME_TAKEN, NOT_THE_OWNER, VALUE_NOT_USABLE
from services.metadata.storable import refusal
from services.metadata.types.registry import types_by_name
from services.metadata.types.relationships import RELATIONSHIPS

PART_OF = frozenset(
    {
        "NestedFile",
        "FolderHierarchy",
        "DataSetContent",
        "Schema",
        "AttributeForSchema",
        "NestedSchemaAttribute",
        "TermAnchor",
        "CategoryAnchor",
        "SchemaTypeOption",
        "APIOperations",
        "ContactThrough",
    }
)
"""Relationships whose end 2 is a part of end 1."""
_STATED = PART_OF | {"ForeignKey"}
"""Relationships that the element at end 2 states."""
_LASTING = ("qualifiedName", FROM, TO)
"""Properties that a replacement of all properties keeps."""


class Source(msgspec.Struct, frozen=True):
    """The metadata source of a request."""

    name: str = ""
    """Qualified name; empty for the metadata server itself."""
    guid: str = ""


class Writing:
    """The changes of one request."""

    def __init__(self, reading: Reading, user: str, source: Source, *, is_strict: bool = True) -> None:
        """`is_strict`: refuse properties that the type of an element does not have, as Egeria 4 does."""
        self.reading = reading
        self._is_strict = is_strict
        self.source = source
        self._user = user
        self._store = reading.store
        self._refusals = reading.refusals

    async def require_source(self) -> None:
        """Raise `InvalidParameterError` if the GUID of the source is not the GUID of the element with its name."""
        if self.source.guid:
            parameter = "externalSourceGUID"
            found = await self.reading.element(self.source.guid, parameter=parameter)
            if found.qualified_name != self.source.name:
                raise self._refusals.unknown_element(self.source.guid, parameter)

    async def create(
        self,
        type_name: str,
        properties: Mapping[str, Any],
        *,
        classifications: Mapping[str, dict[str, Any]] | None = None,
        links: Sequence[Link] = (),
        below: Iterable[Put] = (),
        effective: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Create an element and, in the same transaction, those `below` it; names are Egeria's or the store's."""
        await self.require_source()
        stated = [each for each in links if each.type_name in _STATED]
        put = await self.new(type_name, properties, classifications=classifications, links=stated, effective=effective)
        others = [related(put.qualified_name, each) for each in links if each.type_name not in _STATED]
        shared = list(below)
        names = {each.qualified_name for each in shared}
        return await self.apply([*shared, put, *others], shared=names)

    async def new(
        self,
        type_name: str,
        properties: Mapping[str, Any],
        *,
        classifications: Mapping[str, dict[str, Any]] | None = None,
        links: Sequence[Link] = (),
        effective: Mapping[str, str] | None = None,
        is_shared: bool = False,
    ) -> Put:
        """The put of a new element; raises `InvalidParameterError` for an unknown type and for a taken name.

        `is_shared`: concurrent requests may create the same element, and all use the first one.
        """
        if type_name not in types_by_name():
            raise self._refusals.unknown_type(type_name)
        values = {**self._own_names(type_name, properties, "createEntity"), **(effective or {})}
        name = values.get("qualifiedName")
        if not isinstance(name, str) or not name:
            problem = "every element needs a qualified name, which is a text"
            raise InvalidParameterError(VALUE_NOT_USABLE, place="properties.qualifiedName", problem=problem)
        if not is_shared and await self._store.find(Query(qualified_name=name, page_size=1)):
            raise self._refusals.name_taken(type_name, name)
        named = {own_classification_name(key): dict(value) for key, value in (classifications or {}).items()}
        key = await self._free_key(type_name, values)
        return msgspec.structs.replace(_put(type_name, values, named, links, key), is_new=not is_shared)

    async def update(self, element: ElementRecord, properties: Mapping[str, Any], *, replace: bool) -> None:
        """Change the properties of an element: merge them with the existing ones, or replace these."""
        self.require_owner(element)
        values = self._own_names(element.type_name, properties, "updateEntity")
        kept = {name: element.properties[name] for name in _LASTING if name in element.properties}
        kept = kept if replace else element.properties
        links = await self._parts_of(element)
        key = await self.source_key(element)
        put = _put(element.type_name, {**kept, **values}, element.classifications, links, key)
        name = put.qualified_name
        if name != element.qualified_name and await self._store.find(Query(qualified_name=name, page_size=1)):
            raise self._refusals.name_taken(element.type_name, name)
        await self.apply([put])

    async def make_effective(self, element: ElementRecord, effective: Mapping[str, str]) -> None:
        """Set the effective period of an element; an absent time means no limit."""
        self.require_owner(element)
        kept = {name: value for name, value in element.properties.items() if name not in (FROM, TO)}
        links, key = await self._parts_of(element), await self.source_key(element)
        await self.apply([_put(element.type_name, {**kept, **effective}, element.classifications, links, key)])

    async def remove(self, element: ElementRecord, *, delete: bool, process: str = "") -> None:
        """Archive an element, or delete it permanently."""
        self.require_owner(element)
        if element.status is ElementStatus.ARCHIVED:
            if delete:
                await self.apply([Remove(source_key=element.qualified_name, delete=True, archived_guid=element.guid)])
            return
        key = await self.source_key(element)
        await self.apply([Remove(source_key=key, delete=delete, archive_process=process)])

    async def classify(self, element: ElementRecord, name: str, properties: Mapping[str, Any], *, merge: bool) -> None:
        """Add a classification, or change its properties; `Memento` archives the element."""
        if name == MEMENTO:
            process = properties.get("archiveProcess") or properties.get("archiveService") or self._user
            await self.remove(element, delete=False, process=str(process))
            return
        own_type = own_classification_name(name)
        before = element.classifications.get(own_type, {}) if merge else {}
        change = Classify(
            qualified_name=element.qualified_name, classification=own_type, properties={**before, **properties}
        )
        await self.apply([change])

    async def declassify(self, element: ElementRecord, name: str) -> None:
        """Remove a classification from an element."""
        change = Declassify(qualified_name=element.qualified_name, classification=own_classification_name(name))
        await self.apply([change])

    async def relate(
        self, type_name: str, end1: ElementRecord, end2: ElementRecord, properties: Mapping[str, Any]
    ) -> RelationshipKey:
        """Link two elements."""
        own_type = own_relationship_name(type_name)
        self.require_ends(own_type, (end1, end1.type_name), (end2, end2.type_name))
        change = Relate(
            type_name=own_type, end1=end1.qualified_name, end2=end2.qualified_name, properties=dict(properties)
        )
        await self.apply([change])
        return RelationshipKey(own_type, end1.guid, end2.guid)

    async def unrelate(self, type_name: str, end1: ElementRecord, end2: ElementRecord) -> None:
        """Remove a relationship between two elements."""
        own_type = own_relationship_name(type_name)
        await self.apply([Unrelate(type_name=own_type, end1=end1.qualified_name, end2=end2.qualified_name)])

    def require_ends(self, type_name: str, *ends: tuple[ElementRecord | None, str]) -> None:
        """Raise `InvalidParameterError` if a relationship type does not allow the ends; `None` is a new element."""
        kind = RELATIONSHIPS.get(own_relationship_name(type_name))
        for (element, actual), wanted in zip(ends, (kind.end1, kind.end2) if kind is not None else (), strict=False):
            if element is None:
                self.reading.require_type(actual, wanted)
            elif not is_a(actual, wanted):
                raise self._refusals.wrong_type(element.guid, actual, wanted)

    def require_owner(self, element: ElementRecord) -> None:
        """Raise `UserNotAuthorizedError` for an element of another metadata source."""
        if element.metadata_source != self.source.name:
            owner = element.metadata_source or "the metadata server"
            by = self.source.name or "the metadata server"
            raise UserNotAuthorizedError(NOT_THE_OWNER, name=element.qualified_name, owner=owner, source=by)

    async def source_key(self, element: ElementRecord) -> str:
        """The source key of an element; raises `UserNotAuthorizedError` if a connector stored it at another key."""
        for key in dict.fromkeys((element.qualified_name, place_of(element.type_name, element.properties))):
            if key and key in await self._store.fingerprints(element.metadata_source, key, limit=1):
                return key  # a scope includes its own text as a source key
        owner = element.metadata_source or "the metadata server"
        by = "these routes: the element is kept in step by a connector"
        raise UserNotAuthorizedError(NOT_THE_OWNER, name=element.qualified_name, owner=owner, source=by)

    async def apply(self, changes: Sequence[Change], *, shared: Collection[str] = ()) -> Outcome:
        """Apply changes; raises `PropertyServerError` for the first rejected change.

        Raises `InvalidParameterError`, and applies none, if a change has a value that no store can keep. A rejection of
        an element whose name is in `shared` is ignored: a concurrent request may have created the element, even
        for another source.
        """
        for change in changes:
            error = refusal(change)
            if error is not None and error.definition is VALUE_NOT_USABLE:
                raise error
        outcome = await self._store.apply(Batch(user=self._user, metadata_source=self.source.name, changes=changes))
        stated = {each.qualified_name: each.type_name for each in changes if isinstance(each, Put)}
        for rejection in outcome.rejected:
            name = rejection.subject
            if name in stated and name not in shared and rejection.message.startswith(NAME_TAKEN.id):
                raise self._refusals.name_taken(stated[name], name)
            if name not in shared:
                raise self._refusals.repository(rejection.message, "InvalidEntityException", "apply")
        return outcome

    async def guid_of(self, name: str, outcome: Outcome) -> str:
        """The GUID of an element in an outcome; an existing element that is not in the outcome is looked up."""
        guid = outcome.guids.get(name)
        if guid is None:
            found = await self._store.find(Query(qualified_name=name, page_size=1))
            if not found:
                raise self._refusals.unknown_element(name, "qualifiedName")
            guid = found[0].guid
        return guid

    def _own_names(self, type_name: str, properties: Mapping[str, Any], call: str) -> dict[str, Any]:
        values = own_property_names(type_name, properties)
        for name in properties:
            if self._is_strict and not has_property(type_name, name):
                raise self._refusals.unknown_property(type_name, name, call)
            for own_name, value in own_property_names(type_name, {name: properties[name]}).items():
                require_value(type_name, own_name, value, f"properties.{name}")
        return values

    async def _free_key(self, type_name: str, values: Mapping[str, Any]) -> str:
        """The source key of a new element: its path, unless another element of the source has it."""
        place = place_of(type_name, values) if self.source.name else ""
        if place and place not in await self._store.fingerprints(self.source.name, place, limit=1):
            return place
        return str(values.get("qualifiedName", ""))

    async def _parts_of(self, element: ElementRecord) -> list[Link]:
        """The stated relationships of an element to its wholes."""
        links = [
            each
            for each in await self._store.relationships([element.guid])
            if each.type_name in _STATED and each.end2_guid == element.guid
        ]
        names = {each.guid: each.qualified_name for each in await self._store.get([each.end1_guid for each in links])}
        return [
            Link(each.type_name, names[each.end1_guid], properties=each.properties)
            for each in links
            if each.end1_guid in names
        ]


def place_of(type_name: str, properties: Mapping[str, Any]) -> str:
    """The source key that connectors of this program give to a file or folder; empty for other elements."""
    path = properties.get("pathName")
    if not isinstance(path, str) or not path:
        return ""
    if is_a(type_name, "FileFolder"):
        return path if path.endswith("/") else path + "/"
    return path if is_a(type_name, "DataFile") else ""


def related(name: str, link: Link) -> Relate:
    """Convert a link of an element to a relationship that an update of the element does not remove."""
    end1, end2 = (link.qualified_name, name) if link.at_end1 else (name, link.qualified_name)
    return Relate(type_name=link.type_name, end1=end1, end2=end2, properties=link.properties)


def _put(
    type_name: str,
    values: Mapping[str, Any],
    classifications: Mapping[str, dict[str, Any]],
    links: Sequence[Link],
    source_key: str,
) -> Put:
    content = msgspec.json.encode(dict(values))
    stated = tuple(links)
    return Put(
        type_name=type_name,
        qualified_name=str(values.get("qualifiedName", "")),
        source_key=source_key,
        fingerprint=fingerprint_of(content, type_name, stated, classifications),
        properties=msgspec.Raw(content),
        classifications=dict(classifications),
        links=stated,
    )
