"""Messages of the connectors that catalogue people and teams."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

CONFIGURED = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0001",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} catalogues the people and teams of {source}",
    system_action="The people and teams are read and compared with the catalogue at each refresh.",
    user_action="No action is needed. Check that this is the intended directory.",
)

CATALOGUED = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0002",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} synchronized the catalogue with {organization}: {created} elements "
    "created, {updated} updated and {removed} removed; the appointments of {ended} people were ended",
    system_action="The catalogue has the people and teams of the directory.",
    user_action="No action is needed.",
)

REJECTED = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0003",
    severity=Severity.ERROR,
    text="The integration connector {connector} does not catalogue {subject}: {problem}",
    system_action="All others are catalogued. An element that was catalogued for this entry before is kept unchanged.",
    user_action="Correct the entry in the directory.",
)

MORE_REJECTED = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0004",
    severity=Severity.ERROR,
    text="The integration connector {connector} does not catalogue {number} more entries or relationships",
    system_action="All others are catalogued.",
    user_action="Correct the entries that were reported before. The next refresh reports the next ones.",
)

FILE_NOT_AVAILABLE = ErrorMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-503-001",
    http_code=503,
    text="The file {path} of integration connector {connector} cannot be read: {cause}",
    system_action="The connector fails; the catalogued people and teams are kept unchanged.",
    user_action="Make the file available to the daemon's user, or correct its path, and restart the connector.",
)

FILE_NOT_WHOLE = ErrorMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-503-002",
    http_code=503,
    text="The file {path} of integration connector {connector} is not a complete table: {problem}",
    system_action="The connector fails; the catalogued people and teams are kept unchanged.",
    user_action="Write the file again, whole and with a header, and restart the connector.",
)

FILE_CHANGED = ErrorMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-503-003",
    http_code=503,
    text="The file {path} of integration connector {connector} changed while it was read",
    system_action="Nothing is catalogued. The next refresh reads the file again.",
    user_action="No action is needed. Write each new version next to the file, and rename it when it is complete.",
)

REFERRALS_IGNORED = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0005",
    severity=Severity.INFORMATION,
    text="The connector {connector} does not follow {number} referrals below {base} to other servers",
    system_action="People and groups of other servers are not catalogued.",
    user_action="Configure a connector for each of the other servers whose people are to be catalogued.",
)

EVERYTHING_READ = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0006",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} read all people and groups of the directory at {address}: {reason}",
    system_action="All people and groups are compared with the catalogue, as if nothing had been read before.",
    user_action="No action is needed. If refreshes take too long, let the directory list changes for the connector's "
    "user: OpenLDAP needs the overlay syncprov, and the user the right to read entryUUID and contextCSN.",
)

NOT_AMONG_THEM = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0009",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} passes over {number} members, managers and leaders that are not among "
    "the people and groups that it reads: {first}",
    system_action="All others are catalogued. This message is logged again when the references change.",
    user_action="No action is needed if they are disabled accounts, or belong to another domain. Otherwise extend the "
    "filter or the base of the connector, or correct the directory.",
)

ACTIVITY_RETURNED = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0007",
    severity=Severity.INFORMATION,
    text="The integration connector {connector} wrote {attributes} of {number} entries of the directory: {entries}",
    system_action="The entries contain the activity of these people in open metadata.",
    user_action="No action is needed.",
)

ACTIVITY_NOT_RETURNED = AuditMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-0008",
    severity=Severity.ERROR,
    text="The integration connector {connector} could not write the activity of people to {number} entries: {problems}",
    system_action="All others are written. The next refresh tries again.",
    user_action="Configure attributes in activityAttributes that these entries may have, or correct the entries.",
)

LDAP_LIBRARY_MISSING = ErrorMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-400-002",
    http_code=400,
    text="The integration connector {connector} needs the library ldap3, which is not installed",
    system_action="The connector fails.",
    user_action="Install integration-daemon[ldap].",
)

DIRECTORY_REFUSED = ErrorMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-403-001",
    http_code=403,
    text="The directory at {address} does not permit this to user {user} of connector {connector}: {cause}",
    system_action="The connector fails; the catalogued people and teams are kept unchanged.",
    user_action="Correct the user and the reference to its password, or let the user read the people and groups.",
)

DIRECTORY_NOT_AVAILABLE = ErrorMessage(
    id="ORGANIZATION-INTEGRATION-CONNECTORS-503-004",
    http_code=503,
    text="The directory at {address} did not give connector {connector} a complete answer: {cause}",
    system_action="The connector fails; the catalogued people and teams are kept unchanged, and nobody counts as gone.",
    user_action="Make the directory available. If a size limit was exceeded, let the user read as many entries as "
    "there are, or set a smaller pageSize. Then restart the connector.",
)
