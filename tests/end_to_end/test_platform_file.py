"""The platform file bounds what a running platform does, and nothing that is sent to the platform changes it."""

import json
from pathlib import Path
from typing import Any

from tests.end_to_end.program import Certificates, command, running

STORE = json.dumps({"localServerName": "cocoMDS1", "localServerType": "Metadata Access Store"})


def daemon(directory: Path) -> dict[str, Any]:
    """The document of a daemon with one monitor of a directory."""
    (directory / "landing").mkdir()
    connection = {
        "connectorType": {"connectorProviderClassName": "data-files-monitor"},
        "endpoint": {"address": str(directory / "landing")},
    }
    service = {
        "integrationServiceURLMarker": "files-integrator",
        "integrationConnectorConfigs": [{"connectorName": "monitor", "connection": connection}],
    }
    return {"localServerName": "daemon", "integrationServicesConfig": [service]}


def with_platform_file(directory: Path, content: str) -> Path:
    """A platform file in a directory, beside its data directory."""
    (directory / "store.json").write_text(STORE)
    (directory / "platform.yaml").write_text(content)
    return directory / "platform.yaml"


def test_the_platform_file_lists_the_host_names_of_a_platform_with_tls(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "tls")
    with_platform_file(tmp_path, "allowedHosts: [daemon.example]\n")
    with running(tmp_path, "store.json", *certificates.options, ca=certificates.ca) as program:
        assert program.status_of("/api/v1/servers", Host="daemon.example") == 200
        assert program.status_of("/api/v1/servers", Host="evil.example") == 403


def test_a_platform_does_not_start_with_an_invalid_platform_file(tmp_path: Path) -> None:
    path = with_platform_file(tmp_path, "allowedHosts: [daemon.example]\nallowedHostss: []\n")
    for arguments in ((), ("--platform-file", str(path), "--data-dir", str(tmp_path / "elsewhere" / "data"))):
        result = command("run", "store.json", "--port", "0", *arguments, cwd=tmp_path)
        assert result.returncode == 1
        (line,) = result.stderr.splitlines()
        assert f"{path}:2: error: $.allowedHostss: this field is not known (did you mean allowedHosts?)" in line
    assert not (tmp_path / "data").exists()


def test_check_recognizes_a_platform_file_by_its_name_or_its_fields(tmp_path: Path) -> None:
    path = with_platform_file(tmp_path, "allowedHosts: ['*']\n")
    other = path.rename(tmp_path / "production.yaml")
    (tmp_path / "platform.yaml").write_text("")
    result = command("check", str(other))
    assert result.returncode == 1
    assert f"{other}:1: error: $.allowedHosts[0]: '*' is not a host name" in result.stdout
    assert command("check", str(tmp_path / "platform.yaml")).returncode == 0
    (problem,) = json.loads(command("check", str(other), "--json").stdout)
    assert (problem["path"], problem["line"]) == ("$.allowedHosts[0]", 1)


def test_a_caller_has_the_roles_that_the_platform_file_grants_to_its_name(tmp_path: Path) -> None:
    with_platform_file(tmp_path, "grants:\n- {callers: ['token ci-*'], role: administrator, servers: ['coco*']}\n")
    made = command("token", "create", "--name", "ci-1", "--role", "viewer", cwd=tmp_path).stdout.strip()
    other = command("token", "create", "--name", "other", "--role", "viewer", cwd=tmp_path).stdout.strip()
    configuration = "/open-metadata/admin-services/servers/{}/configuration"
    with running(tmp_path, "store.json") as program:
        for token, server, status in ((made, "cocoMDS1", 200), (made, "other", 403), (other, "cocoMDS1", 403)):
            path = configuration.format(server)
            assert program.status_of(path, Authorization=f"Bearer {token}") == status


def test_a_document_that_asks_for_more_than_is_allowed_is_refused_by_check_run_and_rest(tmp_path: Path) -> None:
    with_platform_file(tmp_path, "allowedConnectors: [data-folder-monitor]\nallowedEndpoints: [db.example]\n")
    document = daemon(tmp_path)
    (tmp_path / "daemon.json").write_text(json.dumps(document, indent=1))
    place = "$.integrationServicesConfig[0].integrationConnectorConfigs[0].connection"
    place += ".connectorType.connectorProviderClassName"
    message = f"{place}: OMAG-PLATFORM-400-101 The platform does not allow the connector class data-files-monitor"

    checked = command("check", "daemon.json", cwd=tmp_path)
    assert checked.returncode == 1
    assert f"error: {message}" in checked.stdout
    refused = command("run", "daemon.json", "--port", "0", cwd=tmp_path)
    assert refused.returncode == 1
    assert message in refused.stderr
    with running(tmp_path, "store.json") as program:
        answer = program.post("/open-metadata/admin-services/users/erin/servers/daemon/instance", document)
        assert message in answer["exceptionErrorMessage"]
        assert program.get("/api/v1/servers")["servers"][0]["name"] == "cocoMDS1"
    allowing = tmp_path / "other.yaml"
    allowing.write_text(f"allowedConnectors: [data-*]\nallowedEndpoints: [{tmp_path}]\n")
    assert command("check", "daemon.json", "--platform-file", str(allowing), cwd=tmp_path).returncode == 0


def test_the_secrets_of_documents_are_where_the_platform_file_says(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault" / "password").write_text("s3cret")
    document = daemon(tmp_path)
    (connector,) = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connector["connection"]["securedProperties"] = {"a": "env:SALES_KEY", "b": f"file:{tmp_path}/vault/password"}
    (tmp_path / "daemon.json").write_text(json.dumps(document))

    def refused(content: str) -> set[str]:
        (tmp_path / "platform.yaml").write_text(content)
        found = json.loads(command("check", "daemon.json", "--json", cwd=tmp_path).stdout)
        return {each["path"].rpartition(".")[2] for each in found if "securedProperties" in each["path"]}

    assert refused("") == {"b"}
    assert refused(f"secretDirectories: [{tmp_path}/vault]\nsecretVariables: [SALES_*]\n") == set()
    assert refused(f"secretDirectories: [{tmp_path}/vault]\nsecretVariables: []\n") == {"a"}


def test_a_caller_is_limited_wherever_its_requests_come_from(tmp_path: Path) -> None:
    with_platform_file(tmp_path, "trustedProxies: [127.0.0.1]\nlimits: {requestsPerSecond: 1}\n")
    with running(tmp_path, "store.json") as program:
        statuses = [
            program.status_of("/api/v1/servers", **{"X-Forwarded-For": f"192.0.2.{number}"}) for number in range(20)
        ]
        assert statuses[0] == 200
        assert 429 in statuses
        assert program.status_of("/readyz", **{"X-Forwarded-For": "192.0.2.100"}) == 200
