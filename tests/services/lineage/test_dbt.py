"""The lineage of a dbt project, from the events that dbt sent, is what dbt's own manifest says.

`dbt/events.jsonl` was written by the OpenLineage wrapper of dbt, run on the project and the database (DuckDB) of
`dbt/manifest.json`, which is an extract of what dbt wrote.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from services.database.database_monitor import DatabaseMonitor
from services.framework.connection import Connection, Endpoint
from services.metadata.table_names import column_name, table_name
from services.testing.running import running_connector
from tests.services.lineage.lineage_events import Graph, catalogue, cataloguer, graph_in

WITNESS = Path(__file__).parent / "dbt"
MANIFEST: Mapping[str, Any] = msgspec.json.decode((WITNESS / "manifest.json").read_bytes())
NODES = {**MANIFEST["nodes"], **MANIFEST["sources"]}
MODELS = {name: node for name, node in NODES.items() if node["resource_type"] == "model"}


def events(database: Path) -> list[bytes]:
    """The events, as if the database had been in this file."""
    content = (WITNESS / "events.jsonl").read_bytes()
    return content.replace(b"/srv/hospital/hospital.duckdb", str(database).encode()).splitlines()


def make_database(path: Path) -> None:
    """The tables and views that dbt made, without rows."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE raw_patients (id INTEGER, name VARCHAR, ward_id INTEGER, born DATE)")
        connection.execute("CREATE TABLE raw_wards (id INTEGER, name VARCHAR)")
        connection.execute("CREATE TABLE raw_visits (id INTEGER, patient_id INTEGER, visited DATE, cost DOUBLE)")
        made: set[str] = set()
        while len(made) < len(MODELS):
            for name, node in MODELS.items():
                if name not in made and made >= set(node["depends_on"]["nodes"]) & MODELS.keys():
                    kind = "VIEW" if node["name"].startswith("stg") else "TABLE"
                    connection.execute(f"CREATE {kind} {node['name']} AS {node['compiled_code']}")
                    made.add(name)


def between_tables(graph: Graph) -> set[tuple[str, str]]:
    """Pairs of a source table and the table that a job makes from it."""
    flows = graph.of_type("DataFlow")
    return {(source, target) for source, job in flows for other, target in flows if job == other and "Job" in job}


def columns_told(content: list[bytes], database: Path) -> Iterator[tuple[str, str]]:
    """Pairs of a source column and the column made from it, according to the events."""

    def name(data_set: Mapping[str, str], field: str) -> str:
        _, schema, table = data_set["name"].split(".")
        return column_name(str(database), schema, table, field)

    for each in map(msgspec.json.decode, content):
        for output in each["outputs"]:
            for field, sources in output["facets"].get("columnLineage", {}).get("fields", {}).items():
                for source in sources["inputFields"]:
                    yield name(source, source["field"]), name(output, field)


async def test_the_lineage_of_a_dbt_project_is_that_of_its_manifest(tmp_path: Path) -> None:
    database = tmp_path / "hospital.duckdb"
    make_database(database)
    connection = Connection(endpoint=Endpoint(address=f"duckdb://{database}"))
    async with running_connector(
        DatabaseMonitor, tmp_path, connection=connection, metadata_source="Hospital"
    ) as monitor:
        await monitor.refresh()
        before = (await graph_in(monitor.store)).elements

    def table(node: str) -> str:
        return table_name(str(database), NODES[node]["schema"], NODES[node]["name"])

    async with cataloguer(tmp_path) as running:
        await catalogue(running, *events(database))
        graph = await graph_in(running.store)
    assert between_tables(graph) == {
        (table(parent), table(model)) for model in MODELS for parent in MANIFEST["parent_map"][model]
    }
    assert graph.of_type("LineageMapping") == set(columns_told(events(database), database)) != set()
    jobs = graph.elements.keys() - before.keys()
    assert {each.rpartition(".build.")[2] for each in jobs} == {"run", "test", "OpenLineageJob::dbt::dbt-run-hospital"}
    assert len(jobs) == len(MODELS) + 2  # nothing but processes: every data set is a table of the database
    assert {parent for parent, _ in graph.of_type("ProcessHierarchy")} == {"OpenLineageJob::dbt::dbt-run-hospital"}
    run = graph.elements["OpenLineageJob::dbt::hospital.main.hospital.ward_costs.build.run"]
    assert run[1]["formula"] == MODELS["model.hospital.ward_costs"]["compiled_code"]
    assert run[3]["RunMetrics"]["lastRunStatus"] == "COMPLETE"
