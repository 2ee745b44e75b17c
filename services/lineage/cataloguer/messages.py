"""Messages of the cataloguer of OpenLineage events."""

from audit.message import AuditMessage
from audit.severity import Severity

CATALOGUED = AuditMessage(
    id="OPENLINEAGE-CATALOGUER-0001",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} catalogued {events} OpenLineage events: {created} elements created, "
    "{updated} updated, {removed} removed, {rejected} not catalogued",
    system_action="The processes, data sets and data flows that the events describe are in the catalogue.",
    user_action="No action is needed.",
)

NOT_CATALOGUED = AuditMessage(
    id="OPENLINEAGE-CATALOGUER-0002",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not catalogue {subject}: {message}",
    system_action="The connector continues with the other elements and events.",
    user_action="Follow the advice of the message.",
)

FACET_LEFT_OUT = AuditMessage(
    id="OPENLINEAGE-CATALOGUER-0003",
    severity=Severity.ACTION,
    text="The integration connector {connector} left out a facet at {place} of an OpenLineage event: {problem}",
    system_action="The event is catalogued without the facet.",
    user_action="Report the problem to the maintainers of the event's producer. Its form should be that of the "
    "OpenLineage specification.",
)

MOVED = AuditMessage(
    id="OPENLINEAGE-CATALOGUER-0004",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} moved the lineage of {data_sets} data sets to elements that another "
    "connector has catalogued",
    system_action="The elements that stood for these data sets are removed.",
    user_action="No action is needed.",
)
