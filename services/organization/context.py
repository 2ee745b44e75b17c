"""The context of connectors that load people and teams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from services.errors import InvalidParameterError
from services.framework.context import IntegrationContext
from services.framework.pages import AllPages
from services.metadata.changes import Query
from services.metadata.element import ElementRecord
from services.organization.scim_intake.directory import ReceivedResources
from services.organization.scim_intake.messages import NOT_RECEIVING
from services.organization.staging import Staging
from services.organization.synchronization import OrganizationScan


class OrganizationIntegratorContext(IntegrationContext):
    """Open metadata, seen as people, their user identities and their teams."""

    __slots__ = ()

    @property
    def received(self) -> ReceivedResources:
        """The users and groups that identity providers have pushed to the server.

        Raises `InvalidParameterError` after the end of this context's incarnation, and where no server runs.
        """
        if self.resources is None:
            raise InvalidParameterError(NOT_RECEIVING, connector=self.connector_name)
        received: ReceivedResources = self.resources
        return received

    @asynccontextmanager
    async def organization_scan(
        self,
        organization: str,
        *,
        archive_leavers: bool = False,
        staging: Staging | None = None,
        catalogues: bool = True,
    ) -> AsyncIterator[OrganizationScan]:
        """State all people and teams of a directory, which are catalogued at the end of the block.

            async with context.organization_scan("hospital") as scan:
                async for page in directory:
                    await scan.add(people_of(page))

        Nothing is changed if the block raises an exception. The appointments of people who are not stated any more are
        ended; with `archive_leavers`, these people are also archived. `organization` names the directory in the
        qualified names of all that it holds. `staging` is what an earlier scan has read, to which this one adds; it
        stays open. Without `catalogues`, nothing is catalogued: for a connector that may change the third party only.
        """
        if catalogues:
            self._require_metadata_changes("state an organization")
        own = staging if staging is not None else await trio.to_thread.run_sync(Staging)
        try:
            scan = OrganizationScan(self, organization, own, archive=archive_leavers)
            yield scan
            if catalogues:
                await scan.catalogue()
        finally:
            if staging is None:
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(own.close)

    def contributions(self) -> AllPages[ElementRecord]:
        """All that people have contributed to open metadata, to be returned to the organisation.

        Raises `UserNotAuthorizedError` if nothing may be sent to the third party.
        """
        self.require_third_party_changes("return collaboration activity to the third party")
        return self.find_each(Query(type_name="ContributionRecord", page_size=self.settings.max_page_size))
