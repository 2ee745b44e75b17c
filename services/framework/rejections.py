"""Audit records of rejected elements."""

from audit.message import AuditMessage
from services.framework.context import IntegrationContext
from services.metadata.changes import Outcome

NAMED_ONE_BY_ONE = 20
"""Maximum number of rejections of a refresh with individual records. A summary counts the others."""


def record_rejections(context: IntegrationContext, message: AuditMessage, outcome: Outcome) -> None:
    """Record the first rejections, each with its subject and its message."""
    for rejection in outcome.rejected[:NAMED_ONE_BY_ONE]:
        context.audit_log.record(
            message, connector=context.connector_name, subject=rejection.subject, message=rejection.message
        )
