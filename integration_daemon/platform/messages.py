"""Messages of the platform about the servers that it hosts.

The ids and texts of OMRS-AUDIT-0001, -0007 and -0064, OMAG-ADMIN-0001, -0004, -0100 and -0101 and
OPEN-METADATA-SECURITY-0003 are those of the reference page.
"""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

_NOTHING_TO_DO = "No action is needed."

AUDIT_LOG_INITIALIZED = AuditMessage(
    id="OMRS-AUDIT-0064",
    severity=Severity.STARTUP,
    text="The Open Metadata Repository Services (OMRS) has initialized the audit log for the {server_type} called "
    "{server}",
    system_action="Records are written to the destinations that the configuration document names.",
    user_action=_NOTHING_TO_DO,
)

REPOSITORY_SERVICES_INITIALIZING = AuditMessage(
    id="OMRS-AUDIT-0001",
    severity=Severity.STARTUP,
    text="The Open Metadata Repository Services (OMRS) is initializing the subsystems to support a new server",
    system_action="The server's own services are started.",
    user_action=_NOTHING_TO_DO,
)

REPOSITORY_SERVICES_INITIALIZED = AuditMessage(
    id="OMRS-AUDIT-0007",
    severity=Severity.STARTUP,
    text="The Open Metadata Repository Services (OMRS) has initialized",
    system_action="The server continues with the services of its type.",
    user_action=_NOTHING_TO_DO,
)

LOCAL_REPOSITORY_OPENED = AuditMessage(
    id="OMRS-AUDIT-0003",
    severity=Severity.STARTUP,
    text="The embedded metadata store of server {server} is open: {path}",
    system_action="Open metadata is read from it and committed to it.",
    user_action=_NOTHING_TO_DO + " Include this file and the files next to it in backups.",
)

REPOSITORY_SERVICES_TERMINATED = AuditMessage(
    id="OMRS-AUDIT-0019",
    severity=Severity.SHUTDOWN,
    text="The Open Metadata Repository Services (OMRS) of server {server} has been terminated",
    system_action="All changes that the metadata store had accepted are committed.",
    user_action=_NOTHING_TO_DO,
)

MAX_PAGE_SIZE = AuditMessage(
    id="OMAG-ADMIN-0001",
    severity=Severity.STARTUP,
    text="The {server} server is configured with a max page size of {max_page_size}",
    system_action="No request for metadata requests more elements than this at once.",
    user_action=_NOTHING_TO_DO,
)

UNLIMITED_PAGE_SIZE = AuditMessage(
    id="OMAG-ADMIN-0002",
    severity=Severity.STARTUP,
    text="The {server} server is configured with an unlimited max page size",
    system_action="Only the metadata server limits the size of its answers.",
    user_action="Set maxPageSize in the configuration document to limit the memory that one request may use.",
)

SERVER_STARTED = AuditMessage(
    id="OMAG-ADMIN-0004",
    severity=Severity.STARTUP,
    text="The {server} server has successfully completed start up. The following services are running: {services}",
    system_action="The server is working and answers requests over REST.",
    user_action=_NOTHING_TO_DO,
)

SERVER_STOPPING = AuditMessage(
    id="OMAG-ADMIN-0005",
    severity=Severity.SHUTDOWN,
    text="The {server} server has begun its shutdown",
    system_action="The services of the server are stopped within a deadline.",
    user_action=_NOTHING_TO_DO,
)

SERVER_STOPPED = AuditMessage(
    id="OMAG-ADMIN-0006",
    severity=Severity.SHUTDOWN,
    text="The {server} server has completed its shutdown",
    system_action="After this record, the audit log of the server is written out and closed.",
    user_action=_NOTHING_TO_DO,
)

GOVERNANCE_SERVICES_STARTING = AuditMessage(
    id="OMAG-ADMIN-0100",
    severity=Severity.STARTUP,
    text="The governance services subsystem for the {server_type} called {server} is about to start",
    system_action="The services of the server's type are started.",
    user_action=_NOTHING_TO_DO,
)

GOVERNANCE_SERVICES_STARTED = AuditMessage(
    id="OMAG-ADMIN-0101",
    severity=Severity.STARTUP,
    text="The governance services subsystem for the {server_type} called {server} has completed start up",
    system_action="The server is ready.",
    user_action=_NOTHING_TO_DO,
)

SERVER_START_FAILED = AuditMessage(
    id="OMAG-ADMIN-0102",
    severity=Severity.EXCEPTION,
    text="The {server_type} called {server} could not be started: {message}",
    system_action="The server is not running. Other servers of the platform are not affected.",
    user_action="Correct the problem that the message names, then start the server again.",
)

SERVER_ENDED = AuditMessage(
    id="OMAG-ADMIN-0007",
    severity=Severity.EXCEPTION,
    text="The {server_type} called {server} has ended because of an unexpected {exception}: {message}",
    system_action="The server is not running. Other servers of the platform are not affected.",
    user_action="Start the server again, and report the record with its stack to the maintainers of this program.",
)

OFFER_NOT_LOADED = AuditMessage(
    id="OMAG-ADMIN-0021",
    severity=Severity.ACTION,
    text="The entry point {name} of {group} refers to {target}, which cannot be loaded: {problem}",
    system_action="The entry point is ignored. Connectors or services that need it fail; others are not affected.",
    user_action="Repair or remove the installed package that provides it, and start the program again.",
)

SECURITY_CONNECTOR = AuditMessage(
    id="OPEN-METADATA-SECURITY-0003",
    severity=Severity.STARTUP,
    text="The Open Metadata Security Service {connector} for server {server} is initializing",
    system_action="The security connector decides on the requests to this server that roles and scopes allow.",
    user_action=_NOTHING_TO_DO,
)

SECURITY_CONNECTOR_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-162",
    http_code=400,
    text="The security connector {connector} of server {server} cannot be used: {problem}",
    system_action="The server does not start.",
    user_action="Correct serverSecurityConnection in the configuration document, or the file that it names. Without a "
    "security connector, roles and scopes alone decide.",
)

SERVER_NOT_RUNNING = ErrorMessage(
    id="OMAG-PLATFORM-404-001",
    http_code=404,
    text="The OMAG Server {server} is not running on this platform",
    system_action="The request is refused.",
    user_action="Start the server, or name one of the servers that the platform lists as active.",
)

SERVER_NOT_KNOWN = ErrorMessage(
    id="OMAG-PLATFORM-404-002",
    http_code=404,
    text="There is no configuration document for an OMAG Server called {server} on this platform",
    system_action="The request is refused.",
    user_action="Send the document with the request, or start the platform with it.",
)

SERVER_ALREADY_RUNNING = ErrorMessage(
    id="OMAG-PLATFORM-409-001",
    http_code=409,
    text="The OMAG Server {server} is already running on this platform",
    system_action="The request is refused, and the server continues unchanged.",
    user_action="Stop the server first if it should run with another configuration document.",
)

DOCUMENT_NOT_TAKEN_OVER = AuditMessage(
    id="OMAG-ADMIN-0022",
    severity=Severity.ERROR,
    text="The changed configuration document of server {server} was not applied: {message}",
    system_action="The server continues with its current document.",
    user_action="Correct the document, and reload it.",
)

CHANGES_IN_EFFECT = AuditMessage(
    id="OMAG-ADMIN-0023",
    severity=Severity.INFORMATION,
    text="The document of server {server} is used with the changes over REST of version {version}: its file has not "
    "changed since",
    system_action="The server has the document of that version.",
    user_action="To return to the content of the file, change the file, or restore the version that was read from it.",
)

CHANGES_NOT_IN_EFFECT = AuditMessage(
    id="OMAG-ADMIN-0024",
    severity=Severity.ACTION,
    text="The file of the document of server {server} has changed: the changes over REST of version {version} are no "
    "longer in effect",
    system_action="The server uses the file as it is now. The version is kept.",
    user_action="Compare the versions with 'integration-daemon config diff', and make the changes in the file that are "
    "to last; or restore the version.",
)

TRIAL_PASSED = AuditMessage(
    id="OMAG-ADMIN-0025",
    severity=Severity.INFORMATION,
    text="Version {version} of the document of server {server} came up healthy",
    system_action="The version stays in effect.",
    user_action=_NOTHING_TO_DO,
)

TRIAL_FAILED = AuditMessage(
    id="OMAG-ADMIN-0026",
    severity=Severity.ERROR,
    text="Version {version} of the document of server {server} was rolled back to version {previous}, because "
    "connectors had failed with it: {connectors}",
    system_action="The server runs with the earlier version again. The failed version is kept.",
    user_action="Read the records of these connectors, correct the document, and reload it.",
)

TRIAL_OVERTAKEN = AuditMessage(
    id="OMAG-ADMIN-0027",
    severity=Severity.ACTION,
    text="Version {version} of the document of server {server} was not rolled back to version {previous}, because the "
    "document has been changed again; connectors that have failed: {connectors}",
    system_action="The server continues with its current document.",
    user_action="Read the records of these connectors. The command 'integration-daemon config restore' restores an "
    "earlier version.",
)

STORED_SERVER_NOT_STARTED = AuditMessage(
    id="OMAG-ADMIN-0028",
    severity=Severity.ERROR,
    text="The server {server}, whose document the platform keeps, was not started: {message}",
    system_action="The server does not run. The platform and its other servers are not affected.",
    user_action="Correct the document over REST, and start the server; or delete the document if there should be no "
    "such server.",
)

NOT_RECONFIGURABLE = ErrorMessage(
    id="OMAG-PLATFORM-409-003",
    http_code=409,
    text="The OMAG Server {server} is of type {server_type}, which cannot apply a changed document while it runs",
    system_action="The request is refused, and the server continues unchanged.",
    user_action="Stop the server and start it with the changed document.",
)

ANOTHER_SERVERS_DOCUMENT = ErrorMessage(
    id="OMAG-PLATFORM-400-004",
    http_code=400,
    text="The document belongs to the server {other} or has no integration services: {server} cannot apply it",
    system_action="The request is refused, and the server continues unchanged.",
    user_action="Send the document of this integration daemon.",
)

PLATFORM_CLOSING = ErrorMessage(
    id="OMAG-PLATFORM-503-001",
    http_code=503,
    text="This platform is shutting down and does not start servers",
    system_action="The request is refused.",
    user_action="Start the platform again.",
)

UNSUPPORTED_SERVER_TYPE = ErrorMessage(
    id="OMAG-PLATFORM-400-001",
    http_code=400,
    text="The server type {server_type} of server {server} is not one of the types that this platform hosts: {known}",
    system_action="The server is not started.",
    user_action="Correct localServerType in the configuration document.",
)

DOCUMENT_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-002",
    http_code=400,
    text="The configuration document of server {server} has errors: {problems}",
    system_action="The server is not started.",
    user_action="Correct each of these places; 'integration-daemon check' also shows hints.",
)

CHANGE_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-005",
    http_code=400,
    text="With this change, the configuration document of server {server} would have errors: {problems}",
    system_action="Nothing is stored, and the document is as it was.",
    user_action="Correct the values of the request at these places. While the server does not run, a document may be "
    "incomplete; missing values are named when the server is started.",
)

NOT_IN_THE_DOCUMENT = ErrorMessage(
    id="OMAG-PLATFORM-404-003",
    http_code=404,
    text="The configuration document of server {server} has no {kind} called {name}; it has: {known}",
    system_action="Nothing is changed.",
    user_action="Correct the name in the request.",
)

DOCUMENT_IN_USE = ErrorMessage(
    id="OMAG-PLATFORM-409-004",
    http_code=409,
    text="The configuration document of server {server} is in use: the server is running",
    system_action="The document is not deleted, and the server continues.",
    user_action="Stop the server before its document is deleted, or delete the server itself, which stops it.",
)

DATA_DIRECTORY_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-003",
    http_code=400,
    text="The data directory {directory} cannot be used: {cause}",
    system_action="The program ends and nothing is changed.",
    user_action="Make the directory writable for this user, or name another with --data-dir.",
)

DATA_DIRECTORY_IN_USE = ErrorMessage(
    id="OMAG-PLATFORM-409-002",
    http_code=409,
    text="The data directory {directory} is in use by another integration daemon",
    system_action="The program ends and nothing is changed.",
    user_action="Stop the other daemon, or name another directory with --data-dir.",
)

BACKUP_NOT_MADE = ErrorMessage(
    id="OMAG-PLATFORM-400-020",
    http_code=400,
    text="No backup of the data directory {directory} was made: {cause}",
    system_action="The data directory and the daemon that uses it are as before. No file is left.",
    user_action="Remove the cause, and make the backup again. Replace a damaged database by that of an older backup.",
)

BACKUP_NOT_USABLE = ErrorMessage(
    id="OMAG-PLATFORM-400-021",
    http_code=400,
    text="The backup {archive} cannot be restored: {cause}",
    system_action="Nothing is restored.",
    user_action="Use another backup, or another directory if the cause is there.",
)

RESTORED_DIRECTORY_NOT_EMPTY = ErrorMessage(
    id="OMAG-PLATFORM-409-009",
    http_code=409,
    text="A backup cannot be restored to the directory {directory}, which is not empty",
    system_action="Nothing is restored.",
    user_action="Stop the daemon that uses the directory and move it away, or name another one with --data-dir.",
)

SERVER_STILL_STOPPING = ErrorMessage(
    id="OMAG-PLATFORM-409-010",
    http_code=409,
    text="The OMAG Server {server} has not stopped within its stop deadline of {seconds} seconds",
    system_action="The server continues to stop, and cannot be started again until it has stopped.",
    user_action="Read the audit log of the server: it names the connectors that do not stop. End the process if the "
    "server must be started again before they stop.",
)

ENDED_BY_LAST_RESORT = AuditMessage(
    id="OMAG-PLATFORM-0114",
    severity=Severity.SHUTDOWN,
    text="The process of server {server} ends before everything has stopped: {reason}",
    system_action="Accepted metadata is committed and this log is written, as far as possible within one second. The "
    "process ends with exit status 3, or, after a second signal, with 128 plus the number of the signal.",
    user_action="Read the preceding records: they name the connectors that do not stop. Correct these connectors, or "
    "run each in its own process (isolation: process).",
)

DATA_DIRECTORY_LOST = AuditMessage(
    id="OMAG-PLATFORM-0120",
    severity=Severity.EXCEPTION,
    text="The data directory {directory} {problem}",
    system_action="The platform continues with its state in memory and is not ready. Metadata stores in the "
    "directory refuse every request, no server is started, and no other daemon can use a directory with this name.",
    user_action="Move the directory back to its place; or stop the daemon, restore the directory from a backup, and "
    "start the daemon again.",
)

DATA_DIRECTORY_BACK = AuditMessage(
    id="OMAG-PLATFORM-0121",
    severity=Severity.INFORMATION,
    text="The data directory {directory} is back where it was{problem}",
    system_action="The platform is ready again, and metadata stores in the directory are used again.",
    user_action="Restart the connectors that failed in the meantime.",
)

DATA_DIRECTORY_GONE = ErrorMessage(
    id="OMAG-PLATFORM-503-020",
    http_code=503,
    text="The data directory {directory} of this platform {problem}",
    system_action="The request is refused, because anything stored now would be lost.",
    user_action="Move the directory back to its place; or stop the daemon, restore the directory from a backup, and "
    "start the daemon again.",
)

LOG_FILE_NOT_ALLOWED = ErrorMessage(
    id="OMAG-PLATFORM-400-200",
    http_code=400,
    text="The audit log of server {server} may not be appended to {path}, which is not below {directory}",
    system_action="The server is not started and nothing is written.",
    user_action="Leave out the address of the destination, or give one that is relative; or have an administrator of "
    "the machine name the document on the command line, or the directory in the platform file, as logDirectories.",
)
