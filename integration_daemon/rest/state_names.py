"""The names of connector states in the generations of the compatible routes."""

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind

_WORDS_OF_2X = {state: state.visible.value for state in ConnectorState}
_WORDS_OF_6X = {
    ConnectorState.WAITING: "WAITING",
    ConnectorState.REFRESHING: "REFRESHING",
    ConnectorState.ENGAGED: "RUNNING",
    ConnectorState.STOPPING: "STOPPED",
    ConnectorState.STOPPED: "STOPPED",
}


def state_name_2x(connector: ManagedConnector) -> str:
    """INITIALIZED, RUNNING, STOPPED or FAILED: the words of 2.x to 4.x, and of the reference page."""
    return _WORDS_OF_2X[connector.state]


def state_name_6x(connector: ManagedConnector) -> str:
    """The names of 6.x, which distinguish waiting from refreshing, and some kinds of failure."""
    failure = connector.failure
    if connector.state is not ConnectorState.FAILED or failure is None:
        return _WORDS_OF_6X.get(connector.state, "INITIALIZED")
    if failure.kind is FailureKind.CONFIGURATION:
        return "CONFIG_FAILED"
    if failure.method == "initialize" and failure.kind is FailureKind.METADATA_SERVER_UNAVAILABLE:
        return "INITIALIZE_FAILED"
    return "FAILED"
