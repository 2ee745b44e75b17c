"""Follows lineage step by step, for a store without lineage queries of its own."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import trio

from services.metadata.element import ElementRecord, RelationshipRecord
from services.metadata.lineage import (
    LINEAGE,
    MOST_EDGES,
    Direction,
    LineageEdge,
    LineageGraph,
    LineageNode,
    LineageQuery,
    graph_of,
)

GUIDS_AT_ONCE = 500


class Readable(Protocol):
    """The operations of a store that the walk uses."""

    async def get(self, guids: Sequence[str]) -> list[ElementRecord]:
        """As `MetadataStore.get`."""

    async def relationships(self, guids: Sequence[str], *, type_name: str | None = None) -> list[RelationshipRecord]:
        """As `MetadataStore.relationships`."""


async def walk(store: Readable, guid: str, query: LineageQuery) -> LineageGraph:
    """As `MetadataStore.lineage`, with two requests for each step. Archived elements are not reached."""
    return await _Walk(store, query).graph(guid)


class _Walk:
    def __init__(self, store: Readable, query: LineageQuery) -> None:
        self._store = store
        self._query = query
        self._distances: dict[str, int] = {}
        self._edges: dict[str, LineageEdge] = {}
        self._wholes: dict[str, str] = {}
        """The GUID of an element's whole, by the element's GUID."""
        self._is_truncated = False

    async def graph(self, guid: str) -> LineageGraph:
        starts = [guid, *(await self._columns(guid) if self._query.columns else ())]
        for direction in self._query.directions:
            await self._follow(starts, direction)
        nearest = sorted(self._distances, key=lambda each: self._distances[each])
        self._is_truncated = self._is_truncated or len(nearest) > self._query.limit
        nodes = await self._nodes(nearest[: self._query.limit])
        known = {each.guid for each in nodes}
        edges = [each for each in self._edges.values() if each.end1_guid in known and each.end2_guid in known]
        return graph_of(guid, nodes, edges, is_truncated=self._is_truncated)

    async def _columns(self, guid: str) -> list[str]:
        """The columns of a table, or of the structure of an asset."""
        related = await self._store.relationships([guid])
        columns = [each.end2_guid for each in related if _is_to(each, "NestedSchemaAttribute", guid)]
        structures = [each.end2_guid for each in related if _is_to(each, "Schema", guid)]
        if structures:
            attributes = await self._store.relationships(structures, type_name="AttributeForSchema")
            columns += [each.end2_guid for each in attributes if each.end1_guid in structures]
        return columns[: self._query.limit]

    async def _follow(self, starts: Sequence[str], direction: Direction) -> None:
        seen, edge = set(starts), list(starts)
        self._distances.update(dict.fromkeys(starts, 0))
        for distance in range(1, self._query.depth + 1):
            found: dict[str, None] = {}
            for each in await self._related(edge):
                far_end, near_end = (
                    (each.end1_guid, each.end2_guid)
                    if direction is Direction.UPSTREAM
                    else (each.end2_guid, each.end1_guid)
                )
                if each.type_name in LINEAGE:
                    self._edges[each.guid] = _edge(each)
                    if near_end in seen and far_end not in seen:
                        found[far_end] = None
            if not found:
                return
            if len(seen) + len(found) > self._query.limit:
                self._is_truncated = True
            edge = list(found)[: max(self._query.limit - len(seen), 0)]
            seen.update(edge)
            for guid in edge:
                self._distances[guid] = min(distance, self._distances.get(guid, distance))
            await trio.lowlevel.checkpoint()
        last = [each for each in await self._related(edge) if each.type_name in LINEAGE]
        self._edges.update({each.guid: _edge(each) for each in last})

    async def _related(self, guids: Sequence[str]) -> Iterable[RelationshipRecord]:
        found: list[RelationshipRecord] = []
        for first in range(0, len(guids), GUIDS_AT_ONCE):
            if len(found) + len(self._edges) > MOST_EDGES:
                self._is_truncated = True
                break
            found += await self._store.relationships(guids[first : first + GUIDS_AT_ONCE])
        for each in found:
            if each.type_name in ("NestedSchemaAttribute", "AttributeForSchema"):
                self._wholes[each.end2_guid] = each.end1_guid
        return found

    async def _nodes(self, guids: Sequence[str]) -> list[LineageNode]:
        records = {each.guid: each for each in await self._store.get(guids)}
        wholes = {self._wholes[guid] for guid in records if guid in self._wholes}
        parents = {each.guid: each for each in await self._store.get(sorted(wholes))} if wholes else {}
        structures = [guid for guid, each in parents.items() if "SchemaType" in each.type_name]
        for each in await self._store.relationships(structures, type_name="Schema") if structures else ():
            asset = await self._store.get([each.end1_guid])
            parents.update(dict.fromkeys([each.end2_guid], asset[0]) if asset else {})
        return [
            node_of(records[guid], self._distances[guid], parents.get(self._wholes.get(guid, "")))
            for guid in guids
            if guid in records
        ]


def node_of(record: ElementRecord, distance: int, whole: ElementRecord | None) -> LineageNode:
    """The node of an element, with its whole if it has one."""
    return LineageNode(
        guid=record.guid,
        type_name=record.type_name,
        qualified_name=record.qualified_name,
        display_name=_name(record),
        metadata_source=record.metadata_source,
        status=record.status,
        distance=distance,
        part_of="" if whole is None else whole.guid,
        part_of_name="" if whole is None else _name(whole),
    )


def _edge(each: RelationshipRecord) -> LineageEdge:
    return LineageEdge(guid=each.guid, type_name=each.type_name, end1_guid=each.end1_guid, end2_guid=each.end2_guid)


def _name(record: ElementRecord) -> str:
    return str(record.properties.get("displayName") or record.qualified_name)


def _is_to(relationship: RelationshipRecord, type_name: str, end1: str) -> bool:
    return relationship.type_name == type_name and relationship.end1_guid == end1
