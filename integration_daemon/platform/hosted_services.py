"""The services that an integration daemon runs: those of its document, and those of its integration groups."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

import msgspec
import trio

from audit.log import AuditLog
from integration_daemon.config.complete import complete_service
from integration_daemon.config.document import (
    IntegrationConnectorConfig,
    IntegrationGroupConfig,
    IntegrationServiceConfig,
    OMAGServerConfig,
)
from integration_daemon.config.units import ConnectorUnit, units_of
from integration_daemon.groups.classes import find_class
from integration_daemon.groups.follower import Follower
from integration_daemon.groups.group import IntegrationGroup
from integration_daemon.groups.groups import IntegrationGroups
from integration_daemon.groups.messages import REGISTRATION_CHANGED
from integration_daemon.platform.metadata_stores import MetadataStores
from integration_daemon.platform.server import Server
from integration_daemon.platform.server_run import REPOSITORY_SERVICES
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.environment import ServiceEnvironment
from integration_daemon.supervision.reconfigure import apply_document, apply_services
from integration_daemon.supervision.reconfigured import Reconfigured
from integration_daemon.supervision.sources import MetadataSources
from integration_daemon.supervision.timetable import SLICE
from services.registry import service_of

THREADS_OF_A_SERVICE = 40
"""The number of worker threads for the connectors of one service that are written as plain functions."""
CHANGES_LOGGED = 100
"""The largest number of changed registrations that are logged for one reading of a group."""


class HostedServices:
    """The services of one daemon. Changes by its document and by its groups are made one after another."""

    def __init__(self, server: Server, daemon: Daemon, stores: MetadataStores, audit_log: AuditLog) -> None:
        self._server = server
        self._daemon = daemon
        self._stores = stores
        self._audit_log = audit_log
        self._changing = trio.Lock()
        self._of_document: Sequence[IntegrationServiceConfig] = ()
        """The services of the document, with a connector for each place of a template and each catalog target."""
        self._policy = server.config.restart_policy
        self._following = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._scopes: dict[str, trio.CancelScope] = {}
        server.groups = IntegrationGroups(server.name)

    async def begin(self) -> None:
        """Add the services of the document to the daemon, before it runs, and open the stores of its groups."""
        self._of_document = await trio.to_thread.run_sync(_expanded, self._server.config)
        for environment in await self._environments():
            self._daemon.add_service(environment)
        for group in self._server.config.dynamic_integration_groups_config or ():
            await self._stores.store_and_watch(group)

    async def follow_groups(self, *, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
        """Follow the groups of the document, until the reported scope is cancelled."""
        with self._following:
            async with trio.open_nursery() as self._nursery:
                await self._follow(self._server.config.dynamic_integration_groups_config or ())
                task_status.started(self._following)
                await trio.sleep_forever()

    async def apply_document(self, document: OMAGServerConfig, user: str) -> Reconfigured:
        """Run the services and groups of a changed document."""
        async with self._changing:
            configs = document.dynamic_integration_groups_config or ()
            changed = self._end_other_groups(configs)
            self._of_document = await trio.to_thread.run_sync(_expanded, document)
            self._policy = document.restart_policy
            done = await apply_document(self._daemon, await self._environments(), user=user)
        self.note_services()
        await self._follow(changed)
        return done

    def note_services(self) -> None:
        """Update the server's list of running services."""
        running = dict.fromkeys(each.environment.service.full_name for each in self._daemon.services)
        own = [REPOSITORY_SERVICES.component_name, *running, self._audit_log.component.component_name]
        self._server.services = own

    def _end_other_groups(self, configs: Sequence[IntegrationGroupConfig]) -> Sequence[IntegrationGroupConfig]:
        """Stop following the groups that are not among these; returns those that are not followed yet."""
        followers = self._groups.followers
        for name in [name for name, each in followers.items() if each.group.config not in configs]:
            self._scopes.pop(name).cancel(reason=f"the integration group {name} is no longer configured")
            del followers[name]
        return [each for each in configs if each.integration_group_qualified_name not in followers]

    async def _follow(self, configs: Sequence[IntegrationGroupConfig]) -> None:
        if self._nursery is None:
            return
        for config in configs:
            store, _ = await self._stores.store_and_watch(config)
            if self._following.cancel_called:
                return  # the server stops
            allowance = self._daemon.environment.allowance
            find = partial(find_class, named=self._named_providers, allowance=allowance)
            group = IntegrationGroup(config)
            follower = Follower(self._daemon.name, group, store, find, self._apply_group, self._audit_log)
            self._groups.followers[group.name] = follower
            self._scopes[group.name] = scope = trio.CancelScope()
            self._nursery.start_soon(_run, follower, scope, name=f"integration group {group.name}")

    @property
    def _groups(self) -> IntegrationGroups:
        assert self._server.groups is not None
        return self._server.groups

    def _named_providers(self) -> Collection[str]:
        """The connector provider classes that the document names."""
        return {each.connection.provider for config in self._of_document for each in _connectors(config)}

    async def _apply_group(self, group: IntegrationGroup) -> Reconfigured:
        """Run the present connectors of a group. Groups that were refused a name that is now free are read again."""
        async with self._changing:
            before = self._names_used(lambda name: name == group.name)
            taken = self._names_used(lambda name: name != group.name)
            environments = await self._environments_of(group, taken)
            own = [each for environment in environments for each in _connectors(environment.config)]
            await self._log_changes(own)
            done = await apply_services(self._daemon, environments, group=group.name)
            freed = before - self._names_used(lambda name: name == group.name)
        for each in self._groups.followers.values():
            if each.group is not group and each.group.was_refused(freed):
                each.read_again()
        self.note_services()
        done.unchanged = len(own) - len(done.added) - len(done.changed)
        return done

    def _names_used(self, by: Callable[[str], bool]) -> set[str]:
        """The names of the connectors of some groups, and of the owners of catalog targets among them.

        The document is the group without a name.
        """
        services = [each for each in self._daemon.services if by(each.environment.group)]
        running = [each for service in services for each in service.connectors.values()]
        return {each.name for each in running} | {each.target_of for each in running if each.target_of}

    async def _log_changes(self, configs: Sequence[IntegrationConnectorConfig]) -> None:
        logged = 0
        running = {each.name: each.config for each in self._daemon.connectors}
        for number, config in enumerate(configs, 1):
            before = running.get(config.connector_name)
            if before is not None and before is not config and before != config and logged < CHANGES_LOGGED:
                logged += 1
                self._audit_log.record(
                    REGISTRATION_CHANGED,
                    connector=config.connector_name,
                    daemon=self._daemon.name,
                    fields=", ".join(_differing(before, config)) or "it has another form",
                )
            if number % SLICE == 0:
                await trio.lowlevel.checkpoint()

    async def _environments(self) -> list[ServiceEnvironment]:
        """The environments of the services of the document and of the groups."""
        found = [await self._environment(config) for config in self._of_document]
        units = [each for config in self._of_document for each in _connectors(config)]
        taken = {each.connector_name for each in units}
        taken |= {each.target_of for each in units if isinstance(each, ConnectorUnit) and each.target_of}
        for group in self._groups:
            found += await self._environments_of(group, taken)
        return found

    async def _environments_of(self, group: IntegrationGroup, taken: set[str]) -> list[ServiceEnvironment]:
        """The environments of the services of a group; adds the names of its connectors to `taken`."""
        found = []
        for marker, configs in (await trio.to_thread.run_sync(group.configs, taken)).items():
            service = complete_service(self._server.name, _service_of_group(group.config, marker))
            service.integration_connector_configs = list(configs)
            found.append(await self._environment(service, group=group.name))
        return found

    async def _environment(self, config: IntegrationServiceConfig, *, group: str = "") -> ServiceEnvironment:
        service, server = service_of(config.integration_service_url_marker), self._server
        store, watch = await self._stores.store_and_watch(config)
        return ServiceEnvironment(
            daemon=self._daemon.environment,
            service=service,
            config=config,
            store=store,
            metadata_server=config.omagserver_name or server.name,
            platform_url=config.omagserver_platform_root_url or f"file://{server.directory.absolute()}",
            sources=MetadataSources(store, type_name=service.metadata_source_type, display_name=service.full_name),
            watch=watch,
            threads=trio.CapacityLimiter(THREADS_OF_A_SERVICE),
            group=group,
            restart_policy=config.restart_policy or self._policy,
            resources=await self._stores.resources_of(service, config.integration_service_options or {}),
        )


async def _run(follower: Follower, scope: trio.CancelScope) -> None:
    with scope:
        await follower.run()


def _service_of_group(group: IntegrationGroupConfig, marker: str) -> IntegrationServiceConfig:
    return IntegrationServiceConfig(
        integration_service_url_marker=marker,
        omagserver_platform_root_url=group.omagserver_platform_root_url,
        omagserver_name=group.omagserver_name,
        metadata_server_token=group.metadata_server_token,
        metadata_server_user=group.metadata_server_user,
        metadata_server_password=group.metadata_server_password,
        metadata_server_protocol=group.metadata_server_protocol,
        metadata_server_names=group.metadata_server_names,
    )


def _expanded(document: OMAGServerConfig) -> list[IntegrationServiceConfig]:
    """The services of a document, with a connector for each place of a template and each catalog target."""
    return [
        msgspec.structs.replace(
            config, integration_connector_configs=[unit for each in _connectors(config) for unit in units_of(each)]
        )
        for config in document.integration_services_config or ()
    ]


def _connectors(config: IntegrationServiceConfig) -> Sequence[IntegrationConnectorConfig]:
    return config.integration_connector_configs or ()


def _differing(before: IntegrationConnectorConfig, after: IntegrationConnectorConfig) -> Iterator[str]:
    """The names of the fields that differ."""
    for field in msgspec.structs.fields(IntegrationConnectorConfig):
        if getattr(before, field.name) != getattr(after, field.name):
            yield field.encode_name
