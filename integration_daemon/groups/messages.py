"""Messages about integration groups. The ids are those of the original daemon where it has one."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

_NOTHING_TO_DO = "No action is needed."

GROUP_FOLLOWED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0019",
    severity=Severity.STARTUP,
    text="The integration daemon {daemon} follows the changes of integration group {group} at metadata server "
    "{metadata_server}",
    system_action="The group is read again when its elements or relationships change.",
    user_action=_NOTHING_TO_DO,
)

GROUP_NOT_FOLLOWED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0027",
    severity=Severity.EXCEPTION,
    text="The integration daemon {daemon} cannot follow the changes of integration group {group} at metadata server "
    "{metadata_server}: {exception} with message {message}",
    system_action="The connectors of the group continue as they were read last. The daemon tries again, and then reads "
    "the whole group.",
    user_action="Restore the metadata server, or the connection to it.",
)

GROUP_NOT_READ = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0028",
    severity=Severity.ERROR,
    text="The integration daemon {daemon} cannot read integration group {group} from metadata server "
    "{metadata_server}: {exception} with message {message}",
    system_action="The connectors of the group continue as they were read last. The daemon tries again.",
    user_action="Remove the cause that the message names. 'refresh-config' of the group makes the daemon try at once.",
)

READING_GROUP = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0051",
    severity=Severity.INFORMATION,
    text="The integration daemon {daemon} is reading the configuration of integration group {group}",
    system_action="The registered connectors and their catalog targets are read from the metadata server.",
    user_action=_NOTHING_TO_DO,
)

GROUP_NOT_APPLIED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0053",
    severity=Severity.EXCEPTION,
    text="The integration daemon {daemon} cannot apply the configuration of integration group {group}: {exception} "
    "with message {message}",
    system_action="The daemon tries again. Its other connectors are not affected.",
    user_action="Remove the cause that the message names.",
)

REGISTRATION_NOT_USED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0054",
    severity=Severity.EXCEPTION,
    text="The integration connector {connector} of integration group {group} is not registered such that it can be "
    "run: {problem}",
    system_action="The connector is in FAILED status. The other connectors of the group are not affected.",
    user_action="Correct the elements and relationships that describe the connector at the metadata server.",
)

GROUP_APPLIED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0056",
    severity=Severity.INFORMATION,
    text="The integration daemon {daemon} has applied the configuration of integration group {group}: {added} "
    "connectors and catalog targets added, {changed} changed, {removed} removed, {unchanged} unchanged",
    system_action="New and changed connectors are started with the new configuration, removed ones have been stopped, "
    "and the others continue undisturbed.",
    user_action=_NOTHING_TO_DO,
)

REGISTRATION_CHANGED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0066",
    severity=Severity.INFORMATION,
    text="The registration of integration connector {connector} in integration daemon {daemon} has changed: {fields}",
    system_action="The connector is restarted with the new configuration.",
    user_action=_NOTHING_TO_DO,
)

GROUP_NOT_FOUND = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-032",
    http_code=400,
    text="The metadata server {metadata_server} has no integration group with the qualified name {group}, which is "
    "configured in integration daemon {daemon}",
    system_action="If the group was there before, its connectors continue as they were read last, until its element is "
    "found deleted twice.",
    user_action="Create the element of type IntegrationGroup at the metadata server, or correct "
    "integrationGroupQualifiedName in the configuration document.",
)

GROUP_DELETED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0099",
    severity=Severity.INFORMATION,
    text="The integration group {group} of integration daemon {daemon} has been deleted at metadata server "
    "{metadata_server}",
    system_action="The connectors of the group are stopped, and are no longer shown. They start again when there is a "
    "group with this name.",
    user_action="If the group is no longer wanted, remove it from dynamicIntegrationGroupsConfig in the configuration "
    "document.",
)

GROUP_NOT_INITIALIZED = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-033",
    http_code=400,
    text="The integration group {group} of integration daemon {daemon} is not read yet",
    system_action="The reading continues.",
    user_action="Wait, and look at the summary of the group. The audit log reports if the group cannot be read.",
)

UNKNOWN_GROUP = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-034",
    http_code=400,
    text="The integration group {group} is not running in integration daemon {daemon}",
    system_action="The request is refused.",
    user_action="Use one of the names that the summary of the groups shows.",
)

NO_GROUPS = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-400-035",
    http_code=400,
    text="The integration daemon {daemon} has no integration groups",
    system_action="The request is refused.",
    user_action="Add dynamicIntegrationGroupsConfig to the configuration document.",
)
