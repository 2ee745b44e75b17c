"""The program receives the lineage events of a Kafka topic; when it is killed, none is lost, and none counts twice."""

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from services.lineage.intake.segments import SegmentLog
from tests.end_to_end.program import Running, running
from tests.servers.kafka import KafkaBroker

EVENTS, JOBS, RUNS = 6_000, 20, 8
GROUP = "integration-daemon.EventTopic"


def document(kafka: KafkaBroker, topic: str) -> dict[str, Any]:
    receiver = {
        "connectorType": {"connectorProviderClassName": "openlineage-kafka"},
        "endpoint": {"address": kafka.address},
        "configurationProperties": {
            "topic": topic,
            "consumer": {"session.timeout.ms": 1_500, "heartbeat.interval.ms": 300},
        },
    }
    connectors = [
        {
            "connectorName": "EventTopic",
            "refreshTimeInterval": 1,
            "restartPolicy": "automatic",
            "connection": receiver,
        },
        {
            "connectorName": "LineageCataloguer",
            "metadataSourceQualifiedName": "Lineage",
            "connection": {"connectorType": {"connectorProviderClassName": "openlineage-cataloguer"}},
        },
    ]
    service = {"integrationServiceURLMarker": "lineage-integrator", "integrationConnectorConfigs": connectors}
    return {
        "localServerName": "lineage01",
        "localServerType": "Integration Daemon",
        "integrationServicesConfig": [service],
    }


def prepare(directory: Path, kafka: KafkaBroker, topic: str) -> None:
    kafka.create(topic)
    (directory / "lineage.json").write_text(json.dumps(document(kafka, topic)))


def events(first: int, number: int) -> list[bytes]:
    """Events of a few jobs with a few runs each."""
    return [
        json.dumps(
            {
                "eventTime": f"2026-11-26T{each // 3600:02}:{each // 60 % 60:02}:{each % 60:02}Z",
                "eventType": "RUNNING",
                "run": {"runId": str(each % RUNS)},
                "job": {"namespace": "food", "name": f"job {each % JOBS}"},
                "inputs": [{"namespace": "food", "name": f"table {each % 7}"}],
            }
        ).encode()
        for each in range(first, first + number)
    ]


def runs(program: Running) -> Counter[str]:
    """The number of runs of each process."""
    found = json.loads(program.command("elements", "--type", "DeployedSoftwareComponent", "--json").stdout)
    return Counter(
        {each["properties"]["qualifiedName"]: each["classifications"]["RunMetrics"]["runCount"] for each in found}
    )


def expected(number: int) -> Counter[str]:
    found = {(each % JOBS, each % RUNS) for each in range(number)}
    return Counter(f"OpenLineageJob::food::job {job}" for job, _ in found)


def kept(directory: Path) -> int:
    """The number of events that are on the disk."""
    return SegmentLog(next((directory / "data").rglob("lineage-integrator")) / "events", segment_bytes=1_000_000).last


def wait_until_catalogued(program: Running, number: int) -> None:
    """Wait until nothing waits any more of so many events, or of more if some came twice."""
    while True:
        spool = program.get("/api/v1/lineage/spool")
        if spool["lastPosition"] >= number and spool["waiting"].get("LineageCataloguer") == 0:
            return
        assert program.process.poll() is None


def test_a_killed_program_loses_and_doubles_no_event_of_a_topic(kafka: KafkaBroker, tmp_path: Path) -> None:
    prepare(tmp_path, kafka, "killed")
    kafka.send("killed", events(0, EVENTS))
    with running(tmp_path, "lineage.json") as program:
        while not program.get("/api/v1/lineage/spool")["lastPosition"]:
            assert program.process.poll() is None
        program.process.send_signal(signal.SIGKILL)
        program.process.wait()
    assert kafka.committed("killed", GROUP) <= kept(tmp_path)
    kafka.send("killed", events(EVENTS, 100))
    with running(tmp_path, "lineage.json") as program:
        while kafka.committed("killed", GROUP) < EVENTS + 100:
            assert program.process.poll() is None
        wait_until_catalogued(program, EVENTS + 100)
        assert runs(program) == expected(EVENTS + 100)


def test_after_the_restart_of_a_broker_events_are_received_again(kafka: KafkaBroker, tmp_path: Path) -> None:
    prepare(tmp_path, kafka, "restarted")
    kafka.send("restarted", events(0, 100))
    with running(tmp_path, "lineage.json") as program:
        wait_until_catalogued(program, 100)
        kafka.end_by(signal.SIGKILL)
        kafka.start()
        kafka.send("restarted", events(100, 100))
        wait_until_catalogued(program, 200)
        assert runs(program) == expected(200)
        status = program.get("/api/v1/servers/lineage01/connectors/EventTopic")
        assert (status["state"], status.get("failure")) == ("WAITING", None)
