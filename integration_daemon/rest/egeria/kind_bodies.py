"""The bodies and queries of the routes whose elements have the form of Egeria's beans."""

from typing import Any

import msgspec

from integration_daemon.rest.egeria.open_metadata_bodies import SourceRequestBody
from integration_daemon.rest.query import FreeQuery
from services.metadata.egeria.writing import Source


class BeanRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """An element as a bean, which is the body itself."""

    bean: dict[str, Any]


def read_bean(content: bytes) -> BeanRequestBody:
    """Decode a body that is a bean, with the metadata source named among its properties."""
    sender = msgspec.json.decode(content, type=SourceRequestBody)
    bean = msgspec.json.decode(content, type=dict[str, Any])
    return BeanRequestBody(
        external_source_name=sender.external_source_name, external_source_guid=sender.external_source_guid, bean=bean
    )


class ReferenceableRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """An element as a bean, and its parent."""

    parent_guid: str | None = msgspec.field(name="parentGUID", default=None)
    properties: dict[str, Any]

    @property
    def bean(self) -> dict[str, Any]:
        """The bean."""
        return self.properties


class RelationshipRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """The properties of a classification or of a relationship."""

    properties: dict[str, Any] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The properties that have values."""
        given = self.properties or {}
        return {name: value for name, value in given.items() if name != "class" and value is not None}


class Correlation(msgspec.Struct, kw_only=True, rename="camel"):
    """The third party from which an element comes, and the element's identifier there."""

    asset_manager_guid: str | None = msgspec.field(name="assetManagerGUID", default=None)
    asset_manager_name: str | None = None
    external_identifier: str | None = None
    mapping_properties: dict[str, str] | None = None


class AssetManagerRequestBody(RelationshipRequestBody, kw_only=True, rename="camel"):
    """A request of a third party, such as one about a relationship."""

    asset_manager_guid: str | None = msgspec.field(name="assetManagerGUID", default=None)
    asset_manager_name: str | None = None
    metadata_correlation_properties: Correlation | None = None

    @property
    def source(self) -> Source:
        """The third party as a metadata source; a source without a name is the metadata server itself."""
        given = self.metadata_correlation_properties or self
        return Source(given.asset_manager_name or "", given.asset_manager_guid or "")


class ElementRequestBody(AssetManagerRequestBody, kw_only=True, rename="camel"):
    """An element as a bean, with its identifier at the third party."""

    element_properties: dict[str, Any]

    @property
    def bean(self) -> dict[str, Any]:
        """The bean."""
        return self.element_properties


class NameRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """Selects elements by name."""

    name: str


class SearchRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """Selects elements whose names match a regular expression."""

    search_string: str


class HomeQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """The owner of an element; each integrator has a name of its own for the parameter."""

    asset_manager_is_home: bool = False
    """True: the element belongs to the third party, not to the metadata server."""
    event_broker_is_home: bool = False
    """Another name of `assetManagerIsHome`."""
    application_is_home: bool = False
    """Another name of `assetManagerIsHome`."""
    api_manager_is_home: bool = False
    """Another name of `assetManagerIsHome`."""
    is_merge_update: bool = False
    """True: given properties are merged into those of the element. False: they replace them."""

    @property
    def is_theirs(self) -> bool:
        """True if the element belongs to the third party."""
        return (
            self.asset_manager_is_home
            or self.event_broker_is_home
            or self.application_is_home
            or self.api_manager_is_home
        )
