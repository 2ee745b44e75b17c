"""Messages of the files connectors. Their ids are those of the original program's basic files connectors."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

_NOTHING_TO_DO = "No action is needed."

CONFIGURED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0001",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} works on directory {directory} with allowCatalogDelete {allow_delete}, "
    "waitForDirectory {wait} and watch {watch}",
    system_action="The connector compares the directory with the catalogue at every refresh.",
    user_action=_NOTHING_TO_DO + " Check that the settings are the intended ones.",
)

BAD_DIRECTORY = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0002",
    severity=Severity.ERROR,
    text="The integration connector {connector} cannot work on directory {directory}: {message}",
    system_action="The connector fails with this error.",
    user_action="Correct the directory, or the connector's configuration, and restart the connector.",
)

STOPPING = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0009",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} is closing its directory",
    system_action="The connector is being stopped or restarted.",
    user_action=_NOTHING_TO_DO,
)

FOLDER_UPDATED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0010",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} has set the last update time of data folder {folder} to {time}",
    system_action="The catalogue shows when anything in the folder last changed.",
    user_action=_NOTHING_TO_DO,
)

NOT_CATALOGUED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0014",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not catalogue {path}: {message}",
    system_action="The connector continues with the other files, and tries this one again at its next refresh.",
    user_action="Follow the advice of the message.",
)

MORE_NOT_CATALOGUED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0027",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not catalogue {count} more files",
    system_action="Only the first files are named individually. All of them are tried again at the next refresh.",
    user_action="Follow the advice of the preceding messages.",
)

FILE_CREATED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0016",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} has catalogued {path} as {guid}",
    system_action="An element was created or updated for the file.",
    user_action=_NOTHING_TO_DO,
)

REFRESHED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0028",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} found {seen} files and folders below {directory}: {created} created, "
    "{updated} updated, {removed} {removal}, {rejected} refused",
    system_action="The catalogue agrees with the directory, except for the refused elements.",
    user_action=_NOTHING_TO_DO,
)

FOLDER_NOT_READABLE = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0029",
    severity=Severity.ERROR,
    text="The integration connector {connector} cannot read {path}: {cause}",
    system_action="The catalogued elements of this folder or file are kept unchanged.",
    user_action="Make it readable for the user of the daemon, or move it out of the directory.",
)

WAITING_FOR_DIRECTORY = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0023",
    severity=Severity.ERROR,
    text="The directory {directory} that integration connector {connector} works on does not exist",
    system_action="The connector waits for the directory and checks again at each refresh. The catalogued elements "
    "are kept unchanged.",
    user_action="Create the directory, or mount its file system.",
)

WATCHING = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0030",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} watches {count} folders of directory {directory} for changes",
    system_action="Changes in these folders are catalogued at once. The next refresh still scans the whole directory.",
    user_action=_NOTHING_TO_DO,
)

NOT_WATCHED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0031",
    severity=Severity.ERROR,
    text="The integration connector {connector} cannot watch {count} folders of directory {directory}: {cause} "
    "(fs.inotify.max_user_watches is {limit})",
    system_action="These folders are checked every few seconds instead. A file that is changed in place is noticed at "
    "the next refresh.",
    user_action="Raise fs.inotify.max_user_watches, or fs.inotify.max_user_instances, and restart the connector; or "
    "set watch to false in its configuration.",
)

CHANGES_LOST = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0032",
    severity=Severity.INFORMATION,
    text="There were so many changes in directory {directory} that integration connector {connector} was not notified "
    "of all of them",
    system_action="The whole directory is scanned again.",
    user_action=_NOTHING_TO_DO + " If it happens often, raise fs.inotify.max_queued_events.",
)

CONTENT_NOT_READ = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0033",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not determine the content of {path}: {cause}",
    system_action="The file is catalogued according to its name. Its content is read again when the file changes.",
    user_action="Check that the file is complete and has the right name.",
)

MORE_CONTENT_NOT_READ = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0034",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not determine the content of {count} more files",
    system_action="Only the first files are named individually. All of them are catalogued according to their names.",
    user_action="Follow the advice of the preceding messages.",
)

LIBRARIES_MISSING = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-400-005",
    http_code=400,
    text="Integration connector {connector} is configured to classify content, which needs libraries that are not "
    "installed: {libraries}",
    system_action="The connector fails.",
    user_action="Install integration-daemon[content], or set classifyContent to false, and restart the connector.",
)

DIRECTORY_NOT_NAMED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-400-001",
    http_code=400,
    text="The Connection object {connection} of integration connector {connector} does not name a directory",
    system_action="The connector fails.",
    user_action="Set connection.endpoint.address to the path of the directory, and restart the server.",
)

NOT_A_DIRECTORY = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-400-002",
    http_code=400,
    text="The path {directory} in the Connection object {connection} is not a directory",
    system_action="The connector fails.",
    user_action="Correct connection.endpoint.address, or create a directory at this path, and restart the connector.",
)

DIRECTORY_NOT_READABLE = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-400-003",
    http_code=400,
    text="The directory {directory} in the Connection object {connection} cannot be read: {cause}",
    system_action="The connector fails.",
    user_action="Make the directory readable for the user of the daemon, and restart the connector.",
)

DIRECTORY_NOT_FOUND = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-404-001",
    http_code=404,
    text="The directory named {directory} in the Connection object {connection} does not exist",
    system_action="The connector fails.",
    user_action="Create the directory and restart the connector, or set waitForDirectory in its configuration.",
)

SCAN_PROCESS_ENDED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-500-004",
    http_code=500,
    text="The process that was reading the directory {directory} ended before it had finished",
    system_action="The refresh fails, and nothing is removed from the catalogue.",
    user_action="Find out whether the system ended the process, for example for lack of memory, and restart the "
    "connector.",
)

DIRECTORY_CHANGED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-500-003",
    http_code=500,
    text="The directory {directory} was removed or replaced while integration connector {connector} was reading it",
    system_action="The refresh fails, and nothing is removed from the catalogue.",
    user_action="Restore the directory, and restart the connector.",
)

DIRECTORY_AWAITED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-404-040",
    http_code=404,
    text="The directory {directory} does not exist, and integration connector {connector} waits for it",
    system_action="The refresh does not count as a success. The catalogued elements are kept unchanged, and each "
    "refresh checks again.",
    user_action="Create the directory, or mount its file system.",
)

NOTHING_MOUNTED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-404-041",
    http_code=404,
    text="The directory {directory} of integration connector {connector} is empty, because its file system is no "
    "longer mounted",
    system_action="The refresh does not count as a success. The catalogued elements are kept unchanged, and each "
    "refresh checks again.",
    user_action="Mount the file system again. To use the directory without a mount, put something into it.",
)
