"""The connector that writes protections as tags for Apache Ranger."""

import trio

from services.errors import ConnectorConfigurationError
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import text_setting, wrong_setting
from services.security.exporting import Reading, publish
from services.security.protection import PROTECTED, ProtectedElement
from services.security.publishing import messages
from services.security.publishing.target import FileTarget, path_in
from services.security.ranger.service_tags import RESOURCES, ServiceTags
from services.security.selection_settings import SELECTION, selection_of
from services.security.service import SecurityIntegratorConnector

MOST_RESOURCES = 500_000


class RangerTags(SecurityIntegratorConnector):
    """Writes security labels, confidentiality, zones and owners as a file that Ranger's tag synchronization reads.

    The file is written atomically, and only if it has changed.
    """

    provider = ConnectorProvider(
        description="Writes protections as tags for Apache Ranger.",
        exchange=Exchange(
            directions=(PermittedSynchronization.TO_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To create files in the directory of the file.",
            reads=PROTECTED,
            example="protection.md#apache-ranger",
        ),
        endpoint="the path of the file, such as /srv/ranger/tags.json",
        endpoint_is_path=True,
        supposes_sending=True,
        settings=(
            Setting(name="serviceName", description="the name of the service in Ranger whose resources are tagged"),
            *SELECTION,
            Setting(
                name="resources",
                description="the resource of each type, outermost first; for Trino, for example, Database: catalog, "
                "DeployedDatabaseSchema: schema, RelationalTable: table, RelationalColumn: column",
                default=", ".join(f"{kind}: {name}" for kind, name in RESOURCES.items()),
            ),
        ),
    )

    async def initialize(self) -> None:
        """Set the initial state: no target is held."""
        self._target: FileTarget | None = None

    async def start(self) -> None:
        """Check the settings, and lock the file against other connectors."""
        self.read_settings()
        target = FileTarget(self.connector_name, self._path)
        await target.hold()
        self._target = target

    async def refresh(self) -> None:
        """Write the file if the tags have changed."""
        reading, tags = Reading(self.context, self._selection), ServiceTags(self._service, self._resources)
        left_out: ProtectedElement | None = None
        count = 0
        async for element in reading.elements:
            reading.note(element)
            if not tags.add(element):
                left_out, count = left_out or element, count + 1
            if tags.count > MOST_RESOURCES:
                limit = f"{MOST_RESOURCES:,} resources"
                raise ConnectorConfigurationError(messages.TOO_LARGE, connector=self.connector_name, limit=limit)
        reading.report()
        if left_out is not None:
            self.context.audit_log.record(
                messages.NOT_EXPRESSIBLE,
                connector=self.connector_name,
                element=left_out.qualified_name,
                count=count,
            )
        content = await trio.to_thread.run_sync(tags.content)
        await publish(self.context, [self._target] if self._target else [], content, count=tags.count)

    async def disconnect(self) -> None:
        """Release the file for other connectors."""
        if self._target is not None:
            await self._target.release()

    async def probe(self) -> str:
        """The service and the path of the file."""
        self.read_settings()
        await FileTarget(self.connector_name, self._path).check()
        return f"tags of the service {self._service} in {self._path}"

    def read_settings(self) -> None:
        """Read and check the settings."""
        address = self.connection.address
        if not address:
            raise wrong_setting(self.context, "endpoint.address", "it is not set")
        self._path = path_in(address)
        resources = self.context.setting("resources", RESOURCES)
        if not isinstance(resources, dict) or not all(isinstance(each, str) and each for each in resources.values()):
            raise wrong_setting(self.context, "resources", "it does not give the resource of each type")
        self._resources: dict[str, str] = resources
        self._selection = selection_of(self.context)
        self._service = text_setting(self.context, "serviceName")
        if not self._service:
            raise wrong_setting(self.context, "serviceName", "it is not set")
