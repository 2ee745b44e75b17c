"""The bodies, queries and answers of Egeria's open-metadata-store routes."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.rest.ffdc import FFDCResponse
from services.metadata.bounds import Natural
from services.metadata.egeria.effectivity import FROM, TO
from services.metadata.egeria.times import iso_time
from services.metadata.egeria.writing import Source


class SourceRequestBody(msgspec.Struct, kw_only=True, rename="camel"):
    """The base of all requests, which can name the user on whose behalf they are made."""

    external_source_name: str = ""
    external_source_guid: str | None = msgspec.field(name="externalSourceGUID", default=None)
    for_lineage: bool = False
    """True: the request applies to an archived element, too."""

    @property
    def source(self) -> Source:
        """The metadata source of the request; a source without a name is the metadata server itself."""
        return Source(self.external_source_name, self.external_source_guid or "")


class EffectivityRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """The times between which an element is effective; without them, it is always effective."""

    effective_from: Natural | datetime | None = None
    effective_to: Natural | datetime | None = None

    @property
    def effective(self) -> dict[str, str]:
        """The times as properties."""
        times = {FROM: iso_time(self.effective_from), TO: iso_time(self.effective_to)}
        return {name: time for name, time in times.items() if time is not None}


class NewElementRequestBody(EffectivityRequestBody, kw_only=True, rename="camel"):
    """A new element, alone or below a parent."""

    type_name: str
    properties: dict[str, Any]
    initial_classifications: dict[str, Any] | None = None
    parent_guid: str | None = msgspec.field(name="parentGUID", default=None)
    parent_relationship_type_name: str | None = None
    parent_at_end1: bool = True


class PropertiesRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """Properties, which are merged into those of the element, or replace them."""

    properties: dict[str, Any] | None = None
    replace_properties: bool = False


class NewRelatedElementsRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """A new relationship."""

    type_name: str
    metadata_element1_guid: str = msgspec.field(name="metadataElement1GUID")
    metadata_element2_guid: str = msgspec.field(name="metadataElement2GUID")
    properties: dict[str, Any] | None = None


class UniqueNameRequestBody(msgspec.Struct, kw_only=True, rename="camel"):
    """Selects an element by the value of a unique property."""

    name: str
    name_property_name: str | None = "qualifiedName"


class SearchStringRequestBody(msgspec.Struct, kw_only=True, rename="camel"):
    """Selects elements whose names contain a text."""

    search_string: str | None = None
    type_name: str | None = None
    starts_with: bool = False
    ends_with: bool = False
    start_from: Natural = 0
    page_size: Natural = 0


class PropertyCondition(msgspec.Struct, kw_only=True, rename="camel"):
    """A condition on one property."""

    property: str = ""
    operator: str = "EQ"
    value: Any = None


class SearchProperties(msgspec.Struct, kw_only=True, rename="camel"):
    """Conditions on several properties."""

    conditions: list[PropertyCondition] | None = None
    match_criteria: str = "ALL"


class FindRequestBody(msgspec.Struct, kw_only=True, rename="camel"):
    """Selects elements that meet conditions."""

    metadata_element_type_name: str | None = None
    search_properties: SearchProperties | None = None
    match_classifications: dict[str, Any] | None = None
    start_from: Natural = 0
    page_size: Natural = 0


class OpenMetadataElementResponse(FFDCResponse, kw_only=True, rename="camel"):
    """One element."""

    element: dict[str, Any] | UnsetType = UNSET


class OpenMetadataElementsResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Some elements, under both names that clients use."""

    element_list: list[dict[str, Any]] | UnsetType = UNSET
    elements: list[dict[str, Any]] | UnsetType = UNSET


class RelatedMetadataElementsResponse(FFDCResponse, kw_only=True, rename="camel"):
    """One relationship."""

    element: dict[str, Any] | UnsetType = UNSET


class RelatedMetadataElementListResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The elements related to an element."""

    element_list: list[dict[str, Any]] | UnsetType = UNSET
    """The elements for clients of Egeria 4."""
    related_element_list: dict[str, list[dict[str, Any]]] | UnsetType = UNSET
    """The elements for later clients."""


class OpenMetadataRelationshipListResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The relationships between two elements."""

    relationship_list: dict[str, list[dict[str, Any]]] | UnsetType = UNSET
    related_element_list: dict[str, list[dict[str, Any]]] | UnsetType = UNSET
    """The relationships for pyegeria."""
