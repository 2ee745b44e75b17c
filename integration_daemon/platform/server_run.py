"""The common start and stop sequence of all servers.

    audit log ─▶ repository services ─▶ the services of its type ─▶ runs until it is stopped ─▶ closes in reverse order

The audit log is opened first and closed last, so that it covers the whole run.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio

from audit.errors import DescribedError, exception_class_name
from audit.log import AuditLog, Component
from audit.opening import open_audit_log
from audit.record import Originator
from integration_daemon.platform import messages
from integration_daemon.platform.audit_destinations import destinations_of
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.server import Server
from integration_daemon.platform.server_security import open_security
from services.allowance import Allowance

ServerType = Callable[[Server, PlatformSettings, AuditLog], AbstractAsyncContextManager[None]]
"""Opens the services of a server, adds them to the server's attributes, and closes them again."""

REPOSITORY_SERVICES = Component(
    component_id=1,
    component_name="Open Metadata Repository Services (OMRS)",
    component_description="Manages the audit log and the metadata store of a server.",
    component_wiki_url="https://egeria-project.org/services/omrs/",
)


async def run_server(
    server: Server,
    server_types: Mapping[str, ServerType],
    settings: PlatformSettings,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run a server from start to end. Reports when it has started; raises the error that prevents its start."""
    config = server.config
    originator = Originator(
        server_name=server.name, server_type=server.type_name, organization_name=config.organization_name
    )
    destinations = await trio.to_thread.run_sync(destinations_of, config, server, settings)
    async with open_audit_log(originator, REPOSITORY_SERVICES, destinations, counts=server.counts) as log:
        server.audit_log = log
        _log_beginning(server, log)
        try:
            async with server_types[server.type_name](server, settings, log), trio.open_nursery() as nursery:
                await nursery.start(server.store_probes.run, name=f"probes of {server.name}")
                log.record(messages.SERVER_STARTED, server=server.name, services=f"[{', '.join(server.services)}]")
                server.started()
                task_status.started()
                await server.stop.wait()
                log.record(messages.SERVER_STOPPING, server=server.name)
                nursery.cancel_scope.cancel(reason="the server stops")
        except Exception as error:
            _log_failure(server, log, error)
            raise
        log.record(messages.SERVER_STOPPED, server=server.name)


def _log_beginning(server: Server, log: AuditLog) -> None:
    log.record(messages.AUDIT_LOG_INITIALIZED, server_type=server.type_name, server=server.name)
    page_size = server.config.max_page_size
    if page_size > 0:
        log.record(messages.MAX_PAGE_SIZE, server=server.name, max_page_size=page_size)
    else:
        log.record(messages.UNLIMITED_PAGE_SIZE, server=server.name)


@asynccontextmanager
async def repository_services(server: Server, log: AuditLog, allowance: Allowance) -> AsyncIterator[None]:
    """The repository services, which surround the services of every server type."""
    log.record(messages.REPOSITORY_SERVICES_INITIALIZING)
    server.services.append(REPOSITORY_SERVICES.component_name)
    log.record(messages.REPOSITORY_SERVICES_INITIALIZED)
    await open_security(server, log, allowance)
    yield
    log.record(messages.REPOSITORY_SERVICES_TERMINATED, server=server.name)


def _log_failure(server: Server, log: AuditLog, error: Exception) -> None:
    cause = plain_cause(error)
    inserts = {"server_type": server.type_name, "server": server.name, "message": str(cause)}
    if server.start_time is not None:
        log.exception(messages.SERVER_ENDED, error, exception=exception_class_name(cause), **inserts)
    elif isinstance(cause, DescribedError):
        log.record(messages.SERVER_START_FAILED, **inserts)
    else:
        log.exception(messages.SERVER_START_FAILED, error, **inserts)


def plain_cause(error: BaseException) -> BaseException:
    """The single error inside groups raised by nurseries; if there are several, a described one."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    causes = [plain_cause(member) for member in error.exceptions]
    return next((cause for cause in causes if isinstance(cause, DescribedError)), causes[0])
