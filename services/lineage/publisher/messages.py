"""Messages of the publisher of OpenLineage events."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

PUBLISHED = AuditMessage(
    id="OPENLINEAGE-PUBLISHER-0001",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} sent {events} lineage events to {address}; {refused} were refused",
    system_action="The third party has the lineage that is catalogued, except for events that were refused.",
    user_action="No action is needed.",
)

EVENT_REFUSED = AuditMessage(
    id="OPENLINEAGE-PUBLISHER-0002",
    severity=Severity.ERROR,
    text="The event about the {subject} of integration connector {connector} was refused by {address}: {cause}",
    system_action="The connector continues. The event is sent again when its subject changes.",
    user_action="Look up the cause in the documentation of the third party.",
)

ADDRESS_NOT_UNDERSTOOD = ErrorMessage(
    id="OPENLINEAGE-PUBLISHER-400-001",
    http_code=400,
    text="The address of integration connector {connector} is not that of a receiver of OpenLineage events: {problem}",
    system_action="The connector fails.",
    user_action="Set an endpoint address such as https://marquez.example.org, and restart the connector.",
)

LOGIN_REFUSED = ErrorMessage(
    id="OPENLINEAGE-PUBLISHER-403-001",
    http_code=403,
    text="The receiver of OpenLineage events at {address} answers with {status}: it does not accept the API key",
    system_action="The connector fails. The remaining events are sent after a restart.",
    user_action="Correct the reference to the API key in clearPassword, and restart the connector.",
)

NOT_AVAILABLE = ErrorMessage(
    id="OPENLINEAGE-PUBLISHER-503-001",
    http_code=503,
    text="The receiver of OpenLineage events at {address} does not answer as it should: {cause}",
    system_action="The connector fails. The remaining events are sent after a restart.",
    user_action="Restore the receiver, then restart the connector.",
)
