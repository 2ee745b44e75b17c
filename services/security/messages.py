"""Messages of the Security Integrator."""

from audit.message import AuditMessage
from audit.severity import Severity

DISTRIBUTED = AuditMessage(
    id="OMIS-SECURITY-INTEGRATOR-0010",
    severity=Severity.SECURITY,
    text="The integration connector {connector} has given {target} the security properties of {count} elements",
    system_action="The enforcement point acts on them.",
    user_action="No action is needed.",
)
