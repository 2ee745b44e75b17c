"""Errors about which services and connectors there are."""

from audit.message import ErrorMessage

SERVICE_NOT_REGISTERED = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-010",
    http_code=400,
    text="There is no integration service with the URL marker {marker}; there are {known}",
    system_action="The request is refused.",
    user_action="Use one of the URL markers that are named.",
)
