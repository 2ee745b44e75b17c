"""The process: locks the data directory, serves REST, hosts servers, and ends on request.

SIGHUP                   read the documents again, and apply their changes
SIGTERM, SIGINT          stop every server within its deadline, then the HTTP server, then end with 0
a second signal          end at once
the deadline has passed  end although something has not stopped (`last_resort`)
"""

import os
import signal
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import msgspec
import trio

from audit.safe_text import safe_text
from audit.stray_errors import show_without_texts
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.versions import How, Origin
from integration_daemon.platform import messages
from integration_daemon.platform.data_directory import HeldDirectory, locked
from integration_daemon.platform.directory_watch import watch_directory
from integration_daemon.platform.hosting import OwnAccess, PlatformSettings
from integration_daemon.platform.interpreter import freeze_heap, shorten_switch_interval
from integration_daemon.platform.last_resort import LastResort
from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server_run import plain_cause
from integration_daemon.platform.stopping import seconds_for_http
from integration_daemon.platform.stored_servers import start_stored_servers
from integration_daemon.rest.access import Access
from integration_daemon.rest.app import make_app
from integration_daemon.rest.changes import Changes
from integration_daemon.rest.serving import PassedSockets, TLSFiles, serve
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.rest.serving.shown_url import shown_url
from integration_daemon.rest.traced import RequestTracing
from integration_daemon.security.authentication import Authentication, NoAuthentication
from integration_daemon.security.authenticator import Authenticator, IdentityProvider
from integration_daemon.security.last_uses import LastUses
from integration_daemon.security.messages import (
    CALLERS_NOT_AUTHENTICATED,
    NOBODY_CAN_CALL,
    OPEN_TO_OTHERS,
    OPENID_CONNECT_NOT_INSTALLED,
)
from integration_daemon.security.openid_connect.settings import OpenIdConnect
from integration_daemon.service_manager import ServiceManager
from integration_daemon.tracing.from_environment import open_tracing
from services.errors import InvalidParameterError
from services.loopback import is_loopback
from services.secret import Secret
from services.secret_sources.access import bounds, grant


class ProcessSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of the process."""

    platform: PlatformSettings
    host: str
    port: int
    tls: TLSFiles | None = None
    socket: Path | None = None
    """Path of a Unix socket to listen on in addition."""
    passed: PassedSockets = PassedSockets()
    """Sockets inherited from the service manager; its TCP socket is bound to `host` and `port`."""
    stored: bool = False
    """True: the servers whose documents the platform stores are started, too."""
    authenticate: bool = True
    """False: every caller has every permission, which is possible on a loopback address alone."""


Documents = Sequence[tuple[OMAGServerConfig, Path | None]]
"""Documents, each with the file that it was read from; none: not from a file."""


def run_process(settings: ProcessSettings, documents: Documents, ready: Callable[[str, str], None]) -> None:
    """Host servers until a signal arrives. Calls `ready` with the platform's URL and the path of its console page when
    all servers have started. The service manager is notified of the start, of reloads and of the end.

    Raises a `DescribedError` if the platform or one of the servers cannot start.
    """
    shorten_switch_interval()
    show_without_texts()
    file, sources = settings.platform.file, [source for _, source in documents if source is not None]
    grant(
        bounds(
            settings.platform.data_directory,
            sources,
            directories=file.secret_directories,
            variables=file.secret_variables,
        )
    )
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
    manager = ServiceManager.from_environment(os.environ)
    incidents = Incidents(platform.record)
    last_uses = LastUses(settings.platform.data_directory)
    changes = Changes(platform.record_in)
    file = settings.platform.file
    access = Access(authenticator, incidents, changes, file.grants, last_uses.note, limits=file.limits)
    last_resort = LastResort(platform)
    with last_resort.watching():
        async with (
            open_tracing(os.environ, platform.record, lambda: platform.seconds_left) as tracing,
            trio.open_nursery() as outer,  # runs longer than the servers: signals are received until the end
        ):
            platform.settings = msgspec.structs.replace(platform.settings, tracing=tracing)
            await outer.start(_end_on_signals, platform)
            await outer.start(_reread_on_hang_up, platform, manager)
            outer.start_soon(manager.run, name="service manager")
            outer.start_soon(watch_directory, directory, platform)
            outer.start_soon(incidents.run, name="incidents of callers")
            outer.start_soon(changes.run, name="changes of callers")
            outer.start_soon(last_uses.run, platform.record, name="last uses of tokens")
            outer.start_soon(authenticator.run, platform.record, name="authenticator")
            async with trio.open_nursery() as nursery:
                try:
                    await _host(settings, documents, _notifying(manager, ready), platform, access, nursery, tracing)
                except BaseException:  # a task has failed: the others must end
                    last_resort.arm("the process began to fail")
                    raise
                seconds = platform.stop_seconds
                manager.stopping(seconds_for_http(seconds))
                last_resort.arm("a request to shut down")
                nursery.cancel_scope.deadline = trio.current_time() + seconds_for_http(seconds)
            outer.cancel_scope.cancel(reason="the process is ending")


async def _host(
    settings: ProcessSettings,
    documents: Documents,
    ready: Callable[[str, str], None],
    platform: Platform,
    access: Access,
    nursery: trio.Nursery,
    tracing: RequestTracing | None,
) -> None:
    """Start the platform, the HTTP server and the servers; returns when the shutdown has begun."""
    await nursery.start(platform.run, name="platform")
    http_stop = trio.Event()
    http = partial(
        serve,
        make_app(platform, access, tracing),
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        socket_path=settings.socket,
        passed=settings.passed,
        stop=http_stop,
        record=platform.record,
        file=settings.platform.file,
    )
    address: str = await nursery.start(http, name="http server")
    await trio.to_thread.run_sync(access.authenticator.note_address, address, settings.socket)
    if platform.settings.own_access is not None:
        platform.settings.own_access.url = address
    platform.expected_servers.expect(document.local_server_name for document, _ in documents)
    for document, source in sorted(documents, key=_metadata_servers_first):
        if not platform.close_requested.is_set():
            await platform.start_server(document, source)
    if settings.stored:
        await start_stored_servers(platform)
    if not settings.authenticate:
        platform.record(CALLERS_NOT_AUTHENTICATED, None, {})
    freeze_heap()
    shown = await trio.to_thread.run_sync(shown_url, address, settings.tls)
    ready(shown, access.authenticator.first_page)
    await platform.close_requested.wait()
    nursery.start_soon(_stop, platform, http_stop)


def _notifying(manager: ServiceManager, ready: Callable[[str, str], None]) -> Callable[[str, str], None]:
    def both(url: str, first_page: str) -> None:
        manager.ready(f"serving {url}")  # without `first_page`, which logs a browser in
        ready(url, first_page)

    return both


def _authenticator(settings: ProcessSettings) -> Authentication:
    """The authentication of callers.

    Raises `InvalidParameterError` for an address that is not a loopback address if callers would not be authenticated,
    or if no other caller could authenticate.
    """
    if not settings.authenticate:
        if not is_loopback(settings.host):
            raise InvalidParameterError(OPEN_TO_OTHERS, host=settings.host)
        return NoAuthentication()
    provider = _identity_provider(settings.platform.file.open_id_connect)
    authenticator = Authenticator(settings.platform.data_directory, provider)
    authenticator.open()
    takes_certificates = settings.tls is not None and settings.tls.client_ca is not None
    if not is_loopback(settings.host) and not authenticator.has_others(takes_certificates=takes_certificates):
        raise InvalidParameterError(NOBODY_CAN_CALL, host=settings.host)
    return authenticator


def _identity_provider(settings: OpenIdConnect | None) -> IdentityProvider | None:
    if settings is None:
        return None
    if find_spec("jwt") is None or find_spec("cryptography") is None:
        raise InvalidParameterError(OPENID_CONNECT_NOT_INSTALLED)
    from integration_daemon.security.openid_connect.jwt_callers import open_jwt_callers  # an optional dependency

    return open_jwt_callers(settings)


async def _stop(platform: Platform, http_stop: trio.Event) -> None:
    await platform.stop_all()
    http_stop.set()


def _metadata_servers_first(document: tuple[OMAGServerConfig, Path | None]) -> bool:
    """Sort metadata servers first: connectors need their metadata server, which may be on the same platform."""
    return document[0].has_connectors


async def _reread_on_hang_up(
    platform: Platform, manager: ServiceManager, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """On each SIGHUP, make every integration daemon read its document again and apply it."""
    with trio.open_signal_receiver(signal.SIGHUP) as signals:
        task_status.started()
        async for _ in signals:
            with manager.reloading():
                await _reread(platform)


async def _reread(platform: Platform) -> None:
    for server in list(platform.servers.values()):
        if server.apply_document is not None and server.audit_log is not None:
            try:
                await platform.changes.apply_document(server.name, None, Origin(how=How.REREAD, user="SIGHUP"))
            except Exception as error:  # the daemon continues unchanged
                server.audit_log.record(messages.DOCUMENT_NOT_TAKEN_OVER, server=server.name, message=safe_text(error))


async def _end_on_signals(platform: Platform, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            platform.shut_down()
