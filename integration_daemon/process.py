"""The process: holds the data directory, serves REST, hosts servers, and ends when it is told to.

SIGHUP                   read the documents again, and change what they changed
SIGTERM, SIGINT          stop every server within its deadline, then the HTTP server, then end with 0
a second signal          end at once
the deadline has passed  end all the same: something would not let go (`last_resort`)
"""

import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec
import trio

from audit.safe_text import safe_text
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.platform import messages
from integration_daemon.platform.data_directory import HeldDirectory, locked
from integration_daemon.platform.directory_watch import watch_directory
from integration_daemon.platform.hosting import OwnAccess, PlatformSettings
from integration_daemon.platform.interpreter import settle_heap, take_turns
from integration_daemon.platform.last_resort import LastResort
from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server_run import plain_cause
from integration_daemon.platform.stopping import for_http
from integration_daemon.rest.access import Access
from integration_daemon.rest.app import make_app
from integration_daemon.rest.changes import Changes
from integration_daemon.rest.serving import TLSFiles, serve
from integration_daemon.rest.serving.address import is_loopback
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.security.authenticator import Authenticator, NoAuthentication
from integration_daemon.security.last_uses import LastUses
from integration_daemon.security.messages import CALLERS_NOT_AUTHENTICATED, NOBODY_CAN_CALL, OPEN_TO_OTHERS
from services.errors import InvalidParameterError
from services.secret import Secret


class ProcessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to run the process."""

    platform: PlatformSettings
    host: str
    port: int
    tls: TLSFiles | None = None
    authenticate: bool = True
    """False: every caller may do everything, which is possible on a loopback address alone."""


Documents = Sequence[tuple[OMAGServerConfig, Path | None]]
"""Documents, and where they were read."""


def run_process(settings: ProcessSettings, documents: Documents, ready: Callable[[str, str], None]) -> None:
    """Host servers until a signal; calls `ready` with the platform's URL, and the path of its console page, when all
    of them have started.

    Raises a `DescribedError` for whatever keeps the platform or one of the servers from starting.
    """
    take_turns()
    with locked(settings.platform.data_directory) as directory:
        try:
            trio.run(partial(_run, settings, directory, documents, ready))
        except BaseExceptionGroup as group:
            raise plain_cause(group) from None


async def _run(
    settings: ProcessSettings, directory: HeldDirectory, documents: Documents, ready: Callable[[str, str], None]
) -> None:
    authenticator = await trio.to_thread.run_sync(_authenticator, settings)
    own_access = OwnAccess(Secret(authenticator.own_token))
    platform = Platform(msgspec.structs.replace(settings.platform, own_access=own_access))
    incidents = Incidents(platform.record)
    last_uses = LastUses(settings.platform.data_directory)
    changes = Changes(platform.record_in)
    access = Access(authenticator, incidents, changes, settings.platform.file.grants, last_uses.note)
    last_resort = LastResort(platform)
    with last_resort.watching():
        async with trio.open_nursery() as outer:  # outlives the servers: signals are heard until the end
            await outer.start(_end_on_signals, platform)
            await outer.start(_reread_on_hang_up, platform)
            outer.start_soon(watch_directory, directory, platform)
            outer.start_soon(incidents.run, name="incidents of callers")
            outer.start_soon(changes.run, name="changes of callers")
            outer.start_soon(last_uses.run, platform.record, name="last uses of tokens")
            outer.start_soon(authenticator.run, platform.record, name="authenticator")
            async with trio.open_nursery() as nursery:
                try:
                    await _host(settings, documents, ready, platform, access, nursery)
                except BaseException:  # one of the tasks, or this one, has failed: the others must end
                    last_resort.arm("the process began to fail")
                    raise
                seconds = platform.stop_seconds
                last_resort.arm("a request to shut down")
                nursery.cancel_scope.deadline = trio.current_time() + for_http(seconds)
            outer.cancel_scope.cancel(reason="the process is ending")


async def _host(
    settings: ProcessSettings,
    documents: Documents,
    ready: Callable[[str, str], None],
    platform: Platform,
    access: Access,
    nursery: trio.Nursery,
) -> None:
    """Start everything; returns when somebody asks for the end, which has then begun."""
    await nursery.start(platform.run, name="platform")
    http_stop = trio.Event()
    http = partial(
        serve,
        make_app(platform, access),
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        stop=http_stop,
        record=platform.record,
        file=settings.platform.file,
    )
    address: str = await nursery.start(http, name="http server")
    await trio.to_thread.run_sync(access.authenticator.note_address, address)
    if platform.settings.own_access is not None:
        platform.settings.own_access.url = address
    for document, source in sorted(documents, key=_metadata_servers_first):
        if not platform.close_requested.is_set():
            await platform.start_server(document, source)
    if not settings.authenticate:
        platform.record(CALLERS_NOT_AUTHENTICATED, None, {})
    settle_heap()
    ready(address, access.authenticator.first_page)
    await platform.close_requested.wait()
    nursery.start_soon(_stop, platform, http_stop)


def _authenticator(settings: ProcessSettings) -> Authenticator:
    """Who knows the callers; raises `InvalidParameterError` if others could call unknown, or could not call at all."""
    directory = settings.platform.data_directory
    if not settings.authenticate:
        if not is_loopback(settings.host):
            raise InvalidParameterError(OPEN_TO_OTHERS, host=settings.host)
        return NoAuthentication(directory)
    authenticator = Authenticator(directory)
    authenticator.open()
    if not is_loopback(settings.host) and not authenticator.has_tokens:
        raise InvalidParameterError(NOBODY_CAN_CALL, host=settings.host)
    return authenticator


async def _stop(platform: Platform, http_stop: trio.Event) -> None:
    await platform.stop_all()
    http_stop.set()


def _metadata_servers_first(document: tuple[OMAGServerConfig, Path | None]) -> bool:
    """A daemon's connectors need their metadata server, which may be on the same platform."""
    return bool(document[0].integration_services_config)


async def _reread_on_hang_up(
    platform: Platform, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Have every integration daemon take over its document as it is now, each time somebody sends SIGHUP."""
    with trio.open_signal_receiver(signal.SIGHUP) as signals:
        task_status.started()
        async for _ in signals:
            for server in list(platform.servers.values()):
                if server.take_over is not None and server.audit_log is not None:
                    try:
                        await platform.take_over(server.name, None, user="SIGHUP")
                    except Exception as error:  # it goes on as it was
                        server.audit_log.record(
                            messages.DOCUMENT_NOT_TAKEN_OVER, server=server.name, message=safe_text(error)
                        )


async def _end_on_signals(platform: Platform, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            platform.shut_down()
