"""Creation of the connector and the context of each incarnation."""

from typing import Any

from integration_daemon.config.complete import permitted_synchronization_of
from integration_daemon.config.document import DeletionSafetyConfig, IntegrationConnectorConfig
from integration_daemon.config.units import ConnectorUnit
from integration_daemon.supervision import messages
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.environment import ServiceEnvironment
from integration_daemon.supervision.isolation.calls import as_async_call, runs_on_a_thread
from integration_daemon.supervision.isolation.proxy import ConnectorProxy
from integration_daemon.supervision.lifecycle.host import ConnectorHost, HostServices
from integration_daemon.supervision.lifecycle.journal import Journal
from services.errors import ConnectorConfigurationError
from services.framework.broker import make_connector
from services.framework.connector import IntegrationConnector
from services.framework.context import ContextSettings
from services.framework.factory import connector_class_for, give_context, require_allowed_endpoints
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.removal import DeletionSafety


class Assembly:
    """Creates the connectors of one service, each on its configured lane."""

    def __init__(self, environment: ServiceEnvironment, journal: Journal, hosts: HostServices) -> None:
        self._environment = environment
        self._journal = journal
        self._hosts = hosts
        self._no_options: dict[str, Any] = {}
        """Shared by the connectors of a service without options, as configured options are."""

    async def make(self, connector: ManagedConnector, incarnation: Incarnation) -> None:
        """Create the connector and its context. The class is checked before any request to a server.

        Raises `ConnectorConfigurationError` for an unusable class, and errors of the metadata server.
        """
        environment, config = self._environment, connector.config
        if isinstance(config, ConnectorUnit) and config.refusal:
            raise ConnectorConfigurationError(
                messages.REGISTRATION_REFUSED, connector=connector.name, problem=config.refusal
            )
        settings = self._settings(connector, incarnation)
        connector_class = connector_class_for(environment.service, settings)
        await require_allowed_endpoints(settings, connector_class)
        made: IntegrationConnector[Any]
        if connector.is_isolated:
            made = ConnectorProxy(environment.service.url_marker, connector_class, config.process_limits)
        else:
            made = make_connector(connector_class, config.connection)
        self._journal.creating_context(connector, incarnation, settings)
        if settings.metadata_source:
            await environment.sources.require(settings.metadata_source, environment.daemon.user_id)
        host = ConnectorHost(connector, incarnation, self._hosts)
        give_context(
            made,
            environment.service,
            settings,
            environment.store,
            connector.audit_log,
            host,
            environment.resources,
        )
        incarnation.context = made.context
        incarnation.connector = made
        if runs_on_a_thread(made.refresh):
            incarnation.thread_call = as_async_call(made.refresh, environment.threads)

    def _settings(self, connector: ManagedConnector, incarnation: Incarnation) -> ContextSettings:
        environment, config = self._environment, connector.config
        return ContextSettings(
            connector_name=connector.name,
            connector_id=config.connector_id or "",
            connection=config.connection,
            user_id=config.connector_user_id or environment.daemon.user_id,
            metadata_source=config.metadata_source_qualified_name or "",
            permitted_synchronization=self.synchronization_of(config),
            incarnation=incarnation.number,
            max_page_size=environment.daemon.max_page_size,
            service_options=environment.config.integration_service_options or self._no_options,
            retention_days=config.archive_retention_days,
            safety=_safety_of(config),
            allowance=environment.daemon.allowance,
        )

    def synchronization_of(self, config: IntegrationConnectorConfig) -> PermittedSynchronization:
        """The permitted synchronization of a connector, by default that of its service."""
        environment = self._environment
        return permitted_synchronization_of(environment.config, config, environment.service)


def _safety_of(config: IntegrationConnectorConfig) -> DeletionSafety:
    """The deletion safety of a connector; most connectors share the default one."""
    chosen = config.deletion_safety
    if chosen is None and not config.confirm_deletions:
        return _USUAL
    chosen = chosen or DeletionSafetyConfig()
    return DeletionSafety(few=chosen.few, percent=chosen.percent, most=chosen.most, confirm=config.confirm_deletions)


_USUAL = DeletionSafety()
