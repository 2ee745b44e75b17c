"""Reading elements and linked elements, in batches, from any metadata store.

The names of the relationships between elements and connections depend on the version of the ecosystem; all are tried.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from services.errors import InvalidParameterError
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord
from services.metadata.store import MetadataStore

AT_ONCE = 500
"""Greatest number of elements in one request."""


class RelationshipEnd(NamedTuple):
    """A relationship type, and its end at which the other element is."""

    type_name: str
    end: int


CONNECTIONS = (RelationshipEnd("ConnectionToAsset", 1), RelationshipEnd("AssetConnection", 2))
"""From an asset to its connections."""
CONNECTOR_TYPES = (RelationshipEnd("ConnectionConnectorType", 2),)
ENDPOINTS = (RelationshipEnd("ConnectionEndpoint", 1), RelationshipEnd("ConnectToEndpoint", 2))
"""From a connection to its endpoint."""
SERVER_ENDPOINTS = (RelationshipEnd("ServerEndpoint", 2),)
"""From a server to its endpoint."""


_LEADING = {
    "Connection": CONNECTIONS,
    "Endpoint": (*ENDPOINTS, *SERVER_ENDPOINTS),
    "ConnectorType": CONNECTOR_TYPES,
}
"""The types of elements that lead to other elements, and the relationships that lead to them."""


class Elements:
    """Reads the elements of a group, and remembers which elements lead to others."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store
        self._unknown: set[str] = set()
        """Relationship types that the metadata server does not have."""
        self.dependents: dict[str, set[str]] = {}
        """By element, the elements that it leads to: a connection to assets, an endpoint to connections."""

    async def linked(
        self, guids: Sequence[str], type_name: str
    ) -> tuple[list[RelationshipRecord], dict[str, ElementRecord]]:
        """The relationships of a type of these elements, and by GUID the linked elements that the store returns."""
        found: list[RelationshipRecord] = []
        along: dict[str, ElementRecord] = {}
        for start in range(0, len(guids), AT_ONCE):
            try:
                links, elements = await self._store.linked(guids[start : start + AT_ONCE], type_name)
            except InvalidParameterError:
                return [], {}  # the metadata server does not have the type
            found += links
            along |= {each.guid: each for each in elements}
        return found, along

    async def get(self, guids: Iterable[str]) -> dict[str, ElementRecord]:
        """Active elements by GUID."""
        found: dict[str, ElementRecord] = {}
        wanted = list(dict.fromkeys(guids))
        for start in range(0, len(wanted), AT_ONCE):
            for element in await self._store.get(wanted[start : start + AT_ONCE]):
                if element.status is ElementStatus.ACTIVE:
                    found[element.guid] = element
        return found

    async def links(self, guids: Sequence[str], type_name: str) -> list[RelationshipRecord]:
        """The relationships of a type of these elements; none if the metadata server does not have the type."""
        found: list[RelationshipRecord] = []
        for start in range(0, len(guids), AT_ONCE):
            if type_name in self._unknown:
                return []
            try:
                found += await self._store.relationships(guids[start : start + AT_ONCE], type_name=type_name)
            except InvalidParameterError:
                self._unknown.add(type_name)
        return found

    async def linked_guids(
        self, guids: Sequence[str], relationships: Sequence[RelationshipEnd]
    ) -> dict[str, list[str]]:
        """By element, the GUIDs of the elements that it is linked to by one of these relationships."""
        found: dict[str, list[str]] = {}
        for relationship in relationships:
            for link in await self.links(guids, relationship.type_name):
                ends = link.end1_guid, link.end2_guid
                found.setdefault(ends[2 - relationship.end], []).append(ends[relationship.end - 1])
        for guid, others in found.items():
            for each in others:
                self.dependents.setdefault(each, set()).add(guid)
        return found

    async def with_dependents(self, changed: Mapping[str, str]) -> set[str]:
        """Changed elements, given as types by GUID, and the elements that they lead to, now or when last read."""
        await self._note_new_ones(changed)
        found, left = set(changed), list(changed)
        while left:
            for each in self.dependents.get(left.pop(), ()):
                if each not in found:
                    found.add(each)
                    left.append(each)
        return found

    async def _note_new_ones(self, changed: Mapping[str, str]) -> None:
        """Add the elements that changed connections, connector types and endpoints lead to now."""
        for type_name, relationships in _LEADING.items():
            guids = [guid for guid, each in changed.items() if each == type_name]
            for relationship in relationships if guids else ():
                for link in await self.links(guids, relationship.type_name):
                    ends = link.end1_guid, link.end2_guid
                    self.dependents.setdefault(ends[relationship.end - 1], set()).add(ends[2 - relationship.end])

    async def connections(self, guids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """By asset, its connections in the form of a configuration document."""
        of_asset = await self.linked_guids(guids, CONNECTIONS)
        connections = await self.get(each for some in of_asset.values() for each in some)
        names = list(connections)
        types = await self._first_of_each(names, CONNECTOR_TYPES)
        endpoints = await self._first_of_each(names, ENDPOINTS)
        return {
            asset: [
                as_connection(connections[each], types.get(each), endpoints.get(each))
                for each in some
                if each in connections
            ]
            for asset, some in of_asset.items()
        }

    async def endpoints(self, guids: Sequence[str]) -> dict[str, ElementRecord]:
        """By server, its endpoint."""
        return await self._first_of_each(guids, SERVER_ENDPOINTS)

    async def _first_of_each(
        self, guids: Sequence[str], relationships: Sequence[RelationshipEnd]
    ) -> dict[str, ElementRecord]:
        others = await self.linked_guids(guids, relationships)
        found = await self.get(each for some in others.values() for each in some)
        return {
            guid: next(found[each] for each in some if each in found)
            for guid, some in others.items()
            if any(each in found for each in some)
        }


def as_connection(
    connection: ElementRecord, connector_type: ElementRecord | None, endpoint: ElementRecord | None
) -> dict[str, Any]:
    """A connection in the form of a configuration document."""
    properties = dict(connection.properties)
    if connector_type is not None:
        properties["connectorType"] = {
            "connectorProviderClassName": connector_type.properties.get("connectorProviderClassName")
        }
    if endpoint is not None:
        properties["endpoint"] = as_endpoint(endpoint.properties)
    return {name: properties[name] for name in _OF_A_CONNECTION if properties.get(name) is not None}


def as_endpoint(properties: Mapping[str, Any]) -> dict[str, Any]:
    """An endpoint in the form of a configuration document."""
    return {"address": properties.get("networkAddress") or properties.get("address")}


_OF_A_CONNECTION = (
    "qualifiedName",
    "displayName",
    "connectorType",
    "endpoint",
    "userId",
    "clearPassword",
    "encryptedPassword",
    "securedProperties",
    "configurationProperties",
)
