"""Lineage, asked of every metadata store."""

import pytest

from services.metadata import lineage as lineage_module
from services.metadata.changes import Batch, Change, Link, Query, Relate, Remove
from services.metadata.element import ElementStatus
from services.metadata.lineage import Direction, LineageGraph, LineageQuery
from services.metadata.mapping import to_put
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile
from services.metadata.types.lineage import Process
from services.metadata.types.relational import RelationalColumn, RelationalTable
from tests.contracts.stores import own_store, store

__all__ = ["own_store", "store"]  # fixtures


def table(name: str, *columns: str) -> list[Change]:
    return [
        to_put(RelationalTable(qualified_name=name, display_name=name)),
        *(
            to_put(
                RelationalColumn(qualified_name=f"{name}::{each}", display_name=each),
                links=[Link("NestedSchemaAttribute", name)],
            )
            for each in columns
        ),
    ]


def process(name: str, reads: str, writes: str) -> Change:
    links = [Link("DataFlow", reads), Link("DataFlow", writes, at_end1=False)]
    return to_put(Process(qualified_name=name, display_name=name), links=links)


PIPELINE = [
    *(to_put(CSVFile(qualified_name=name)) for name in ("landed", "other")),
    *table("raw", "id"),
    *table("report", "total"),
    process("load", "landed", "raw"),
    process("sum up", "raw", "report"),
    process("elsewhere", "other", "report"),
    Relate(type_name="LineageMapping", end1="raw::id", end2="report::total"),
]


async def apply(store: MetadataStore, *changes: Change) -> None:
    await store.apply(Batch(user="npa", metadata_source="pipeline", changes=changes))


async def lineage(store: MetadataStore, name: str, query: LineageQuery) -> LineageGraph:
    (element,) = await store.named([name])
    return await store.lineage(element.guid, query)


def distances(graph: LineageGraph) -> dict[str, int]:
    return {each.qualified_name: each.distance for each in graph.nodes}


def edges(graph: LineageGraph) -> set[tuple[str, str]]:
    names = {each.guid: each.qualified_name for each in graph.nodes}
    return {(names[each.end1_guid], names[each.end2_guid]) for each in graph.edges}


async def test_lineage_is_followed_in_each_direction_to_a_depth(store: MetadataStore) -> None:
    await apply(store, *PIPELINE)
    upstream = await lineage(store, "report", LineageQuery(direction=Direction.UPSTREAM, depth=3))
    assert distances(upstream) == {"report": 0, "sum up": 1, "elsewhere": 1, "raw": 2, "other": 2, "load": 3}
    assert ("load", "raw") in edges(upstream)
    both = await lineage(store, "raw", LineageQuery())
    assert distances(both) == {"raw": 0, "load": 1, "sum up": 1, "landed": 2, "report": 2}
    assert edges(both) == {("landed", "load"), ("load", "raw"), ("raw", "sum up"), ("sum up", "report")}
    assert not both.is_truncated


async def test_of_too_many_relationships_the_nearest_are_told(
    store: MetadataStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await apply(store, *PIPELINE)
    monkeypatch.setattr(lineage_module, "MOST_EDGES", 2)
    graph = await lineage(store, "raw", LineageQuery())
    assert (edges(graph), graph.is_truncated) == ({("load", "raw"), ("raw", "sum up")}, True)


async def test_a_dense_graph_is_cut_where_it_has_too_many_relationships(own_store: MetadataStore) -> None:
    sources = [to_put(CSVFile(qualified_name=f"source {each}")) for each in range(160)]
    reads = [Link("DataFlow", each.qualified_name) for each in sources]
    writes = Link("DataFlow", "report", at_end1=False)
    loads = [to_put(Process(qualified_name=f"load {each}"), links=[*reads, writes]) for each in range(130)]
    await apply(own_store, *table("report"), *sources, *loads)
    graph = await lineage(own_store, "report", LineageQuery(direction=Direction.UPSTREAM))
    assert (len(graph.edges), graph.is_truncated) == (lineage_module.MOST_EDGES, True)
    reached = distances(graph)
    assert {reached[each.qualified_name] for each in loads} == {1}
    assert {distance for name, distance in reached.items() if name.startswith("source")} == {2}


async def test_an_element_with_very_many_relationships_is_related_to_those_that_were_reached(
    own_store: MetadataStore,
) -> None:
    others = [process(f"use {each}", "calendar", "report") for each in range(lineage_module.FEW + 1)]
    await apply(own_store, *table("calendar"), *table("report"), *table("bill"), *others)
    await apply(own_store, process("count days", "calendar", "bill"))
    graph = await lineage(own_store, "bill", LineageQuery(direction=Direction.UPSTREAM))
    assert edges(graph) == {("calendar", "count days"), ("count days", "bill")}
    assert not graph.is_truncated


async def test_lineage_of_columns_names_the_tables_that_they_are_part_of(store: MetadataStore) -> None:
    await apply(store, *PIPELINE)
    graph = await lineage(store, "report", LineageQuery(direction=Direction.UPSTREAM, depth=1, columns=True))
    assert distances(graph) == {"report": 0, "report::total": 0, "raw::id": 1, "sum up": 1, "elsewhere": 1}
    assert ("raw::id", "report::total") in edges(graph)
    assert {each.display_name: each.part_of_name for each in graph.nodes if each.part_of} == {
        "total": "report",
        "id": "raw",
    }


async def test_a_limit_keeps_the_nearest_elements(store: MetadataStore) -> None:
    await apply(store, *PIPELINE)
    graph = await lineage(store, "report", LineageQuery(direction=Direction.UPSTREAM, limit=3))
    assert distances(graph) == {"report": 0, "sum up": 1, "elsewhere": 1}
    assert graph.is_truncated


async def test_a_cycle_ends(store: MetadataStore) -> None:
    await apply(store, *PIPELINE, process("feed back", "report", "raw"))
    graph = await lineage(store, "raw", LineageQuery(direction=Direction.DOWNSTREAM, depth=100))
    assert distances(graph) == {"raw": 0, "sum up": 1, "report": 2, "feed back": 3}
    assert ("feed back", "raw") in edges(graph)


async def test_the_lineage_of_an_unknown_element_is_empty(store: MetadataStore) -> None:
    assert (await store.lineage("no such guid", LineageQuery())).nodes == []


async def test_lineage_leads_through_archived_elements(
    own_store: MetadataStore, request: pytest.FixtureRequest
) -> None:
    await apply(own_store, *PIPELINE)
    await apply(own_store, Remove(source_key="raw"))
    graph = await lineage(own_store, "report", LineageQuery(direction=Direction.UPSTREAM))
    if "remote" in request.node.name:  # which walks by relationships
        assert "raw" not in distances(graph)
    else:
        assert {each.qualified_name: each.status for each in graph.nodes}["raw"] is ElementStatus.ARCHIVED
        assert "landed" in distances(graph)


async def test_elements_are_found_by_many_names_at_once(store: MetadataStore) -> None:
    await apply(store, *PIPELINE)
    await apply(store, Remove(source_key="other"))
    found = await store.named(["raw", "landed", "nowhere", "other", "raw"])
    assert sorted(each.qualified_name for each in found) == ["landed", "raw"]
    assert [each.guid for each in await store.find(Query(qualified_name="raw"))] == [
        each.guid for each in found if each.qualified_name == "raw"
    ]
