"""People are told once of an outage that many connectors share, and once that it is over."""

import json
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.examples import ROOT, write_files
from tests.end_to_end.program import Certificates, Running, command, running
from tests.end_to_end.test_reload import document
from tests.servers.alert_receivers import PASSWORD, Mailbox, Webhook, mail_server, webhook
from tests.servers.ports import free_port

PAGE = ROOT / "docs" / "monitor.md"
CONNECTORS = 40
METADATA_SERVER = {"localServerName": "cocoMDS1", "localServerType": "Metadata Access Store"}
PAGER = """\
import sys

with open("paged", "ab") as file:
    file.write(sys.stdin.buffer.read())
"""


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "tls")


@pytest.fixture
def mailbox(certificates: Certificates) -> Iterator[Mailbox]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificates.cert, certificates.key)
    with mail_server(tls) as found:
        yield found


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as found:
        monkeypatch.setenv("ALERT_WEBHOOK", found.url)
        yield found


def alerts(directory: Path, mailbox: Mailbox) -> dict[str, Any]:
    """The part of a document, and what it needs: a password, and a command that the platform allows."""
    (directory / "secrets").mkdir()
    (directory / "secrets" / "mail").write_text(PASSWORD)
    (directory / "pager.py").write_text(PAGER)
    pager = [sys.executable, str(directory / "pager.py")]
    (directory / "platform.yaml").write_text(json.dumps({"alertCommands": [pager]}))
    email = {"server": "127.0.0.1", "port": mailbox.port, "from": "daemon@example.com", "to": ["data@example.com"]}
    login = {"user": "daemon", "password": f"file:{directory}/secrets/mail"}
    receivers = [{"webhook": "env:ALERT_WEBHOOK"}, {"email": {**email, **login}}, {"command": pager}]
    return {"after": 1, "receivers": receivers}


def write_document(directory: Path, metadata_port: int, told: dict[str, Any]) -> None:
    """A document of many connectors at one metadata server. A busy machine must not exceed their refresh interval,
    which would be another incident."""
    content = json.loads(document(*(f"wards{number:02}" for number in range(CONNECTORS)), alerts=told))
    content["restartPolicy"] = "automatic"
    (service,) = content["integrationServicesConfig"]
    service["omagserverPlatformRootURL"] = f"http://127.0.0.1:{metadata_port}"
    service["omagserverName"] = "cocoMDS1"
    for connector in service["integrationConnectorConfigs"]:
        (directory / connector["connectorName"]).mkdir()
        connector["refreshTimeInterval"] = 6 / 60
    (directory / "daemon.json").write_text(json.dumps(content))


def metadata_server(directory: Path, port: int) -> Any:
    directory.mkdir(exist_ok=True)
    (directory / "mds.json").write_text(json.dumps(METADATA_SERVER))
    return running(directory, "mds.json", "--authentication", "none", port=port)


def wait_until_all_are_healthy(program: Running) -> None:
    path = "/api/v1/servers/exchangeDL01/connectors?limit=1&condition=HEALTHY"
    while program.get(path)["total"] < CONNECTORS:
        assert program.process.poll() is None
        program.get("/api/v1/servers/exchangeDL01/audit-log?after=1000000&waitSeconds=1")


def wait_until_nothing_waits(directory: Path, program: Running) -> None:
    """Wait until each receiver has taken its alerts."""
    file = directory / "data" / "servers" / "exchangeDL01" / "alerts.json"
    while any(json.loads(file.read_text())["waiting"].values()):
        program.get("/api/v1/servers/exchangeDL01/audit-log?after=1000000&waitSeconds=1")


def test_an_outage_that_many_connectors_share_is_told_once_and_its_end_once(
    tmp_path: Path, mailbox: Mailbox, hook: Webhook, certificates: Certificates
) -> None:
    port = free_port()
    write_document(tmp_path, port, alerts(tmp_path, mailbox))
    trust = ("--ca-bundle", str(certificates.ca))
    with metadata_server(tmp_path / "mds", port) as metadata, running(tmp_path, "daemon.json", *trust) as first:
        wait_until_all_are_healthy(first)
        tested = first.command("alerts", "test", "--json")
        assert (tested.returncode, tested.stderr) == (0, "")
        assert [(each["taken"], each["receiver"]) for each in json.loads(tested.stdout)] == [
            (True, "webhook env:ALERT_WEBHOOK"),
            (True, "e-mail to data@example.com"),
            (True, f"command {sys.executable}"),
        ]
        metadata.end()
        hook.wait_until(received=2)
        wait_until_nothing_waits(tmp_path, first)
        first.process.kill()  # the daemon is started again in the middle of the outage
    with running(tmp_path, "daemon.json", *trust) as second, metadata_server(tmp_path / "mds", port):
        hook.wait_until(received=3)
        wait_until_nothing_waits(tmp_path, second)
    outage = "metadata server cocoMDS1 is not available"
    assert [(each["event"], each["title"]) for each in hook.received[1:]] == [("BEGUN", outage), ("OVER", outage)]
    begun, over = hook.received[1:]
    assert (begun["connectors"] > 1, over["connectors"], begun["incident"]) == (True, CONNECTORS, over["incident"])
    assert "User action: " in begun["text"]
    subjects = [message["Subject"] for _, message in mailbox.received]
    paged = [json.loads(line)["event"] for line in (tmp_path / "paged").read_text().splitlines()]
    assert [len(subjects), paged] == [3, ["TEST", "BEGUN", "OVER"]]
    assert "metadata server cocoMDS1 is not available" in subjects[1]
    shown = "\n".join(line for each in (first, second) for line in (*each.output, *each.errors))
    assert not [secret for secret in ("secret-path", PASSWORD) if secret in shown]


def test_the_example_of_the_page_runs_and_the_command_names_the_receivers_that_fail(
    tmp_path: Path, hook: Webhook
) -> None:
    assert {"told.yaml", "platform.yaml"} <= write_files(PAGE, tmp_path)
    hook.status, hook.answer = 404, "no_team"
    (tmp_path / "ward-files").mkdir()
    checked = command("check", "told.yaml", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    with running(tmp_path, "told.yaml") as program:
        tested = program.command("alerts", "test", "--json")
        said = {each["receiver"]: (each["taken"], each["said"]) for each in json.loads(tested.stdout)}
        assert tested.returncode == 1
        assert said["webhook env:ALERT_WEBHOOK"] == (False, "HTTP status 404: no_team")
        assert said["command /usr/local/bin/page-on-call"][0] is False
        assert "No such file" in said["command /usr/local/bin/page-on-call"][1]
        made = command("token", "create", "--name", "grafana", "--role", "viewer", cwd=tmp_path)
        refused = command("alerts", "test", "--url", program.url, token=made.stdout.split()[0])
        assert (refused.returncode, refused.stdout) == (1, "")


def test_a_document_names_no_command_and_no_server_that_the_platform_does_not_allow(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text(json.dumps({"allowedEndpoints": ["*.example.com", str(tmp_path)]}))
    email = {"server": "mail.example.org", "from": "a@example.com", "to": ["b@example.com"]}
    receivers = [{"command": ["/bin/sh", "-c", "id"]}, {"webhook": "http://169.254.169.254/"}, {"email": email}]
    (tmp_path / "daemon.json").write_text(document("wards", alerts={"receivers": receivers}))
    checked = command("check", "daemon.json", cwd=tmp_path)
    assert checked.returncode == 1
    assert "$.alerts.receivers[0].command: the platform does not allow this command" in checked.stdout
    assert "$.alerts.receivers[1].webhook: the platform does not allow connections to 169.254.169.254" in checked.stdout
    assert "$.alerts.receivers[2].email.server: the platform does not allow connections to mail.ex" in checked.stdout
    started = command("run", "daemon.json", "--port", "0", cwd=tmp_path)
    assert started.returncode == 1
    assert "the platform does not allow this command" in started.stderr
