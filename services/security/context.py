"""The context of connectors that distribute security properties."""

from datetime import datetime
from typing import Any

import msgspec

from services.framework.context import IntegrationContext
from services.framework.pages import AllPages
from services.metadata.changes import Query
from services.metadata.element import ElementRecord
from services.security.messages import DISTRIBUTED

SECURITY_CLASSIFICATIONS = ("SecurityTags", "Confidentiality", "ZoneMembership", "Ownership")


class SecuredElement(msgspec.Struct, frozen=True):
    """An element with the properties that enforcement points need."""

    element: ElementRecord
    security: dict[str, dict[str, Any]]
    """Its security classifications, by name."""
    groups: list[str]
    """Distinguished names of the groups that have access to it."""


class SecurityIntegratorContext(IntegrationContext):
    """Open metadata, seen as elements with security properties. Open metadata is the owner: it is only read."""

    __slots__ = ()

    def secured_elements(
        self, *, changed_since: datetime | None = None, type_name: str = "Referenceable"
    ) -> AllPages[SecuredElement]:
        """All elements that carry security properties, for distribution.

        Raises `UserNotAuthorizedError` if nothing may be sent to the third party.
        """
        self.require_third_party_changes("distribute security properties")
        query = Query(type_name=type_name, updated_since=changed_since, page_size=self.settings.max_page_size)
        return self._each(query, self._secured)

    async def _secured(self, elements: list[ElementRecord]) -> list[SecuredElement]:
        groups = await self._groups_of(elements)
        secured = (SecuredElement(element, _security(element), groups.get(element.guid, [])) for element in elements)
        return [each for each in secured if each.security or each.groups]

    def record_distribution(self, target: str, count: int) -> None:
        """Record in the audit log which properties an enforcement point was given."""
        self.audit_log.record(DISTRIBUTED, connector=self.connector_name, count=count, target=target)

    async def _groups_of(self, elements: list[ElementRecord]) -> dict[str, list[str]]:
        links = await self.relationships([element.guid for element in elements], type_name="AssociatedSecurityGroup")
        groups = {group.guid: group for group in await self.get(sorted({link.end2_guid for link in links}))}
        named: dict[str, list[str]] = {}
        for link in links:
            if link.end2_guid in groups:
                properties = groups[link.end2_guid].properties
                name = str(properties.get("distinguishedName") or properties["qualifiedName"])
                named.setdefault(link.end1_guid, []).append(name)
        return named


def _security(element: ElementRecord) -> dict[str, dict[str, Any]]:
    return {name: element.classifications[name] for name in SECURITY_CLASSIFICATIONS if name in element.classifications}
