"""The routes of databases of the Data Manager OMAS, which a database integrator of Egeria 4 uses."""

from integration_daemon.rest.egeria.kind_bodies import ReferenceableRequestBody, RelationshipRequestBody
from integration_daemon.rest.egeria.kind_routes import Family, Rows
from integration_daemon.rest.egeria.requests import reading, writing
from integration_daemon.rest.ffdc import GUIDResponse, VoidResponse
from integration_daemon.rest.route import Call, Route
from services.metadata.egeria import parts
from services.metadata.egeria.databases import FOREIGN_KEY, PRIMARY_KEY
from services.metadata.egeria.files import SERVICE
from services.metadata.egeria.kinds import COLUMN, DATABASE, DATABASE_STRUCTURE, SCHEMA, STRUCTURE, TABLE, VIEW
from services.metadata.element import ElementRecord

_DATABASES = Family(
    service=SERVICE, root="/servers/{server}/open-metadata/access-services/data-manager{users}/databases"
)


async def _create_structure(call: Call) -> GUIDResponse:
    """Catalogue the structure of a database or a schema, to which tables are added."""
    body: ReferenceableRequestBody = call.body
    return GUIDResponse(guid=await parts.create(writing(call, SERVICE), STRUCTURE, body.bean, None))


async def _attach_structure(call: Call) -> VoidResponse:
    """Attach a structure to a database or a schema."""
    write = writing(call, SERVICE)
    asset = await write.reading.element(call.parameters["guid"], kind="Asset")
    structure = await write.reading.element(call.parameters["structure"], kind=DATABASE_STRUCTURE)
    await write.relate("Schema", asset, structure, {})
    return VoidResponse()


async def _set_primary_key(call: Call) -> VoidResponse:
    """Classify a column as the primary key of its table."""
    body: RelationshipRequestBody = call.body or RelationshipRequestBody()
    write = writing(call, SERVICE)
    column = await write.reading.element(call.parameters["guid"], kind=COLUMN.type_name)
    await write.classify(column, PRIMARY_KEY, body.values, merge=False)
    return VoidResponse()


async def _remove_primary_key(call: Call) -> VoidResponse:
    """Remove the classification as a primary key from a column."""
    write = writing(call, SERVICE)
    await write.declassify(await write.reading.element(call.parameters["guid"], kind=COLUMN.type_name), PRIMARY_KEY)
    return VoidResponse()


async def _add_foreign_key(call: Call) -> VoidResponse:
    """Add a foreign-key relationship from a column to the primary key of another table."""
    body: RelationshipRequestBody = call.body or RelationshipRequestBody()
    write = writing(call, SERVICE)
    foreign, primary = await _columns(call)
    await write.relate(FOREIGN_KEY, primary, foreign, body.values)
    return VoidResponse()


async def _remove_foreign_key(call: Call) -> VoidResponse:
    """Remove the foreign-key relationship from a column to the primary key of another table."""
    foreign, primary = await _columns(call)
    await writing(call, SERVICE).unrelate(FOREIGN_KEY, primary, foreign)
    return VoidResponse()


async def _columns(call: Call) -> tuple[ElementRecord, ElementRecord]:
    """The column with the foreign key, and the column with the primary key."""
    read, kind = reading(call, SERVICE), COLUMN.type_name
    return (
        await read.element(call.parameters["guid"], kind=kind),
        await read.element(call.parameters["primary"], kind=kind),
    )


_COLUMN = "/tables/columns/{guid}"
_KEY = _COLUMN + "/foreign-key/{primary}"

_KINDS = (
    Rows(_DATABASES, DATABASE, "Database", ""),
    Rows(_DATABASES, SCHEMA, "DatabaseSchema", "/schemas", parts="/{whole}/schemas",
         parts_action="getSchemasForDatabase"),
    Rows(_DATABASES, TABLE, "DatabaseTable", "/tables", parts="/{whole}/tables",
         parts_action="getTablesForDatabaseAsset"),
    Rows(_DATABASES, VIEW, "DatabaseView", "/tables/views", parts="/{whole}/tables/views",
         parts_action="getViewsForDatabaseAsset"),
    Rows(_DATABASES, COLUMN, "DatabaseColumn", "/tables/columns", parts="/tables/{whole}/columns",
         parts_action="getColumnsForDatabaseTable"),
)  # fmt: skip

ROUTES: tuple[Route, ...] = (
    *(row for kind in _KINDS for row in kind.routes()),
    _DATABASES.changes("/schema-type", _create_structure, body=ReferenceableRequestBody, body_required=True,
                       answer="GUIDResponse", action="createDatabaseSchemaType"),
    _DATABASES.changes("/{guid}/schema-type/{structure}", _attach_structure, action="attachSchemaTypeToDatabaseAsset"),
    *(_DATABASES.changes("/schema-type" + kind.path, kind.create(), body=ReferenceableRequestBody, body_required=True,
                         answer="GUIDResponse", action=f"create{kind.name}ForSchemaType")
      for kind in _KINDS if kind.kind in (TABLE, VIEW)),
    _DATABASES.changes(_COLUMN + "/primary-key", _set_primary_key, body=RelationshipRequestBody,
                       action="setPrimaryKeyOnColumn"),
    _DATABASES.changes(_COLUMN + "/primary-key/delete", _remove_primary_key, action="removePrimaryKeyFromColumn"),
    _DATABASES.changes(_KEY, _add_foreign_key, body=RelationshipRequestBody, action="addForeignKeyRelationship"),
    _DATABASES.changes(_KEY + "/delete", _remove_foreign_key, action="removeForeignKeyRelationship"),
)  # fmt: skip
