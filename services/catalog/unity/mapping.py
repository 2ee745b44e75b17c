"""The open metadata elements of a Unity Catalog server.

    SoftwareServer ─SupportedSoftwareCapability─▶ DataAccessManager ─CapabilityAssetUse─▶ DeployedDatabaseSchema
        ─DataSetContent─▶ VirtualRelationalTable ─Schema─▶ RelationalTableType ─AttributeForSchema─▶ RelationalColumn
    DataAccessManager ─CapabilityAssetUse─▶ DataFolder, DeployedAPI, DeployedAnalyticsModel

The types are those of Egeria's connectors for a server and its catalogs, schemas, tables, volumes, functions and
registered models. Values without a property of open metadata become additional properties: the properties of objects
keep their names, and the names of the others begin with `unity:`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from services.catalog.synchronization.external_identifiers import Exchange, ExternalIdentifiers, Stated
from services.catalog.synchronization.shared import COMMENT, Shared, without_comment
from services.catalog.times import time_text
from services.catalog.unity.client import Names
from services.catalog.unity.wire import (
    CATALOGS,
    FUNCTIONS,
    MODELS,
    SCHEMAS,
    TABLES,
    VOLUMES,
    FunctionInfo,
    Info,
    Kind,
    TableInfo,
    VolumeInfo,
)
from services.metadata.changes import Link, Put
from services.metadata.mapping import to_put
from services.metadata.sorted_diff import PART
from services.metadata.table_names import SEPARATOR, escaped
from services.metadata.types.base import Referenceable
from services.metadata.types.displays import DeployedAPI
from services.metadata.types.files import DataFolder
from services.metadata.types.relational import (
    DeployedDatabaseSchema,
    RelationalColumn,
    RelationalTableType,
    VirtualRelationalTable,
)
from services.metadata.types.servers import DataAccessManager, DeployedAnalyticsModel, SoftwareServer

TECHNOLOGY = "Unity Catalog"
SHARED = Shared("unity:")
_TYPES: dict[str, tuple[type[Referenceable], str]] = {
    CATALOGS.place: (DataAccessManager, "Catalog"),
    SCHEMAS.place: (DeployedDatabaseSchema, "Schema"),
    TABLES.place: (VirtualRelationalTable, "Table"),
    VOLUMES.place: (DataFolder, "Volume"),
    FUNCTIONS.place: (DeployedAPI, "Function"),
    MODELS.place: (DeployedAnalyticsModel, "Registered Model"),
}
_IDS = ("id", "schema_id", "table_id", "volume_id", "function_id")
_OWN = {
    "owner": "owner",
    "created_by": "createdBy",
    "updated_by": "updatedBy",
    "storage_root": "storageRoot",
    "storage_location": "storageLocation",
    "table_type": "tableType",
    "data_source_format": "dataSourceFormat",
    "view_definition": "viewDefinition",
    "volume_type": "volumeType",
    "full_data_type": "dataType",
    "routine_body": "routineBody",
    "routine_definition": "routineDefinition",
    "external_language": "externalLanguage",
}
"""Names of additional properties by the fields of objects."""


class Object(NamedTuple):
    """An object of the server, ready to be put."""

    kind: Kind
    names: Names
    info: Info
    fingerprint: str


class Statements:
    """The elements of one server."""

    def __init__(self, path: str, source: str) -> None:
        self._path = path
        self.server_name = f"SoftwareServer::{path}"
        self.identifiers = ExternalIdentifiers(source, path)

    def server(self) -> Put:
        """The element of the server itself."""
        return to_put(
            SoftwareServer(
                qualified_name=self.server_name,
                display_name=self._path,
                deployed_implementation_type=f"{TECHNOLOGY} Server",
            )
        )

    def scope(self, kind: Kind, names: Names = ()) -> str:
        """The prefix of the source keys of objects of a kind: of all objects, or of those in a catalog or schema."""
        return SEPARATOR.join((_TYPES[kind.place][0].type_name(), self._path, *map(escaped, names), ""))

    def key(self, kind: Kind, names: Names) -> str:
        """The source key of an object, which is its qualified name."""
        return self.scope(kind, names).removesuffix(SEPARATOR)

    def identifier(self, kind: Kind, names: Names) -> str:
        """The identifier of an object at the server."""
        return f"{kind.place}/{'.'.join(map(escaped, names))}"

    def puts(self, found: Object, values: Mapping[str, str], exchange: Exchange) -> list[Put]:
        """An object with its parts. `values` are the values of the shared properties."""
        put = self._element(found, values)
        parts = list(self._structure(found, put)) if isinstance(found.info, TableInfo) else []
        return [put, *parts, self.external(found, exchange)]

    def external(self, found: Object, exchange: Exchange) -> Put:
        """The external identifier of an object, which is a part of its element."""
        key = self.key(found.kind, found.names)
        stated = Stated(key, key, found.fingerprint)
        kind = _TYPES[found.kind.place][1].lower()
        return self.identifiers.put_of(stated, self.identifier(found.kind, found.names), kind, exchange)

    def _element(self, found: Object, values: Mapping[str, str]) -> Put:
        kind, names, info = found.kind, found.names, found.info
        element_type, title = _TYPES[kind.place]
        properties: dict[str, Any] = {
            "qualified_name": self.key(kind, names),
            "display_name": info.name,
            "description": values.get(COMMENT),
            "deployed_implementation_type": f"{TECHNOLOGY} {title}",
            "additional_properties": {**without_comment(values), **dict(_own(info))} or None,
        }
        if isinstance(info, VolumeInfo):
            properties["path_name"] = info.storage_location
        return to_put(
            element_type(**properties),
            source_key=self.key(kind, names),
            fingerprint=found.fingerprint,
            links=[self._link(kind, names)],
        )

    def _link(self, kind: Kind, names: Names) -> Link:
        """The relationship of an object to its server, catalog or schema."""
        if kind == CATALOGS:
            return Link("SupportedSoftwareCapability", self.server_name)
        if kind == TABLES:
            return Link("DataSetContent", self.key(SCHEMAS, names[:2]))
        return Link("CapabilityAssetUse", self.key(CATALOGS, names[:1]))

    def _structure(self, found: Object, table: Put) -> Iterator[Put]:
        """The structure of a table or view: its type and its columns."""
        assert isinstance(found.info, TableInfo)
        path = f"{self._path}{SEPARATOR}{_joined(found.names)}"
        structure = RelationalTableType(qualified_name=f"RelationalTableType::{path}", display_name=found.info.name)
        key = table.source_key
        yield to_put(structure, source_key=f"{key}{PART}structure", links=[Link("Schema", table.qualified_name)])
        columns = {each.name: each for each in found.info.columns or ()}
        for number, column in enumerate(columns.values()):
            partition = column.partition_index
            yield to_put(
                RelationalColumn(
                    qualified_name=f"RelationalColumn::{path}{SEPARATOR}{escaped(column.name)}",
                    display_name=column.name,
                    description=column.comment or None,
                    element_position=number if column.position is None else column.position,
                    is_nullable=column.nullable is not False,
                    data_type=column.type_text or column.type_name,
                    additional_properties={"unity:partitionIndex": str(partition)} if partition is not None else None,
                ),
                source_key=f"{key}{PART}column {escaped(column.name)}",
                links=[Link("AttributeForSchema", structure.qualified_name)],
                classifications={
                    "TypeEmbeddedAttribute": {
                        "schemaTypeName": "RelationalColumnType",
                        "dataType": column.type_text or column.type_name or "",
                    }
                },
            )


def values_of(kind: Kind, info: Info) -> dict[str, str]:
    """The shared properties of an object."""
    properties = (getattr(info, "properties", None) or {}) if kind.has_properties else {}
    return shared_of(kind).of_object({**properties, **({COMMENT: info.comment} if info.comment else {})})


def shared_of(kind: Kind) -> Shared:
    """The rule for the shared properties of a kind."""
    return SHARED if kind.has_properties else SHARED._replace(comment_alone=True)


def _own(info: Info) -> Iterator[tuple[str, str]]:
    for name in _IDS:
        if value := getattr(info, name, None):
            yield "unity:id", value
    for field, name in _OWN.items():
        if value := getattr(info, field, None):
            yield f"unity:{name}", value
    for field in ("created_at", "updated_at"):
        if (value := getattr(info, field)) is not None:
            yield f"unity:{field.removesuffix('_at')}", time_text(value)
    if isinstance(info, TableInfo) and info.view_dependencies is not None:
        yield "unity:viewDependencies", ", ".join(_dependencies(info))
    if isinstance(info, FunctionInfo) and info.input_params is not None:
        parameters = info.input_params.parameters or ()
        yield "unity:parameters", ", ".join(f"{each.name} {each.type_text or ''}".rstrip() for each in parameters)


def _dependencies(info: TableInfo) -> Iterator[str]:
    assert info.view_dependencies is not None
    for each in info.view_dependencies.dependencies or ():
        if each.table is not None:
            yield each.table.table_full_name
        elif each.function is not None:
            yield each.function.function_full_name


def _joined(names: Names) -> str:
    return SEPARATOR.join(map(escaped, names))
