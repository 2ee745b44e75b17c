"""The names of connector states in the generations of the compatible routes."""

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind
from services.errors import ConnectorConfigurationError

_WORDS_OF_2X = {state: state.visible.value for state in ConnectorState}
_WORDS_OF_6X = {
    ConnectorState.WAITING: "WAITING",
    ConnectorState.REFRESHING: "REFRESHING",
    ConnectorState.ENGAGED: "RUNNING",
    ConnectorState.PAUSED: "STOPPED",
    ConnectorState.STOPPING: "STOPPED",
    ConnectorState.STOPPED: "STOPPED",
}


def state_name_2x(connector: ManagedConnector) -> str:
    """INITIALIZED, RUNNING, STOPPED or FAILED: the names of 2.x, and of the reference page."""
    return _WORDS_OF_2X[connector.state]


def state_name_4x(connector: ManagedConnector) -> str:
    """The names of 4.x, which distinguish the reasons why a connector could not be initialized."""
    return _failed_name(connector) or _WORDS_OF_2X[connector.state]


def state_name_6x(connector: ManagedConnector) -> str:
    """The names of 6.x, which also distinguish waiting from refreshing."""
    return _failed_name(connector) or _WORDS_OF_6X.get(connector.state, "INITIALIZED")


def _failed_name(connector: ManagedConnector) -> str:
    """CONFIG_FAILED: the connector could not be created; INITIALIZE_FAILED: its context could not. Empty: not failed.

    A failure in another method is FAILED.
    """
    failure = connector.failure
    if connector.state is not ConnectorState.FAILED or failure is None:
        return ""
    if failure.method != "initialize":
        return "FAILED"
    is_configured_wrongly = (
        failure.kind is FailureKind.CONFIGURATION
        and failure.exception_class == ConnectorConfigurationError.exception_class_name
    )
    return "CONFIG_FAILED" if is_configured_wrongly or failure.kind is FailureKind.DEFECT else "INITIALIZE_FAILED"
