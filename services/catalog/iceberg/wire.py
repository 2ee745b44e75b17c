"""The requests and responses of the Iceberg REST API and of Nessie's own API.

Sources: the OpenAPI description of the Iceberg REST catalogue, the Iceberg table and view specifications, and the
OpenAPI description of Nessie (version 2). Only the fields that are used are decoded. In particular, `config` of a
loaded table, which may contain credentials, is not decoded.
"""

from typing import Any

import msgspec


class _Kebab(msgspec.Struct, kw_only=True, rename="kebab"):
    pass


class CatalogConfig(_Kebab):
    """The response of `/v1/config`."""

    defaults: dict[str, str] = {}
    overrides: dict[str, str] = {}
    endpoints: list[str] | None = None
    """The routes of the server; `None` if the server does not list them."""

    def get(self, name: str, default: str = "") -> str:
        """A value; the server's overrides have precedence over its defaults."""
        return self.overrides.get(name) or self.defaults.get(name) or default


class NamespacePage(_Kebab):
    """A page of namespaces."""

    namespaces: list[tuple[str, ...]]
    next_page_token: str | None = None


class Identifier(_Kebab):
    """The name of a table or view."""

    namespace: tuple[str, ...]
    name: str


class IdentifierPage(_Kebab):
    """A page of tables or views."""

    identifiers: list[Identifier]
    next_page_token: str | None = None


class NamespaceAnswer(_Kebab):
    """A namespace with its properties."""

    properties: dict[str, str] | None = None


class Field(_Kebab):
    """A field of a structure."""

    id: int
    name: str
    type: Any
    required: bool = False
    doc: str | None = None


class Schema(_Kebab):
    """A schema of a table or view."""

    fields: list[Field] = []
    schema_id: int = 0
    identifier_field_ids: list[int] = []


class PartitionField(_Kebab):
    """A field by which a table is partitioned or sorted."""

    transform: str
    source_id: int | None = None
    source_ids: list[int] = []
    name: str = ""
    direction: str = ""


class PartitionSpec(_Kebab):
    """The partitioning of a table."""

    spec_id: int = 0
    fields: list[PartitionField] = []


class SortOrder(_Kebab):
    """The sort order of the data of a table."""

    order_id: int = 0
    fields: list[PartitionField] = []


class Snapshot(_Kebab):
    """A state of a table."""

    snapshot_id: int
    timestamp_ms: int
    summary: dict[str, str] = {}


class LogEntry(_Kebab):
    """An earlier state of a table, or of its metadata."""

    timestamp_ms: int


class TableMetadata(_Kebab):
    """The metadata of a table."""

    format_version: int
    table_uuid: str = ""
    location: str = ""
    last_updated_ms: int = 0
    last_column_id: int = 0
    schemas: list[Schema] = []
    current_schema_id: int = 0
    partition_specs: list[PartitionSpec] = []
    default_spec_id: int = 0
    sort_orders: list[SortOrder] = []
    default_sort_order_id: int = 0
    properties: dict[str, str] = {}
    current_snapshot_id: int | None = None
    snapshots: list[Snapshot] = []
    snapshot_log: list[LogEntry] = []
    metadata_log: list[LogEntry] = []


class LoadedTable(_Kebab):
    """The response to a request for a table, or to a change of it."""

    metadata: TableMetadata
    metadata_location: str | None = None


class Representation(_Kebab):
    """The query of a view in one dialect."""

    sql: str = ""
    dialect: str = ""


class ViewVersion(_Kebab):
    """A version of a view."""

    version_id: int
    timestamp_ms: int = 0
    schema_id: int = 0
    representations: list[Representation] = []


class ViewMetadata(_Kebab):
    """The metadata of a view."""

    format_version: int
    view_uuid: str = ""
    location: str = ""
    schemas: list[Schema] = []
    current_version_id: int = 0
    versions: list[ViewVersion] = []
    properties: dict[str, str] = {}


class LoadedView(_Kebab):
    """The response to a request for a view, or to a change of it."""

    metadata: ViewMetadata
    metadata_location: str | None = None


class ContentKey(msgspec.Struct, rename="camel"):
    """The name of a content object of Nessie."""

    elements: tuple[str, ...]


class NessieContent(msgspec.Struct, rename="camel", kw_only=True):
    """A content object of Nessie: a namespace, a table, a view, or another kind."""

    type: str
    id: str = ""
    metadata_location: str = ""
    properties: dict[str, str] = {}


class NessieEntry(msgspec.Struct, rename="camel", kw_only=True):
    """One entry of Nessie's listing."""

    name: ContentKey
    content: NessieContent


class NessieReference(msgspec.Struct, rename="camel", kw_only=True):
    """A branch and its last commit."""

    hash: str = ""


class NessieBranch(msgspec.Struct, rename="camel", kw_only=True):
    """The response to a request for a branch."""

    reference: NessieReference


class NessiePage(msgspec.Struct, rename="camel", kw_only=True):
    """A page of Nessie's listing."""

    entries: list[NessieEntry]
    has_more: bool
    token: str | None = None
    effective_reference: NessieReference | None = None
