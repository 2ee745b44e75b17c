"""The catalog targets of a group, as of the last reading."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import trio

from integration_daemon.groups.composing import Registered, Target
from integration_daemon.groups.definition import ALWAYS, Unit
from integration_daemon.groups.elements import Elements, as_endpoint
from integration_daemon.groups.registration import (
    RefusedError,
    Rules,
    own_address,
    period_of,
    refused,
    target,
    target_name,
)
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord

IN_A_BATCH = 2_000
"""Targets that are read and converted together."""


class _Around(msgspec.Struct, frozen=True):
    """The elements of some targets, with their connections and endpoints, by the GUID of the element."""

    elements: Mapping[str, ElementRecord]
    connections: Mapping[str, Sequence[Mapping[str, Any]]]
    endpoints: Mapping[str, ElementRecord]


class Targets:
    """The targets by the GUID of their relationship."""

    def __init__(self, elements: Elements, rules: Rules, before: Mapping[str, Target]) -> None:
        self._elements = elements
        self._rules = rules
        self.before = before
        """Targets of an earlier reading, which replace equal new ones to save memory."""
        self._targets: dict[str, Target] = {}
        self._links: dict[str, tuple[str, ...]] = {}
        """The GUIDs of the relationships of each element that is a target."""
        self._counts: Counter[str] = Counter()
        self.added = 0
        """Number of targets that were ever added."""
        self.updates = 0
        """Number of additions and removals of targets."""

    def __contains__(self, element: object) -> bool:
        return element in self._links

    def __len__(self) -> int:
        return len(self._targets)

    def __iter__(self) -> Iterator[Target]:
        """The targets, sorted by the GUID of their relationship."""
        return iter([self._targets[link] for link in sorted(self._targets)])

    @property
    def known(self) -> dict[str, Target]:
        """The targets, and those of an earlier reading, by the GUID of their relationship."""
        return {**self.before, **self._targets}

    def count(self, connector: str) -> int:
        """Number of targets of a connector, given its GUID."""
        return self._counts[connector]

    def drop_all(self, connector: str) -> None:
        """Forget the targets of a connector."""
        if self._counts[connector]:
            self.drop(
                {each.element for each in self._targets.values() if each.connector == connector}, connector=connector
            )

    def drop(self, elements: Iterable[str], *, connector: str | None = None) -> None:
        """Forget the targets whose elements are these, of all connectors or of one."""
        for element in elements:
            left = []
            for link in self._links.pop(element, ()):
                if connector is not None and self._targets[link].connector != connector:
                    left.append(link)
                else:
                    self._counts[self._targets.pop(link).connector] -= 1
                    self.updates += 1
            if left:
                self._links[element] = tuple(left)

    async def add(
        self,
        links: Sequence[RelationshipRecord],
        connectors: Mapping[str, Registered],
        known: Mapping[str, ElementRecord],
    ) -> None:
        """Add the targets of these relationships, in batches. Elements that are not in `known` are read."""
        for start in range(0, len(links), IN_A_BATCH):
            some = links[start : start + IN_A_BATCH]
            guids = [link.end2_guid for link in some]
            elements = await self._elements.get(guid for guid in guids if guid not in known)
            elements |= {
                guid: known[guid] for guid in guids if guid in known and known[guid].status is ElementStatus.ACTIVE
            }
            without_address = [guid for guid, each in elements.items() if own_address(each) is None]
            connections = await self._elements.connections(without_address)
            endpoints = await self._elements.endpoints([each for each in without_address if each not in connections])
            around = _Around(elements, connections, endpoints)
            await trio.to_thread.run_sync(self._add, some, connectors, around)

    def _add(self, links: Sequence[RelationshipRecord], connectors: Mapping[str, Registered], around: _Around) -> None:
        for link in links:
            connector, element = connectors[link.end1_guid], around.elements.get(link.end2_guid)
            if element is None or connector.config is None:
                continue
            found = Target(self._unit(connector, link, element, around), connector.element, element.guid)
            before = self.before.get(link.guid)
            self._targets[link.guid] = before if before is not None and before == found else found
            self._links[element.guid] = (*self._links.get(element.guid, ()), link.guid)
            self._counts[connector.element] += 1
            self.added += 1
            self.updates += 1

    def _unit(self, connector: Registered, link: RelationshipRecord, element: ElementRecord, around: _Around) -> Unit:
        assert connector.config is not None
        endpoint = around.endpoints.get(element.guid)
        try:
            period = period_of(link.properties)
            if period is not ALWAYS or connector.period is not ALWAYS:
                period = period.within(connector.period)
            config = target(
                connector.config,
                link,
                element,
                around.connections.get(element.guid, ()),
                None if endpoint is None else as_endpoint(endpoint.properties),
                self._rules,
                needs_address=connector.needs_endpoint,
            )
        except RefusedError as error:
            name = target_name(connector.config, link, element)
            config = refused(name, link.guid, str(error), target_of=connector.config.connector_name)
            return Unit(config, connector.marker, connector.period)
        return Unit(config, connector.marker, period)
