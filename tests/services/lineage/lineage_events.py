"""OpenLineage events for tests, and the lineage that a catalogue holds."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from services.framework.connection import Connection
from services.lineage.cataloguer.connector import OpenLineageCataloguer
from services.lineage.cataloguer.statements import STATE
from services.metadata.changes import Query
from services.metadata.store import MetadataStore
from services.metadata.types.registry import subtypes_of
from services.testing.running import RunningConnector, running_connector

Name = tuple[str, str]


def event(
    job: str,
    run: str | None = None,
    state: str | None = None,
    *,
    at: float = 0,
    inputs: Iterable[Name | dict[str, Any]] = (),
    outputs: Iterable[Name | dict[str, Any]] = (),
    facets: Mapping[str, Any] | None = None,
    parent: str | None = None,
) -> dict[str, Any]:
    """An event, `at` seconds after a morning. A data set is a namespace and a name, or an object."""
    seconds, rest = divmod(at, 1)
    minutes, seconds = divmod(int(seconds), 60)
    found: dict[str, Any] = {
        "eventTime": f"2026-11-26T{6 + minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{int(rest * 1e6):06}Z",
        "producer": "https://example.com/tests",
        "job": {"namespace": "etl", "name": job, "facets": dict(facets or {})},
        "inputs": [_data_set(each) for each in inputs],
        "outputs": [_data_set(each) for each in outputs],
    }
    if run is not None:
        found["run"] = {"runId": run}
    if run is not None and parent is not None:
        found["run"]["facets"] = {"parent": {"run": {"runId": "parent's"}, "job": {"namespace": "etl", "name": parent}}}
    if state is not None:
        found["eventType"] = state
    return found


def _data_set(each: Name | dict[str, Any]) -> dict[str, Any]:
    return {"namespace": each[0], "name": each[1]} if isinstance(each, tuple) else each


def made_from(sources: Mapping[str, Sequence[tuple[str, str, str]]]) -> dict[str, Any]:
    """The facet of column lineage: by column, the namespace, name and field of each source."""
    return {
        "columnLineage": {
            "fields": {
                column: {"inputFields": [{"namespace": a, "name": b, "field": c} for a, b, c in found]}
                for column, found in sources.items()
            }
        }
    }


@asynccontextmanager
async def cataloguer(directory: Path, **settings: Any) -> AsyncIterator[RunningConnector]:
    """A cataloguer at work."""
    connection = Connection(configuration_properties=settings)
    async with running_connector(OpenLineageCataloguer, directory, connection=connection) as running:
        yield running


async def catalogue(running: RunningConnector, *events: dict[str, Any] | bytes) -> None:
    """Have events in the spool, and catalogue them."""
    spool = running.connector.context.spool
    await spool.append([each if isinstance(each, bytes) else msgspec.json.encode(each) for each in events])
    await running.refresh()


class Graph(msgspec.Struct):
    """The content of a catalogue: elements without their provenance, and relationships by names."""

    elements: dict[str, Any]
    relationships: set[tuple[str, str, str]]

    def of_type(self, *types: str) -> set[tuple[str, str]]:
        """The ends of the relationships of some types."""
        return {(end1, end2) for kind, end1, end2 in self.relationships if kind in types}


async def graph_in(store: MetadataStore) -> Graph:
    """Everything that is active in a store."""
    elements, cursor = [], None
    while True:
        page = await store.find_page(Query(cursor=cursor))
        elements += page.elements
        cursor = page.cursor
        if cursor is None:
            break
    names = {each.guid: each.qualified_name for each in elements}
    relationships = await store.relationships(list(names))
    shown = {}
    for each in elements:
        if each.type_name in subtypes_of("SoftwareCapability"):
            continue  # the source
        properties = dict(each.properties)
        further = {key: value for key, value in properties.pop("additionalProperties", {}).items() if key != STATE}
        shown[each.qualified_name] = (each.type_name, properties, further, each.classifications)
    return Graph(shown, {(each.type_name, names[each.end1_guid], names[each.end2_guid]) for each in relationships})
