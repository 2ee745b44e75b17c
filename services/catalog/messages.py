"""Messages of the catalogue connectors."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

CONFIGURED = AuditMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-0001",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} exchanges metadata with the catalogue at {address}: {synchronization}",
    system_action="The connector compares the catalogue at this address with open metadata at every refresh.",
    user_action="No action is needed. Check that the address, the direction and the settings are the intended ones.",
)

CATALOGUED = AuditMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-0002",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} found {tables} tables and views in {namespaces} namespaces of "
    "{address}: {created} elements created, {updated} updated, {removed} removed, {rejected} not catalogued",
    system_action="Open metadata agrees with the catalogue, except for elements that were not catalogued.",
    user_action="No action is needed.",
)

NOT_READABLE = AuditMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-0003",
    severity=Severity.ACTION,
    text="The integration connector {connector} cannot read {subject} of the catalogue at {address}",
    system_action="The catalogued elements are kept unchanged; the rest is catalogued.",
    user_action="Exclude it in the settings, or ask an administrator of the catalogue to grant access or to repair it.",
)

NOT_CATALOGUED = AuditMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-0004",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not catalogue {subject}: {message}",
    system_action="The connector continues, and tries again at its next refresh.",
    user_action="Follow the advice of the message.",
)

CONFLICT_DECIDED = AuditMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-0005",
    severity=Severity.DECISION,
    text="The integration connector {connector} found property {property} of {subject} changed on both sides: {local} "
    "in open metadata, {remote} at the catalogue. It takes {taken}, since {rule}",
    system_action="Both sides now have this value. The conflict is not reported again.",
    user_action="No action is needed. If the other value is the right one, set it again on either side.",
)

NOT_SENT = AuditMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-0006",
    severity=Severity.ACTION,
    text="The catalogue at {address} refuses a change of {subject} by integration connector {connector}: {cause}",
    system_action="Open metadata keeps its values. The connector tries again at its next refresh.",
    user_action="Grant the connector access, or correct the element in open metadata, as the cause says.",
)

COPIED = AuditMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-0007",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} compared {elements} elements of metadata server {server} at {address}: "
    "{created} elements created, {updated} updated, {removed} removed, {rejected} not copied",
    system_action="Open metadata has copies of the selected elements, except for those that were not copied.",
    user_action="No action is needed.",
)

OBJECTS_CATALOGUED = AuditMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-0008",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} found {objects} catalogs, schemas and objects in them at {address}: "
    "{created} elements created, {updated} updated, {removed} removed, {rejected} not catalogued",
    system_action="Open metadata agrees with the server, except for elements that were not catalogued.",
    user_action="No action is needed.",
)

ADDRESS_NOT_UNDERSTOOD = ErrorMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-400-001",
    http_code=400,
    text="The address of integration connector {connector} is not the address of a catalogue: {problem}",
    system_action="The connector fails.",
    user_action="Set an endpoint address such as https://catalog.example.org/iceberg, without a user or a query, and "
    "restart the connector.",
)

NOT_A_CATALOGUE = ErrorMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-404-001",
    http_code=404,
    text="The server at {address} is not the expected catalogue: {cause}",
    system_action="The connector fails; the catalogued elements are kept unchanged.",
    user_action="Correct the address or the warehouse, and restart the connector.",
)

LOGIN_REFUSED = ErrorMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-403-001",
    http_code=403,
    text="The catalogue at {address} refuses a request of the connector: {cause}",
    system_action="The connector fails; the catalogued elements are kept unchanged.",
    user_action="Correct the credentials, or ask an administrator of the catalogue to grant access.",
)

NOT_AVAILABLE = ErrorMessage(
    id="CATALOG-INTEGRATION-CONNECTORS-503-001",
    http_code=503,
    text="The catalogue at {address} does not answer, or answers incompletely: {cause}",
    system_action="The connector fails; the catalogued elements are kept unchanged.",
    user_action="Bring the catalogue back, then restart the connector.",
)
