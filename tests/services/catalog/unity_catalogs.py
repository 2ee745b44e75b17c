"""Connectors to Unity Catalog servers, without a daemon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.catalog.unity.unity_catalog import UnityCatalog
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.element import ElementRecord
from services.secret import Secret
from services.testing import running_connector
from services.testing.running import RunningConnector
from tests.servers.unity import UnityServer, column

FROM = PermittedSynchronization.FROM_THIRD_PARTY
TO = PermittedSynchronization.TO_THIRD_PARTY
BOTH = PermittedSynchronization.BOTH_DIRECTIONS


def fill(server: UnityServer) -> None:
    """Put objects of each kind into a server."""
    server.add("catalogs", "main", comment="The main one", properties={"steward": "Peter"})
    server.add("schemas", "main.sales", comment="What was sold", properties={"tier": "gold"})
    columns = [
        column("id", "LONG", nullable=False, comment="The key"),
        column("price", "DECIMAL", type_text="decimal(9,2)", position=1),
        column("day", "DATE", position=2, partition_index=0),
    ]
    server.add("tables", "main.sales.orders", columns=columns, comment="All orders", properties={"retention": "7y"})
    server.add("tables", "main.sales.returns")
    view = {"table_type": "VIEW", "view_definition": "SELECT id FROM main.sales.orders"}
    read = {"dependencies": [{"table": {"table_full_name": "main.sales.orders"}}]}
    server.add("tables", "main.sales.large", **view, view_dependencies=read)
    server.add("volumes", "main.sales.scans", comment="Scanned bills", storage_location="s3://bucket/scans")
    server.add("models", "main.sales.churn", comment="Who will leave")
    parameters = {"parameters": [{"name": "amount", "type_text": "decimal(9,2)"}]}
    server.add(
        "functions", "main.sales.tax", input_params=parameters, routine_body="SQL", routine_definition="amount * 2"
    )


@asynccontextmanager
async def running(
    server: UnityServer,
    directory: Path,
    synchronization: PermittedSynchronization = FROM,
    *,
    token: str | None = None,
    **settings: Any,
) -> AsyncIterator[RunningConnector]:
    """A connector that has been started, with a store in this directory."""
    connection = Connection(
        endpoint=Endpoint(address=server.url),
        secured_properties={"token": Secret(token)} if token else None,
        configuration_properties=settings,
    )
    async with running_connector(
        UnityCatalog, directory, connection=connection, permitted_synchronization=synchronization
    ) as found:
        yield found


async def named(running: RunningConnector, kind: str) -> dict[str, ElementRecord]:
    """The elements of a type, by their full names at the server."""
    return {".".join(each.qualified_name.split("::")[2:]): each for each in await running.elements(kind)}
