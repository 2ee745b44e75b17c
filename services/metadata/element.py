"""Elements and relationships as a store returns them."""

from datetime import datetime
from enum import Enum
from typing import Any

import msgspec


class ElementStatus(Enum):
    """The status of an element in the catalogue."""

    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    """Its real-world counterpart no longer exists; the element has the Memento classification and is hidden from
    ordinary searches, but lineage may still lead to it."""
    DELETED = "DELETED"
    """The element has been deleted; this status occurs only in the change feed."""


class MetadataSource(msgspec.Struct, frozen=True, rename="camel"):
    """The software capability that owns a connector's elements: their provenance."""

    qualified_name: str
    type_name: str = "SoftwareCapability"
    display_name: str = ""


class ElementRecord(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """One element with its header."""

    guid: str
    type_name: str
    status: ElementStatus
    version: int
    created_by: str
    create_time: datetime
    updated_by: str | None = None
    update_time: datetime | None = None
    metadata_source: str = ""
    """Qualified name of the metadata source that owns the element; empty for the metadata server itself."""
    classifications: dict[str, dict[str, Any]] = {}
    properties: dict[str, Any]

    @property
    def qualified_name(self) -> str:
        """The element's unique name."""
        return str(self.properties["qualifiedName"])


class RelationshipRecord(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """One relationship between two elements."""

    guid: str
    type_name: str
    end1_guid: str
    end2_guid: str
    properties: dict[str, Any] = {}
