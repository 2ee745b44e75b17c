"""Reading an integration group from its metadata server."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import trio

from integration_daemon.config.units import ConnectorUnit
from integration_daemon.groups.definition import ALWAYS, GroupDefinition, Period, Unit
from integration_daemon.groups.elements import Elements, as_endpoint
from integration_daemon.groups.registration import (
    RefusedError,
    Rules,
    name_of,
    own_address,
    period_of,
    refused,
    registered,
    target,
    target_name,
)
from services.errors import ConnectorConfigurationError
from services.metadata.changes import Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.store import MetadataStore

MOST_UNITS = 200_000
"""Connectors and catalog targets of one group; others are refused."""
IN_A_BATCH = 2_000
"""Targets that are read and made ready together."""
ANY_SERVICE = "catalog-integrator"
"""The service of a connector that cannot be run, since it has no class that tells."""


class FoundClass(msgspec.Struct, frozen=True):
    """The integration service of a connector class, and whether its connectors need an endpoint."""

    marker: str
    needs_endpoint: bool


FindClass = Callable[[str], FoundClass]
"""Finds the class behind a provider class name that metadata has. It blocks, and raises `ConnectorConfigurationError`
for a class that metadata may not name."""


async def read_group(
    store: MetadataStore, qualified_name: str, rules: Rules, find_class: FindClass
) -> GroupDefinition | None:
    """The content of a group as it is now; none if there is no such group.

    What is registered and cannot be run is among its units, with the reason. Raises what the metadata server answers.
    """
    found = await store.find(Query(qualified_name=qualified_name, page_size=1))
    if not found or found[0].type_name != "IntegrationGroup":
        return None
    return await _Reading(store, found[0], rules, find_class).read()


class _Connector(msgspec.Struct, frozen=True):
    """A registered connector that can be run."""

    config: ConnectorUnit
    found: FoundClass
    period: Period


class _Reading:
    """One reading of a group."""

    def __init__(self, store: MetadataStore, group: ElementRecord, rules: Rules, find_class: FindClass) -> None:
        self._elements = Elements(store)
        self._group = group
        self._rules = rules
        self._find_class = find_class
        self._classes: dict[str, FoundClass | str] = {}
        """By provider class name; a text is the reason why it cannot be used."""
        self._units: list[Unit] = []
        self._names: set[str] = set()

    async def read(self) -> GroupDefinition:
        """All of the group."""
        links = await self._elements.links([self._group.guid], "RegisteredIntegrationConnector")
        of_group = {link.end2_guid: link for link in links if link.end1_guid == self._group.guid}
        elements = await self._elements.get(of_group)
        connections = await self._elements.connections(
            [guid for guid, each in elements.items() if not isinstance(each.properties.get("connection"), dict)]
        )
        targets = await self._targets(list(elements))
        names: list[str] = []
        for guid in sorted(elements, key=lambda guid: of_group[guid].guid):
            link, element = of_group[guid], elements[guid]
            name, its_targets = name_of(link, "connectorName", element), targets.pop(guid)
            names.append(name)
            connector = await self._connector(name, link, element, connections.get(guid, ()), its_targets)
            if connector is not None:
                await self._add_targets(connector, its_targets)
        await trio.to_thread.run_sync(self._sort)
        properties = self._group.properties
        return GroupDefinition(
            guid=self._group.guid,
            description=str(properties.get("description") or properties.get("displayName") or ""),
            units=self._units,
            connectors=sorted(names),
            elements=frozenset({self._group.guid, *self._elements.guids}),
        )

    def _sort(self) -> None:
        self._units.sort(key=lambda unit: unit.config.connector_name)

    async def _targets(self, connectors: Sequence[str]) -> dict[str, list[RelationshipRecord]]:
        found: dict[str, list[RelationshipRecord]] = {guid: [] for guid in connectors}
        for link in await self._elements.links(connectors, "CatalogTarget"):
            if link.end1_guid in found:
                found[link.end1_guid].append(link)
        return found

    async def _connector(
        self,
        name: str,
        link: RelationshipRecord,
        element: ElementRecord,
        connections: Sequence[Mapping[str, Any]],
        targets: Sequence[RelationshipRecord],
    ) -> _Connector | None:
        """A connector, which is run itself if it has something to work for; none if it cannot be run."""
        try:
            self._require_free(name)
            period = period_of(link.properties)
            config = registered(name, link, element, connections, self._rules)
            found = await self._class_of(config.connection.provider)
        except RefusedError as error:
            free = name if name not in self._names else f"{name} ({element.guid})"
            self._add(refused(free, link.guid, str(error)), ANY_SERVICE)
            return None
        self._names.add(name)  # of one that works for its targets alone, too: requests to it are for them
        if config.connection.address or not (targets or found.needs_endpoint):
            self._add(config, found.marker, period)
        return _Connector(config, found, period)

    async def _class_of(self, provider: str) -> FoundClass:
        if provider not in self._classes:
            try:
                self._classes[provider] = await trio.to_thread.run_sync(self._find_class, provider)
            except ConnectorConfigurationError as error:
                self._classes[provider] = str(error)
        found = self._classes[provider]
        if isinstance(found, str):
            raise RefusedError(found)
        return found

    async def _add_targets(self, connector: _Connector, links: Sequence[RelationshipRecord]) -> None:
        """Add the targets of a connector, in batches: there may be many. Of two with one name, the older one has it."""
        links = sorted(links, key=lambda link: link.guid)
        for start in range(0, len(links), IN_A_BATCH):
            await self._add_some_targets(connector, links[start : start + IN_A_BATCH])

    async def _add_some_targets(self, connector: _Connector, links: Sequence[RelationshipRecord]) -> None:
        elements = await self._elements.get(link.end2_guid for link in links)
        without_address = [guid for guid, each in elements.items() if own_address(each) is None]
        connections = await self._elements.connections(without_address)
        endpoints = await self._elements.endpoints([each for each in without_address if each not in connections])
        there = [(link, elements[link.end2_guid]) for link in links if link.end2_guid in elements]
        await trio.to_thread.run_sync(self._convert_targets, connector, there, connections, endpoints)

    def _convert_targets(
        self,
        connector: _Connector,
        linked: Sequence[tuple[RelationshipRecord, ElementRecord]],
        connections: Mapping[str, Sequence[Mapping[str, Any]]],
        endpoints: Mapping[str, ElementRecord],
    ) -> None:
        """Add some targets of a connector. This takes a while, so it is done on a worker thread."""
        for link, element in linked:
            endpoint = endpoints.get(element.guid)
            self._add_target(
                connector,
                link,
                element,
                connections.get(element.guid, ()),
                None if endpoint is None else as_endpoint(endpoint.properties),
            )

    def _add_target(
        self,
        connector: _Connector,
        link: RelationshipRecord,
        element: ElementRecord,
        connections: Sequence[Mapping[str, Any]],
        endpoint: Mapping[str, Any] | None,
    ) -> None:
        name = target_name(connector.config, link, element)
        try:
            self._require_free(name)
            period = period_of(link.properties)
            if period is not ALWAYS or connector.period is not ALWAYS:
                period = period.within(connector.period)
            config = target(
                connector.config,
                link,
                element,
                connections,
                endpoint,
                self._rules,
                needs_address=connector.found.needs_endpoint,
            )
        except RefusedError as error:
            free = name if name not in self._names else f"{name} ({link.guid})"
            config = refused(free, link.guid, str(error), target_of=connector.config.connector_name)
            self._add(config, connector.found.marker, connector.period)
            return
        self._add(config, connector.found.marker, period)

    def _require_free(self, name: str) -> None:
        if name in self._names:
            raise RefusedError(f"another connector or catalog target of the group has the name {name}")

    def _add(self, config: ConnectorUnit, marker: str, period: Period = ALWAYS) -> None:
        """Add something to run, if the group does not have too much already."""
        if len(self._units) > MOST_UNITS:
            return
        if len(self._units) == MOST_UNITS:
            text = f"the group has more than {MOST_UNITS} connectors and catalog targets; these are left out"
            config, marker = refused("more", "", text), ANY_SERVICE
        self._names.add(config.connector_name)
        self._units.append(Unit(config, marker, period))
