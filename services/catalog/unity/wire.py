"""The objects of the Unity Catalog API (version 2.1).

Source: the OpenAPI description of Unity Catalog, `api/all.yaml` of its public repository. Every field may be absent or
null, except for names. Only the fields that are used are decoded.
"""

from typing import NamedTuple

import msgspec


class _Object(msgspec.Struct, kw_only=True):
    name: str
    comment: str | None = None
    owner: str | None = None
    created_at: int | None = None
    """Milliseconds since the epoch."""
    created_by: str | None = None
    updated_at: int | None = None
    updated_by: str | None = None


class CatalogInfo(_Object, kw_only=True):
    """A catalog."""

    id: str | None = None
    properties: dict[str, str] | None = None
    storage_root: str | None = None
    storage_location: str | None = None


class SchemaInfo(_Object, kw_only=True):
    """A schema of a catalog."""

    schema_id: str | None = None
    properties: dict[str, str] | None = None
    storage_root: str | None = None
    storage_location: str | None = None


class ColumnInfo(msgspec.Struct, kw_only=True):
    """A column of a table."""

    name: str
    type_text: str | None = None
    type_name: str | None = None
    type_precision: int | None = None
    type_scale: int | None = None
    position: int | None = None
    comment: str | None = None
    nullable: bool | None = None
    partition_index: int | None = None


class TableDependency(msgspec.Struct):
    """A table that a view reads."""

    table_full_name: str


class FunctionDependency(msgspec.Struct):
    """A function that a view calls."""

    function_full_name: str


class Dependency(msgspec.Struct, kw_only=True):
    """A table or function that a view depends on."""

    table: TableDependency | None = None
    function: FunctionDependency | None = None


class DependencyList(msgspec.Struct, kw_only=True):
    """All dependencies of a view."""

    dependencies: list[Dependency] | None = None


class TableInfo(_Object, kw_only=True):
    """A table or view."""

    table_id: str | None = None
    table_type: str | None = None
    data_source_format: str | None = None
    columns: list[ColumnInfo] | None = None
    storage_location: str | None = None
    properties: dict[str, str] | None = None
    view_definition: str | None = None
    view_dependencies: DependencyList | None = None


class VolumeInfo(_Object, kw_only=True):
    """A volume: a folder of files."""

    volume_id: str | None = None
    volume_type: str | None = None
    storage_location: str | None = None


class FunctionParameterInfo(msgspec.Struct, kw_only=True):
    """A parameter of a function."""

    name: str
    type_text: str | None = None


class FunctionParameterInfos(msgspec.Struct, kw_only=True):
    """The parameters of a function."""

    parameters: list[FunctionParameterInfo] | None = None


class FunctionInfo(_Object, kw_only=True):
    """A function."""

    function_id: str | None = None
    input_params: FunctionParameterInfos | None = None
    data_type: str | None = None
    full_data_type: str | None = None
    routine_body: str | None = None
    routine_definition: str | None = None
    external_language: str | None = None


class ModelInfo(_Object, kw_only=True):
    """A registered model."""

    id: str | None = None
    storage_location: str | None = None


Info = CatalogInfo | SchemaInfo | TableInfo | VolumeInfo | FunctionInfo | ModelInfo


class Page(msgspec.Struct, kw_only=True):
    """A page of a listing, of objects of one kind."""

    catalogs: list[msgspec.Raw] | None = None
    schemas: list[msgspec.Raw] | None = None
    tables: list[msgspec.Raw] | None = None
    volumes: list[msgspec.Raw] | None = None
    functions: list[msgspec.Raw] | None = None
    registered_models: list[msgspec.Raw] | None = None
    next_page_token: str | None = None


class Kind(NamedTuple):
    """A kind of object."""

    place: str
    """The name of the kind in the paths of the API."""
    field: str
    """The field of a listing page that contains the objects."""
    info: type[Info]
    page: int
    """The maximum number of objects in a page."""
    can_change: bool = False
    """True if the API can change the comment of an object."""
    has_properties: bool = False


CATALOGS = Kind("catalogs", "catalogs", CatalogInfo, 1_000, can_change=True, has_properties=True)
SCHEMAS = Kind("schemas", "schemas", SchemaInfo, 1_000, can_change=True, has_properties=True)
TABLES = Kind("tables", "tables", TableInfo, 50, has_properties=True)
VOLUMES = Kind("volumes", "volumes", VolumeInfo, 1_000, can_change=True)
FUNCTIONS = Kind("functions", "functions", FunctionInfo, 1_000)
MODELS = Kind("models", "registered_models", ModelInfo, 50, can_change=True)
IN_SCHEMAS = (FUNCTIONS, MODELS, TABLES, VOLUMES)
