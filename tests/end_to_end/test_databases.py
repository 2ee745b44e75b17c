"""A daemon that catalogues databases: connections are checked beforehand, failures reported, outages recovered from."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import PATIENCE, Running, command, running
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PASSWORD, PostgresServer, postgres_server


@pytest.fixture
def mortal() -> Iterator[PostgresServer]:
    """A server that the test may stop."""
    with postgres_server() as server:
        yield server


def monitor(name: str, address: str, **connection: Any) -> dict[str, Any]:
    kind = {"connectorProviderClassName": "database-monitor"}
    return {
        "connectorName": name,
        "connection": {"connectorType": kind, "endpoint": {"address": address}, **connection},
    }


def document(directory: Path, *connectors: dict[str, Any]) -> None:
    service = {"integrationServiceURLMarker": "database-integrator", "integrationConnectorConfigs": connectors}
    content = {
        "localServerName": "exchangeDL01",
        "localServerType": "Integration Daemon",
        "restartPolicy": "automatic",
        "integrationServicesConfig": [service],
    }
    (directory / "daemon.json").write_text(json.dumps(content))


def states(program: Running) -> dict[str, tuple[str, str | None]]:
    """The state and failure kind of each connector."""
    answer = program.get("/api/v1/connectors")["connectors"]
    return {each["connectorName"]: (each["state"], (each.get("failure") or {}).get("kind")) for each in answer}


def tables(program: Running) -> list[str]:
    shown = json.loads(program.command("elements", "--type", "RelationalTable", "--json").stdout)
    return sorted(each["properties"]["displayName"] for each in shown)


def test_failures_of_databases_are_distinguished_and_a_returning_server_is_catalogued_again(
    tmp_path: Path, mortal: PostgresServer
) -> None:
    address = mortal.new_database()
    mortal.execute("CREATE TABLE ward (id int PRIMARY KEY)", database="database_1")
    mortal.execute(f"CREATE ROLE cataloguer LOGIN PASSWORD '{PASSWORD}'")
    (tmp_path / "right").write_text(PASSWORD)
    (tmp_path / "wrong").write_text("wrong one")
    hers = address.replace("owner@", "cataloguer@")
    document(
        tmp_path,
        monitor("right", hers, clearPassword=f"file:{tmp_path / 'right'}"),
        monitor("wrong", hers, clearPassword=f"file:{tmp_path / 'wrong'}"),
        monitor("nowhere", mortal.url("nowhere")),
    )
    with running(tmp_path, "daemon.json") as program:
        program.command("refresh")
        assert states(program) == {
            "right": ("WAITING", None),
            "wrong": ("FAILED", "AUTHORIZATION"),
            "nowhere": ("FAILED", "CONFIGURATION"),
        }
        assert tables(program) == ["ward"]

        mortal.kill()
        program.command("refresh", "--connector", "right")
        assert states(program)["right"] == ("FAILED", "THIRD_PARTY_UNAVAILABLE")
        assert tables(program) == ["ward"]
        mortal.start()
        mortal.execute("CREATE TABLE visit (id int PRIMARY KEY)", database="database_1")
        until = time.monotonic() + PATIENCE
        while states(program)["right"][0] != "WAITING" and time.monotonic() < until:
            time.sleep(0.1)
        program.command("refresh", "--connector", "right")
        assert tables(program) == ["visit", "ward"]
    said = "".join([*program.output, *program.errors])
    assert PASSWORD not in said
    assert "wrong one" not in said


def test_check_connect_tries_every_connection_without_starting_the_daemon(
    tmp_path: Path, postgres: PostgresServer, mariadb: MariaDBServer
) -> None:
    (tmp_path / "landing").mkdir()
    document(
        tmp_path,
        monitor("here", postgres.new_database()),
        monitor("there", mariadb.address()),
        monitor("nowhere", "postgresql://npa@127.0.0.1:1/nowhere"),
        monitor("stranger", mariadb.address(user="nobody")),
    )
    done = command("check", "--connect", "--json", str(tmp_path / "daemon.json"))
    assert done.returncode == 1
    tried = {each["name"]: each for each in json.loads(done.stdout)}
    assert "0 tables in 1 schema" in tried["here"]["seen"]
    assert "127.0.0.1" in tried["there"]["seen"]
    assert tried["nowhere"]["failureKind"] == "THIRD_PARTY_UNAVAILABLE"
    assert tried["stranger"]["failureKind"] == "AUTHORIZATION"
    assert tried["stranger"]["userAction"]
    assert not (tmp_path / "data").exists()

    document(tmp_path, monitor("here", postgres.new_database()))
    done = command("check", "--connect", str(tmp_path / "daemon.json"))
    assert (done.returncode, "ok" in done.stdout) == (0, True)
