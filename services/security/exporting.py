"""The common steps of connectors that publish protections: reading, writing changed content, and logging."""

from collections.abc import Sequence
from hashlib import sha256

from services.security.context import SecurityIntegratorContext
from services.security.protection import ProtectedElement, ProtectionSelection
from services.security.publishing import messages
from services.security.publishing.target import Target


class Reading:
    """One reading of protected elements, which counts them and notes elements with unreadable properties."""

    def __init__(self, context: SecurityIntegratorContext, selection: ProtectionSelection) -> None:
        self.elements = context.protected_elements(selection)
        self.count = 0
        self._context = context
        self._unreadable: ProtectedElement | None = None
        self._unreadable_count = 0

    def note(self, element: ProtectedElement) -> None:
        """Count an element that has been read; the count is shown as the progress of the connector."""
        self.count += 1
        if self.count % 1_000 == 0:
            self._context.progress = f"{self.count:,} protected elements read"
        if element.protection.unreadable:
            self._unreadable = self._unreadable or element
            self._unreadable_count += 1

    def report(self) -> None:
        """Log the unreadable properties in one record for all elements."""
        if self._unreadable is not None:
            self._context.audit_log.record(
                messages.UNREADABLE,
                connector=self._context.connector_name,
                element=self._unreadable.qualified_name,
                problem=", ".join(self._unreadable.protection.unreadable),
                count=self._unreadable_count,
            )


async def publish(context: SecurityIntegratorContext, targets: Sequence[Target], content: bytes, *, count: int) -> None:
    """Write the content to the targets that have other content, and log it. A dry run only reports the targets."""
    for target in targets:
        if not await target.differs(content) or context.supposes_to_send(target.name):
            continue
        await target.write(content)
        context.audit_log.record(
            messages.PUBLISHED,
            connector=context.connector_name,
            count=count,
            target=target.name,
            digest=f"sha256:{sha256(content).hexdigest()}",
        )
