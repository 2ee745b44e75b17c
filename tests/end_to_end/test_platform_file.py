"""The platform file bounds what a running platform does, and nothing that is sent to the platform changes it."""

import json
from pathlib import Path

from tests.end_to_end.program import Certificates, command, running

STORE = json.dumps({"localServerName": "cocoMDS1", "localServerType": "Metadata Access Store"})


def with_platform_file(directory: Path, content: str) -> Path:
    """A platform file in a directory, beside its data directory."""
    (directory / "store.json").write_text(STORE)
    (directory / "platform.yaml").write_text(content)
    return directory / "platform.yaml"


def test_over_tls_the_names_of_a_platform_are_those_that_its_platform_file_lists(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "tls")
    with_platform_file(tmp_path, "allowedHosts: [daemon.example]\n")
    with running(tmp_path, "store.json", *certificates.options, ca=certificates.ca) as program:
        assert program.status_of("/api/v1/servers", Host="daemon.example") == 200
        assert program.status_of("/api/v1/servers", Host="evil.example") == 403


def test_a_platform_does_not_start_with_a_platform_file_that_has_a_problem(tmp_path: Path) -> None:
    path = with_platform_file(tmp_path, "allowedHosts: [daemon.example]\nallowedHostss: []\n")
    for arguments in ((), ("--platform-file", str(path), "--data-dir", str(tmp_path / "elsewhere" / "data"))):
        result = command("run", "store.json", "--port", "0", *arguments, cwd=tmp_path)
        assert result.returncode == 1
        (line,) = result.stderr.splitlines()
        assert f"{path}:2: error: $.allowedHostss: this field is not known (did you mean allowedHosts?)" in line
    assert not (tmp_path / "data").exists()


def test_the_check_knows_a_platform_file_by_its_name_or_its_fields(tmp_path: Path) -> None:
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
