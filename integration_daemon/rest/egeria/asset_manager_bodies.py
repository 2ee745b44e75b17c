"""The bodies, queries and answers of the routes of the Asset Manager OMAS."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.rest.ffdc import FFDCResponse
from integration_daemon.rest.query import FreeQuery
from services.metadata.egeria.writing import Source


class Correlation(msgspec.Struct, kw_only=True, rename="camel"):
    """The third party that an element comes from, and its identifier there."""

    asset_manager_guid: str | None = msgspec.field(name="assetManagerGUID", default=None)
    asset_manager_name: str | None = None
    external_identifier: str | None = None
    mapping_properties: dict[str, str] | None = None


class AssetManagerRequestBody(msgspec.Struct, kw_only=True, rename="camel"):
    """A request of a third party, about a relationship for instance."""

    asset_manager_guid: str | None = msgspec.field(name="assetManagerGUID", default=None)
    asset_manager_name: str | None = None
    metadata_correlation_properties: Correlation | None = None
    properties: dict[str, Any] | None = None

    @property
    def source(self) -> Source:
        """The third party as a metadata source; one without a name is the metadata server itself."""
        given = self.metadata_correlation_properties or self
        return Source(given.asset_manager_name or "", given.asset_manager_guid or "")


class ElementRequestBody(AssetManagerRequestBody, kw_only=True, rename="camel"):
    """An element as a bean, with what the third party calls it."""

    element_properties: dict[str, Any]


class HomeQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """Who an element belongs to."""

    asset_manager_is_home: bool = False
    """Whether it belongs to the third party, and not to the metadata server."""
    is_merge_update: bool = False
    """Whether the properties of the element are kept where no others are given."""


class ProcessElementResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A process."""

    element: dict[str, Any] | UnsetType = UNSET


class ProcessElementsResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Some processes."""

    element_list: list[dict[str, Any]] | UnsetType = UNSET


class GlossaryElementResponse(ProcessElementResponse, kw_only=True, rename="camel"):
    """A glossary."""


class GlossaryElementsResponse(ProcessElementsResponse, kw_only=True, rename="camel"):
    """Some glossaries."""


class GlossaryCategoryElementResponse(ProcessElementResponse, kw_only=True, rename="camel"):
    """A category of a glossary."""


class GlossaryCategoryElementsResponse(ProcessElementsResponse, kw_only=True, rename="camel"):
    """Some categories."""


class GlossaryTermElementResponse(ProcessElementResponse, kw_only=True, rename="camel"):
    """A term of a glossary."""


class GlossaryTermElementsResponse(ProcessElementsResponse, kw_only=True, rename="camel"):
    """Some terms."""
