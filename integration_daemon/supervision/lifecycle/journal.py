"""The audit records of the life cycle of a connector."""

from audit.safe_text import safe_text
from integration_daemon.supervision import messages
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.environment import ServiceEnvironment
from integration_daemon.supervision.recovery import messages as recovery_messages
from integration_daemon.supervision.recovery.failure import Failure, class_name_of, definition_of, most_telling
from services.framework.context import ContextSettings
from services.framework.permitted_synchronization import PermittedSynchronization


class Journal:
    """Logs the steps of one service's connectors. Routine steps of incarnations begun by policy are not logged."""

    def __init__(self, environment: ServiceEnvironment) -> None:
        self._daemon = environment.daemon.name
        self._service = environment.service.full_name
        self._creating_context = environment.service.creating_context

    def initializing(
        self, connector: ManagedConnector, incarnation: Incarnation, synchronization: PermittedSynchronization
    ) -> None:
        """Log that an incarnation begins."""
        if incarnation.is_quiet:
            return
        connector.audit_log.record(
            messages.CONNECTOR_INITIALIZING,
            connector=connector.name,
            service=self._service,
            daemon=self._daemon,
            synchronization=synchronization.display_name,
        )

    def creating_context(
        self, connector: ManagedConnector, incarnation: Incarnation, settings: ContextSettings
    ) -> None:
        """Log the creation of the connector's context."""
        if incarnation.is_quiet:
            return
        connector.audit_log.record(
            self._creating_context,
            connector=connector.name,
            connector_id=settings.connector_id,
            metadata_source=settings.metadata_source or "null",
            synchronization=settings.permitted_synchronization.display_name,
            options=settings.service_options or "null",
        )

    def refreshing(self, connector: ManagedConnector, incarnation: Incarnation) -> None:
        """Log that a refresh begins, unless the daemon has announced it."""
        if incarnation.refresh_announced or (incarnation.is_quiet and not incarnation.refreshes):
            incarnation.refresh_announced = False
            return
        message = messages.REFRESH if incarnation.refreshes else messages.FIRST_REFRESH
        connector.audit_log.record(message, connector=connector.name, daemon=self._daemon)

    def refreshed(self, connector: ManagedConnector, seconds: float) -> None:
        """Log that a refresh has completed."""
        connector.audit_log.record(
            messages.REFRESH_COMPLETED,
            connector=connector.name,
            daemon=self._daemon,
            milliseconds=round(seconds * 1000),
        )

    def refreshed_without_success(self, connector: ManagedConnector, reason: str) -> None:
        """Log that a refresh has achieved nothing."""
        connector.audit_log.record(
            messages.REFRESH_WITHOUT_SUCCESS, connector=connector.name, daemon=self._daemon, reason=reason
        )

    def recovered(self, connector: ManagedConnector, incarnation: Incarnation) -> None:
        """Log that a failed connector has recovered, if the policy restarted it."""
        if connector.logged_failure is not None and incarnation.is_quiet:
            connector.audit_log.record(
                recovery_messages.CONNECTOR_RECOVERED, connector=connector.name, count=connector.consecutive_failures
            )
        connector.logged_failure = None

    def failed(
        self, connector: ManagedConnector, incarnation: Incarnation, failure: Failure, error: BaseException
    ) -> None:
        """Log a failure, unless it repeats the last logged failure after a restart by policy."""
        logged = (failure.method, failure.message)
        if incarnation.is_quiet and connector.logged_failure == logged:
            return
        connector.logged_failure = logged
        shown = most_telling(error)
        inserts = {
            "connector": connector.name,
            "method": failure.method,
            "exception": failure.exception_class,
            "message": safe_text(shown),
        }
        if definition_of(shown) is not None:
            connector.audit_log.record(messages.METHOD_FAILED, **inserts)
        else:
            connector.audit_log.exception(messages.METHOD_FAILED, error, **inserts)

    def disconnect_failed(self, connector: ManagedConnector, error: BaseException) -> None:
        """Log an exception of a connector that is stopping."""
        connector.audit_log.exception(
            messages.DISCONNECT_FAILED,
            error,
            connector=connector.name,
            exception=class_name_of(error),
            message=safe_text(error),
        )

    def abandoned(self, connector: ManagedConnector, method: str) -> None:
        """Log and count a call that did not end after its cancellation."""
        connector.abandoned += 1
        connector.audit_log.record(
            messages.CONNECTOR_ABANDONED,
            connector=connector.name,
            method=method,
            seconds=f"{connector.config.disconnect_deadline_seconds:g}",
        )

    def engage_started(self, connector: ManagedConnector) -> None:
        """Log that `engage` is called in a task of its own."""
        connector.audit_log.record(messages.ENGAGE_STARTED, connector=connector.name, daemon=self._daemon)

    def engage_returned(self, connector: ManagedConnector, pause: float) -> None:
        """Log that `engage` returned and is called again after a pause of so many seconds."""
        connector.audit_log.record(
            messages.ENGAGE_RETURNED, connector=connector.name, daemon=self._daemon, seconds=f"{pause:g}"
        )

    def engage_ended(self, connector: ManagedConnector) -> None:
        """Log that the task of `engage` has ended."""
        connector.audit_log.record(messages.ENGAGE_ENDED, connector=connector.name, daemon=self._daemon)
