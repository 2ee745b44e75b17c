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
    """The context of a connector that exchanges people, their user identities and their teams."""

    __slots__ = ()

    @property
    def received(self) -> ReceivedResources:
        """The users and groups that identity providers have pushed to the server.

        Raises `InvalidParameterError` after the end of this context's incarnation, and outside a server.
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
        """State all people and teams of a directory; they are catalogued at the end of the block.

            async with context.organization_scan("hospital") as scan:
                async for page in directory:
                    await scan.add(people_of(page))

        Nothing is changed if the block raises an exception. The appointments of people who are no longer stated are
        ended; with `archive_leavers`, these people are also archived. `organization` names the directory in the
        qualified names of its people and teams. `staging` contains the descriptions of earlier scans, which this scan
        extends; it is not closed. Without `catalogues`, nothing is catalogued: for a connector that may change only
        the third party.
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
        """All contribution records of people, for a connector that returns them to the organisation.

        Raises `UserNotAuthorizedError` if the connector may not change the third party.
        """
        self.require_third_party_changes("return collaboration activity to the third party")
        return self.find_each(Query(type_name="ContributionRecord", page_size=self.settings.max_page_size))
