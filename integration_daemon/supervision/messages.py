"""Audit messages of supervision.

The ids are those of the original daemon where it has one. The texts of 0001, 0008, 0013, 0031, 0040 and 0041 are
those of the reference page, inserts included; runbooks match on them.
"""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

_KEPT = (
    "The change is a new version of the server's document, and lasts until the file of that document changes. Of a "
    "connector of a template, and of a catalog target, the document keeps no change: it lasts until the document is "
    "applied again, or the server stops; of a connector of an integration group, until the group is read again."
)
_IN_THE_FILE_TOO = (
    "Make the same change in the file of the document, if there is one. For a connector of a template, change its "
    "place in the document, so that the change lasts."
)
_NOTHING_TO_DO = "No action is needed."

SERVICES_INITIALIZING = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0001",
    severity=Severity.STARTUP,
    text="The integration daemon services are initializing in server {daemon}",
    system_action="The daemon creates the contexts of its integration services and initializes their connectors.",
    user_action=_NOTHING_TO_DO + " Check that the following records name every service and connector that should run.",
)

CONNECTOR_INITIALIZING = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0008",
    severity=Severity.STARTUP,
    text="A new integration connector named {connector} is initializing in integration service {service} running in "
    "integration daemon {daemon}, permitted synchronization is: {synchronization}",
    system_action="The connector is created from its connection, receives its context and is initialized.",
    user_action=_NOTHING_TO_DO + " Check that the permitted synchronization is the intended one.",
)

DAEMON_INITIALIZED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0013",
    severity=Severity.STARTUP,
    text="The integration daemon {daemon} has initialized",
    system_action="The daemon refreshes its connectors on schedule and answers over REST.",
    user_action=_NOTHING_TO_DO,
)

PROPERTIES_CHANGED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0015",
    severity=Severity.INFORMATION,
    text="User {user} changed the configuration properties of integration connector {connector} in integration daemon "
    "{daemon}; the properties are now {names}",
    system_action="The connector is restarted with the new properties. " + _KEPT,
    user_action=_IN_THE_FILE_TOO,
)

PROPERTIES_CLEARED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0016",
    severity=Severity.INFORMATION,
    text="User {user} removed all configuration properties of integration connector {connector} in integration daemon "
    "{daemon}",
    system_action="The connector is restarted without properties. " + _KEPT,
    user_action=_IN_THE_FILE_TOO,
)

DAEMON_STOPPING = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0020",
    severity=Severity.SHUTDOWN,
    text="The integration daemon {daemon} is shutting down",
    system_action="Work in progress is cancelled and every connector is asked to disconnect, within a deadline.",
    user_action=_NOTHING_TO_DO,
)

SERVICE_STOPPING = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0021",
    severity=Severity.SHUTDOWN,
    text="The integration service {service} is stopping its connectors in integration daemon {daemon}",
    system_action="Each connector is asked to disconnect.",
    user_action=_NOTHING_TO_DO,
)

DISCONNECT_FAILED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0023",
    severity=Severity.EXCEPTION,
    text="The integration connector {connector} failed to disconnect with a {exception} exception containing message "
    "{message}",
    system_action="The connector is treated as disconnected; its resources may stay open until the process ends.",
    user_action="Check for sessions left open in the third-party technology, and correct the connector.",
)

SERVICE_STOPPED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0025",
    severity=Severity.SHUTDOWN,
    text="The integration service {service} has stopped {stopped} of its {total} connectors in integration daemon "
    "{daemon}",
    system_action="Connectors that did not stop in time are named in separate records and abandoned.",
    user_action=_NOTHING_TO_DO,
)

DAEMON_STOPPED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0026",
    severity=Severity.SHUTDOWN,
    text="The integration daemon {daemon} has stopped",
    system_action="Connectors are no longer called.",
    user_action=_NOTHING_TO_DO,
)

ENGAGE_STARTED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0030",
    severity=Severity.STARTUP,
    text="Integration connector {connector} has its own task for blocking calls in integration daemon {daemon}",
    system_action="The engage method of the connector is called in this task, and again whenever it returns.",
    user_action=_NOTHING_TO_DO,
)

METHOD_FAILED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0031",
    severity=Severity.EXCEPTION,
    text="The integration connector {connector} method {method} has returned with a {exception} exception containing "
    "message {message}",
    system_action="The connector is in FAILED status. Unless its restart policy is automatic, it is not called again "
    "until it is restarted. Other connectors are not affected.",
    user_action="Remove the cause that the message names, then restart the connector.",
)

ENGAGE_NOT_IMPLEMENTED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0033",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} is configured to use blocking calls but has no engage method",
    system_action="The connector is refreshed like any other; it gets no task for blocking calls.",
    user_action="Set usesBlockingCalls to false in the connector's configuration.",
)

ENGAGE_RETURNED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0034",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} returned from its engage method in integration daemon {daemon}; the "
    "method is called again in {seconds} seconds",
    system_action="The method is called again after this pause.",
    user_action=_NOTHING_TO_DO,
)

ENGAGE_ENDED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0035",
    severity=Severity.SHUTDOWN,
    text="The task for blocking calls of integration connector {connector} is ending in integration daemon {daemon}",
    system_action="The connector is being stopped or restarted, or has failed.",
    user_action=_NOTHING_TO_DO,
)

SCHEDULE_STARTED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0040",
    severity=Severity.STARTUP,
    text="The integration daemon thread for integration daemon {daemon} has started",
    system_action="Every connector is refreshed for the first time, and then at its own interval.",
    user_action=_NOTHING_TO_DO,
)

FIRST_REFRESH = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0041",
    severity=Severity.INFORMATION,
    text="The integration daemon thread is refreshing integration connector {connector} for the first time in the "
    "{daemon} integration daemon instance",
    system_action="The connector is started and refreshed, unless it is in FAILED status.",
    user_action=_NOTHING_TO_DO,
)

REFRESH = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0042",
    severity=Severity.INFORMATION,
    text="The integration daemon {daemon} is refreshing integration connector {connector}",
    system_action="The connector compares its third-party technology with open metadata.",
    user_action=_NOTHING_TO_DO,
)

REFRESH_COMPLETED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0043",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} has completed its refresh in integration daemon {daemon} after "
    "{milliseconds} milliseconds",
    system_action="The connector waits for its next refresh.",
    user_action=_NOTHING_TO_DO,
)

SCHEDULE_ENDED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0044",
    severity=Severity.SHUTDOWN,
    text="The schedule of integration daemon {daemon} has ended",
    system_action="Connectors are no longer refreshed.",
    user_action=_NOTHING_TO_DO,
)

ENDPOINT_CHANGED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0057",
    severity=Severity.INFORMATION,
    text="User {user} changed the endpoint address of integration connector {connector} in integration daemon {daemon} "
    "to {address}",
    system_action="The connector is restarted with the new address. " + _KEPT,
    user_action=_IN_THE_FILE_TOO,
)

CONNECTION_CHANGED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0070",
    severity=Severity.INFORMATION,
    text="User {user} changed the connection of integration connector {connector} in integration daemon {daemon} to "
    "{connection}",
    system_action="The connector is restarted with the new connection. " + _KEPT,
    user_action=_IN_THE_FILE_TOO,
)

CONNECTOR_ABANDONED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0071",
    severity=Severity.ERROR,
    text="The integration connector {connector} did not return from its {method} method within {seconds} seconds of "
    "being cancelled",
    system_action="This run of the connector is abandoned: its context is closed, so that anything it still sends is "
    "refused. Its resources stay in use until the method returns or the process ends.",
    user_action="Correct the connector so that its calls have time limits and it does not suppress cancellation.",
)

TARGET_STATE_CHANGED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0077",
    severity=Severity.INFORMATION,
    text="User {user} set the target state of integration connector {connector} in integration daemon {daemon} to "
    "{target_state}",
    system_action="The target state is kept across restarts of the daemon, until an operator changes it.",
    user_action=_NOTHING_TO_DO,
)

REMOVALS_HELD = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0082",
    severity=Severity.ACTION,
    text="Integration connector {connector} did not find {count} of the {known} elements that the catalogue holds in "
    "{scope}, which is more than may be removed without approval: {sample}",
    system_action="Nothing in this scope is removed; created and updated elements are kept. The connector continues.",
    user_action="Find out whether the elements really no longer exist. Then approve or reject their removal with "
    "'integration-daemon deletions approve' or 'reject'. The setting deletionSafety of the connector decides which "
    "removals need approval.",
)

REMOVALS_APPROVED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0083",
    severity=Severity.INFORMATION,
    text="{user} approved the removal of {count} elements in {scope} that integration connector {connector} did not "
    "find",
    system_action="The connector is refreshed; the elements are removed if no more than these are missing.",
    user_action=_NOTHING_TO_DO,
)

REMOVALS_REJECTED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0084",
    severity=Severity.INFORMATION,
    text="{user} rejected the removal of {count} elements in {scope} that integration connector {connector} did not "
    "find",
    system_action="The elements stay in the catalogue. Approval is requested again only if more elements are missing.",
    user_action=_NOTHING_TO_DO,
)

NOTHING_HELD = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-404-001",
    http_code=404,
    text="No removal of integration connector {connector} is waiting for approval{where}",
    system_action="The request is refused and nothing is removed.",
    user_action="'integration-daemon deletions list' shows the removals that are waiting.",
)

MORE_HELD = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-409-004",
    http_code=409,
    text="{seen} removals of integration connector {connector} are approved, and {held} are waiting by now",
    system_action="The request is refused and nothing is removed.",
    user_action="Look at the removals that are waiting again, and approve them if they are as intended.",
)

DRY_RUN_NOT_POSSIBLE = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-409-002",
    http_code=409,
    text="Integration connector {connector} cannot make a dry run: {reason}",
    system_action="The request is refused and the connector is not called.",
    user_action="A dry run needs a running connector that changes only the catalogue: its permitted synchronization "
    "must be FROM_THIRD_PARTY, unless its class reports the changes that it would send.",
)

ELEMENT_REFUSED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0095",
    severity=Severity.ERROR,
    text="An element of integration connector {connector} was not catalogued: {element}: {reason}",
    system_action="The other elements are catalogued. This element is tried again when the connector sends it again.",
    user_action="Follow the advice of the reason.",
)

MORE_ELEMENTS_REFUSED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0096",
    severity=Severity.ERROR,
    text="{count} more elements of integration connector {connector} were not catalogued",
    system_action="Only the first elements are named individually. The others are tried again in the same way.",
    user_action="Follow the advice of the reasons in the preceding records.",
)

REFRESH_WITHOUT_SUCCESS = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0097",
    severity=Severity.ERROR,
    text="The refresh of integration connector {connector} in integration daemon {daemon} has achieved nothing: "
    "{reason}",
    system_action="The refresh does not count as a success. The connector continues, and is refreshed again on its "
    "schedule.",
    user_action="Remove the cause that the reason names.",
)

REPORTS_NOT_WRITTEN = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0098",
    severity=Severity.ERROR,
    text="The integration daemon {daemon} cannot write integration reports to metadata server {metadata_server}: "
    "{message}",
    system_action="The reports that cannot be written are given up. The connectors continue, and their next reports "
    "are tried. This is not logged again until a report has been written.",
    user_action="Follow the advice of the message, or set generateIntegrationReports to false. The audit log and the "
    "status of a connector have the figures of its refreshes, too.",
)

NOT_REFRESHED = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-409-003",
    http_code=409,
    text="Integration connector {connector} was not refreshed: {reason}",
    system_action="The connector is not called.",
    user_action="Restart the connector if it is FAILED, or resume it if it is paused or stopped.",
)

RECONFIGURED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0081",
    severity=Severity.INFORMATION,
    text="{user} applied a changed configuration document to integration daemon {daemon}: {added} connectors added, "
    "{changed} changed, {removed} removed, {unchanged} unchanged",
    system_action="Added and changed connectors are started with the new configuration, removed connectors have been "
    "stopped, and the others continue undisturbed.",
    user_action=_NOTHING_TO_DO,
)

DAEMON_IS_STOPPING = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-409-001",
    http_code=409,
    text="Integration daemon {daemon} is stopping, and accepts no more requests",
    system_action="The request is refused.",
    user_action="Start the server again, and repeat the request if it is still needed.",
)

NO_SERVICES = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-001",
    http_code=400,
    text="The integration daemon {daemon} has no integration services or groups in its configuration document",
    system_action="The server is not started.",
    user_action="Add integrationServicesConfig with an integration service, or dynamicIntegrationGroupsConfig with an "
    "integration group, to the configuration document.",
)

REGISTRATION_REFUSED = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-041",
    http_code=400,
    text="The integration connector {connector} is not registered such that it can be run: {problem}",
    system_action="The connector is in FAILED status. The other connectors of its integration group are not affected.",
    user_action="Correct the elements and relationships that describe the connector at the metadata server. The group "
    "is then read again.",
)

UNKNOWN_SERVICE = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-030",
    http_code=400,
    text="The integration service with URL marker {marker} is not running in integration daemon {daemon}",
    system_action="The request is refused.",
    user_action="Use one of the service URL markers that the status of the daemon shows.",
)

UNKNOWN_CONNECTOR = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-031",
    http_code=400,
    text="The integration connector {connector} is not running in integration daemon {daemon}",
    system_action="The request is refused.",
    user_action="Use one of the connector names that the status of the daemon shows.",
)

TARGETS_ALONE = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-042",
    http_code=400,
    text="The integration connector {connector} works for its catalog targets alone, the first of which are {targets}",
    system_action="The request is refused.",
    user_action="Name one of the catalog targets. The requests to refresh, restart, pause, resume and stop apply to "
    "all catalog targets of a connector.",
)

NO_ENDPOINT = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-040",
    http_code=400,
    text="The connection of integration connector {connector} in integration daemon {daemon} has no endpoint whose "
    "address could be changed",
    system_action="The request is refused, and the connector continues unchanged.",
    user_action="Send a complete connection instead, or add an endpoint to the configuration document.",
)
