"""Audit messages about traces."""

from audit.message import AuditMessage
from audit.severity import Severity

TRACES_NOT_SENT = AuditMessage(
    id="OMAG-PLATFORM-0140",
    severity=Severity.ERROR,
    text="The environment asks for traces of OpenTelemetry, and some or all of them are not sent: {problem}",
    system_action="The platform does its work without them. Each kind of problem is logged once.",
    user_action="Correct the environment variables OTEL_..., or the receiver of the traces. Set OTEL_SDK_DISABLED to "
    "true if no traces are wanted.",
)
