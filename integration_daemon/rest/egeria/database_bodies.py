"""The bodies and answers of the routes of databases."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.rest.ffdc import FFDCResponse
from integration_daemon.rest.open_metadata_bodies import SourceRequestBody


class ReferenceableRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """An element as a bean, as a part of another."""

    parent_guid: str | None = msgspec.field(name="parentGUID", default=None)
    properties: dict[str, Any]


class ClassificationRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """The properties of a classification or of a relationship."""

    properties: dict[str, Any] | None = None


class NameRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """Selects elements by name."""

    name: str


class SearchRequestBody(SourceRequestBody, kw_only=True, rename="camel"):
    """Selects elements whose names match a regular expression."""

    search_string: str


class DatabaseResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A database."""

    element: dict[str, Any] | UnsetType = UNSET


class DatabasesResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Some databases."""

    element_list: list[dict[str, Any]] | UnsetType = UNSET


class DatabaseSchemaResponse(DatabaseResponse, kw_only=True, rename="camel"):
    """A schema of a database."""


class DatabaseSchemasResponse(DatabasesResponse, kw_only=True, rename="camel"):
    """Some schemas."""


class DatabaseTableResponse(DatabaseResponse, kw_only=True, rename="camel"):
    """A table."""


class DatabaseTablesResponse(DatabasesResponse, kw_only=True, rename="camel"):
    """Some tables."""


class DatabaseViewResponse(DatabaseResponse, kw_only=True, rename="camel"):
    """A view."""


class DatabaseViewsResponse(DatabasesResponse, kw_only=True, rename="camel"):
    """Some views."""


class DatabaseColumnResponse(DatabaseResponse, kw_only=True, rename="camel"):
    """A column."""


class DatabaseColumnsResponse(DatabasesResponse, kw_only=True, rename="camel"):
    """Some columns."""
