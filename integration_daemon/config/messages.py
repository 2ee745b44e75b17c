"""Errors of a configuration document as a whole."""

from audit.message import ErrorMessage

_NOT_USED = "The document is not used."

DOCUMENT_NOT_READABLE = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-001",
    http_code=400,
    text="The configuration document {document} cannot be read: {cause}",
    system_action=_NOT_USED,
    user_action="Correct the path, or make the file readable for this user.",
)

DOCUMENT_NOT_WELL_FORMED = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-002",
    http_code=400,
    text="The configuration document {document} is not valid {format}: {cause}",
    system_action=_NOT_USED,
    user_action="Correct the document at the place that the message names. The extension of the file decides the "
    "format: .json, .yaml or .toml.",
)

ANSWER_WITHOUT_DOCUMENT = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-005",
    http_code=400,
    text="{document} is the answer of a platform, and has no configuration document: {cause}",
    system_action=_NOT_USED,
    user_action="Ask the platform for the document of a server that it has, and as a user who may see it.",
)

DOCUMENT_WRONG_TYPE = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-003",
    http_code=400,
    text="The configuration document {document} is not valid at {place}: {problem}",
    system_action=_NOT_USED,
    user_action="Correct the value at that place; 'integration-daemon check' lists every problem of a document.",
)

MASK_WITHOUT_SECRET = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-006",
    http_code=400,
    text="The configuration document {document} has asterisks at {place}, and the stored document has no secret there "
    "that they could stand for",
    system_action=_NOT_USED,
    user_action="Write env:NAME or file:PATH for the secret at that place, or leave the asterisks where the stored "
    "document shows them.",
)

SERVER_NAME_NOT_USABLE = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-004",
    http_code=400,
    text="{name} is not a valid server name: a name consists of letters, digits, '.', '_', '-' and spaces, begins with "
    "a letter or digit, and has at most 100 characters and 200 bytes",
    system_action="The request is refused.",
    user_action="Choose another localServerName.",
)

DOCUMENT_NOT_A_FILE = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-010",
    http_code=400,
    text="The configuration document {document} is {kind}, not a regular file",
    system_action=_NOT_USED,
    user_action="Name the file of the document.",
)

DOCUMENT_TOO_LARGE = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-011",
    http_code=400,
    text="The configuration document {document} is larger than {most} MB",
    system_action=_NOT_USED,
    user_action="Check that the file is a configuration document; if it is, divide it into the documents of several "
    "servers.",
)

PART_NOT_VALID = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-400-012",
    http_code=400,
    text="The request has a configuration that is not valid: {problems}",
    system_action="Nothing is stored and nothing is changed.",
    user_action="Correct each of these places of the request's body.",
)

STORED_DOCUMENT_BROKEN = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-500-001",
    http_code=500,
    text="The stored configuration document of server {server} cannot be used: {cause}",
    system_action="The server is not started. The file is not changed.",
    user_action="Correct or remove the file, or send a document with the request to start the server.",
)

VARIABLES_BROKEN = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-500-002",
    http_code=500,
    text="The placeholder variables in {path} cannot be used: {cause}",
    system_action="Nothing is started or changed. The file is not changed.",
    user_action="Correct or remove the file, or set the placeholder variables again.",
)

NOT_STORED = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-500-003",
    http_code=500,
    text="{what} cannot be stored: {cause}",
    system_action="The stored content is not changed. A change that was applied to a running server is in effect until "
    "the server is started again.",
    user_action="Remove the cause, such as a full disk, and repeat the request.",
)

VERSION_NOT_KEPT = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-404-001",
    http_code=404,
    text="Version {number} of the configuration document of server {server} is not kept",
    system_action="The request is refused and nothing is changed.",
    user_action="Name one of the versions that 'integration-daemon config versions' lists.",
)

VERSION_SUPERSEDED = ErrorMessage(
    id="INTEGRATION-DAEMON-CONFIG-409-001",
    http_code=409,
    text="The change is based on version {expected} of the configuration document of server {server}, but the newest "
    "version is {newest}, by {user}",
    system_action="The request is refused and nothing is changed.",
    user_action="Read the newest version, and make the change in it: repeat the command, or send the request with the "
    "number of that version as expectedVersion. Version 0 stands for a server without a document.",
)

PLATFORM_FILE_NOT_TRUSTED = ErrorMessage(
    id="OMAG-PLATFORM-400-103",
    http_code=400,
    text="The platform file {path} is not used: {problem}",
    system_action="The program ends and nothing is changed, because the file could grant permissions.",
    user_action="Remove the file if you do not know it. Otherwise change its owner to the daemon's user or to root, "
    "and its mode so that only the owner can write it. A file of another owner can be named with --platform-file.",
)

PLATFORM_FILE_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-100",
    http_code=400,
    text="The platform file has problems: {problems}",
    system_action="The program ends and nothing is changed.",
    user_action="Correct each place that is named; 'integration-daemon check' finds the same problems.",
)
