"""Published events: column lineage, structures and removals are valid events that lead to the same lineage."""

import inspect
from enum import Enum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attr
import msgspec
import openlineage.client.generated as generated
import pytest
from openlineage.client.event_v2 import DatasetEvent, JobEvent
from openlineage.client.generated.base import BaseFacet

from services.framework.dry_run import dry_run
from services.lineage.publisher.connector import OpenLineagePublisher
from services.metadata.changes import Change, Link, Relate, Remove, Unrelate
from services.metadata.mapping import to_put
from services.metadata.types.lineage import Process
from services.metadata.types.relational import RelationalColumn, RelationalTable
from services.metadata.types.tabular import TabularColumn, TabularSchemaType
from tests.services.lineage.event_receiver import (
    CATALOGUED,
    COSTS,
    FILE,
    VISITS,
    EventReceiver,
    others,
    publisher,
    receiver,
)
from tests.services.lineage.lineage_events import Graph, catalogue, cataloguer, graph_in

__all__ = ["receiver"]  # a fixture


def column(table: str, name: str, data_type: str, position: int = 0, **properties: Any) -> Change:
    return to_put(
        RelationalColumn(qualified_name=of(table, name), display_name=name, element_position=position, **properties),
        links=[Link("NestedSchemaAttribute", table)],
        classifications={"TypeEmbeddedAttribute": {"schemaTypeName": "x", "dataType": data_type}},
    )


def of(table: str, name: str) -> str:
    return table.replace("RelationalTable", "RelationalColumn", 1) + f"::{name}"


IN_FILE = f"{FILE}::cost"
COLUMNS = [
    column(VISITS, "cost", "numeric", 1, description="in pounds"),
    column(VISITS, "ward", "text"),
    column(COSTS, "cost", "numeric"),
    to_put(TabularSchemaType(qualified_name=f"{FILE}::schema"), links=[Link("Schema", FILE)]),
    to_put(
        TabularColumn(qualified_name=IN_FILE, display_name="cost", data_type="BIGINT"),
        links=[Link("AttributeForSchema", f"{FILE}::schema")],
    ),
    Relate(type_name="LineageMapping", end1=of(VISITS, "cost"), end2=of(COSTS, "cost")),
    Relate(type_name="LineageMapping", end1=IN_FILE, end2=of(VISITS, "cost")),
]


def data_sets(events: list[bytes]) -> dict[str, dict[str, Any]]:
    found = [msgspec.json.decode(each).get("dataset") for each in events]
    return {each["name"]: each["facets"] for each in found if each}


def jobs(events: list[bytes]) -> dict[str, dict[str, Any]]:
    found = map(msgspec.json.decode, events)
    return {each["job"]["name"]: each for each in found if "job" in each}


async def test_columns_and_what_they_are_made_from_are_sent(receiver: EventReceiver, tmp_path: Path) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED, *COLUMNS)
        await running.refresh()
    events = receiver.take()
    sent = jobs(events)
    made = sent["load"]["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert made == {"cost": {"inputFields": [{"namespace": "file", "name": "/data/visits.csv", "field": "cost"}]}}
    made = sent["hospital.public.costs"]["outputs"][0]["facets"]["columnLineage"]["fields"]
    table = {"namespace": "postgres://db:5432", "name": "hospital.public.visits", "field": "cost"}
    assert made == {"cost": {"inputFields": [table]}}
    described = data_sets(events)
    assert described["hospital.public.visits"]["schema"]["fields"] == [
        {"name": "ward", "type": "text"},
        {"name": "cost", "type": "numeric", "description": "in pounds"},
    ]
    assert described["/data/visits.csv"]["schema"]["fields"] == [{"name": "cost", "type": "BIGINT"}]
    assert described["hospital.public.costs"]["documentation"]["description"] == "What visits cost"


async def test_the_columns_inside_others_are_sent_inside_them(receiver: EventReceiver, tmp_path: Path) -> None:
    inner = to_put(
        RelationalColumn(qualified_name="inner", display_name="street"),
        links=[Link("NestedSchemaAttribute", of(VISITS, "address"))],
    )
    mapping = Relate(type_name="LineageMapping", end1="inner", end2=of(COSTS, "cost"))
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED, *COLUMNS, column(VISITS, "address", "struct", 2), inner, mapping)
        await running.refresh()
    events = receiver.take()
    address = data_sets(events)["hospital.public.visits"]["schema"]["fields"][2]
    assert address == {"name": "address", "type": "struct", "fields": [{"name": "street"}]}
    sources = jobs(events)["hospital.public.costs"]["outputs"][0]["facets"]["columnLineage"]["fields"]["cost"]
    assert [each["field"] for each in sources["inputFields"]] == ["address.street", "cost"]


async def test_a_changed_column_is_told_once_with_its_table(receiver: EventReceiver, tmp_path: Path) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED, *COLUMNS)
        await running.refresh()
        receiver.take()
        await others(running, column(VISITS, "cost", "money", 1))
        await running.refresh()
        events = receiver.take()
        assert [len(jobs(events)), *data_sets(events)] == [0, "hospital.public.visits"]
        await others(running, Unrelate(type_name="LineageMapping", end1=of(VISITS, "cost"), end2=of(COSTS, "cost")))
        await running.refresh()
        events = receiver.take()
        assert jobs(events).keys() == {"hospital.public.costs"}
        assert len(events) == 1


@pytest.mark.parametrize("delete", [False, True])
async def test_the_receiver_learns_what_is_gone(receiver: EventReceiver, tmp_path: Path, delete: bool) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        await running.refresh()
        receiver.take()
    async with publisher(receiver, tmp_path) as running:  # it knows after a restart what it has sent
        await others(running, Remove(source_key="load", delete=delete), Remove(source_key=COSTS, delete=delete))
        await running.refresh()
        events = receiver.take()
        sent = jobs(events)
        assert sent.keys() == {"load", "hospital.public.costs"}
        assert all(each["inputs"] == each["outputs"] == [] for each in sent.values())
        dropped = data_sets(events)
        assert dropped["hospital.public.costs"]["lifecycleStateChange"]["lifecycleStateChange"] == "DROP"
        assert len(dropped) == 1
        await others(running, *CATALOGUED)
        await running.refresh()
        assert jobs(receiver.take()).keys() == sent.keys()


async def test_a_job_whose_input_is_gone_is_sent_without_it(receiver: EventReceiver, tmp_path: Path) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        await running.refresh()
        receiver.take()
        await others(running, Remove(source_key=FILE))
        await running.refresh()
    events = receiver.take()
    assert [jobs(events)["load"]["inputs"], *data_sets(events)] == [[], "/data/visits.csv"]


async def test_a_job_that_has_no_flows_any_more_is_sent_without_data_sets(
    receiver: EventReceiver, tmp_path: Path
) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        await running.refresh()
        receiver.take()
        await others(running, to_put(Process(qualified_name="load", description="rests")))
        await running.refresh()
        assert [each["inputs"] for each in receiver.jobs().values()] == [[]]
        await running.refresh()
        assert receiver.take() == []


async def test_a_dry_run_names_what_would_be_sent_and_sends_nothing(receiver: EventReceiver, tmp_path: Path) -> None:
    assert OpenLineagePublisher.provider.supposes_sending  # or the daemon would not ask for one
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED)
        with dry_run() as supposed:
            await running.refresh()
        assert receiver.take() == []
        view = [f"job {COSTS}", f"data set {COSTS}"]
        assert sorted(supposed.changes.sent) == sorted([*view, f"data set {VISITS}", f"data set {FILE}", "job load"])
        await running.refresh()
        assert len(receiver.take()) == 5
        await others(running, Remove(source_key="load"))
        with dry_run() as supposed:
            await running.refresh()
        assert "removal of job load" in supposed.changes.sent
        assert receiver.take() == []


async def test_the_client_of_openlineage_understands_every_event(receiver: EventReceiver, tmp_path: Path) -> None:
    async with publisher(receiver, tmp_path) as running:
        await others(running, *CATALOGUED, *COLUMNS)
        await running.refresh()
        await others(running, Remove(source_key="load"), Remove(source_key=FILE))
        await running.refresh()
    events = receiver.take()
    facets = {name for each in events for name in understood(msgspec.json.decode(each))}
    assert facets == {
        "columnLineage", "documentation", "jobType", "lifecycleStateChange", "schema", "sql",
    }  # fmt: skip


async def test_the_events_lead_to_the_same_lineage(receiver: EventReceiver, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    tables = [*(each for each in CATALOGUED if not links_of(each)), to_put(RelationalTable(qualified_name=COSTS))]
    columns = [each for each in COLUMNS if not isinstance(each, Relate)]
    async with publisher(receiver, tmp_path) as running, cataloguer(tmp_path / "other") as other:
        await others(running, *CATALOGUED, *COLUMNS)
        await others(other, *tables, *columns)
        removed = [
            Remove(source_key="load"),
            Unrelate(type_name="LineageMapping", end1=IN_FILE, end2=of(VISITS, "cost")),
        ]
        for step in ([], removed, [*CATALOGUED, *COLUMNS]):
            await others(running, *step)
            await running.refresh()
            await catalogue(other, *receiver.take())
            assert lineage(await graph_in(other.store)) == lineage(await graph_in(running.store)), step


def links_of(change: Change) -> object:
    return getattr(change, "links", None)


def lineage(graph: Graph) -> dict[str, set[tuple[str, str]]]:
    """The sources of data sets and columns, independently of the process between them."""
    flows = {pair for pair in graph.of_type("DataFlow") if "OpenLineageJob::etl::report" not in pair}
    processes = {
        name for name, (kind, *_) in graph.elements.items() if kind in ("Process", "DeployedSoftwareComponent")
    }
    through = {
        (source, target)
        for source, process in flows
        for other, target in flows
        if process == other and process in processes
    }
    direct = {pair for pair in flows if processes.isdisjoint(pair)}
    return {"data sets": through | direct, "columns": graph.of_type("LineageMapping")}


def understood(event: dict[str, Any]) -> set[str]:
    """The names of the facets of an event, all of which the classes of OpenLineage's client take as they are."""
    kind = JobEvent if "job" in event else DatasetEvent
    assert event.pop("schemaURL") == kind._get_schema()
    found: set[str] = set()
    made(kind, event, found)
    return found


def made(kind: Any, content: Any, found: set[str]) -> Any:
    """An object of a class of the client, and of its parts; raises an error for a field that it does not have."""
    if get_origin(kind) in (Union, UnionType):
        kind = next(each for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is list:
        return [made(get_args(kind)[0], each, found) for each in content]
    if get_origin(kind) is dict:
        return {key: made(get_args(kind)[1], each, found) for key, each in content.items()}
    if inspect.isclass(kind) and issubclass(kind, BaseFacet) and kind not in FACETS.values():
        raise AssertionError(f"{kind} is no facet")
    if attr.has(kind):
        types = get_type_hints(kind)
        parts = {}
        for name, each in content.items():
            parts[name] = facets_of(each, found) if name == "facets" else made(types[name], each, found)
        return kind(**parts)
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return kind(content)
    assert isinstance(content, kind)
    return content


def facets_of(content: dict[str, Any], found: set[str]) -> dict[str, Any]:
    facets = {}
    for name, each in content.items():
        schema = each.pop("_schemaURL")
        assert each.pop("_producer").startswith("urn:")
        kind = FACETS[schema.rpartition("/")[2]]
        assert schema == kind._get_schema()
        found.add(name)
        facets[name] = made(kind, each, found)
    return facets


FACETS: dict[str, Any] = {
    name: each
    for module in iter_modules(generated.__path__)
    for name, each in vars(import_module(f"{generated.__name__}.{module.name}")).items()
    if inspect.isclass(each) and issubclass(each, BaseFacet)
}
