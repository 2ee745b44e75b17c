"""Errors of connectors to third parties with an HTTP interface."""

from audit.message import ErrorMessage

CA_BUNDLE_NOT_USABLE = ErrorMessage(
    id="INTEGRATION-CONNECTORS-400-002",
    http_code=400,
    text="The certificates in {path} cannot be used: {cause}",
    system_action="The connector fails.",
    user_action="Have caBundle name a file of certificates in PEM format that the daemon's user may read, and restart "
    "the connector.",
)
