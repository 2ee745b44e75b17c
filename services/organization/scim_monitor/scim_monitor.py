"""The connector that catalogues people and teams of a SCIM service provider."""

from functools import partial

import trio

from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.organization import messages
from services.organization.mapping import WRITTEN
from services.organization.scim.resources import ResourceKind
from services.organization.scim.stating import state_resources
from services.organization.scim_monitor.client import open_client
from services.organization.scim_monitor.reading import Reading
from services.organization.scim_monitor.settings import FULL_SCAN_SECONDS, PAGE_SIZE, ScimSettings, settings_of
from services.organization.service import OrganizationIntegratorConnector


class ScimMonitor(OrganizationIntegratorConnector):
    """Catalogues the users and groups of a SCIM 2.0 service provider, page by page.

    Pages that are not consistent with each other add and change resources, but remove none. If the provider supports
    filters, refreshes between two complete scans request only changes. Memory use does not grow with the number of
    people.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Catalogues people and groups of a SCIM service.",
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To read users and groups.",
            writes=WRITTEN,
            example="organization.md#from-a-service-with-scim",
        ),
        endpoint="the base URL of the SCIM interface: https://directory.example.org/scim/v2",
        settings=(
            Setting(name="pageSize", description="number of resources in one page", default=PAGE_SIZE),
            Setting(
                name="fullScanSeconds",
                description="seconds between two complete scans that find deleted people and groups; 0: all scans are "
                "complete",
                default=FULL_SCAN_SECONDS,
            ),
            Setting(
                name="tokenEndpoint",
                description="the token endpoint for the OAuth2 client that userId and clearPassword name; none: they "
                "are sent by Basic authentication",
            ),
            Setting(name="scope", description="the scope of the token; none: the endpoint decides"),
            Setting(name="caBundle", description="a file of certificates to trust in addition to those of the system"),
            Setting(
                name="organizationName",
                description="the name of the organization in qualified names; none: the host of the URL",
            ),
            Setting(
                name="archiveLeavers",
                description="true: people who have left are archived as well; false: only their appointments end",
                default=False,
            ),
        ),
    )

    async def initialize(self) -> None:
        """Set the initial state: nothing has been read."""
        self._reading: Reading | None = None

    def read_settings(self) -> None:
        """Read and check the settings."""
        self._settings: ScimSettings = settings_of(self.context)

    async def start(self) -> None:
        """Check the settings."""
        self.read_settings()
        self._reading = await trio.to_thread.run_sync(Reading, self.context, self._settings)
        source = f"{self._settings.organization} at {self._settings.address}"
        self.context.audit_log.record(messages.CONFIGURED, connector=self.connector_name, source=source)

    async def refresh(self) -> None:
        """Read the changes, or all resources, and apply the differences to the catalogue."""
        assert self._reading is not None
        reading = self._reading
        async with open_client(self._settings) as client:
            await reading.bring_up_to_date(client)
        async with self.context.organization_scan(
            self._settings.organization, archive_leavers=self._settings.archive
        ) as scan:
            for kind in ResourceKind:
                await state_resources(scan, kind, partial(_page, reading, kind))
            if reading.unnamed:
                scan.is_complete = False
                scan.reject(f"{reading.unnamed} resources", "they have no id")

    async def disconnect(self) -> None:
        """Remove the mirror."""
        if self._reading is not None:
            await trio.to_thread.run_sync(self._reading.mirror.close)

    async def probe(self) -> str:
        """The numbers of users and groups."""
        settings = settings_of(self.context)
        reading = await trio.to_thread.run_sync(Reading, self.context, settings)
        try:
            async with open_client(settings) as client:
                found = [f"{await reading.number_of(client, each)} {each.value.lower()}" for each in ResourceKind]
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(reading.mirror.close)
        return f"{settings.organization}: {', '.join(found)}"


async def _page(reading: Reading, kind: ResourceKind, after: str, most: int) -> list[tuple[str, bytes]]:
    return await trio.to_thread.run_sync(reading.mirror.page, kind, after, most)
