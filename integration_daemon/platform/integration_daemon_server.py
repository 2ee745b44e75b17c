"""The server type Integration Daemon: runs a daemon from its configuration document."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import msgspec
import trio

from audit.log import AuditLog, Component
from integration_daemon.alerts.alerts import Alerts
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.platform import messages
from integration_daemon.platform.hosted_services import HostedServices
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.metadata_stores import MetadataStores
from integration_daemon.platform.opener import Opener
from integration_daemon.platform.server import Server
from integration_daemon.platform.server_run import repository_services
from integration_daemon.platform.stopping import seconds_for_connectors
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.decisions import Decisions
from integration_daemon.supervision.environment import DaemonEnvironment
from integration_daemon.supervision.history.file import HistoryFile
from integration_daemon.supervision.messages import NO_SERVICES
from integration_daemon.supervision.reconfigured import Reconfigured
from integration_daemon.supervision.recovery.dependencies import EndpointWatches
from services.errors import InvalidParameterError
from services.framework.entry_points import broken_entry_points

DAEMON_SERVICES = Component(
    component_id=2,
    component_name="Integration Daemon Services",
    component_description="Runs integration services and their connectors.",
    component_wiki_url="https://egeria-project.org/services/integration-daemon-services/",
)


CHANGED_WHILE_RUNNING = (
    "integration_services_config",
    "dynamic_integration_groups_config",
    "restart_policy",
    "alerts",
)
"""The fields of a document that a running server applies."""
_NOT_ABOUT_THE_SERVER = frozenset({"class_", "version_id", "audit_trail"})


@asynccontextmanager
async def integration_daemon(server: Server, settings: PlatformSettings, log: AuditLog) -> AsyncIterator[None]:
    """Open the metadata stores, run the daemon over them, and stop it when the server stops."""
    if not server.config.has_connectors:
        raise InvalidParameterError(NO_SERVICES, daemon=server.name)
    inserts = {"server_type": server.type_name, "server": server.name}
    async with repository_services(server, log, settings.allowance), trio.open_nursery() as outer:
        for entry_point in await trio.to_thread.run_sync(broken_entry_points):
            log.record(
                messages.OFFER_NOT_LOADED,
                name=entry_point.name,
                group=entry_point.group,
                target=entry_point.target,
                problem=entry_point.problem,
            )
        log.record(messages.GOVERNANCE_SERVICES_STARTING, **inserts)
        opener = Opener()
        outer.start_soon(opener.run, name=f"metadata stores of {server.name}")
        stores = MetadataStores(server, settings, log, opener)
        with opener:
            daemon_log = log.child(DAEMON_SERVICES)
            daemon = _make_daemon(server, settings, daemon_log)
            hosted = HostedServices(server, daemon, stores, daemon_log)
            await hosted.begin()
            server.daemon = daemon
            alerts = _make_alerts(server, settings, daemon_log)
            server.apply_document = partial(_apply_document, server, hosted)
            stop = trio.Event()
            async with trio.open_nursery() as nursery:
                await nursery.start(daemon.run, stop, name=f"integration daemon {server.name}")
                hosted.note_services()
                log.record(messages.GOVERNANCE_SERVICES_STARTED, **inserts)
                following: trio.CancelScope = await nursery.start(
                    hosted.follow_groups, name=f"integration groups of {server.name}"
                )
                alerting: trio.CancelScope = await nursery.start(alerts.run, name=f"alerts of {server.name}")
                server.alerts = alerts
                await _apply_alerts(server, daemon)
                yield
                alerting.cancel(reason="the server stops")
                following.cancel(reason="the server stops")
                stop.set()


async def _apply_document(
    server: Server, hosted: HostedServices, document: OMAGServerConfig, user: str
) -> Reconfigured:
    """Apply the services, groups and connectors of a changed document to the running daemon."""
    done = await hosted.apply_document(document, user)
    for field in msgspec.structs.fields(OMAGServerConfig):
        if field.name in CHANGED_WHILE_RUNNING:
            setattr(server.config, field.name, getattr(document, field.name))
        elif field.name not in _NOT_ABOUT_THE_SERVER and _differs(field.name, server.config, document):
            done.needs_restart.append(field.encode_name)
    if server.daemon is not None:
        await _apply_alerts(server, server.daemon)
    return done


async def _apply_alerts(server: Server, daemon: Daemon) -> None:
    """Apply the alert configuration of the document."""
    if server.alerts is not None:
        await server.alerts.apply(server.config.alerts)
        daemon.census.observer = server.alerts.cause_collector if server.alerts.has_receivers else None


def _differs(name: str, one: OMAGServerConfig, other: OMAGServerConfig) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def _make_daemon(server: Server, settings: PlatformSettings, log: AuditLog) -> Daemon:
    document = server.config
    hosting = DaemonEnvironment(
        name=server.name,
        user_id=document.local_server_user_id,
        max_page_size=document.max_page_size,
        audit_log=log,
        endpoints=EndpointWatches(log),
        allowance=settings.allowance,
        tracing=settings.tracing,
        slots=trio.CapacityLimiter(document.refreshes_at_once) if document.refreshes_at_once else None,
    )
    return Daemon(
        hosting,
        stop_deadline=seconds_for_connectors(document.stop_deadline_seconds),
        decisions=Decisions(server.directory),
        history=HistoryFile(server.directory / "refreshes.db"),
    )


def _make_alerts(server: Server, settings: PlatformSettings, log: AuditLog) -> Alerts:
    allowance, ca_bundle = settings.allowance, settings.ca_bundle
    return Alerts(server.name, server.directory, log, allowance=allowance, ca_bundle=ca_bundle)
