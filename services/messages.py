"""Errors about registered services, secrets and vaults, and the bounds that the platform sets."""

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
    user_action="Set the environment variable, or have the file hold the secret in one line, readable to the daemon's "
    "user. Then restart the connector.",
)

VAULT_UNAVAILABLE = ErrorMessage(
    id="INTEGRATION-CONNECTOR-503-002",
    http_code=503,
    text="The vault at {address} cannot be read: {cause}",
    system_action="The connector cannot get its secret, and fails.",
    user_action="Bring the vault back, or unseal it; check VAULT_ADDR and VAULT_CACERT in the daemon's environment. "
    "Then restart the connector.",
)

VAULT_REFUSES = ErrorMessage(
    id="INTEGRATION-CONNECTOR-403-002",
    http_code=403,
    text="The vault at {address} refuses to give the secret {reference} to the daemon",
    system_action="The connector cannot get its secret, and fails.",
    user_action="Give the daemon a valid token in VAULT_TOKEN, whose policy allows it to read this path. Then restart "
    "the connector.",
)

SECRET_NOT_ALLOWED = ErrorMessage(
    id="INTEGRATION-CONNECTOR-400-002",
    http_code=400,
    text="The reference {reference} may not be followed: {problem}",
    system_action="Nothing is read, and the connector fails. Otherwise, a user who can change the document could have "
    "the daemon send any file of this machine to an address of their choice.",
    user_action="Put the secret where references may lead, or have an administrator of the machine allow its place in "
    "the platform file, as secretDirectories or secretVariables. Then restart the connector.",
)

SERVICE_OF_ENVIRONMENT = ErrorMessage(
    id="INTEGRATION-CONNECTOR-400-003",
    http_code=400,
    text="The variable {variable} is set in the environment of the daemon, so that connections to PostgreSQL would not "
    "lead where the configuration document says",
    system_action="No connection is made.",
    user_action="Start the daemon without this variable.",
)

CONNECTOR_NOT_ALLOWED = ErrorMessage(
    id="OMAG-PLATFORM-400-101",
    http_code=400,
    text="The platform does not allow the connector class {provider}",
    system_action="The class is not loaded, and no connector of it is made.",
    user_action="Use another class, or have an administrator of the machine add this one to allowedConnectors in the "
    "platform file.",
)

ENDPOINT_NOT_ALLOWED = ErrorMessage(
    id="OMAG-PLATFORM-400-102",
    http_code=400,
    text="The platform does not allow connections to {endpoint}, the endpoint of {user}",
    system_action="Nothing is sent there.",
    user_action="Correct the address, or have an administrator of the machine add it to allowedEndpoints in the "
    "platform file.",
)
