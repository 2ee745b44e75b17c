"""Messages of the spool of lineage events."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

TORN_TAIL = AuditMessage(
    id="LINEAGE-INTAKE-0001",
    severity=Severity.INFORMATION,
    text="The spool file {path} ends with {size} bytes that are no complete event",
    system_action="The bytes are ignored. They are from an event that was being written when the process ended, and "
    "whose receipt was not acknowledged.",
    user_action="No action is needed: the sender of an event that is not acknowledged sends it again.",
)

EVENTS_REJECTED = AuditMessage(
    id="LINEAGE-INTAKE-0002",
    severity=Severity.ERROR,
    text="{count} lineage events were rejected because they are not valid; the latest is from {origin}, and not valid "
    "at {place}: {problem}",
    system_action="The sender was told. The events are kept as dead letters. This message counts all rejected events "
    "since the previous one, and is logged at most once a minute.",
    user_action="Correct the sender. 'integration-daemon lineage dead-letters' shows the events with the reasons; "
    "'integration-daemon lineage replay' tries them again.",
)

SENDERS_REFUSED = AuditMessage(
    id="LINEAGE-INTAKE-0003",
    severity=Severity.ACTION,
    text="The spool of lineage events is full: {reason}; {count} requests were refused",
    system_action="Senders are asked to try again later. This message counts all refused requests since the previous "
    "one, and is logged at most once a minute.",
    user_action="Check that the connectors that catalogue the events are running and have not failed: 'integration-"
    "daemon lineage spool' shows how far each has come. Or increase spoolMegabytes in the options of the service and "
    "restart the server, or free space on the disk.",
)

REJECTED_NOT_STORED = AuditMessage(
    id="LINEAGE-INTAKE-0004",
    severity=Severity.ACTION,
    text="{count} rejected lineage events were not kept as dead letters: {cause}",
    system_action="The senders were told that the events are not valid. Accepted events are not affected.",
    user_action="Replay the dead letters with 'integration-daemon lineage replay', or move their file away.",
)

EVENTS_BEHIND_DAMAGE = AuditMessage(
    id="LINEAGE-INTAKE-0005",
    severity=Severity.ERROR,
    text="The spool file {path} is damaged at byte {offset}; {count} events behind it are intact",
    system_action="Nothing is removed. New events are accepted. Events up to the damage are catalogued; a connector "
    "that has not yet catalogued those behind it stops there with LINEAGE-INTAKE-500-001.",
    user_action="Check the disk, and restore the file from a backup. If there is none, move it out of the directory "
    "and restart the server: reading then continues with the events of the next file. Have the senders send the "
    "events of the file again.",
)

SPOOL_FULL = ErrorMessage(
    id="LINEAGE-INTAKE-429-001",
    http_code=429,
    text="The spool of lineage events is full: {reason}. Try again in {seconds} seconds",
    system_action="The events of this request are not accepted. Events that were accepted before are kept.",
    user_action="Send the events again later. If this continues, check that the connectors that catalogue the events "
    "are running, or increase spoolMegabytes in the options of the service and restart the server.",
)

SPOOL_FAILED = ErrorMessage(
    id="LINEAGE-INTAKE-503-001",
    http_code=503,
    text="The spool of lineage events in {path} cannot be read or written: {cause}",
    system_action="New events are not accepted. Those that were accepted are kept, and catalogued once the spool "
    "can be read and written again.",
    user_action="Correct the cause on the machine of the daemon. Send events again that were not accepted.",
)

SPOOL_DAMAGED = ErrorMessage(
    id="LINEAGE-INTAKE-500-001",
    http_code=500,
    text="The spool file {path} is damaged at byte {offset}: event {position} cannot be read",
    system_action="Reading stops at this event. New events are accepted as long as there is room.",
    user_action="Restore the file from a backup. If there is none, move it out of the directory and restart the "
    "server: reading then continues with the events of the next file.",
)

SPOOL_NOT_USABLE = ErrorMessage(
    id="LINEAGE-INTAKE-500-002",
    http_code=500,
    text="The directory {path} of the spool of lineage events cannot be used: {cause}",
    system_action="The server does not start.",
    user_action="Give the user of the daemon access to the directory, and start the server again.",
)

DEAD_LETTERS_FULL = ErrorMessage(
    id="LINEAGE-INTAKE-507-001",
    http_code=507,
    text="The file of rejected lineage events {path} is full: {most} bytes",
    system_action="Events that were accepted and cannot be catalogued stay in the spool, and cataloguing waits. Events "
    "that are rejected on receipt are no longer kept.",
    user_action="Correct the cause of the rejections and replay the events: integration-daemon lineage replay. Or move "
    "the file away.",
)

NO_SPOOL = ErrorMessage(
    id="LINEAGE-INTAKE-400-001",
    http_code=400,
    text="The connector {connector} has no spool of lineage events at present",
    system_action="The call is refused.",
    user_action="Use the spool only while the connector runs in a server.",
)

WRONG_OPTION = ErrorMessage(
    id="LINEAGE-INTAKE-400-002",
    http_code=400,
    text="The option {option} of the lineage service is not usable: {value} is not a number of megabytes from 1 to "
    "1000000",
    system_action="The server does not start.",
    user_action="Correct the option in integrationServiceOptions.",
)
