"""Messages about the operations that callers have requested."""

from audit.message import AuditMessage, ErrorMessage
from audit.severity import Severity

OPERATION_CANCELLED = AuditMessage(
    id="INTEGRATION-DAEMON-SERVICES-0103",
    severity=Severity.INFORMATION,
    text="User {user} cancelled the {operation} with the identifier {id}: {withdrawn} connectors had not begun with "
    "it, and {interrupted} were interrupted",
    system_action="Connectors that had not begun go on as before. Interrupted connectors begin anew, and are refreshed "
    "when they are due next.",
    user_action="No action is needed.",
)

UNKNOWN_OPERATION = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-404-010",
    http_code=404,
    text="The operation {operation} is not known",
    system_action="The request is refused.",
    user_action="Use the identifier of an operation in the list of operations. Operations are forgotten when the "
    "daemon is restarted, and when many others have ended since.",
)

OPERATION_ENDED = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-409-010",
    http_code=409,
    text="The operation {operation} has ended",
    system_action="The request is refused.",
    user_action="No action is needed. The operation shows its outcome.",
)

NOT_CANCELLABLE = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-409-011",
    http_code=409,
    text="The operation {operation} cannot be cancelled: it is a {kind}",
    system_action="The request is refused.",
    user_action="Request the opposite: resume a connector that is to be paused or stopped, for example.",
)

TOO_MANY_OPERATIONS = ErrorMessage(
    id="INTEGRATION-DAEMON-SERVICES-429-001",
    http_code=429,
    text="The daemon {daemon} has {count} operations in progress; it accepts a {kind} when some of them have ended",
    system_action="The request is refused. An answer over HTTP has a Retry-After of {seconds} seconds.",
    user_action="Look at the operations in progress: they may all wait for a connector whose refresh hangs. Stop that "
    "connector, which ends them, correct the cause, and resume it.",
)
