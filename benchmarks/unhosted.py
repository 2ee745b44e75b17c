"""A context for a connector that nobody hosts: to measure it alone."""

from typing import TypeVar

from audit.log import AuditLog, Buffer, Component
from services.framework.connection import Connection, Endpoint
from services.framework.context import ContextSettings, IntegrationContext
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.store import MetadataStore

ContextT = TypeVar("ContextT", bound=IntegrationContext)


def unhosted_context(kind: type[ContextT], address: str, store: MetadataStore) -> ContextT:
    """A context over any store, for a connector of this address."""
    settings = ContextSettings(
        connector_name="benchmark",
        connector_id="benchmark",
        connection=Connection(endpoint=Endpoint(address=address)),
        user_id="benchmark",
        metadata_source="benchmark",
        permitted_synchronization=PermittedSynchronization.FROM_THIRD_PARTY,
        incarnation=1,
        max_page_size=0,
        service_options={},
    )
    log = AuditLog(Buffer(1_000_000), Component(component_id=1, component_name="benchmark"))
    return kind(settings, store, log)
