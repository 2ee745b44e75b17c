"""Errors and messages of metadata stores and metadata servers.

The text of OMAG-MULTI-TENANT-404-001 comes from the reference page.
"""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

SERVER_NOT_AVAILABLE = ErrorMessage(
    id="OMAG-MULTI-TENANT-404-001",
    http_code=404,
    text="The OMAG Server {server} is not available to service a request from user {user}",
    system_action="The request is refused: the platform answers, but the server is not running on it.",
    user_action="Start the server on its platform, or correct the server's name.",
)

SERVICE_NOT_AVAILABLE = ErrorMessage(
    id="OMAG-MULTI-TENANT-404-002",
    http_code=404,
    text="The {service} service is not available on OMAG Server {server} to handle a request from user {user}",
    system_action="The request is refused: the server is running, but is of another type.",
    user_action="Name a server of a type that offers this service.",
)

SERVER_DOES_NOT_ANSWER = ErrorMessage(
    id="OMAG-COMMON-503-001",
    http_code=503,
    text="The platform {url} of metadata server {server} does not answer: {cause}",
    system_action="The request cannot be carried out.",
    user_action="Restart the platform, or correct its URL in the configuration document.",
)

ANSWER_NOT_UNDERSTOOD = ErrorMessage(
    id="OMAG-COMMON-500-002",
    http_code=500,
    text="The metadata server {server} on platform {url} answered with HTTP status {status}: {problem}",
    system_action="The request is treated as failed.",
    user_action="Check that the URL is that of a metadata server's platform, and look into that server's audit log. If "
    "the server does not report its protocol, name it: metadataServerProtocol in the service's configuration.",
)

GENERATION_NOT_SPOKEN = ErrorMessage(
    id="OMAG-COMMON-400-043",
    http_code=400,
    text="The metadata server {server} on platform {url} is one of Egeria {version}, whose protocol this program does "
    "not speak",
    system_action="No further request is sent to the server.",
    user_action="Name a metadata server of this program or of Egeria 4, 5 or 6.",
)

PROTOCOL_AGREED = AuditMessage(
    id="OMRS-AUDIT-0080",
    severity=Severity.STARTUP,
    text="The metadata server {server} on platform {url} is one of {name}; the protocol is {protocol}",
    system_action="Metadata is exchanged in this protocol, which is detected again after the server was unavailable.",
    user_action="No action is needed. metadataServerProtocol in the configuration of a service overrules the answer.",
)

PROTOCOL_EXPERIMENTAL = AuditMessage(
    id="OMRS-AUDIT-0081",
    severity=Severity.ACTION,
    text="The protocol {protocol} with the metadata server {server} on platform {url} is experimental",
    system_action="Metadata is exchanged. The protocol is based on the published source of Egeria, and was not tested "
    "with a real metadata server.",
    user_action="Try it with a copy of the metadata first, and report problems.",
)

CALLER_REFUSED = ErrorMessage(
    id="OMAG-COMMON-401-001",
    http_code=401,
    text="The metadata server {server} on platform {url} does not accept the caller: HTTP status {status} {place}",
    system_action="The request is not carried out.",
    user_action="Correct metadataServerToken, or metadataServerUser and metadataServerPassword, in the service's "
    "configuration; or give the user the permissions on the platform of the metadata server.",
)

UNEXPECTED_EXCEPTION = ErrorMessage(
    id="OMAG-COMMON-400-016",
    http_code=500,
    text="An unexpected {exception} exception was caught by {method}",
    system_action="The request failed. The details are in the audit log of the server and not in this answer.",
    user_action="Read the audit log of the server, and report the record to its maintainers.",
)

UNKNOWN_TYPE = ErrorMessage(
    id="OMRS-REPOSITORY-400-034",
    http_code=400,
    text="{type_name} is not an open metadata type that this program knows",
    system_action="The request is refused.",
    user_action="Correct the name of the type.",
)

ELEMENT_NOT_FOUND = ErrorMessage(
    id="OMRS-REPOSITORY-404-002",
    http_code=404,
    text="There is no element with the {kind} {value}",
    system_action="The request is refused.",
    user_action="Correct the value; the element may have been removed.",
)

NAME_TAKEN = ErrorMessage(
    id="OMRS-REPOSITORY-409-001",
    http_code=409,
    text="The qualified name {name} already belongs to an element of {owner}",
    system_action="The element is not catalogued a second time.",
    user_action="Let only one metadata source own the element, or give one of the two another name.",
)

OTHER_END_NOT_FOUND = ErrorMessage(
    id="OMRS-REPOSITORY-404-003",
    http_code=404,
    text="The {type_name} relationship cannot be created: there is no element called {name}",
    system_action="The relationship is left out.",
    user_action="Catalogue the other element first.",
)

NOT_THE_OWNER = ErrorMessage(
    id="OMRS-REPOSITORY-403-001",
    http_code=403,
    text="The element {name} belongs to {owner} and cannot be changed by {source}",
    system_action="The change is refused.",
    user_action="Make the change in the technology from which the element comes.",
)

TEXT_NOT_STORABLE = ErrorMessage(
    id="OMRS-REPOSITORY-400-040",
    http_code=400,
    text="The element {name} has text that cannot be stored: {problem}",
    system_action="The element is not catalogued.",
    user_action="Correct the connector: text must be valid Unicode.",
)

VALUE_NOT_USABLE = ErrorMessage(
    id="OMAG-COMMON-400-042",
    http_code=400,
    text="The value at {place} cannot be used: {problem}",
    system_action="The request is refused. In a request with several changes, only this change is left out.",
    user_action="Correct the value at this place.",
)

NAME_WITHOUT_KEY = ErrorMessage(
    id="OMRS-REPOSITORY-400-046",
    http_code=400,
    text="The element {name} cannot be kept by a metadata server of Egeria: its name has to contain its source key "
    "{source_key!r}, and no line break",
    system_action="The element is not catalogued. This metadata server finds the elements of a source by parts of "
    "the names.",
    user_action="Correct the connector: let the qualified name contain the source key, or keep the metadata in a store "
    "of this program.",
)

NO_CHANGE_FEED = ErrorMessage(
    id="OMRS-REPOSITORY-400-047",
    http_code=400,
    text="The metadata server {server} is one of Egeria, which has no feed of numbered changes",
    system_action="The request is refused.",
    user_action="Search for elements that were updated since a time, or follow the topics of the metadata server.",
)

LINK_AT_WRONG_END = ErrorMessage(
    id="OMRS-REPOSITORY-400-045",
    http_code=400,
    text="The {type_name} {name} cannot be end {end} of a {relationship} relationship, which leads from {end1} to "
    "{end2}: {meaning}",
    system_action="The element is not catalogued.",
    user_action="Correct the connector. A Link names the element at the other end; its at_end1 states whether that "
    "element is end 1.",
)

STORE_NOT_USABLE = ErrorMessage(
    id="OMRS-REPOSITORY-500-001",
    http_code=500,
    text="The metadata store {path} cannot be used: {cause}",
    system_action="The store is not changed.",
    user_action="Remove the cause: release the file, restore it from a backup, or name another data directory.",
)

NEWER_STORE = "it was written by a newer version of this program (schema {}); run that version, or restore a backup"
"""The cause of `STORE_NOT_USABLE` for a store of a later version: an older program could damage it."""

STORE_FAILED = ErrorMessage(
    id="OMRS-REPOSITORY-500-002",
    http_code=500,
    text="The metadata store {path} failed: {cause}",
    system_action="The request is refused; committed changes are safe.",
    user_action="Free space on the disk, or restore the file.",
)

STORE_CLOSED = ErrorMessage(
    id="OMRS-REPOSITORY-503-001",
    http_code=503,
    text="The metadata store {path} is closed",
    system_action="The request is refused.",
    user_action="No action is needed while the server is stopping.",
)

STORE_UNAVAILABLE = ErrorMessage(
    id="OMRS-REPOSITORY-503-002",
    http_code=503,
    text="The metadata store {path} does not answer: {cause}",
    system_action="The request is refused; the next request tries the store again.",
    user_action="Restart the database server, or correct the address in the configuration document.",
)

CA_BUNDLE_NOT_USABLE = ErrorMessage(
    id="OMAG-COMMON-400-030",
    http_code=400,
    text="The certificates in {path} cannot be used: {cause}",
    system_action="The server is not started.",
    user_action="Name a file with PEM certificates in --ca-bundle, or in metadataServers of the platform file; a key "
    "there has no passphrase.",
)

CA_BUNDLE_RENEWED = AuditMessage(
    id="OMAG-PLATFORM-0203",
    severity=Severity.SECURITY,
    text="The certificates in {path}, for connections to metadata servers, have been read again",
    system_action="New connections to metadata servers use them, and nothing that is no longer in the files.",
    user_action="No action is needed. To end the open connections at once, restart the platform.",
)

CA_BUNDLE_KEPT = AuditMessage(
    id="OMAG-PLATFORM-0204",
    severity=Severity.SECURITY,
    text="The certificates in {path}, for connections to metadata servers, have changed and cannot be used: {cause}",
    system_action="The previous certificates are used. The files are read again when they change.",
    user_action="Correct the files: they must have certificates, and a key without a passphrase, in PEM format.",
)

COMPARISON_NOT_REPORTED = ErrorMessage(
    id="OMRS-REPOSITORY-400-041",
    http_code=400,
    text="The scan of {scope} was closed before the last part of its comparison was reported",
    system_action="The elements that were put are kept. Nothing is removed, because the scan may be incomplete.",
    user_action="Correct the connector: report every part with OrderedCatalog.compared, and the last part with "
    "is_last.",
)
