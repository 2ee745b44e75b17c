"""Lineage events are received by the program: what it has acknowledged is there after it was killed."""

import json
import signal
import threading
from pathlib import Path

import httpx2
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
from openlineage.client.transport.http import HttpConfig, HttpTransport
from openlineage.client.uuid import generate_new_uuid

from services.lineage.intake.segments import SegmentLog
from tests.end_to_end.examples import ROOT, write_files
from tests.end_to_end.program import Running, command, running

SENDERS = 4


def event(name: str) -> dict[str, object]:
    return {"eventTime": "2026-11-26T00:00:00Z", "job": {"namespace": "food", "name": name}}


def prepare(directory: Path) -> None:
    assert write_files(ROOT / "docs" / "lineage.md", directory) == {"lineage.yaml"}
    (directory / "events").mkdir()


def kept(directory: Path) -> set[str]:
    log = SegmentLog(next((directory / "data").rglob("lineage-integrator")) / "events", segment_bytes=1_000_000)
    events = log.read(0, 1_000_000, 1_000_000_000)
    return {json.loads(each.content)["job"]["name"] for each in events}


def test_the_document_of_the_page_catalogues_events_of_a_client_and_of_files(tmp_path: Path) -> None:
    prepare(tmp_path)
    checked = command("check", "lineage.yaml", cwd=tmp_path)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "lineage.yaml: no problems")
    made = command("token", "create", "--name", "dbt", "--role", "event-writer", cwd=tmp_path)
    with running(tmp_path, "lineage.yaml") as program:
        auth = {"type": "api_key", "apiKey": made.stdout.strip()}
        client = OpenLineageClient(
            transport=HttpTransport(HttpConfig.from_dict({"type": "http", "url": program.url, "auth": auth}))
        )
        (tmp_path / "events" / "one.json").write_text(json.dumps(event("of a file")))
        run, job = Run(runId=str(generate_new_uuid())), Job(namespace="food", name="of a client")
        time = "2026-11-26T00:00:00Z"
        client.emit(RunEvent(eventType=RunState.START, eventTime=time, run=run, job=job, producer="https://x.org"))
        client.close()
        while True:
            names = program.command("elements", "--type", "DeployedSoftwareComponent", "--json").stdout
            if "of a client" in names and "of a file" in names:
                break
            assert program.process.poll() is None
        spool = program.command("lineage", "spool")
        assert "LineageCataloguer" in spool.stdout, spool.stderr
        assert "2 events accepted" in spool.stdout
        refused = httpx2.get(
            program.url + "/api/v1/elements", headers={"Authorization": f"Bearer {made.stdout.strip()}"}
        )
        assert refused.status_code == 403


def test_every_acknowledged_event_is_there_after_the_program_was_killed(tmp_path: Path) -> None:
    prepare(tmp_path)
    document = tmp_path / "lineage.yaml"
    document.write_text(document.read_text().partition("    integrationConnectorConfigs:")[0])
    acknowledged: set[str] = set()
    with running(tmp_path, "lineage.yaml") as program:
        senders = [threading.Thread(target=send, args=(program, each, acknowledged)) for each in range(SENDERS)]
        for sender in senders:
            sender.start()
        while len(acknowledged) < 200:
            assert program.process.poll() is None
        program.process.send_signal(signal.SIGKILL)
        for sender in senders:
            sender.join()

    with running(tmp_path, "lineage.yaml") as program:
        assert program.get("/api/v1/lineage/spool")["lastPosition"] >= len(acknowledged)
    assert acknowledged <= kept(tmp_path)


def send(program: Running, sender: int, acknowledged: set[str]) -> None:
    """Send batches until nobody answers."""
    number = 0
    with httpx2.Client(headers={"Authorization": f"Bearer {program.token}"}) as http:
        while True:
            names = [f"{sender}/{number}/{each}" for each in range(5)]
            try:
                answer = http.post(program.url + "/api/v1/lineage/batch", json=[event(name) for name in names])
            except httpx2.TransportError:
                return
            if answer.status_code == 200:
                acknowledged.update(names)
            number += 1
