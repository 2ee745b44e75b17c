"""Messages about received users and groups, and of the connector that catalogues them."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

RECEIVED_NOT_USABLE = ErrorMessage(
    id="SCIM-RECEIVER-503-001",
    http_code=503,
    text="The received users and groups in {path} cannot be used: {cause}",
    system_action="The connectors of the organization integrator do not start, and SCIM requests are refused.",
    user_action="Make the directory available to the daemon's user, and start the server again. Without the file, the "
    "identity provider has to send everything again.",
)

RECEIVED_NOT_STORED = ErrorMessage(
    id="SCIM-RECEIVER-503-002",
    http_code=503,
    text="The received users and groups in {path} cannot be read or kept: {cause}",
    system_action="The request is refused, and nothing is changed by it. The identity provider sends it again.",
    user_action="Check the disk and its free space.",
)

NOT_RECEIVING = ErrorMessage(
    id="SCIM-RECEIVER-400-006",
    http_code=400,
    text="The connector {connector} has no received users and groups: no server runs",
    system_action="The request is refused.",
    user_action="Use the connector in an integration daemon.",
)

RECEIVING = AuditMessage(
    id="SCIM-RECEIVER-0001",
    severity=Severity.INFORMATION,
    text="The connector {connector} catalogues the users and groups that identity providers push to this server by "
    "SCIM, as the organization {organization}",
    system_action="Pushed users and groups are kept in the data directory, and catalogued some seconds later.",
    user_action="No action is needed. Give the identity provider a token with the role identity-writer.",
)
