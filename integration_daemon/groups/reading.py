"""Reading an integration group from its metadata server: first as a whole, and then only changed elements.

The group, its registered connectors and their connections are always read, since they are few. All catalog targets of a
connector are read again if its description has changed. Of other catalog targets, only those are read again whose
elements or connections have changed. A changed element concerns a target if it

    is a target, or leads to one as a connection or an endpoint     (known from the last reading), or
    is linked to a connector of the group as a target               (queried).

A store reports a new or removed relationship as a change of both ends, or of the end that states it.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import msgspec
import trio

from integration_daemon.groups.composing import Registered, Target, composed
from integration_daemon.groups.definition import GroupDefinition
from integration_daemon.groups.elements import AT_ONCE, Elements
from integration_daemon.groups.registration import RefusedError, Rules, name_of, period_of, registered
from integration_daemon.groups.targets import Targets
from services.errors import ConnectorConfigurationError
from services.metadata.changes import Query
from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.store import MetadataStore

REREAD_AT_LEAST = 10_000
"""Least number of targets read individually before the whole group is read again, which releases the memory of removed
elements."""


class ConnectorClassInfo(msgspec.Struct, frozen=True):
    """The integration service of a connector class, and whether its connectors need an endpoint."""

    marker: str
    needs_endpoint: bool


FindClass = Callable[[str], ConnectorClassInfo]
"""Finds the class behind a provider class name of metadata. Blocks; raises `ConnectorConfigurationError` for a class
that metadata may not name."""


class _Description(msgspec.Struct, frozen=True):
    """The description of a registered connector by the metadata server."""

    link: RelationshipRecord
    element: ElementRecord
    connections: Sequence[Mapping[str, Any]]


class GroupReader:
    """Reads one group. Registered connectors that cannot be run are among its units, with the reason."""

    def __init__(self, store: MetadataStore, qualified_name: str, rules: Rules, find_class: FindClass) -> None:
        self._store = store
        self._qualified_name = qualified_name
        self._rules = rules
        self._find_class = find_class
        self._begin({}, {})

    def _begin(self, registered: Mapping[str, Registered], targets: Mapping[str, Target]) -> None:
        """Forget the last reading, except for these objects, which replace equal ones to save memory."""
        self._elements = Elements(self._store)
        self._descriptions: dict[str, _Description] = {}
        self._registered: dict[str, Registered] = {}
        """Connectors by the GUID of the element, as are the descriptions."""
        self._before = registered
        self._targets = Targets(self._elements, self._rules, targets)
        self._group: ElementRecord | None = None
        self._definition: GroupDefinition | None = None

    def __contains__(self, guid: str) -> bool:
        """True if the last reading depends on an element."""
        return guid in self._registered or guid in self._targets or guid in self._elements.dependents

    async def read(self) -> GroupDefinition | None:
        """Read the whole group; `None` if the group does not exist. Raises the errors of the metadata server."""
        self._begin({**self._before, **self._registered}, self._targets.known)
        definition = await self.update({})
        self._before, self._targets.before = {}, {}
        return definition

    async def update(self, changed: Mapping[str, str]) -> GroupDefinition | None:
        """Read the group, of which only these elements, given as types by GUID, have changed since the last reading.

        An unchanged group is returned as the same object. After an exception, `read` must come next.
        """
        found = await self._store.find(Query(qualified_name=self._qualified_name, page_size=1))
        if not found or found[0].type_name != "IntegrationGroup":
            self._begin({}, {})
            return None
        group = found[0]
        if self._group is not None and group.guid != self._group.guid:
            self._begin({}, {})
        before, self._group = self._group, group
        updates, anew = self._targets.updates, await self._update_connectors(await self._described(group))
        if anew < self._registered.keys() and not await self._update_targets(changed):
            return await self.read()
        if group != before or anew or updates != self._targets.updates or self._definition is None:
            self._definition = await trio.to_thread.run_sync(self._composed, group.guid, group.properties)
        return self._definition

    async def _update_connectors(self, descriptions: dict[str, _Description]) -> Set[str]:
        """Update the connectors whose descriptions have changed, and read their targets; returns their GUIDs."""
        anew = {guid: each for guid, each in descriptions.items() if self._descriptions.get(guid) != each}
        obsolete = self._registered.keys() - descriptions.keys()
        for guid in obsolete:
            del self._registered[guid]
            self._targets.drop_all(guid)
            self._definition = None
        await self._register(anew)
        self._descriptions = descriptions
        return anew.keys()

    def _composed(self, guid: str, properties: Mapping[str, Any]) -> GroupDefinition:
        in_order = sorted(self._registered.values(), key=lambda each: each.link)
        return GroupDefinition(
            guid=guid,
            description=str(properties.get("description") or properties.get("displayName") or ""),
            units=composed(in_order, self._targets),
            connectors=sorted(each.name for each in in_order),
        )

    async def _described(self, group: ElementRecord) -> dict[str, _Description]:
        links = await self._elements.links([group.guid], "RegisteredIntegrationConnector")
        of_group = {link.end2_guid: link for link in links if link.end1_guid == group.guid}
        elements = await self._elements.get(of_group)
        connections = await self._elements.connections(
            [guid for guid, each in elements.items() if not isinstance(each.properties.get("connection"), dict)]
        )
        return {guid: _Description(of_group[guid], each, connections.get(guid, ())) for guid, each in elements.items()}

    async def _register(self, descriptions: Mapping[str, _Description]) -> None:
        """Create connectors from their descriptions, and read all of their targets."""
        classes: dict[str, ConnectorClassInfo | str] = {}
        for guid, each in descriptions.items():
            self._targets.drop_all(guid)
            made, before = await self._made(guid, each, classes), self._before.get(guid)
            self._registered[guid] = before if before is not None and before == made else made
        able = [guid for guid in descriptions if self._registered[guid].config is not None]
        links, elements = await self._elements.linked(able, "CatalogTarget")
        links = [each for each in links if each.end1_guid in descriptions]
        await self._targets.add(links, self._registered, elements)

    async def _made(
        self, guid: str, description: _Description, classes: dict[str, ConnectorClassInfo | str]
    ) -> Registered:
        link, element = description.link, description.element
        name = name_of(link, "connectorName", element)
        try:
            period = period_of(link.properties)
            config = registered(name, link, element, description.connections, self._rules)
            found = await self._class_of(config.connection.provider, classes)
        except RefusedError as error:
            return Registered(name, link.guid, guid, problem=str(error))
        return Registered(
            name,
            link.guid,
            guid,
            config=config,
            marker=found.marker,
            needs_endpoint=found.needs_endpoint,
            period=period,
        )

    async def _class_of(self, provider: str, classes: dict[str, ConnectorClassInfo | str]) -> ConnectorClassInfo:
        """The class behind a name; `classes` caches the found classes, and the problems of others."""
        if provider not in classes:
            try:
                classes[provider] = await trio.to_thread.run_sync(self._find_class, provider)
            except ConnectorConfigurationError as error:
                classes[provider] = str(error)
        found = classes[provider]
        if isinstance(found, str):
            raise RefusedError(found)
        return found

    async def _update_targets(self, changed: Mapping[str, str]) -> bool:
        """Read the targets again that these elements concern; false if the whole group has to be read."""
        large = {guid for guid in self._registered if self._targets.count(guid) >= AT_ONCE}
        if len(changed.keys() & large) > 1:  # one may be a target of the other, and the query would return all targets
            return False
        concerned = await self._elements.with_dependents(changed) - large
        if changed.keys().isdisjoint(self._registered):  # connectors of other groups, whose targets have changed
            others = {guid for guid, type_name in changed.items() if type_name == "IntegrationConnector"}
            concerned -= {guid for guid in others if guid not in self._targets}
        if not concerned:
            return True
        links = [
            each
            for each in await self._elements.links(sorted(concerned), "CatalogTarget")
            if each.end2_guid in concerned and each.end1_guid in self._registered
        ]
        self._targets.drop(concerned)
        await self._targets.add(links, self._registered, {})
        return self._targets.added <= max(REREAD_AT_LEAST, 2 * len(self._targets))
