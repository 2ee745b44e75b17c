"""Messages about publishing for enforcement points."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

PUBLISHED = AuditMessage(
    id="PROTECTION-EXPORT-0001",
    severity=Severity.SECURITY,
    text="The integration connector {connector} has written the protection of {count} elements to {target}: {digest}",
    system_action="Enforcement points that read it apply it from now on.",
    user_action="No action is needed.",
)

UNREADABLE = AuditMessage(
    id="PROTECTION-EXPORT-0002",
    severity=Severity.ERROR,
    text="The integration connector {connector} cannot read the protection of {element}: {problem}. This affects "
    "{count} elements",
    system_action="The properties are left out and their names are published as unreadable. The policy that this "
    "program ships denies all access to such an element and to its parts.",
    user_action="Correct the classifications of the element: labels and zones are lists of texts, accessGroups gives "
    "a list of permissions by group, and levels are whole numbers.",
)

NOT_EXPRESSIBLE = AuditMessage(
    id="PROTECTION-EXPORT-0003",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} has left out {count} protected elements for which the third party has "
    "no resource, {element} for one",
    system_action="The other elements are published.",
    user_action="To publish them, name the resource for their type in the setting resources. To silence this message, "
    "exclude them.",
)

FILE_NOT_USABLE = ErrorMessage(
    id="PROTECTION-EXPORT-400-002",
    http_code=400,
    text="The integration connector {connector} does not write the file {path}: {problem}",
    system_action="The connector fails. The file is not changed.",
    user_action="Give each connector a file of its own, in a directory that no other user can write to. If the path is "
    "not a regular file, remove it. Then restart the connector.",
)

TOO_LARGE = ErrorMessage(
    id="PROTECTION-EXPORT-400-003",
    http_code=400,
    text="The integration connector {connector} would publish more than {limit} of protected elements",
    system_action="The connector fails. The previous content stays published.",
    user_action="Select fewer elements with include, exclude, elementType or metadataSource, for example by one "
    "connector for each database.",
)

NAME_TAKEN = ErrorMessage(
    id="PROTECTION-EXPORT-400-004",
    http_code=400,
    text="The integration connector {connector} cannot serve the bundle {name}: {other} serves a bundle of this name",
    system_action="The connector fails. The bundle of the other connector is served as before.",
    user_action="Set another bundleName, and restart the connector.",
)

NOT_SERVED_HERE = ErrorMessage(
    id="PROTECTION-EXPORT-400-005",
    http_code=400,
    text="The integration connector {connector} cannot serve the bundle {name}, because no daemon runs it",
    system_action="The connector fails.",
    user_action="Run the connector in an integration daemon, or let it write a file: set an endpoint address.",
)

KEY_NOT_USABLE = ErrorMessage(
    id="PROTECTION-EXPORT-400-006",
    http_code=400,
    text="The key with which integration connector {connector} signs cannot be used: {problem}",
    system_action="The connector fails. Nothing is written without a signature.",
    user_action="Set securedProperties.signingKey to a reference to an RSA private key in PEM, or to a secret of at "
    "least 32 bytes, and restart the connector.",
)

FILE_NOT_WRITTEN = ErrorMessage(
    id="PROTECTION-EXPORT-503-001",
    http_code=503,
    text="The integration connector {connector} cannot write {path}: {cause}",
    system_action="The connector fails. The previous content of the file stays, so the enforcement point applies the "
    "previous protection.",
    user_action="Create the directory, let the daemon's user write to it, or make room, as the cause says. Then "
    "restart the connector.",
)

BUNDLE_NOT_FOUND = ErrorMessage(
    id="PROTECTION-EXPORT-404-001",
    http_code=404,
    text="There is no bundle {name}",
    system_action="The request is refused.",
    user_action="Name the bundleName of a connector that runs here, and wait for its first refresh.",
)
