"""A daemon whose document was written by Egeria, with its metadata in a metadata server of Egeria."""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.program import Running, running
from tests.servers.egeria.server import EgeriaServer, egeria_platform
from tests.servers.postgres import PostgresServer

RECORDED = Path(__file__).parents[1] / "servers" / "egeria" / "recordings" / "configuration-exchangeDL01.json"
OAK_DENE, OLD_MARKET = "OakDeneLandingAreaFilesMonitor", "OldMarketLandingAreaFilesMonitor"
LONG = 240.0
"""Seconds, for many requests on a machine that has much else to do."""
FILES = 500


@pytest.fixture
def server() -> Iterator[EgeriaServer]:
    with egeria_platform() as found:
        yield found


def document(directory: Path, server: EgeriaServer, **more: Any) -> dict[str, Any]:
    """The recorded document, with the directories and the metadata server of this test."""
    content: dict[str, Any] = json.loads(RECORDED.read_text())
    (service,) = content["integrationServicesConfig"]
    service["omagserverPlatformRootURL"] = server.url
    for connector, name in zip(service["integrationConnectorConfigs"], ("oak", "nowhere"), strict=True):
        connector["connection"]["endpoint"]["address"] = str(directory / name)
    return {**content, **more}


def write(directory: Path, content: dict[str, Any]) -> None:
    (directory / "daemon.json").write_text(json.dumps(content))


def until(holds: Callable[[], bool], told: Callable[[], object] = lambda: None) -> None:
    """Wait until something holds."""
    end = time.monotonic() + LONG
    while not holds():
        assert time.monotonic() < end, told()
        time.sleep(0.1)


def states(program: Running) -> dict[str, tuple[str, str | None]]:
    """State and failure kind by connector."""
    answer = program.get("/api/v1/connectors")["connectors"]
    return {each["connectorName"]: (each["state"], (each.get("failure") or {}).get("kind")) for each in answer}


def settled(program: Running) -> dict[str, tuple[str, str | None]]:
    """The states of the connectors, once each has done what there was to do."""
    until(lambda: {state for state, _ in states(program).values()} <= {"WAITING", "FAILED"}, lambda: program.output)
    return states(program)


def names(server: EgeriaServer, kind: str) -> set[str]:
    return {each for each in server.names if each.startswith(kind + ":")}


def kinds_of_links(server: EgeriaServer) -> list[str]:
    return [each.type_name for each in server.repository.relationships.values()]


def test_files_are_catalogued_renamed_deleted_and_survive_a_restart_and_an_outage(
    tmp_path: Path, server: EgeriaServer
) -> None:
    oak = tmp_path / "oak"
    oak.mkdir()
    for number in range(FILES):
        (oak / f"week{number:04}.csv").write_text("a,b\n1,2\n")
    write(tmp_path, document(tmp_path, server))
    with running(tmp_path, "daemon.json") as program:
        assert settled(program) == {OAK_DENE: ("WAITING", None), OLD_MARKET: ("FAILED", "CONFIGURATION")}
        assert names(server, "CSVFile") == {f"CSVFile:{oak}/week{number:04}.csv" for number in range(FILES)}
        file = server.named(f"CSVFile:{oak}/week0001.csv")
        assert (file.source[1], file.created_by) == ("HospitalLandingArea", "onboardDL01npa")
        assert server.named("HospitalLandingArea").type_name == "DataManager"
        assert kinds_of_links(server).count("NestedFile") == FILES
        said = "is one of Egeria 4.3-SNAPSHOT; the protocol is EGERIA_4"
        assert any(f"cocoMDS1 on platform {server.url} {said}" in line for line in program.output)

        server.seen.clear()
        program.command("refresh", "--connector", OAK_DENE)
        assert settled(program)[OAK_DENE] == ("WAITING", None)
        assert server.writes == []
        assert len(server.seen) < 2 * FILES / 100 + 5, "pages of a hundred, as the document says"

        (oak / "week0000.csv").rename(oak / "renamed.csv")
        (oak / "week0001.csv").unlink()
        program.command("refresh", "--connector", OAK_DENE)
        until(lambda: names(server, "CSVFile") & {f"CSVFile:{oak}/week000{n}.csv" for n in (0, 1)} == set())
        until(lambda: f"CSVFile:{oak}/renamed.csv" in server.names)
        assert server.named(f"CSVFile:{oak}/week0001.csv").is_archived
        assert len(names(server, "CSVFile")) == FILES - 1

    server.seen.clear()
    with running(tmp_path, "daemon.json") as program:
        assert settled(program)[OAK_DENE] == ("WAITING", None)
        assert server.writes == []

        server.fault = "502"
        (oak / "during the outage.csv").write_text("a\n")
        program.command("refresh", "--connector", OAK_DENE)
        until(lambda: states(program)[OAK_DENE] == ("FAILED", "METADATA_SERVER_UNAVAILABLE"))
        server.fault = None
        program.command("restart", "--connector", OAK_DENE)
        until(lambda: f"CSVFile:{oak}/during the outage.csv" in server.names)
        assert settled(program)[OAK_DENE] == ("WAITING", None)
        assert len(names(server, "CSVFile")) == FILES


def test_a_scan_that_an_outage_cuts_off_is_completed_afterwards(tmp_path: Path, server: EgeriaServer) -> None:
    oak = tmp_path / "oak"
    oak.mkdir()
    for number in range(200):
        (oak / f"week{number:04}.csv").write_text("a,b\n1,2\n")
    write(tmp_path, document(tmp_path, server, restartPolicy="automatic"))
    with server.cut_off_after(123), running(tmp_path, "daemon.json") as program:
        until(lambda: states(program)[OAK_DENE] == ("FAILED", "METADATA_SERVER_UNAVAILABLE"))
        server.mend()
        until(lambda: states(program)[OAK_DENE] == ("WAITING", None), lambda: program.output)
        assert names(server, "CSVFile") == {f"CSVFile:{oak}/week{number:04}.csv" for number in range(200)}
        assert kinds_of_links(server).count("NestedFile") == 200
        server.seen.clear()
        program.command("refresh", "--connector", OAK_DENE)
        assert server.writes == []


def test_a_database_and_a_folder_are_catalogued(tmp_path: Path, server: EgeriaServer) -> None:
    with sqlite3.connect(tmp_path / "wards.sqlite") as connection:
        connection.execute("CREATE TABLE ward (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
        connection.execute("CREATE TABLE bed (id INTEGER PRIMARY KEY, ward INTEGER REFERENCES ward (id))")
    connection.close()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("x")
    content = document(tmp_path, server)
    (files,) = content["integrationServicesConfig"]
    folder = "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.DataFolderMonitorIntegrationProvider"
    files["integrationConnectorConfigs"] = [connector("folder", folder, str(tmp_path / "data"))]
    databases = {
        **{name: files[name] for name in ("class", "omagserverPlatformRootURL", "omagserverName")},
        "integrationServiceURLMarker": "database-integrator",
        "integrationConnectorConfigs": [connector("wards", "database-monitor", f"sqlite://{tmp_path}/wards.sqlite")],
    }
    content["integrationServicesConfig"] = [files, databases]
    write(tmp_path, content)
    with running(tmp_path, "daemon.json") as program:
        assert settled(program) == {"folder": ("WAITING", None), "wards": ("WAITING", None)}, program.output
        kinds = [each.type_name for each in server.repository.elements.values()]
        counted = {name: kinds.count(name) for name in ("Database", "RelationalTable", "RelationalColumn")}
        assert counted == {"Database": 1, "RelationalTable": 2, "RelationalColumn": 4}
        links = kinds_of_links(server)
        assert {name: links.count(name) for name in set(links)} == {
            "DataContentForDataSet": 1,
            "AssetSchemaType": 1,
            "AttributeForSchema": 2,
            "NestedSchemaAttribute": 4,
            "ForeignKey": 1,
        }
        assert names(server, "DataFolder") == {f"DataFolder:{tmp_path}/data"}
        server.seen.clear()
        program.command("refresh")
        assert settled(program) == {"folder": ("WAITING", None), "wards": ("WAITING", None)}
        assert server.writes == []


def test_files_are_catalogued_in_a_server_of_egeria_6_that_asks_for_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "oak").mkdir()
    for number in range(20):
        (tmp_path / "oak" / f"week{number}.csv").write_text("a,b\n1,2\n")
    monkeypatch.setenv("EGERIA_PASSWORD", "a password")
    with egeria_platform(generation=6) as server:
        server.passwords = {"onboardDL01npa": "a password"}
        content = document(tmp_path, server)
        (service,) = content["integrationServicesConfig"]
        service["metadataServerUser"] = "onboardDL01npa"
        service["metadataServerPassword"] = "env:EGERIA_PASSWORD"
        write(tmp_path, content)
        with running(tmp_path, "daemon.json") as program:
            assert settled(program)[OAK_DENE] == ("WAITING", None)
            assert {each for each in server.names if each.startswith("CSVFile")} == {
                f"CSVFile::{tmp_path}/oak/week{number}.csv" for number in range(20)
            }
            assert len(server.tokens) == 1
            said = f"The protocol EGERIA_6 with the metadata server cocoMDS1 on platform {server.url} is experimental"
            assert any(said in line for line in program.output)
            assert not any("a password" in line for line in program.output)
            server.seen.clear()
            program.command("refresh", "--connector", OAK_DENE)
            assert settled(program)[OAK_DENE] == ("WAITING", None)
            assert server.writes == []


def test_a_postgresql_database_is_catalogued_and_follows_its_changes(
    tmp_path: Path, server: EgeriaServer, postgres: PostgresServer
) -> None:
    address = postgres.new_database()
    name = address.rpartition("/")[2]
    postgres.execute("CREATE TABLE ward (id int PRIMARY KEY, name text)", database=name)
    postgres.execute("CREATE TABLE bed (id int PRIMARY KEY, ward int REFERENCES ward (id))", database=name)
    content = document(tmp_path, server, restartPolicy="automatic")
    (service,) = content["integrationServicesConfig"]
    service["integrationServiceURLMarker"] = "database-integrator"
    service["integrationConnectorConfigs"] = [connector("wards", "database-monitor", address)]
    write(tmp_path, content)
    with running(tmp_path, "daemon.json") as program:
        assert settled(program) == {"wards": ("WAITING", None)}, program.output
        columns = {"ward::id", "ward::name", "bed::id", "bed::ward"}
        assert relational(server) == {
            "Database": {name},
            "DeployedDatabaseSchema": {"public"},
            "RelationalTable": {"ward", "bed"},
            "RelationalColumn": columns,
        }
        assert active_links(server) == links_of_two_tables(columns)

        postgres.execute("DROP TABLE bed", database=name)
        postgres.execute("ALTER TABLE ward ADD COLUMN beds int", database=name)
        postgres.execute("ALTER TABLE ward RENAME COLUMN name TO title", database=name)
        program.command("refresh")
        assert settled(program) == {"wards": ("WAITING", None)}
        assert relational(server)["RelationalTable"] == {"ward"}
        assert relational(server)["RelationalColumn"] == {"ward::id", "ward::title", "ward::beds"}
        server.seen.clear()
        program.command("refresh")
        assert settled(program) == {"wards": ("WAITING", None)}
        assert server.writes == []

        postgres.execute("ALTER TABLE ward RENAME TO room", database=name)
        postgres.execute("CREATE TABLE bed (id int PRIMARY KEY, room int REFERENCES room (id))", database=name)
        with server.cut_off_after(9):
            program.command("refresh")
            until(lambda: states(program) == {"wards": ("FAILED", "METADATA_SERVER_UNAVAILABLE")})
        until(lambda: states(program) == {"wards": ("WAITING", None)}, lambda: program.output)
    server.seen.clear()
    with running(tmp_path, "daemon.json") as program:
        assert settled(program) == {"wards": ("WAITING", None)}, program.output
        assert server.writes == []
    assert relational(server)["RelationalTable"] == {"room", "bed"}
    columns = {"room::id", "room::title", "room::beds", "bed::id", "bed::room"}
    assert relational(server)["RelationalColumn"] == columns
    assert active_links(server) == links_of_two_tables(columns)


def links_of_two_tables(columns: set[str]) -> dict[str, int]:
    """The relationships of a database with two tables, of which one refers to the other."""
    return {
        "DataContentForDataSet": 1,
        "AssetSchemaType": 1,
        "AttributeForSchema": 2,
        "NestedSchemaAttribute": len(columns),
        "ForeignKey": 1,
    }


def relational(server: EgeriaServer) -> dict[str, set[str]]:
    """The ends of the names of all elements of a database that are not archived, by type."""
    found: dict[str, set[str]] = {}
    for each in server.names:
        kind, _, rest = each.partition("::")
        if kind in ("Database", "DeployedDatabaseSchema", "RelationalTable", "RelationalColumn"):
            parts = 2 if kind == "RelationalColumn" else 1
            found.setdefault(kind, set()).add("::".join(rest.split("::")[-parts:]))
    return found


def active_links(server: EgeriaServer) -> dict[str, int]:
    """The numbers of relationships between elements that are not archived, by type."""
    elements, links = server.repository.elements, server.repository.relationships.values()
    return dict(
        Counter(
            each.type_name
            for each in links
            if not elements[each.end1].is_archived and not elements[each.end2].is_archived
        )
    )


def connector(name: str, provider: str, address: str) -> dict[str, Any]:
    return {
        "connectorName": name,
        "connection": {
            "connectorType": {"connectorProviderClassName": provider},
            "endpoint": {"address": address},
        },
        "metadataSourceQualifiedName": f"source of {name}",
    }
