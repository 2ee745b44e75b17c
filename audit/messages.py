"""Messages of the audit log about itself."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

DESTINATION_FAILED = AuditMessage(
    id="AUDIT-LOG-0001",
    severity=Severity.ACTION,
    text="The audit log destination {destination} cannot be written to: {cause}",
    system_action="The records are kept, up to the limit of its queue, and are written again later. Other "
    "destinations are not affected.",
    user_action="Remove the cause: free space on the disk, or restart the receiver.",
)

DESTINATION_RECOVERED = AuditMessage(
    id="AUDIT-LOG-0002",
    severity=Severity.INFORMATION,
    text="The audit log destination {destination} can be written to again, after {failures} failed attempts",
    system_action="The records in its queue have been written.",
    user_action="No action is needed.",
)

RECORDS_DROPPED = AuditMessage(
    id="AUDIT-LOG-0003",
    severity=Severity.ACTION,
    text="{count} audit log records were dropped because {where} was full",
    system_action="The program continues; the dropped records are lost.",
    user_action="Find out why the destinations are slow, or reduce their severities.",
)

RECORD_NOT_RENDERED = AuditMessage(
    id="AUDIT-LOG-0010",
    severity=Severity.ERROR,
    text="A record with message {message} of {component} cannot be rendered: {cause}",
    system_action="This record is left out. All other records are written.",
    user_action="Correct the code that logged it: its message or its component is not valid.",
)

DESTINATION_NOT_KNOWN = ErrorMessage(
    id="AUDIT-LOG-400-001",
    http_code=400,
    text="There is no audit log destination {provider}; the known destinations are {known}",
    system_action="The server is not started.",
    user_action="Correct the connection in auditLogConnections of the configuration document.",
)

DESTINATION_SETTING_WRONG = ErrorMessage(
    id="AUDIT-LOG-400-010",
    http_code=400,
    text="The setting {setting} of audit log destination {provider} is not valid: {problem}",
    system_action="The server is not started.",
    user_action="Correct the setting in the configurationProperties of the connection in the configuration document.",
)

DESTINATION_NOT_MADE = ErrorMessage(
    id="AUDIT-LOG-500-010",
    http_code=500,
    text="The audit log destination {provider} cannot be created: {cause}",
    system_action="The server is not started.",
    user_action="Correct the connection in auditLogConnections of the configuration document, or repair the installed "
    "package that provides the destination.",
)

SEVERITY_NOT_KNOWN = ErrorMessage(
    id="AUDIT-LOG-400-002",
    http_code=400,
    text="The supportedSeverities of audit log destination {provider} are not valid: {problem}",
    system_action="The server is not started.",
    user_action="Correct supportedSeverities of that connection in the configuration document.",
)
