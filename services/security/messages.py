"""Messages of the Security Integrator."""

from audit.message import AuditMessage
from audit.severity import Severity

DISTRIBUTED = AuditMessage(
    id="OMIS-SECURITY-INTEGRATOR-0010",
    severity=Severity.SECURITY,
    text="The integration connector {connector} has sent the security properties of {count} elements to {target}",
    system_action="The enforcement point applies them.",
    user_action="No action is needed.",
)
