"""Traces of refreshes and requests, as a receiver of OTLP gets them from the program."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.end_to_end.program import running
from tests.end_to_end.test_reload import document
from tests.servers.otlp_receiver import Receiver, otlp_receiver

PASSWORD = "hunter2-is-the-password"
HEADER = "api-key=a-key-of-the-receiver"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with otlp_receiver() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", HEADER)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        yield found


def write_document(directory: Path) -> None:
    """A document with a connector that works, and with one whose directory is missing."""
    (directory / "good").mkdir()
    (directory / "good" / "a.csv").write_text("a,b")
    content = json.loads(document("good", "missing"))
    for connector in content["integrationServicesConfig"][0]["integrationConnectorConfigs"]:
        connector["connection"]["clearPassword"] = PASSWORD
        connector["connection"]["configurationProperties"] = {"waitForDirectory": True}
    (directory / "daemon.json").write_text(json.dumps(content))


def test_refreshes_and_requests_are_spans_without_secrets(tmp_path: Path, receiver: Receiver) -> None:
    write_document(tmp_path)
    with running(tmp_path, "daemon.json") as program:
        refreshed = receiver.wait_for("refresh")
        headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "Authorization": f"Bearer {program.token}"}
        path = "/api/v1/servers/exchangeDL01/connectors/nothing"
        answer = httpx2.get(f"{program.url}{path}?secret={PASSWORD}", headers=headers)
        program.status_of("/livez")
        program.get("/api/v1/connectors")
        assert program.end() == 0

    assert refreshed.resource["service.name"] == "integration-daemon"
    assert refreshed.parent == ""
    assert refreshed.nanoseconds > 0
    by_name = {each.attributes["integration_daemon.connector"]: each for each in receiver.named("refresh")}
    good, missing = by_name["good"].attributes, by_name["missing"].attributes
    assert good["integration_daemon.server"] == "exchangeDL01"
    assert good["integration_daemon.service"] == "files-integrator"
    assert good["integration_daemon.outcome"] == "success"
    assert good["integration_daemon.elements.created"] > 1
    assert missing["integration_daemon.outcome"] == "without_success"

    (asked,) = receiver.named("GET /api/v1/servers/{server}/connectors/{connector}")
    assert asked.attributes == {
        "http.request.method": "GET",
        "http.route": "/api/v1/servers/{server}/connectors/{connector}",
        "http.response.status_code": answer.status_code,
    }
    assert answer.status_code == 400
    assert (asked.trace, asked.parent, asked.is_error) == (TRACE, PARENT, False)
    (own,) = receiver.named("GET /api/v1/connectors")  # sent at the end, if not before
    assert (own.parent, own.attributes["http.response.status_code"]) == ("", 200)
    assert not receiver.named("GET /livez")
    sent = receiver.raw
    assert HEADER.partition("=")[2].encode() in sent  # in its own header alone
    assert not [each for each in (PASSWORD, program.token) if each.encode() in sent]
    assert not any("opentelemetry" in line or HEADER[8:] in line for line in (*program.output, *program.errors))


def test_a_receiver_that_fails_or_does_not_answer_holds_up_nothing(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "")
    receiver.status = 400
    write_document(tmp_path)
    with running(tmp_path, "daemon.json") as program:
        found = "/api/v1/servers/exchangeDL01/audit-log?messageId=OMAG-PLATFORM-0140&waitSeconds=20"
        (record,) = program.get(found)["records"]
        assert "400" in record["record"]["messageText"]
        receiver.is_silent = True
        program.get("/api/v1/connectors")
        assert program.end() == 0
        assert any("the last spans were not taken within 2 seconds" in line for line in program.errors)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin", "OTEL_TRACES_EXPORTER is zipkin, and only otlp is supported"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "the protocol of OTLP is grpc, and only http/protobuf is supported"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0", "ValueError: max_queue_size must be a positive integer."),
    ],
)
def test_settings_that_cannot_be_used_are_told_and_the_daemon_runs(
    name: str, value: str, problem: str, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with running(tmp_path) as program:
        assert program.status_of("/readyz") == 200
        assert program.end() == 0
        assert [line for line in program.errors if "OMAG-PLATFORM-0140" in line and problem in line]
    assert receiver.raw == b""


SCRIPT = """
import sys
import trio
import integration_daemon.cli.main, integration_daemon.process
from integration_daemon.tracing.from_environment import open_tracing

async def main():
    disabled = {"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}
    for environment in ({}, disabled, {"OTEL_TRACES_EXPORTER": "none"}):
        async with open_tracing(environment, print, lambda: 1.0) as tracing:
            assert tracing is None

trio.run(main)
print([each for each in sys.modules if each.startswith(("opentelemetry", "google.protobuf", "requests"))])
"""


def test_nothing_is_imported_where_nothing_is_traced(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


WITH_HEADERS = """
import os
import trio
from integration_daemon.tracing.from_environment import open_tracing

async def main():
    record = lambda message, error, inserts: print(message.id, inserts["problem"])
    async with open_tracing(os.environ, record, lambda: 5.0) as tracing:
        tracing.begin_request("GET", "/api/v1/connectors", lambda name: None)(200)

trio.run(main)
"""


@pytest.mark.parametrize(
    "header", ["Bearer hunter2-key", "x-scope=hunter2-key%0Aand-more", "x-scope=hunter2-key\nmore"]
)
def test_headers_that_cannot_be_used_are_not_told(
    header: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", header)
    ran = subprocess.run([sys.executable, "-c", WITH_HEADERS], capture_output=True, text=True, check=True)
    assert re.search(r"OMAG-PLATFORM-0140 .*[hH]eader.*\*{8}", ran.stdout)
    assert "hunter2" not in ran.stdout + ran.stderr


WITHOUT_PACKAGES = """
import sys
import trio
sys.modules["opentelemetry.sdk"] = None
from integration_daemon.tracing.from_environment import open_tracing

async def main():
    record = lambda message, error, inserts: print(message.id, inserts["problem"])
    async with open_tracing({"OTEL_TRACES_EXPORTER": "otlp"}, record, lambda: 1.0) as tracing:
        assert tracing is None

trio.run(main)
"""


def test_packages_that_are_not_installed_are_told() -> None:
    ran = subprocess.run([sys.executable, "-c", WITHOUT_PACKAGES], capture_output=True, text=True, check=True)
    assert ran.stdout == (
        "OMAG-PLATFORM-0140 its packages are not installed: pip install 'integration-daemon[opentelemetry]'\n"
    )
