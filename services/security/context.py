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
    """Open metadata, seen as elements that are protected. Open metadata is the owner: it is only read."""

    __slots__ = ()

    def protected_elements(self, selection: ProtectionSelection = _ALL) -> AllPages[ProtectedElement]:
        """The elements whose classifications say how they are to be protected, with what they are parts of.

        They are found by these classifications, so that the time taken grows with their number, and with that of other
        elements only in a metadata server that cannot look for classifications. Raises `UserNotAuthorizedError` if
        nothing may be sent to the third party.
        """
        self.require_third_party_changes("distribute security properties")
        parents = Parents(self.store)

        async def wanted(page: list[ElementRecord]) -> list[ProtectedElement]:
            selected = [each for each in page if selection.has_name(each.qualified_name)]
            above = await parents.of(selected)
            return [protected_element(each, above[each.guid]) for each in selected]

        return self._each(selection.query(self.settings.max_page_size), wanted)

    def served_bundle(self, name: str) -> BundleTarget:
        """The bundle that the daemon serves under a name, to be published by this connector.

        Raises `ConnectorConfigurationError` for a name that cannot be one, and where no daemon runs.
        """
        if not is_bundle_name(name):
            problem = "it is not a name of letters, digits, dots, hyphens and underscores"
            raise wrong_setting(self, "bundleName", problem)
        if self.resources is None:
            raise ConnectorConfigurationError(NOT_SERVED_HERE, connector=self.connector_name, name=name)
        return BundleTarget(self.resources, name, self.connector_name)

    def record_distribution(self, target: str, count: int) -> None:
        """Record in the audit log which properties an enforcement point was given."""
        self.audit_log.record(DISTRIBUTED, connector=self.connector_name, count=count, target=target)
