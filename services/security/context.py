"""The context of connectors that distribute security properties."""

from services.errors import ConnectorConfigurationError
from services.framework.context import IntegrationContext
from services.framework.pages import AllPages
from services.framework.settings import wrong_setting
from services.metadata.element import ElementRecord
from services.security.messages import DISTRIBUTED
from services.security.parents import Parents
from services.security.protection import ProtectedElement, ProtectionSelection, protected_element
from services.security.publishing.bundles import BundleTarget, is_bundle_name
from services.security.publishing.messages import NOT_SERVED_HERE

_ALL = ProtectionSelection()


class SecurityIntegratorContext(IntegrationContext):
    """The context of a connector that reads protected elements. Open metadata is the source of their protection."""

    __slots__ = ()

    def protected_elements(self, selection: ProtectionSelection = _ALL) -> AllPages[ProtectedElement]:
        """The elements with classifications that state their protection, and their parents.

        The elements are found by these classifications, so the time grows with their number; it grows with the number
        of all elements only if the metadata server cannot search by classification. Raises `UserNotAuthorizedError` if
        the connector may not change the third party.
        """
        self.require_third_party_changes("distribute security properties")
        parents = Parents(self.store)

        async def wanted(page: list[ElementRecord]) -> list[ProtectedElement]:
            selected = [each for each in page if selection.has_name(each.qualified_name)]
            above = await parents.parents_of(selected)
            return [protected_element(each, above[each.guid]) for each in selected]

        return self._each(selection.query(self.settings.max_page_size), wanted)

    def served_bundle(self, name: str) -> BundleTarget:
        """The bundle that the daemon serves under a name and this connector publishes.

        Raises `ConnectorConfigurationError` for an invalid name, and outside a daemon.
        """
        if not is_bundle_name(name):
            problem = "it is not a name of letters, digits, dots, hyphens and underscores"
            raise wrong_setting(self, "bundleName", problem)
        if self.resources is None:
            raise ConnectorConfigurationError(NOT_SERVED_HERE, connector=self.connector_name, name=name)
        return BundleTarget(self.resources, name, self.connector_name)

    def record_distribution(self, target: str, count: int) -> None:
        """Record in the audit log that properties have been sent to an enforcement point."""
        self.audit_log.record(DISTRIBUTED, connector=self.connector_name, count=count, target=target)
