"""Elements and relationships that describe integration groups, as an operator of a metadata server writes them."""

from typing import Any

from services.metadata.changes import Batch, Outcome, Put, Relate, Remove, Unrelate
from services.metadata.mapping import to_put
from services.metadata.store import MetadataStore
from services.metadata.types.base import Referenceable
from services.metadata.types.connectors import (
    Connection,
    ConnectorType,
    Endpoint,
    IntegrationConnector,
    IntegrationGroup,
)
from services.metadata.types.files import FileFolder

GROUP = "Group:Landing"
FILES = "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFilesMonitorIntegrationProvider"


class Author:
    """Writes metadata to a store."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store

    async def apply(self, *changes: Put | Relate | Unrelate | Remove) -> Outcome:
        """Apply changes, none of which may be refused."""
        outcome = await self._store.apply(Batch(user="erinoverview", metadata_source="", changes=list(changes)))
        assert not outcome.rejected, outcome.rejected
        return outcome

    async def put(self, *elements: Referenceable) -> None:
        """State elements."""
        await self.apply(*(to_put(each) for each in elements))

    async def relate(self, type_name: str, end1: str, end2: str, **properties: Any) -> None:
        """Make or change a relationship."""
        await self.apply(Relate(type_name=type_name, end1=end1, end2=end2, properties=properties))

    async def group(self, name: str = GROUP) -> None:
        """Make a group."""
        await self.put(IntegrationGroup(qualified_name=name, description="Landing areas"))

    async def register(
        self, name: str, address: str | None = None, *, provider: str = FILES, group: str = GROUP, **registration: Any
    ) -> None:
        """Register a connector in a group, with its connection as a property of its element."""
        connection: dict[str, Any] = {"connectorType": {"connectorProviderClassName": provider}}
        if address is not None:
            connection["endpoint"] = {"address": address}
        connection |= registration.pop("connection", {})
        await self.put(IntegrationConnector(qualified_name=f"Connector:{name}", connection=connection))
        properties = {"connectorName": name, **registration}
        await self.relate("RegisteredIntegrationConnector", group, f"Connector:{name}", **properties)

    async def register_with_connection(self, name: str, address: str, *, group: str = GROUP) -> None:
        """Register a connector whose connection consists of elements."""
        await self.put(
            IntegrationConnector(qualified_name=f"Connector:{name}"),
            Connection(qualified_name=f"Connection:{name}", configuration_properties={"watch": "false"}),
            ConnectorType(qualified_name=f"Type:{name}", connector_provider_class_name=FILES),
            Endpoint(qualified_name=f"Endpoint:{name}", network_address=address),
        )
        await self.relate("ConnectionToAsset", f"Connection:{name}", f"Connector:{name}")
        await self.relate("ConnectionConnectorType", f"Connection:{name}", f"Type:{name}")
        await self.relate("ConnectionEndpoint", f"Endpoint:{name}", f"Connection:{name}")
        await self.relate("RegisteredIntegrationConnector", group, f"Connector:{name}", connectorName=name)

    async def target(self, connector: str, name: str, path: str, **properties: Any) -> None:
        """Make a folder a catalog target of a connector."""
        await self.put(FileFolder(qualified_name=f"Folder:{path}", path_name=path))
        await self.relate(
            "CatalogTarget", f"Connector:{connector}", f"Folder:{path}", catalogTargetName=name, **properties
        )

    async def untarget(self, connector: str, path: str) -> None:
        """Remove a catalog target."""
        await self.apply(Unrelate(type_name="CatalogTarget", end1=f"Connector:{connector}", end2=f"Folder:{path}"))
