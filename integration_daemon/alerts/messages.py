"""Messages about alerts."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

INCIDENT_BEGAN = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0110",
    severity=Severity.ERROR,
    text="Incident {incident} of integration daemon {daemon}: {title}. Connectors that are {condition}: {count}, the "
    "first of which are {names}. User action: {action}",
    system_action="The receivers of alerts are notified now, and again when the incident is over.",
    user_action="Follow the advice of the message.",
)

INCIDENT_GREW = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0111",
    severity=Severity.ERROR,
    text="Incident {incident} of integration daemon {daemon} has grown tenfold: {title}. Connectors that are "
    "{condition}: {count}. User action: {action}",
    system_action="The receivers of alerts are notified. Further growth of the incident is not reported.",
    user_action="Follow the advice of the message.",
)

INCIDENT_OVER = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0112",
    severity=Severity.INFORMATION,
    text="Incident {incident} of integration daemon {daemon} is over after {seconds} seconds: {title}. Affected "
    "connectors: {count}",
    system_action="The receivers of alerts are notified. If the incident returns within an hour, it must be gone for a "
    "longer time to be over.",
    user_action="No action is required.",
)

ALERT_NOT_TAKEN = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0113",
    severity=Severity.ERROR,
    text="The receiver of alerts '{receiver}' of integration daemon {daemon} did not accept an alert: {problem}",
    system_action="The alert is kept and sent again after a growing pause, also after a restart of the daemon. This is "
    "not logged again until the receiver has accepted one.",
    user_action="Correct the receiver, and try it with 'integration-daemon alerts test'.",
)

ALERTS_ACCEPTED_AGAIN = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0114",
    severity=Severity.INFORMATION,
    text="The receiver of alerts '{receiver}' of integration daemon {daemon} accepts alerts again",
    system_action="It receives the alerts that were kept.",
    user_action="No action is required.",
)

ALERTS_DROPPED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0115",
    severity=Severity.ERROR,
    text="Too many alerts wait for the receiver '{receiver}' of integration daemon {daemon}: the oldest was dropped: "
    "{headline}",
    system_action="The newest alerts are kept.",
    user_action="Correct the receiver. The audit log has all incidents.",
)

ALERTS_NOT_SAVED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0116",
    severity=Severity.ERROR,
    text="The state of alerts of integration daemon {daemon} cannot be kept across a restart: {problem}",
    system_action="Alerts are sent. After a restart, some may be sent again.",
    user_action="Check the space and the access of the file alerts.json in the server's data directory.",
)

ALERTS_TESTED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0117",
    severity=Severity.INFORMATION,
    text="User {user} sent a test to the {count} receivers of alerts of integration daemon {daemon}; {taken} accepted "
    "it",
    system_action="The answer of each receiver is returned to the caller.",
    user_action="No action is required.",
)

NO_RECEIVERS = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-404-003",
    http_code=404,
    text="Integration daemon {daemon} has no receivers of alerts",
    system_action="Nothing is sent.",
    user_action="Add receivers to alerts in the configuration document, and reload it.",
)
