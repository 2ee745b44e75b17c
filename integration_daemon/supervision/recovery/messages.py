"""Messages about failures, restarts and outages."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

_NOTHING_TO_DO = "No action is needed."

RESTART_PLANNED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0072",
    severity=Severity.DECISION,
    text="The integration connector {connector} will be restarted in {seconds} seconds: {reason}",
    system_action="The connector is restarted at that time, unless an operator restarts it earlier.",
    user_action=_NOTHING_TO_DO + " If it keeps failing, remove the cause that the record of the failure names.",
)

RESTARTS_EXHAUSTED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0073",
    severity=Severity.ACTION,
    text="The integration connector {connector} is left in FAILED status: {reason}",
    system_action="The connector is not called again until an operator restarts it.",
    user_action="Remove the cause that the record of the failure names, then restart the connector.",
)

CONNECTOR_RECOVERED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0074",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} works again after it failed {count} times in a row",
    system_action="The connector is refreshed on its schedule.",
    user_action=_NOTHING_TO_DO + " If it fails often, read the record of the failure.",
)

METADATA_SERVER_DOWN = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0075",
    severity=Severity.ACTION,
    text="The metadata server {metadata_server} on platform {platform_url} is unavailable: {message}",
    system_action="Connectors under the automatic restart policy wait for the server, which is probed every second. "
    "Other connectors that need it fail one by one.",
    user_action="Restart the metadata server.",
)

METADATA_SERVER_BACK = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0076",
    severity=Severity.INFORMATION,
    text="The metadata server {metadata_server} on platform {platform_url} is available again after {seconds} seconds; "
    "{count} connectors waited for it",
    system_action="The connectors that waited for it are restarted in groups.",
    user_action=_NOTHING_TO_DO,
)

ENDPOINT_DOWN = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0079",
    severity=Severity.ACTION,
    text="The endpoint {endpoint}, which several connectors use, is unavailable: {message}",
    system_action="Connectors under the automatic restart policy wait for the endpoint, and one of them tries it "
    "every second. Other connectors that use it fail one by one.",
    user_action="Restart the third-party technology, or correct the address.",
)

ENDPOINT_BACK = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0080",
    severity=Severity.INFORMATION,
    text="The endpoint {endpoint} is available again after {seconds} seconds; {count} more connectors waited for it",
    system_action="The connectors that waited for it are restarted in groups.",
    user_action=_NOTHING_TO_DO,
)

METHOD_TIMED_OUT = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-504-001",
    http_code=504,
    text="The {method} method of integration connector {connector} did not finish within {seconds} seconds",
    system_action="The call is cancelled and the connector fails.",
    user_action="Find out what the method waits for, or raise its deadline in the connector's configuration.",
)
