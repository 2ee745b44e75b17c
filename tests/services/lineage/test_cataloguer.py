"""OpenLineage events become processes, data sets, data flows and column lineage."""

from pathlib import Path

import msgspec
import pytest
import trio
import trio.testing

from services.errors import ConnectorConfigurationError, PropertyServerError, RefreshPostponedError
from services.lineage.cataloguer import cataloguing, connector
from services.lineage.cataloguer.statements import STATE
from services.lineage.intake.file_spool import FileSpool
from services.metadata.changes import Batch, Change, Link, Remove
from services.metadata.mapping import to_put
from services.metadata.table_names import column_name, table_name
from services.metadata.types.files import CSVFile
from services.metadata.types.relational import RelationalColumn, RelationalTable
from services.metadata.types.tabular import TabularColumn, TabularSchemaType
from services.testing.running import RunningConnector
from tests.services.lineage.lineage_events import catalogue, cataloguer, event, graph_in, made_from

LOAD = "OpenLineageJob::etl::load"
WAREHOUSE = "postgres://db:5432"
VISITS, WARDS = (WAREHOUSE, "hospital.public.visits"), (WAREHOUSE, "hospital.public.wards")
LANDED = ("file", "/data/visits.csv")
TABLE = table_name("db:5432::hospital", "public", "visits")
FILE = "CSVFile::/data/visits.csv"


def own(name: tuple[str, str]) -> str:
    return f"OpenLineageDataSet::{name[0]}::{name[1]}"


def damage_spool(directory: Path, text: bytes) -> None:
    (file,) = directory.rglob("*.events")
    file.write_bytes(file.read_bytes().replace(text, text.upper()))


def obstruct_positions(directory: Path) -> Path:
    """Put a directory in the place of the file with the positions of consumers, so that it cannot be written."""
    (positions,) = directory.rglob("consumers.json")
    positions.unlink()
    positions.mkdir()
    return positions


async def others(running: RunningConnector, *changes: Change) -> None:
    """Have another connector catalogue something."""
    await running.store.apply(Batch(user="npa", metadata_source="another connector", changes=changes))


def table_of_another_connector(*columns: str) -> list[Change]:
    return [
        to_put(RelationalTable(qualified_name=TABLE, display_name="visits")),
        *(
            to_put(
                RelationalColumn(
                    qualified_name=column_name("db:5432::hospital", "public", "visits", each), display_name=each
                ),
                links=[Link("NestedSchemaAttribute", TABLE)],
            )
            for each in columns
        ),
    ]


def file_of_another_connector(*columns: str) -> list[Change]:
    schema = f"{FILE}::schema"
    return [
        to_put(CSVFile(qualified_name=FILE, path_name="/data/visits.csv")),
        to_put(TabularSchemaType(qualified_name=schema), links=[Link("Schema", FILE)]),
        *(
            to_put(
                TabularColumn(qualified_name=f"{schema}::{number}::{each}", display_name=each),
                links=[Link("AttributeForSchema", schema)],
            )
            for number, each in enumerate(columns)
        ),
    ]


async def test_lineage_attaches_to_elements_of_other_connectors_and_changes_none_of_them(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        await others(running, *table_of_another_connector("cost"), *file_of_another_connector("price"))
        before = await graph_in(running.store)
        lineage = made_from({"cost": [(*LANDED, "price")], "no such column": [(*LANDED, "price")]})
        visits = {"namespace": VISITS[0], "name": VISITS[1], "facets": lineage}
        await catalogue(running, event("load", "run", "COMPLETE", inputs=[LANDED], outputs=[visits]))

        graph = await graph_in(running.store)
        assert graph.elements.keys() - before.elements.keys() == {LOAD}
        assert {name: graph.elements[name] for name in before.elements} == before.elements
        assert graph.of_type("DataFlow") == {(FILE, LOAD), (LOAD, TABLE)}
        column = column_name("db:5432::hospital", "public", "visits", "cost")
        assert graph.of_type("LineageMapping") == {(f"{FILE}::schema::0::price", column)}
        assert (await running.refresh()).updated == 0


async def test_a_data_set_that_nothing_else_catalogues_is_an_element_until_the_real_one_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "SEARCH_INTERVAL", 0.02)
    schema = {"schema": {"fields": [{"name": "cost", "type": "numeric", "description": "in euros"}]}}
    visits = {
        "namespace": VISITS[0],
        "name": VISITS[1],
        "facets": {**schema, **made_from({"cost": [(*LANDED, "price")]})},
    }
    async with cataloguer(tmp_path) as running:
        await catalogue(running, event("load", "run", "COMPLETE", inputs=[LANDED], outputs=[visits]))
        graph = await graph_in(running.store)
        assert graph.of_type("DataFlow") == {(own(LANDED), LOAD), (LOAD, own(VISITS))}
        assert graph.of_type("LineageMapping") == {(f"{own(LANDED)}::schema::price", f"{own(VISITS)}::schema::cost")}
        assert graph.elements[f"{own(VISITS)}::schema::cost"][1]["dataType"] == "numeric"

        await others(running, *table_of_another_connector("cost"), *file_of_another_connector("price"))
        await running.refresh_requested.wait()
        await running.refresh()
        graph = await graph_in(running.store)
        assert [each for each in graph.elements if each.startswith("OpenLineageDataSet")] == []
        assert graph.of_type("DataFlow") == {(FILE, LOAD), (LOAD, TABLE)}
        column = column_name("db:5432::hospital", "public", "visits", "cost")
        assert graph.of_type("LineageMapping") == {(f"{FILE}::schema::0::price", column)}
        assert [each for each in running.messages if "moved the lineage of 2 data sets" in each]


async def test_job_facets_are_properties_of_the_process(tmp_path: Path) -> None:
    facets = {
        "documentation": {"description": "Loads visits"},
        "sql": {"query": "select 1", "dialect": "postgres"},
        "sourceCodeLocation": {"type": "git", "url": "https://git.example.com/load.sql", "version": "5d961"},
        "jobType": {"processingType": "BATCH", "integration": "DBT", "jobType": "MODEL"},
        "ownership": {"owners": [{"name": "team:warehouse", "type": "MAINTAINER"}]},
        "unknown": {"anything": 1},
    }
    async with cataloguer(tmp_path) as running:
        await catalogue(running, event("load", "run", "COMPLETE", facets=facets))
        kind, properties, further, classifications = (await graph_in(running.store)).elements[LOAD]
        assert kind == "DeployedSoftwareComponent"
        assert properties == {
            "qualifiedName": LOAD,
            "displayName": "load",
            "description": "Loads visits",
            "deployedImplementationType": "DBT MODEL",
            "implementationLanguage": "SQL",
            "formula": "select 1",
        }
        assert further == {
            "namespace": "etl",
            "sourceCodeType": "git",
            "sourceCodeUrl": "https://git.example.com/load.sql",
            "sourceCodeVersion": "5d961",
            "processingType": "BATCH",
            "sqlDialect": "postgres",
        }
        assert classifications["Ownership"] == {"owner": "team:warehouse"}


async def test_a_parent_run_makes_a_hierarchy_of_processes(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        await catalogue(running, event("load", "run", "START", parent="nightly"))
        graph = await graph_in(running.store)
        assert (
            graph.of_type("ProcessHierarchy")
            == graph.of_type("ProcessCall")
            == {("OpenLineageJob::etl::nightly", LOAD)}
        )


async def test_a_job_has_the_flows_of_its_last_completed_run_and_of_later_ones(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        await catalogue(running, event("load", "1", "COMPLETE", at=1, inputs=[("s3", "monday")], outputs=[VISITS]))
        await catalogue(running, event("load", "2", "FAIL", at=2, inputs=[("s3", "tuesday")]))
        flows = (await graph_in(running.store)).of_type("DataFlow")
        assert {source for source, target in flows if target == LOAD} == {own(("s3", "monday")), own(("s3", "tuesday"))}
        await catalogue(running, event("load", "3", "START", at=3, inputs=[("s3", "wednesday")]))
        await catalogue(running, event("load", "3", "COMPLETE", at=4, outputs=[VISITS]))
        flows = (await graph_in(running.store)).of_type("DataFlow")
        assert flows == {(own(("s3", "wednesday")), LOAD), (LOAD, own(VISITS))}


async def test_old_runs_are_counted_and_no_longer_kept(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        for first in range(0, 40, 20):
            runs = range(first, first + 20)
            await catalogue(
                running, *(event("load", str(n), "FAIL" if n % 4 == 0 else "COMPLETE", at=10 * n) for n in runs)
            )
        await catalogue(running, event("load", "3", "FAIL", at=31), event("load", "39", "COMPLETE", at=390))
        metrics = (await graph_in(running.store)).elements[LOAD][3]["RunMetrics"]
        assert metrics == {
            "runCount": 40,
            "failedRunCount": 10,
            "abortedRunCount": 0,
            "firstRunStartTime": "2026-11-26T06:00:00.000+00:00",
            "lastRunId": "39",
            "lastRunStartTime": "2026-11-26T06:06:30.000+00:00",
            "lastRunStatus": "COMPLETE",
            "lastRunEndTime": "2026-11-26T06:06:30.000+00:00",
            "lastRunDuration": 0,
        }


async def test_the_state_of_a_job_without_runs_does_not_grow(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        sizes = set()
        for day in range(1, 8):
            lineage = {"facets": made_from({"cost": [("s3", "prices", "price")]})}
            await catalogue(
                running, event("load", at=day, outputs=[{"namespace": "s3", "name": f"day {day}", **lineage}])
            )
            (job,) = await running.store.named([LOAD])
            sizes.add(len(job.properties["additionalProperties"][STATE]))
        assert len(sizes) == 1
        assert (await graph_in(running.store)).of_type("DataFlow") == {(LOAD, own(("s3", "day 7")))}


async def test_column_lineage_that_two_jobs_state_stays_until_neither_does(tmp_path: Path) -> None:
    lineage = made_from({"cost": [(*LANDED, "price")]})
    visits = {"namespace": VISITS[0], "name": VISITS[1], "facets": lineage}
    async with cataloguer(tmp_path) as running:
        for job in ("load", "reload"):
            await catalogue(running, event(job, "1", "COMPLETE", at=1, outputs=[visits]))
        await catalogue(running, event("load", "2", "COMPLETE", at=2, outputs=[VISITS]))
        assert len((await graph_in(running.store)).of_type("LineageMapping")) == 1
        await catalogue(running, event("reload", "2", "COMPLETE", at=2, outputs=[VISITS]))
        assert (await graph_in(running.store)).of_type("LineageMapping") == set()


async def test_the_flow_of_a_table_that_another_connector_has_removed_leads_to_a_data_set(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        await others(running, *table_of_another_connector())
        await catalogue(running, event("load", "1", "COMPLETE", at=1, inputs=[VISITS]))
        await others(running, Remove(source_key=TABLE, delete=True))
        await catalogue(running, event("load", "2", "COMPLETE", at=2, inputs=[VISITS]))

        graph = await graph_in(running.store)
        assert graph.of_type("DataFlow") == {(own(VISITS), LOAD)}
        assert graph.elements[LOAD][3]["RunMetrics"]["runCount"] == 2
        assert not [each for each in running.messages if "could not catalogue" in each]


async def test_a_refresh_ends_even_if_events_never_cease_to_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connector, "LONGEST_REFRESH", 0)
    monkeypatch.setattr(connector, "EVENTS_AT_ONCE", 1)
    async with cataloguer(tmp_path) as running:
        await catalogue(running, event("load"), event("report"))
        spool = running.connector.context.spool
        assert isinstance(spool, FileSpool)
        assert (await spool.status()).waiting == {running.connector.connector_name: 1}
        await running.refresh()
        assert (await spool.status()).waiting == {running.connector.connector_name: 0}


async def test_events_that_arrive_together_request_one_refresh(
    tmp_path: Path, mock_clock: trio.testing.MockClock
) -> None:
    async with cataloguer(tmp_path) as running:
        await catalogue(running, event("load"))
        await trio.testing.wait_all_tasks_blocked()
        mock_clock.jump(connector.GATHERED_FOR)
        await trio.testing.wait_all_tasks_blocked()
        assert not running.refresh_requested.is_set()  # the event has been catalogued in the meantime
        await running.connector.context.spool.append([msgspec.json.encode(event("report"))])
        await trio.testing.wait_all_tasks_blocked()
        assert not running.refresh_requested.is_set()
        mock_clock.jump(connector.GATHERED_FOR)
        await running.refresh_requested.wait()


async def test_the_events_in_front_of_damage_in_the_spool_are_catalogued(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        await running.connector.context.spool.append([msgspec.json.encode(event(each)) for each in ("load", "lost")])
        damage_spool(tmp_path, b"lost")
        with pytest.raises(PropertyServerError, match="event 2 cannot be read"):
            await running.refresh()
        assert LOAD in (await graph_in(running.store)).elements


async def test_events_that_cannot_be_acknowledged_wait_until_the_disk_can_be_written(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        positions = obstruct_positions(tmp_path)
        with pytest.raises(RefreshPostponedError, match="cannot be read or written"):
            await catalogue(running, event("load", "run", "COMPLETE", inputs=[LANDED]), b'{"eventTime": 7}')
        before = await graph_in(running.store)
        positions.rmdir()
        await running.refresh()
        assert await graph_in(running.store) == before
        assert before.of_type("DataFlow") == {(own(LANDED), LOAD)}
        assert (await running.connector.context.spool.status()).waiting == {running.connector.connector_name: 0}


async def test_what_cannot_be_understood_harms_nothing_else(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        facets = {"sql": {"query": ["no", "text"]}, "jobType": 1, "documentation": {"description": "a\0b"}}
        wrong = event("load", "run", "COMPLETE", inputs=[LANDED], facets=facets)
        await catalogue(running, b'{"eventTime": 7}', wrong)
        assert (await graph_in(running.store)).of_type("DataFlow") == {(own(LANDED), LOAD)}
        assert [
            each for each in running.messages if "$.job.facets.sql" in each and "$.query" in each and "etl load" in each
        ]
        assert [each for each in running.messages if "$.job.facets.jobType " in each]
        assert [each for each in running.messages if "$.job.facets.documentation " in each and "NUL" in each]
        number, (letter,) = await running.connector.context.spool.newest_rejected(10)
        assert number == 1
        assert "$.eventTime" in letter.reason


async def test_a_column_without_a_name_harms_no_other(tmp_path: Path) -> None:
    schema = {"schema": {"fields": [{"name": ""}, {"name": "cost"}]}, **made_from({"": [(*LANDED, "price")]})}
    visits = {"namespace": VISITS[0], "name": VISITS[1], "facets": schema}
    async with cataloguer(tmp_path) as running:
        for second in (1, 2):
            await catalogue(running, event("load", str(second), "COMPLETE", at=second, outputs=[visits]))
        graph = await graph_in(running.store)
        structure = f"{own(VISITS)}::schema"
        assert graph.of_type("Schema") == {(own(VISITS), structure), (own(LANDED), f"{own(LANDED)}::schema")}
        assert (structure, f"{structure}::cost") in graph.of_type("AttributeForSchema")
        assert not [each for each in running.messages if "could not catalogue" in each]


@pytest.mark.parametrize("turn", [1, -1])
async def test_a_parent_and_its_child_may_be_in_different_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    monkeypatch.setattr(cataloguing, "CHANGES_AT_ONCE", 1)
    events = [event("load", "1", "START", parent="nightly"), event("nightly", "2", "START", parent="weekly")]
    async with cataloguer(tmp_path) as running:
        await catalogue(running, *events[::turn])
        nightly, weekly = "OpenLineageJob::etl::nightly", "OpenLineageJob::etl::weekly"
        hierarchy = (await graph_in(running.store)).of_type("ProcessHierarchy")
        assert hierarchy == {(nightly, LOAD), (weekly, nightly)}


async def test_a_parent_without_a_name_is_left_out(tmp_path: Path) -> None:
    async with cataloguer(tmp_path) as running:
        await catalogue(running, event("load", "1", "COMPLETE", parent=""))
        assert (await graph_in(running.store)).elements.keys() == {LOAD}
        assert [each for each in running.messages if "$.run.facets.parent " in each and "$.job.name" in each]


async def test_an_alias_makes_one_data_set_of_two_names(tmp_path: Path) -> None:
    async with cataloguer(tmp_path, namespaceAliases={"postgres://db.internal": WAREHOUSE}) as running:
        await others(running, *table_of_another_connector())
        data_set = ("postgres://db.internal", "hospital.public.visits")
        await catalogue(running, event("load", "run", "COMPLETE", outputs=[data_set]))
        assert (await graph_in(running.store)).of_type("DataFlow") == {(LOAD, TABLE)}
    with pytest.raises(ConnectorConfigurationError, match="namespaceAliases"):
        async with cataloguer(tmp_path, namespaceAliases=["postgres"]):
            pass


async def test_events_that_are_catalogued_again_change_nothing(tmp_path: Path) -> None:
    events = [
        event("load", "1", "START", at=1, inputs=[LANDED]),
        event("load", "1", "COMPLETE", at=2, outputs=[VISITS]),
    ]
    async with cataloguer(tmp_path) as running:
        await catalogue(running, *events)
        before = await graph_in(running.store)
    async with cataloguer(tmp_path) as running:
        await catalogue(running, *events, *events)
        assert await graph_in(running.store) == before


@pytest.mark.parametrize("turn", [1, -1])
async def test_the_last_change_of_a_data_sets_life_is_told_in_whatever_order_it_came(tmp_path: Path, turn: int) -> None:
    events = [
        {
            "eventTime": f"2026-11-26T06:00:0{second}Z",
            "dataset": {
                "namespace": VISITS[0],
                "name": VISITS[1],
                "facets": {"lifecycleStateChange": {"lifecycleStateChange": change}},
            },
        }
        for second, change in enumerate(("CREATE", "DROP"))
    ]
    async with cataloguer(tmp_path) as running:
        await catalogue(running, *events[::turn])
        _, _, further, _ = (await graph_in(running.store)).elements[own(VISITS)]
        assert further["lifecycleStateChange"] == "DROP"
