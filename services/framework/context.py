"""The context of a connector: its access to open metadata, the audit log and its configuration."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NoReturn, TypeVar

import msgspec
import trio

from audit.log import AuditLog, Buffer
from audit.safe_text import safe_text
from services.allowance import EVERYTHING, Allowance, Target
from services.errors import InvalidParameterError, UserNotAuthorizedError
from services.framework.connection import Connection
from services.framework.discretion import DiscreetStruct
from services.framework.dry_run import current_dry_run
from services.framework.fence import FencedStore
from services.framework.host import Host, Listener
from services.framework.messages import SCOPE_NOT_CLOSED, SYNCHRONIZATION_NOT_PERMITTED
from services.framework.pages import AllPages
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Batch, Change, Outcome, Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.reconcile import (
    Catalog,
    OrderedCatalog,
    Reconcile,
    ReconcileInAnyOrder,
    ReconcileTarget,
    RemovalOptions,
)
from services.metadata.removal import DefaultRemovalPolicy, DeletionSafety, RemovalPolicy
from services.metadata.store import MetadataStore

PURGE_PAUSE = 3600.0
"""Seconds between searches for archived elements whose retention period has ended."""

ResultT = TypeVar("ResultT")


class ContextSettings(DiscreetStruct, frozen=True, kw_only=True):  # type: ignore[misc]  # mypy takes Structs for dataclasses
    """The settings of a context, in one value so that services can derive their own context classes."""

    connector_name: str
    connector_id: str
    connection: Connection
    user_id: str
    """The user who makes the metadata changes."""
    metadata_source: str
    """The qualified name of the metadata source that owns the elements; empty for the metadata server's own."""
    permitted_synchronization: PermittedSynchronization
    incarnation: int
    """The number of the connector's run to which the context belongs, from 1."""
    max_page_size: int
    """Maximum number of elements requested in one page; 0 for no limit."""
    service_options: dict[str, Any]
    retention_days: float | None = None
    """The retention period of archived elements; `None` for no limit."""
    safety: DeletionSafety = DeletionSafety()
    """The limits on removals that need no approval."""
    allowance: Allowance = EVERYTHING
    """The targets to which the platform allows the connector to connect."""


class IntegrationContext:
    """A connector's own view of open metadata, the audit log and its configuration.

    It belongs to one incarnation of the connector: after its end, the context is closed and every request raises
    `InvalidParameterError`, so that a forgotten thread cannot write beside the connector's next run.
    """

    __slots__ = ("_audit_log", "_progress", "_purged", "host", "resources", "settings", "store")

    def __init__(self, settings: ContextSettings, store: MetadataStore, audit_log: AuditLog) -> None:
        self.settings = settings
        self._audit_log = audit_log
        self._progress: str | None = None
        self.host: Host | None = None
        """Set by the host of the connector."""
        self.resources: Any = None
        """The shared resources of the service's connectors; `None` if there are none, or this context is closed."""
        self._purged: float | None = None
        self.store = FencedStore(store, settings.connector_name, settings.incarnation)
        """The metadata store, for as long as this context is open."""

    @property
    def progress(self) -> str | None:
        """The current activity of the connector in a few words, shown in its status."""
        return self._progress

    @progress.setter
    def progress(self, text: object) -> None:
        self._progress = None if text is None else safe_text(text)

    @property
    def audit_log(self) -> AuditLog:
        """The audit log. During a dry run, records are discarded because no change is made."""
        if current_dry_run() is None:
            return self._audit_log.for_foreign_code()
        return AuditLog(Buffer(0), self._audit_log.component).for_foreign_code()

    def close(self) -> None:
        """Refuse all further requests, because the incarnation has ended. Called by the daemon."""
        self.store.close()
        self.resources = None
        self.host = None  # breaks a reference cycle, so that the incarnation is freed immediately

    @property
    def connector_name(self) -> str:
        """The configured name of the connector."""
        return self.settings.connector_name

    @property
    def connection(self) -> Connection:
        """The description of the third party's endpoint and credentials; passwords are `Secret`s."""
        return self.settings.connection

    def setting(self, name: str, default: Any = None) -> Any:
        """A configuration property of the connection, or the default if it is absent or null."""
        value = (self.connection.configuration_properties or {}).get(name)
        return default if value is None else value

    def is_set(self, name: str, *, default: bool = False) -> bool:
        """The value of a boolean configuration property; the string "true" is also accepted."""
        value = self.setting(name, default)
        return value is True or str(value).strip().lower() == "true"

    def require_allowed(self, *targets: Target) -> None:
        """Raise `ConnectorConfigurationError` for a target to which the platform does not allow connections.

        The daemon checks the address of the connection; a connector calls this method before it connects to another
        address. For a file, it may block.
        """
        self.settings.allowance.require(targets, f"the connector {self.connector_name}")

    def listen(self, listener: Listener) -> None:
        """Run a listener beside the connector's methods, until it returns or this incarnation ends.

        Call it in `start`, for a listener that follows events of the third party. An `async def` runs on the event
        loop, a plain `def` on a worker thread. If the listener raises an exception, the connector fails.
        """
        if (host := self.host) is not None:
            _on_the_loop(host.listen, listener)

    def ask_for_refresh(self) -> None:
        """Request a refresh of this connector as soon as possible; called by a listener that has noticed a change."""
        if (host := self.host) is not None:
            _on_the_loop(host.ask_for_refresh)

    async def is_paused(self) -> bool:
        """True if an operator has paused the connector. A listener must not change open metadata while it is paused."""
        return (host := self.host) is not None and await host.is_paused()

    def wait_for(self, method: Callable[..., Awaitable[ResultT]], *arguments: Any, **named: Any) -> ResultT:
        """Call an async method of this context from a connector written as plain functions, and return its result.

            found = self.context.wait_for(self.context.find, Query(type_name="CSVFile"))

        Raises the method's exceptions, and `trio.Cancelled` if the connector is cancelled meanwhile.
        """
        return trio.from_thread.run(partial(method, *arguments, **named))

    def reconcile(self, scope: str, *, delete: bool = False) -> ReconcileInAnyOrder:
        """State all elements of the source in `scope`; see `services.metadata.reconcile`.

        The scope is a prefix of source keys, and ends with the separator of names: `/data/`, not `/data`, which is also
        a prefix of `/database`. Raises `InvalidParameterError` for another scope.

        Enter it with `async with`, or with `with` in a connector that is written as plain functions. `delete`
        permanently deletes missing elements from the catalogue; otherwise, they are archived.
        """
        return ReconcileInAnyOrder(Catalog(self._target(scope, delete=delete)), self._removal_options())

    def reconcile_in_order(
        self, scope: str, *, delete: bool = False, policy: RemovalPolicy | None = None
    ) -> Reconcile[OrderedCatalog]:
        """As `reconcile`, for a scan in the order of source keys that makes the comparison itself.

        `policy` replaces the deletion safety's decisions on removals, for a part of the scanned scope.
        """
        return Reconcile(OrderedCatalog(self._target(scope, delete=delete)), self._removal_options(policy))

    def _target(self, scope: str, *, delete: bool) -> ReconcileTarget:
        self._require_metadata_changes("reconcile open metadata")
        if scope and (scope[-1].isalnum() or scope[-1] in "_-. "):
            raise InvalidParameterError(SCOPE_NOT_CLOSED, connector=self.connector_name, scope=scope)
        return ReconcileTarget(
            store=self.store,
            user=self.settings.user_id,
            metadata_source=self.settings.metadata_source,
            scope=scope,
            delete=delete,
            archive_process=self.connector_name,
        )

    def _removal_options(self, policy: RemovalPolicy | None = None) -> RemovalOptions:
        return RemovalOptions(
            policy=policy or self.host or DefaultRemovalPolicy(self.settings.safety),
            safety=self.settings.safety,
            purge_before=self._purge_before(),
        )

    def _purge_before(self) -> datetime | None:
        """Elements archived before this time are permanently deleted; `None` if no search is due."""
        days, now = self.settings.retention_days, time.monotonic()
        if days is None or (self._purged is not None and now - self._purged < PURGE_PAUSE):
            return None
        self._purged = now
        return datetime.now(UTC) - timedelta(days=days)

    async def apply(self, changes: Sequence[Change]) -> Outcome:
        """Make changes to open metadata in one transaction.

        Raises `UserNotAuthorizedError` if the permitted synchronization does not allow it.
        """
        self._require_metadata_changes("change open metadata")
        return await self.store.apply(
            Batch(user=self.settings.user_id, metadata_source=self.settings.metadata_source, changes=changes)
        )

    async def find(self, query: Query) -> list[ElementRecord]:
        """One page of matching elements, limited by the metadata server. `find_each` returns all of them."""
        return await self.store.find(query)

    def find_each(self, query: Query) -> AllPages[ElementRecord]:
        """All matching elements from the query's `start_from` on, oldest first, read in pages of its `page_size`."""
        return self._each(query, _as_they_are)

    async def find_all(self, query: Query) -> list[ElementRecord]:
        """All matching elements in one list. Use it only if there are few."""
        return [element async for element in self.find_each(query)]

    def _each(
        self, query: Query, wanted: Callable[[list[ElementRecord]], Awaitable[Sequence[ResultT]]]
    ) -> AllPages[ResultT]:
        """The results of `wanted`, called with each page of matching elements."""

        async def read_page(cursor: str | None) -> tuple[str | None, Sequence[ResultT]]:
            page_query = query if cursor is None else msgspec.structs.replace(query, cursor=cursor, start_from=0)
            page = await self.store.find_page(page_query)
            return page.cursor, await wanted(page.elements) if page.elements else ()

        return AllPages(read_page)

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """Elements by GUID."""
        return await self.store.get(guids)

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        """Relationships of elements."""
        return await self.store.relationships(guids, type_name=type_name)

    def _require_metadata_changes(self, operation: str) -> None:
        if not self.settings.permitted_synchronization.allows_metadata_changes:
            self._refuse(operation)

    def require_third_party_changes(self, operation: str) -> None:
        """Check that the connector may change the third party; call it before each change.

        Raises `UserNotAuthorizedError` if the permitted synchronization does not allow it.
        """
        if not self.settings.permitted_synchronization.allows_third_party_changes:
            self._refuse(operation)

    @property
    def is_dry_run(self) -> bool:
        """True during a dry run, whose changes are not made: a connector must not record them as made."""
        return current_dry_run() is not None

    def supposes_to_send(self, name: str) -> bool:
        """True during a dry run, which records `name` as a change that would be sent to the third party.

        Call it before a change of the third party, and do not make the change if it returns true.
        """
        if (dry := current_dry_run()) is None:
            return False
        dry.note_sent(name)
        return True

    def _refuse(self, operation: str) -> NoReturn:
        raise UserNotAuthorizedError(
            SYNCHRONIZATION_NOT_PERMITTED,
            connector=self.connector_name,
            operation=operation,
            synchronization=self.settings.permitted_synchronization.display_name,
        )


async def _as_they_are(page: list[ElementRecord]) -> list[ElementRecord]:
    return page


def _on_the_loop(function: Callable[..., None], *arguments: Any) -> None:
    if trio.lowlevel.in_trio_run():
        function(*arguments)
    else:
        trio.from_thread.run_sync(function, *arguments)
