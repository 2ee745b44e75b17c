"""Reading elements and relationships by the rules of Egeria 4.

An archived element has the classification `Memento`, and is visible only to requests for lineage.
"""

from collections.abc import Sequence
from typing import Any

from services.errors import InvalidParameterError
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import Query, literally
from services.metadata.egeria.effectivity import effectivity, is_effective
from services.metadata.egeria.names import EgeriaNames, own_property_names, own_relationship_name
from services.metadata.egeria.refusals import Refusals
from services.metadata.egeria.types import ROOT, has_property, is_a
from services.metadata.egeria.views import Views
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord
from services.metadata.messages import VALUE_NOT_USABLE
from services.metadata.store import MetadataStore
from services.metadata.types.registry import types_by_name


class Reading:
    """The reads of one request."""

    def __init__(self, store: MetadataStore, server: str, refusals: Refusals) -> None:
        self.store = store
        self.server = server
        self.refusals = refusals

    async def views(self, elements: Sequence[ElementRecord]) -> Views:
        """The presentations of these elements."""
        return await Views.of(self.store, self.server, elements)

    async def element(
        self, guid: str, *, for_lineage: bool = False, parameter: str = "elementGUID", kind: str = ROOT, at: int = 0
    ) -> ElementRecord:
        """The element with a GUID; raises `InvalidParameterError` if it is unknown, invisible, or of another kind."""
        found = await self.store.get([guid])
        if not found:
            raise self.refusals.unknown_element(guid, parameter, kind)
        if not is_visible(found[0], for_lineage=for_lineage, at=at):
            names, effective = list(EgeriaNames(found[0]).classifications), effectivity(found[0].properties)
            raise self.refusals.not_visible(guid, names, parameter, type_name=kind, at=at, effective=effective)
        if not is_a(found[0].type_name, kind):
            raise self.refusals.wrong_type(guid, found[0].type_name, kind)
        return found[0]

    async def named(self, name: str, property_name: str, *, for_lineage: bool = False) -> ElementRecord | None:
        """The element with a unique name."""
        if property_name == "qualifiedName":
            query = Query(qualified_name=name, page_size=1)
        else:
            query = Query(property_values={property_name: name}, page_size=1)
        found = await self.store.find(query)
        if not found and for_lineage:
            archived = Query(name_pattern=literally(name), include_archived=True, property_values={property_name: name})
            found = await self.store.find(archived)
        return found[0] if found else None

    def require_type(self, name: str | None, kind: str = ROOT) -> None:
        """Raise `InvalidParameterError` for a type that is unknown to the server, or not a subtype of the kind."""
        if name is not None and name not in types_by_name():
            raise self.refusals.unknown_type(name)
        if name is not None and not is_a(name, kind):
            problem = f"{name} is not a type of {kind}"
            raise InvalidParameterError(VALUE_NOT_USABLE, place="typeName", problem=problem)

    def condition(self, type_name: str | None, name: str, value: Any) -> tuple[str, Any]:
        """A condition that a property has a value, by property of the store."""
        kind = type_name if type_name in types_by_name() else ROOT
        ((own_name, wanted),) = own_property_names(kind or ROOT, {name: value}).items()
        return (own_name, wanted) if kind is None or has_property(kind, name) else (name, value)

    async def related(
        self,
        guid: str,
        *,
        type_name: str | None = None,
        at_end: int = 0,
        start: int = 0,
        size: int = 0,
    ) -> list[tuple[RelationshipRecord, ElementRecord]]:
        """The relationships of an element at end `at_end`, or at either end (0), with the elements at the other end."""
        links = await self.links(guid, type_name, at_end)
        return await self.with_others(guid, links[start : start + self.page_size(size)])

    async def links(self, guid: str, type_name: str | None, at_end: int) -> list[RelationshipRecord]:
        """The relationships of an element, without those to archived elements."""
        links = await self.store.relationships([guid], type_name=type_name and own_relationship_name(type_name))
        return [each for each in links if at_end == 0 or guid == (each.end1_guid if at_end == 1 else each.end2_guid)]

    async def with_others(
        self, guid: str, links: Sequence[RelationshipRecord]
    ) -> list[tuple[RelationshipRecord, ElementRecord]]:
        """Relationships of an element with the elements at their other ends."""
        others = {each.guid: each for each in await self.store.get([other_end(each, guid) for each in links])}
        return [(each, others[other_end(each, guid)]) for each in links if other_end(each, guid) in others]

    def page_size(self, wanted: int) -> int:
        """The size of a page for a requested size, where 0 requests the maximum."""
        return min(wanted or MOST_IN_A_PAGE, MOST_IN_A_PAGE)


def is_visible(record: ElementRecord, *, for_lineage: bool, at: int) -> bool:
    """True if an element is visible to a request: it is effective, and active unless the request is for lineage."""
    return (for_lineage or record.status is ElementStatus.ACTIVE) and is_effective(record, at)


def other_end(link: RelationshipRecord, guid: str) -> str:
    """The GUID of the element at the other end of a relationship."""
    return link.end2_guid if link.end1_guid == guid else link.end1_guid
