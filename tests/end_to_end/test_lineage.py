"""Lineage through the whole program: events of a real client come in over HTTP, and the graph goes out."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import apsw
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import column_lineage_dataset, sql_job
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

from tests.end_to_end.program import PATIENCE, Running, running


@contextmanager
def hospital(directory: Path) -> Iterator[Running]:
    """The program with a database monitor and a cataloguer of lineage."""
    kinds = {"database-integrator": "database-monitor", "lineage-integrator": "openlineage-cataloguer"}
    services = [
        {
            "integrationServiceURLMarker": marker,
            "integrationConnectorConfigs": [
                {
                    "connectorName": kind,
                    "metadataSourceQualifiedName": kind,
                    "connection": {
                        "connectorType": {"connectorProviderClassName": kind},
                        "endpoint": {"address": f"sqlite://{directory / 'hospital.sqlite'}"},
                    },
                }
            ],
        }
        for marker, kind in kinds.items()
    ]
    document = {"localServerName": "lineage01", "integrationServicesConfig": services}
    (directory / "daemon.json").write_text(json.dumps(document))
    with running(directory, "daemon.json") as program:
        yield program


def send(program: Running, database: Path, *states: RunState) -> None:
    """Send events of one run with the real client."""
    key = ApiKeyTokenProvider({"apiKey": program.token})
    client = OpenLineageClient(transport=HttpTransport(HttpConfig(url=program.url, auth=key)))
    namespace, run = f"sqlite://{database}", Run(str(uuid4()))
    sources = column_lineage_dataset.Fields(
        inputFields=[column_lineage_dataset.InputField(namespace, "main.visits", "cost")]
    )
    lineage = column_lineage_dataset.ColumnLineageDatasetFacet(fields={"total": sources})
    for state in states:
        client.emit(
            RunEvent(
                eventType=state,
                eventTime=datetime.now(UTC).isoformat(),
                run=run,
                job=Job(
                    "etl", "sum up", {"sql": sql_job.SQLJobFacet("INSERT INTO costs SELECT sum(cost) FROM visits")}
                ),
                producer="https://example.com/tests",
                inputs=[InputDataset(namespace, "main.visits")],
                outputs=[OutputDataset(namespace, "main.costs", facets={"columnLineage": lineage})],
            )
        )
    client.close()


def lineage_of(program: Running, name: str) -> dict[str, Any]:
    """The lineage upstream of a table, once there is one."""
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        (element,) = program.get(f"/api/v1/elements?type=RelationalTable&name=*::{name}")["elements"]
        graph: dict[str, Any] = program.get(
            f"/api/v1/elements/{element['guid']}/lineage?direction=upstream&columns=true"
        )
        if graph["edges"]:
            return graph
        time.sleep(0.1)
    raise AssertionError(program.output)


def test_acknowledged_events_are_lineage_also_after_a_sudden_end(tmp_path: Path) -> None:
    database = tmp_path / "hospital.sqlite"
    connection = apsw.Connection(str(database))
    connection.execute("CREATE TABLE visits (cost REAL); CREATE TABLE costs (total REAL)")
    connection.close()
    with hospital(tmp_path) as program:
        program.post("/api/v1/connectors/database-monitor/refresh")
        send(program, database, RunState.START, RunState.COMPLETE)
        os.kill(program.process.pid, signal.SIGKILL)
        program.process.wait()
    with hospital(tmp_path) as program:
        graph = lineage_of(program, "costs")
        reached = {each["displayName"]: each["distance"] for each in graph["nodes"]}
        assert reached == {"costs": 0, "total": 0, "cost": 1, "sum up": 1, "visits": 2}
        send(program, database, RunState.FAIL)
        patience = time.monotonic() + PATIENCE
        while time.monotonic() < patience:
            (job,) = program.get("/api/v1/elements?type=Process")["elements"]
            metrics = job["classifications"]["RunMetrics"]
            if metrics["runCount"] == 2:
                break
            time.sleep(0.1)
        assert (metrics["failedRunCount"], metrics["lastRunStatus"]) == (1, "FAIL")
        assert lineage_of(program, "costs") == graph
