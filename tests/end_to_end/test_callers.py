"""The callers of a running platform: its local user, clients with a token, and daemons of other platforms."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.end_to_end.listener import listener
from tests.end_to_end.program import PATIENCE, Certificates, Running, command, running

METADATA_SERVER = {"localServerName": "cocoMDS1", "localServerType": "Metadata Access Store"}


def daemon(directory: Path, platform_url: str | None = None, token: str | None = None) -> dict[str, Any]:
    """A daemon with one files monitor, and its metadata server on a platform, or on none."""
    landing = directory / "landing-area"
    landing.mkdir(exist_ok=True)
    (landing / "patients.csv").write_text("a,b\n")
    service: dict[str, Any] = {
        "integrationServiceURLMarker": "files-integrator",
        "integrationConnectorConfigs": [
            {
                "connectorName": "monitor",
                "connection": {
                    "connectorType": {"connectorProviderClassName": "data-files-monitor"},
                    "endpoint": {"address": str(landing)},
                },
            }
        ],
    }
    if platform_url is not None:
        service |= {"omagserverPlatformRootURL": platform_url, "omagserverName": "cocoMDS1"}
    if token is not None:
        service["metadataServerToken"] = token
    return {"localServerName": "exchangeDL01", "integrationServicesConfig": [service]}


def written(path: Path, document: dict[str, Any]) -> str:
    path.write_text(json.dumps(document))
    return path.name


def monitor(program: Running) -> dict[str, Any]:
    shown: dict[str, Any] = program.post("/api/v1/servers/exchangeDL01/connectors/monitor/refresh")
    return shown


def failure_of(program: Running) -> dict[str, Any]:
    """Wait until the monitor has failed and return the failure: the program may report that it is ready earlier."""
    last = time.monotonic() + PATIENCE
    while True:
        shown = program.get("/api/v1/servers/exchangeDL01/connectors/monitor")
        if "failure" in shown:
            failure: dict[str, Any] = shown["failure"]
            return failure
        assert time.monotonic() < last, shown
        time.sleep(0.05)


def test_the_command_line_uses_the_local_users_token_and_other_clients_are_refused(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        token = tmp_path / "data" / "security" / "local-token"
        assert token.stat().st_mode & 0o777 == 0o600
        assert command("status", "--url", program.url, cwd=tmp_path).returncode == 0
        elsewhere = command("status", "--url", program.url, cwd=tmp_path / "landing-area")
        assert elsewhere.returncode == 1
        assert "OMAG-PLATFORM-401-001 The caller is not known: the request has no token" in elsewhere.stderr
        assert "INTEGRATION_DAEMON_TOKEN" in elsewhere.stderr
        assert httpx2.get(program.url + "/livez").text == "ok"
        assert httpx2.get(program.url + "/api/v1/servers").status_code == 401
        assert token.read_text() not in "\n".join(program.output + program.errors)


def test_commands_find_the_daemon_of_their_directory(tmp_path: Path) -> None:
    with running(tmp_path) as program:  # on any free port
        told = command("status", cwd=tmp_path)
        assert (told.returncode, program.url in told.stdout) == (0, True), told.stderr


def test_the_local_users_token_is_sent_to_no_other_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headers: list[str | None] = []
    with listener("", headers) as port, running(tmp_path) as program:
        url = f"http://127.0.0.1:{port}"
        assert command("status", "--url", url, cwd=tmp_path).returncode == 1
        assert headers == [None]
        monkeypatch.setenv("http_proxy", url)
        assert command("status", "--url", program.url, cwd=tmp_path).returncode == 0
        assert headers == [None]


def test_a_token_is_not_sent_unencrypted_to_another_machine() -> None:
    result = command("status", "--url", "http://192.0.2.1:9443", token="idt_x")
    assert result.returncode == 2
    assert "is not sent to http://192.0.2.1:9443 without TLS" in result.stderr
    assert command("status", "--url", "https://127.0.0.1:9", token="idt_x\r\n").returncode == 1
    spoiled = command("status", token="idt_hush\rx")
    assert (spoiled.returncode, "hush" in spoiled.stderr) == (2, False)


def test_tokens_are_made_listed_and_revoked_while_the_platform_runs(tmp_path: Path) -> None:
    with running(tmp_path) as program:
        made = command("token", "create", "--name", "ci", "--role", "viewer", "--expires", "90d", cwd=tmp_path)
        assert made.returncode == 0
        token = made.stdout.strip()
        (listed,) = json.loads(command("token", "list", "--json", cwd=tmp_path).stdout)
        assert (listed["name"], listed["roles"], listed["isExpired"]) == ("ci", ["viewer"], False)
        assert "ci" in command("token", "list", cwd=tmp_path).stdout
        again = command("token", "create", "--name", "ci", "--role", "viewer", cwd=tmp_path)
        assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)

        def ask(*arguments: str) -> int:
            return command(*arguments, "--url", program.url, token=token).returncode

        while ask("status") != 0:
            pass
        refused = command("refresh", "--url", program.url, token=token)
        assert "does not have the permission OPERATE" in refused.stderr
        assert command("token", "revoke", "ci", cwd=tmp_path).returncode == 0
        assert ask("status") == 1
        assert command("token", "revoke", "ci", cwd=tmp_path).returncode == 1
        log = program.command("audit-log", "--severity", "Security", "--limit", "100").stdout
        assert "because their callers may not make them" in log


@pytest.mark.parametrize("expires", ["soon", "90", "9x", "99999d", "0h"])
def test_an_invalid_expiry_is_a_usage_error(expires: str, tmp_path: Path) -> None:
    result = command("token", "create", "--name", "ci", "--role", "viewer", "--expires", expires, cwd=tmp_path)
    assert result.returncode == 2
    assert "such as 12h, 90d or 4w" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_token_can_be_limited_to_servers_and_connectors(tmp_path: Path) -> None:
    def create(*options: str) -> subprocess.CompletedProcess[str]:
        return command("token", "create", "--name", "limited", "--role", *options, cwd=tmp_path)

    with running(tmp_path, written(tmp_path / "daemon.json", daemon(tmp_path))) as program:
        made = create("operator", "--connectors", "sales-*", "--connectors", "crm", "--servers", "exchange*")
        (listed,) = json.loads(command("token", "list", "--json", cwd=tmp_path).stdout)
        assert (listed["servers"], listed["connectors"]) == (["exchange*"], ["sales-*", "crm"])
        assert "connectors sales-*, crm" in " ".join(command("token", "list", cwd=tmp_path).stdout.split())
        status = command("status", "--json", "--url", program.url, token=made.stdout.strip())
        assert "monitor" not in status.stdout
        refused = command("refresh", "--connector", "monitor", "--url", program.url, token=made.stdout.strip())
        assert "not for the connector monitor of the server exchangeDL01" in refused.stderr
    for wrong in (
        ("metadata-reader", "--connectors", "a"),
        ("viewer", "--servers", ""),
        ("viewer", "--servers", "a\tb"),
    ):
        assert create(*wrong).returncode == 2, wrong


def test_the_last_use_of_a_token_is_listed(tmp_path: Path) -> None:
    def used() -> dict[str, str | None]:
        listed = json.loads(command("token", "list", "--json", cwd=tmp_path).stdout)
        return {each["name"]: each["lastUsed"] for each in listed}

    tokens = {
        name: command("token", "create", "--name", name, "--role", "viewer", cwd=tmp_path).stdout.strip()
        for name in ("used", "unused")
    }
    with running(tmp_path, written(tmp_path / "store.json", METADATA_SERVER)) as program:
        assert program.status_of("/api/v1/servers", Authorization=f"Bearer {tokens['used']}") == 200
    found = used()  # it is written at the end at the latest
    assert found["unused"] is None
    assert found["used"] is not None
    assert "never" in command("token", "list", cwd=tmp_path).stdout
    assert (tmp_path / "data" / "security" / "last-uses.json").stat().st_mode & 0o777 == 0o600
    command("token", "revoke", "used", cwd=tmp_path)
    command("token", "create", "--name", "used", "--role", "viewer", cwd=tmp_path)
    assert used() == {"used": None, "unused": None}


def test_a_daemon_presents_its_token_to_a_metadata_server_on_another_platform(tmp_path: Path) -> None:
    with running(tmp_path / "metadata", written_in(tmp_path / "metadata", METADATA_SERVER)) as metadata:
        made = command("token", "create", "--name", "exchange", "--role", "metadata-writer", cwd=tmp_path / "metadata")
        secret = tmp_path / "exchange" / "secrets" / "token"
        secret.parent.mkdir(parents=True)
        secret.write_text("idt_wrong")
        document = daemon(tmp_path, metadata.url, f"file:{secret}")
        exchange_document = written_in(tmp_path / "exchange", document)
        with running(tmp_path / "exchange", exchange_document) as exchange:
            failure = failure_of(exchange)
            assert failure["kind"] == "AUTHORIZATION"
            assert "the token is not valid" in failure["message"]
            secret.write_text(made.stdout)  # rotated: no restart of the daemon is needed
            restarted = exchange.post("/api/v1/servers/exchangeDL01/connectors/monitor/restart")
            assert "failure" not in restarted
            assert "failure" not in monitor(exchange)
        found = metadata.get("/api/v1/servers/cocoMDS1/elements?type=CSVFile")
        assert len(found["elements"]) == 1


def test_a_daemon_needs_no_token_for_a_metadata_server_on_its_own_platform(tmp_path: Path) -> None:
    with running(tmp_path / "here", written_in(tmp_path / "here", METADATA_SERVER)) as program:
        document = daemon(tmp_path, program.url.replace("127.0.0.1", "localhost"))
        path = "/open-metadata/platform-services/server-platform/servers/exchangeDL01/instance"
        started = program.post("/open-metadata/admin-services/users/garygeeke/servers/exchangeDL01/instance", document)
        if started.get("relatedHTTPCode") != 200:
            started = program.post(f"{path}/configuration", document)
        assert started["relatedHTTPCode"] == 200, started
        assert "failure" not in monitor(program)


def test_a_platform_that_other_machines_can_reach_requires_tls_and_a_token(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "certificates")
    address = ["--host", "0.0.0.0", "--port", "0"]
    nobody = command("run", *address, *certificates.options, cwd=tmp_path)
    assert nobody.returncode == 1
    assert "OMAG-PLATFORM-400-017" in nobody.stderr
    assert "integration-daemon token create --name admin --role administrator" in nobody.stderr
    everybody = command("run", *address, *certificates.options, "--authentication", "none", cwd=tmp_path)
    assert everybody.returncode == 1
    assert "OMAG-PLATFORM-400-016" in everybody.stderr


def test_the_url_of_a_platform_on_all_addresses_has_the_host_of_its_certificate(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "certificates")
    assert command("token", "create", "--name", "ci", "--role", "viewer", cwd=tmp_path).returncode == 0
    with running(tmp_path, "--host", "0.0.0.0", *certificates.options, ca=certificates.ca) as program:
        assert program.url.startswith("https://localhost:")
        assert program.text_of("/livez") == "ok"
        assert program.command("status").returncode == 0


def test_without_authentication_everybody_has_every_permission_and_the_log_warns(tmp_path: Path) -> None:
    with running(tmp_path, "--authentication", "none") as program:
        assert not (tmp_path / "data" / "security" / "local-token").exists()
        log = program.command("audit-log", "--severity", "Security", "--limit", "100").stdout
        assert "OMAG-PLATFORM-0115" in log
        stranger = httpx2.post(program.url + "/api/v1/connectors/LandingAreaFilesMonitor/refresh")
        assert stranger.status_code == 200
        foreign = httpx2.post(program.url + "/api/v1/connectors/refresh", headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403


def written_in(directory: Path, document: dict[str, Any]) -> str:
    directory.mkdir(exist_ok=True)
    return written(directory / "document.json", document)
