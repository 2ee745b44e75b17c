"""Connectors to Iceberg catalogues, without a daemon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.catalog.iceberg.iceberg_catalog import IcebergCatalog
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.element import ElementRecord
from services.secret import Secret
from services.testing import running_connector
from services.testing.running import RunningConnector
from tests.servers.nessie import Catalogue, NessieServer, field

FROM = PermittedSynchronization.FROM_THIRD_PARTY
TO = PermittedSynchronization.TO_THIRD_PARTY
BOTH = PermittedSynchronization.BOTH_DIRECTIONS

ORDERS = (
    field(1, "id", "long", required=True, doc="The key"),
    field(2, "price", "decimal(9, 2)"),
    field(
        3,
        "customer",
        {
            "type": "struct",
            "fields": [field(4, "name", "string"), field(5, "born", "date")],
        },
    ),
    field(
        6,
        "marks",
        {
            "type": "map",
            "key-id": 7,
            "key": "string",
            "value-id": 8,
            "value-required": False,
            "value": {"type": "list", "element-id": 9, "element": "int", "element-required": True},
        },
    ),
)


def sales(nessie: NessieServer) -> Catalogue:
    """A catalogue with two namespaces, two tables and a view."""
    found = nessie.new_catalogue()
    found.create_namespace("sales", comment="What was sold", owner="erin")
    found.create_namespace("sales", "eu")
    by_bucket = {"source-id": 1, "field-id": 1000, "name": "id_bucket", "transform": "bucket[16]"}
    found.create_table("sales.orders", ORDERS, partition=[by_bucket], comment="All orders", retention="7y")
    found.create_table("sales.eu.orders")
    found.create_view("sales.large", "SELECT id FROM orders", [field(1, "id", "long")], comment="Large ones")
    return found


@asynccontextmanager
async def running(
    address: str,
    directory: Path,
    synchronization: PermittedSynchronization = FROM,
    *,
    user: str | None = None,
    password: str | None = None,
    token: str | None = None,
    **settings: Any,
) -> AsyncIterator[RunningConnector]:
    """A connector that has been started, with a store in this directory."""
    connection = Connection(
        endpoint=Endpoint(address=address),
        user_id=user,
        clear_password=Secret(password) if password else None,
        secured_properties={"token": Secret(token)} if token else None,
        configuration_properties=settings,
    )
    async with running_connector(
        IcebergCatalog, directory, connection=connection, permitted_synchronization=synchronization
    ) as found:
        yield found


async def named(running: RunningConnector, kind: str) -> dict[str, ElementRecord]:
    """The elements of a type, by their names without the type and the catalogue's name."""
    return {"::".join(each.qualified_name.split("::")[3:]): each for each in await running.elements(kind)}


def shown(element: ElementRecord) -> dict[str, str]:
    """The shared properties of an element, its description as the comment."""
    found = {
        name: value
        for name, value in element.properties.get("additionalProperties", {}).items()
        if not name.startswith("iceberg:") and name not in ("created-at", "gc.enabled")
    }
    description = element.properties.get("description")
    return {**found, "comment": description} if description else found
