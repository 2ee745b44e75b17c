"""Messages of the connector that reads a SCIM service provider."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

PROVIDER_REFUSED = ErrorMessage(
    id="SCIM-MONITOR-403-001",
    http_code=403,
    text="The SCIM service provider at {address} does not permit this: {cause}",
    system_action="The connector fails; the catalogued people and teams are kept unchanged.",
    user_action="Correct the reference to the token, or the user and the reference to its password, or let the client "
    "read users and groups.",
)

PROVIDER_NOT_AVAILABLE = ErrorMessage(
    id="SCIM-MONITOR-503-001",
    http_code=503,
    text="The SCIM service provider at {address} did not give a complete answer: {cause}",
    system_action="The connector fails; the catalogued people and teams are kept unchanged, and nobody counts as gone.",
    user_action="Make the provider available, and restart the connector.",
)

NOT_A_PROVIDER = ErrorMessage(
    id="SCIM-MONITOR-400-001",
    http_code=400,
    text="There are no SCIM users and groups at {address}: {cause}",
    system_action="The connector fails.",
    user_action="Correct the address: it is the one below which /Users and /Groups are. Then restart the connector.",
)

LISTING_NOT_CONSISTENT = ErrorMessage(
    id="SCIM-MONITOR-503-002",
    http_code=503,
    text="The pages of {kind} that connector {connector} has read are inconsistent: {problem}",
    system_action="Nothing is catalogued. The next refresh reads all pages again.",
    user_action="No action is needed if people were added or removed in the meantime. If this continues, set a "
    "larger pageSize, or ask the maker of the provider.",
)

DELETIONS_NOT_TRUSTED = AuditMessage(
    id="SCIM-MONITOR-0001",
    severity=Severity.ACTION,
    text="The pages of {kind} that connector {connector} has read are inconsistent: {problem}",
    system_action="The content of the pages is catalogued, and nobody counts as gone. The next complete scan reads all "
    "pages again.",
    user_action="No action is needed if people were added or removed in the meantime. If this continues, set a "
    "larger pageSize, or ask the maker of the provider.",
)
