"""A context for connectors of any service, with a real store and an audit log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from audit.log import AuditLog, Buffer, Component
from services.framework.connection import Connection, Endpoint
from services.framework.context import ContextSettings, IntegrationContext
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Query
from services.metadata.element import ElementRecord
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore

ContextT = TypeVar("ContextT", bound=IntegrationContext)


@dataclass
class Surroundings(Generic[ContextT]):
    """A context with its store and its audit log."""

    context: ContextT
    store: MetadataStore
    buffer: Buffer

    async def elements(self, type_name: str | None = None, *, archived: bool = False) -> list[ElementRecord]:
        """The elements in the store, oldest first."""
        return await self.store.find(Query(type_name=type_name, include_archived=archived))

    async def names(self, type_name: str | None = None) -> list[str]:
        """The qualified names of the elements in the store."""
        return [each.qualified_name for each in await self.elements(type_name)]

    def said(self, message_id: str = "") -> list[str]:
        """The texts that were logged with a message of this id."""
        return [
            entry.message.render(entry.parameters)
            for entry in self.buffer.entries
            if entry.message.id.endswith(message_id)
        ]

    def actions(self, message_id: str) -> list[str]:
        """The user actions of the messages with this id."""
        return [entry.message.user_action for entry in self.buffer.entries if entry.message.id.endswith(message_id)]


@asynccontextmanager
async def surroundings(
    context_class: type[ContextT], directory: Path, **more: Any
) -> AsyncIterator[Surroundings[ContextT]]:
    """A context of this class with a SQLite store in this directory; `more` as in `surroundings_in`."""
    async with open_sqlite_store(directory / "store.sqlite") as store:
        yield surroundings_in(store, context_class, **more)


def surroundings_in(
    store: MetadataStore,
    context_class: type[ContextT],
    *,
    source: str = "source",
    synchronization: PermittedSynchronization = PermittedSynchronization.BOTH_DIRECTIONS,
    address: str | None = None,
    connection: Connection | None = None,
    properties: dict[str, Any] | None = None,
    **more: Any,
) -> Surroundings[ContextT]:
    """A context of this class on a store; `more` are further settings."""
    buffer = Buffer(1_000_000)
    log = AuditLog(buffer, Component(component_id=1, component_name="test"))
    settings = ContextSettings(
        connector_name="connector",
        connector_id="id",
        connection=connection
        or Connection(endpoint=Endpoint(address=address) if address else None, configuration_properties=properties),
        user_id="npa",
        metadata_source=source,
        permitted_synchronization=synchronization,
        incarnation=1,
        max_page_size=100,
        service_options={},
        **more,
    )
    return Surroundings(context_class(settings, store, log), store, buffer)
