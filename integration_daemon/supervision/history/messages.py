"""Audit messages of the history of refreshes."""

from audit.message import AuditMessage
from audit.severity import Severity

HISTORY_NOT_USABLE = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0101",
    severity=Severity.ERROR,
    text="The last refreshes of connectors cannot be kept across a restart of the daemon: {problem}",
    system_action="The connectors go on. The reports are kept in memory, and writing them is tried again.",
    user_action="Check the space and the access of the file refreshes.db in the server's data directory.",
)

HISTORY_DAMAGED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0102",
    severity=Severity.ERROR,
    text="The file of the last refreshes of connectors is damaged, and was put aside as refreshes.damaged",
    system_action="The reports of earlier refreshes are not shown. The connectors go on, and new reports are kept.",
    user_action="Find out why the file was damaged. Then remove the damaged file from the server's data directory.",
)
