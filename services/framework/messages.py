"""Errors of the connector framework."""

from audit.message import ErrorMessage

PROVIDER_NOT_KNOWN = ErrorMessage(
    id="OCF-CONNECTION-400-009",
    http_code=400,
    text="The connector provider class {provider} is not known to this daemon: {cause}",
    system_action="The connector cannot be created, and fails.",
    user_action="Correct connectorProviderClassName in the configuration document, or install the package that "
    "contains the connector. The command 'integration-daemon connectors' lists the installed connectors.",
)

PROVIDER_NOT_NAMED = ErrorMessage(
    id="OCF-CONNECTION-400-020",
    http_code=400,
    text="The connector provider class {provider} is neither installed nor named in a configuration document",
    system_action="The request is refused. Nothing is imported, because importing a module runs its code.",
    user_action="Correct the name, install the package that provides the connector, or name the class in the server's "
    "configuration document. The command 'integration-daemon connectors' lists the installed connectors.",
)

NO_PROVIDER = ErrorMessage(
    id="OCF-CONNECTION-400-004",
    http_code=400,
    text="The connection of connector {connector} does not name a connector provider class",
    system_action="The connector cannot be created, and fails.",
    user_action="Add connection.connectorType.connectorProviderClassName to the connector's configuration.",
)

NOT_A_CONNECTOR = ErrorMessage(
    id="OCF-CONNECTION-400-010",
    http_code=400,
    text="The class {provider} is not an integration connector: {problem}",
    system_action="The connector cannot be created, and fails.",
    user_action="Name a class that inherits from the connector class of its integration service and has a provider.",
)

SYNCHRONIZATION_NOT_PERMITTED = ErrorMessage(
    id="OIF-CONNECTOR-403-001",
    http_code=403,
    text="Integration connector {connector} may not {operation}: its permitted synchronization is {synchronization}",
    system_action="The request is refused and nothing is changed.",
    user_action="If the connector should be allowed to do this, change permittedSynchronization in its configuration.",
)

CONTEXT_CLOSED = ErrorMessage(
    id="OIF-CONNECTOR-400-002",
    http_code=400,
    text="Integration connector {connector} used its context after its run number {incarnation} had ended",
    system_action="The request is refused and nothing is changed, because a newer run of the connector may be active.",
    user_action="No action is needed for a connector that was cancelled or restarted. If this happens again, the "
    "connector continues to work after disconnect and should be corrected.",
)

SCOPE_NOT_CLOSED = ErrorMessage(
    id="OIF-CONNECTOR-400-003",
    http_code=400,
    text="Integration connector {connector} cannot reconcile the scope {scope!r}: it ends in the middle of a name",
    system_action="Nothing is changed. A scope is a prefix of source keys, and this one would include keys of other "
    "scopes.",
    user_action="Correct the connector: end the scope with the separator of names, as in '/data/', or leave it empty "
    "to include all elements of the metadata source.",
)

CONNECTOR_NOT_MADE = ErrorMessage(
    id="OCF-CONNECTION-500-001",
    http_code=500,
    text="A connector of class {provider} cannot be created: {cause}",
    system_action="The connector fails.",
    user_action="Correct the connector class: it must be possible to create an instance without arguments.",
)

SECURITY_CONNECTOR_NOT_KNOWN = ErrorMessage(
    id="OMAG-PLATFORM-400-163",
    http_code=400,
    text="There is no server security connector {provider}: {cause}",
    system_action="The server does not start.",
    user_action="Name an installed security connector in serverSecurityConnection, or install the package that has it.",
)

SETTING_NOT_USABLE = ErrorMessage(
    id="INTEGRATION-CONNECTORS-400-001",
    http_code=400,
    text="The setting {setting} of integration connector {connector} cannot be used: {problem}",
    system_action="The connector fails.",
    user_action="Correct the setting in the configuration document, and restart the connector. The command "
    "'integration-daemon connectors' lists the settings.",
)
