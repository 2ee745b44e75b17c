"""Messages of the files connectors. Their ids are those of the original's basic files connectors."""

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
    text="The integration connector {connector} is letting go of its directory",
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
    system_action="The connector goes on with the other files and tries this one again at its next refresh.",
    user_action="Do what the message asks for.",
)

MORE_NOT_CATALOGUED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0027",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not catalogue {count} more files",
    system_action="Only the first of them are named one by one. They are tried again at the next refresh.",
    user_action="Do what the messages before this one ask for.",
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
    system_action="The catalogue agrees with the directory, but for what was refused.",
    user_action=_NOTHING_TO_DO,
)

FOLDER_NOT_READABLE = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0029",
    severity=Severity.ERROR,
    text="The integration connector {connector} cannot read {path}: {cause}",
    system_action="What the catalogue has of this folder, or of this file, is left as it is.",
    user_action="Make it readable for the daemon's user, or move it out of the directory.",
)

WAITING_FOR_DIRECTORY = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0023",
    severity=Severity.ERROR,
    text="The directory {directory} that integration connector {connector} works on does not exist",
    system_action="The connector waits for it: each refresh looks again. What is catalogued is left as it is.",
    user_action="Create the directory, or mount what it is on.",
)

WATCHING = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0030",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} watches {count} folders of directory {directory} for changes",
    system_action="What changes in them is catalogued at once. The next refresh looks at everything all the same.",
    user_action=_NOTHING_TO_DO,
)

NOT_WATCHED = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0031",
    severity=Severity.ERROR,
    text="The integration connector {connector} cannot watch {count} folders of directory {directory}: {cause} "
    "(fs.inotify.max_user_watches is {limit})",
    system_action="These folders are looked at every few seconds. A file that is changed in place is noticed at the "
    "next refresh.",
    user_action="Raise fs.inotify.max_user_watches, or fs.inotify.max_user_instances, and restart the connector; or "
    "set watch to false in its configuration.",
)

CHANGES_LOST = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0032",
    severity=Severity.INFORMATION,
    text="So much changed in directory {directory} that integration connector {connector} was not told of all of it",
    system_action="The whole directory is looked at again.",
    user_action=_NOTHING_TO_DO + " If it happens often, raise fs.inotify.max_queued_events.",
)

NOT_LOOKED_INTO = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0033",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not tell what {path} holds: {cause}",
    system_action="The file is catalogued as what its name tells. It is looked into again when it has changed.",
    user_action="See whether the file is whole, and has the right name.",
)

MORE_NOT_LOOKED_INTO = AuditMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-0034",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not tell what {count} more files hold",
    system_action="Only the first of them are named one by one. They are catalogued as what their names tell.",
    user_action="Do what the messages before this one ask for.",
)

LIBRARIES_MISSING = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-400-005",
    http_code=400,
    text="Integration connector {connector} is to look into files, and needs libraries for it that are not installed: "
    "{libraries}",
    system_action="The connector is failed.",
    user_action="Install integration-daemon[content], or set classifyContent to false, and restart the connector.",
)

DIRECTORY_NOT_NAMED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-400-001",
    http_code=400,
    text="The Connection object {connection} of integration connector {connector} names no directory",
    system_action="The connector is failed.",
    user_action="Put the directory's path into connection.endpoint.address, and restart the server.",
)

NOT_A_DIRECTORY = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-400-002",
    http_code=400,
    text="The path {directory} in the Connection object {connection} is not a directory",
    system_action="The connector is failed.",
    user_action="Correct connection.endpoint.address, or replace what is there by a directory.",
)

DIRECTORY_NOT_READABLE = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-400-003",
    http_code=400,
    text="The directory {directory} in the Connection object {connection} cannot be read: {cause}",
    system_action="The connector is failed.",
    user_action="Make the directory readable for the daemon's user, and restart the connector.",
)

DIRECTORY_NOT_THERE = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-404-001",
    http_code=404,
    text="The directory named {directory} in the Connection object {connection} does not exist",
    system_action="The connector is failed.",
    user_action="Create the directory and restart the connector, or set waitForDirectory in its configuration.",
)

SCAN_PROCESS_ENDED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-500-004",
    http_code=500,
    text="The process that was reading the directory {directory} ended before it was done",
    system_action="The refresh is given up and nothing is removed from the catalogue.",
    user_action="See whether the system ended it, for want of memory for example, and restart the connector.",
)

DIRECTORY_CHANGED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-500-003",
    http_code=500,
    text="The directory {directory} was taken away or replaced while integration connector {connector} was reading it",
    system_action="The refresh is given up and nothing is removed from the catalogue.",
    user_action="Bring the directory back, and restart the connector.",
)

DIRECTORY_AWAITED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-404-040",
    http_code=404,
    text="The directory {directory} does not exist, and integration connector {connector} waits for it",
    system_action="The refresh is no success. What is catalogued is left as it is, and each refresh looks again.",
    user_action="Create the directory, or mount what it is on.",
)

NOTHING_MOUNTED = ErrorMessage(
    id="BASIC-FILES-INTEGRATION-CONNECTORS-404-041",
    http_code=404,
    text="The directory {directory} of integration connector {connector} is empty, and what was mounted there is not "
    "mounted now",
    system_action="The refresh is no success. What is catalogued is left as it is, and each refresh looks again.",
    user_action="Mount it again. If the directory is to be used without a mount, put something into it.",
)
