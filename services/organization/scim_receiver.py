"""The connector that catalogues people and teams that identity providers push to this server by SCIM."""

from functools import partial

import trio

from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import text_setting, wrong_setting
from services.organization.mapping import WRITTEN
from services.organization.scim.resources import ResourceKind
from services.organization.scim.stating import state_resources
from services.organization.scim_intake.directory import ReceivedResources
from services.organization.scim_intake.messages import RECEIVING
from services.organization.service import OrganizationIntegratorConnector

PAUSE = 5.0
"""Delay in seconds between a change and the refresh: identity providers send many changes in succession."""
ORGANIZATION = "scim"


class ScimReceiver(OrganizationIntegratorConnector):
    """Catalogues received users and groups, some seconds after they were received.

    The routes of the server receive them and store them in its data directory, whether the connector runs or not.
    Until a change has been received, nothing is removed from the catalogue.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Catalogues people and groups pushed by SCIM.",
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="None. The identity provider needs a token with the role identity-writer.",
            writes=WRITTEN,
            example="organization.md#pushed-by-an-identity-provider",
        ),
        endpoint="not used",
        settings=(
            Setting(
                name="organizationName",
                description="the name of the organization in qualified names",
                default=ORGANIZATION,
            ),
            Setting(
                name="archiveLeavers",
                description="true: people who have left are archived as well; false: only their appointments end",
                default=False,
            ),
        ),
    )

    def read_settings(self) -> None:
        """Read and check the settings."""
        self._organization = text_setting(self.context, "organizationName", ORGANIZATION)
        if not self._organization:
            raise wrong_setting(self.context, "organizationName", "it is empty")
        self._archive = self.context.is_set("archiveLeavers")

    async def start(self) -> None:
        """Check the settings, and listen for changes."""
        self.read_settings()
        self.context.audit_log.record(RECEIVING, connector=self.connector_name, organization=self._organization)
        received = self.context.received
        self.context.listen(partial(self._follow, received, await received.change_number()))

    async def refresh(self) -> None:
        """State all users and groups, and apply the differences to the catalogue."""
        received = self.context.received
        if await received.change_number() == 0:
            return
        async with self.context.organization_scan(self._organization, archive_leavers=self._archive) as scan:
            for kind in ResourceKind:
                await state_resources(scan, kind, partial(received.page, kind))

    async def _follow(self, received: ReceivedResources, number: int) -> None:
        while True:
            number = await received.wait(number)
            await trio.sleep(PAUSE)
            self.context.ask_for_refresh()
