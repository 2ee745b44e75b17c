"""Errors of the connector framework."""

from audit.message import ErrorMessage

PROVIDER_NOT_KNOWN = ErrorMessage(
    id="OCF-CONNECTION-400-009",
    http_code=400,
    text="The connector provider class {provider} is not known to this daemon: {cause}",
    system_action="The connector cannot be created and is failed.",
    user_action="Correct connectorProviderClassName in the configuration document, or install the package that "
    "holds the connector. The command 'integration-daemon connectors' lists what is installed.",
)

PROVIDER_NOT_NAMED = ErrorMessage(
    id="OCF-CONNECTION-400-020",
    http_code=400,
    text="The connector provider class {provider} is neither installed nor named in a configuration document",
    system_action="The request is refused. Nothing is imported, because whatever is imported can run.",
    user_action="Correct the name, install the package that offers the connector, or name the class in the server's "
    "configuration document. The command 'integration-daemon connectors' lists what is installed.",
)

NO_PROVIDER = ErrorMessage(
    id="OCF-CONNECTION-400-004",
    http_code=400,
    text="The connection of connector {connector} names no connector provider class",
    system_action="The connector cannot be created and is failed.",
    user_action="Add connection.connectorType.connectorProviderClassName to the connector's configuration.",
)

NOT_A_CONNECTOR = ErrorMessage(
    id="OCF-CONNECTION-400-010",
    http_code=400,
    text="The class {provider} is not an integration connector: {problem}",
    system_action="The connector cannot be created and is failed.",
    user_action="Name a class that inherits from the connector class of its integration service and has a provider.",
)

SYNCHRONIZATION_NOT_PERMITTED = ErrorMessage(
    id="OIF-CONNECTOR-403-001",
    http_code=403,
    text="Integration connector {connector} may not {operation}: its permitted synchronization is {synchronization}",
    system_action="The request is refused and nothing is changed.",
    user_action="Change permittedSynchronization in the connector's configuration if it should be allowed to do this.",
)

CONTEXT_CLOSED = ErrorMessage(
    id="OIF-CONNECTOR-400-002",
    http_code=400,
    text="Integration connector {connector} used its context after its run number {incarnation} had ended",
    system_action="The request is refused and nothing is changed: a newer run of the connector may be at work.",
    user_action="None is needed for a connector that was cancelled or restarted. If it recurs, the connector keeps "
    "working after disconnect and should be corrected.",
)

SCOPE_NOT_CLOSED = ErrorMessage(
    id="OIF-CONNECTOR-400-003",
    http_code=400,
    text="Integration connector {connector} cannot reconcile the scope {scope!r}: it ends in the middle of a name",
    system_action="Nothing is changed. A scope is the beginning of source keys: this one would take in others' too.",
    user_action="Correct the connector: end the scope with what separates names, as in '/data/', or leave it empty for "
    "everything that the metadata source owns.",
)

CONNECTOR_NOT_MADE = ErrorMessage(
    id="OCF-CONNECTION-500-001",
    http_code=500,
    text="A connector of class {provider} cannot be made: {cause}",
    system_action="The connector is failed.",
    user_action="Correct the connector's class: it must be possible to make one without arguments.",
)

SECURITY_CONNECTOR_NOT_KNOWN = ErrorMessage(
    id="OMAG-PLATFORM-400-163",
    http_code=400,
    text="There is no server security connector {provider}: {cause}",
    system_action="The server does not start.",
    user_action="Name an installed security connector in serverSecurityConnection, or install the package that has it.",
)
