"""Errors about the registered services and connectors."""

from audit.message import ErrorMessage

SERVICE_NOT_REGISTERED = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-010",
    http_code=400,
    text="There is no integration service with the URL marker {marker}; the known markers are {known}",
    system_action="The request is refused.",
    user_action="Use one of the known URL markers.",
)

SECRET_NOT_READABLE = ErrorMessage(
    id="INTEGRATION-CONNECTOR-400-001",
    http_code=400,
    text="The secret referenced by {reference} cannot be read: {cause}",
    system_action="The connector cannot log on to its third-party technology, and fails.",
    user_action="Set the environment variable, or make the file readable for the user of the daemon, then restart the "
    "connector.",
)
