"""Audit messages about traces."""

from audit.message import AuditMessage
from audit.severity import Severity

TRACES_NOT_SENT = AuditMessage(
    id="OMAG-PLATFORM-0140",
    severity=Severity.ERROR,
    text="The environment enables traces of OpenTelemetry, but some or all of them are not sent: {problem}",
    system_action="The platform works without them. Each kind of problem is logged once.",
    user_action="Correct the environment variables OTEL_..., or the receiver of the traces. Set OTEL_SDK_DISABLED to "
    "true if no traces are wanted.",
)
