"""The documents of the page protect a database; the program can be killed in the middle of it."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.end_to_end.examples import ROOT, write_files
from tests.end_to_end.program import PATIENCE, PROGRAM, Running, command, running
from tests.servers.ports import free_port
from tests.servers.postgres import PASSWORD, PostgresServer, postgres_server

DOCUMENTS = ("metadata.yaml", "hospital.yaml")
PAGE = ROOT / "docs" / "protection-in-postgresql.md"
STORE = "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/tessa/metadata-elements"
TABLES = """
CREATE ROLE app; CREATE ROLE analysts LOGIN PASSWORD '{0}'; CREATE ROLE nurses LOGIN PASSWORD '{0}';
CREATE TABLE patient (id int, name text, ward text, diagnosis text);
INSERT INTO patient VALUES (1, 'Ann', 'north', 'flu'), (2, 'Bo', 'south', 'cold');
ALTER TABLE patient OWNER TO app; GRANT SELECT ON patient TO analysts, nurses;
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    """A server with the database of the page, whose roles have the names of the page."""
    with postgres_server() as server:
        server.execute("CREATE DATABASE hospital")
        server.execute(TABLES.format(PASSWORD), database="hospital")
        write_files(PAGE, tmp_path)
        server.execute((tmp_path / "setup.sql").read_text(), database="hospital")
        yield server


@contextmanager
def hospital(directory: Path, server: PostgresServer) -> Iterator[Running]:
    """The program with the documents of the page."""
    port = free_port()
    write_files(PAGE, directory)
    document = directory / DOCUMENTS[1]
    document.write_text(document.read_text().replace("9443", str(port)).replace("5432", str(server.port)))
    assert command("check", document.name, cwd=directory).stdout.endswith("no problems\n")
    with running(directory, *DOCUMENTS, port=port) as program:
        yield program


def refresh(program: Running, connector: str, *options: str) -> str:
    done = program.command("refresh", "--server", "hospital01", "--connector", connector, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def guid_of(program: Running, server: PostgresServer, column: str) -> str:
    kind = "RelationalColumn" if column else "RelationalTable"
    name = f"{kind}::127.0.0.1:{server.port}::hospital::public::patient" + (f"::{column}" if column else "")
    return str(program.post(f"{STORE}/guid-by-unique-name", {"name": name})["guid"])


def classify(program: Running, server: PostgresServer, column: str, classification: str, **properties: Any) -> None:
    guid = guid_of(program, server, column)
    answer = program.post(f"{STORE}/{guid}/classifications/{classification}", {"properties": properties})
    assert answer["relatedHTTPCode"] == 200


def read(server: PostgresServer, role: str, sql: str, **settings: str) -> list[tuple[Any, ...]] | None:
    """The rows that a role reads, or `None` if it lacks the privilege."""
    with psycopg.connect(server.url("hospital", role), password=PASSWORD) as connection:
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name.replace("__", "."), value))
        try:
            return connection.execute(sql).fetchall()
        except psycopg.errors.InsufficientPrivilege:
            return None


def test_the_page_protects_a_database_and_the_program_may_be_killed_in_the_middle(
    tmp_path: Path, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROTECTOR_PASSWORD", "change-me")
    monkeypatch.setenv("COLUMNS", "400")
    with hospital(tmp_path, server) as program:
        refresh(program, "HospitalTables")
        classify(program, server, "name", "SecurityTags", securityLabels=["pii"])
        shows_the_statements(program)
        assert read(server, "analysts", "SELECT name FROM patient") is not None
        is_masked(program, server)
        program.post(f"{STORE}/{guid_of(program, server, 'name')}/classifications/SecurityTags/delete", {})
        refresh(program, "HospitalProtection")
        assert read(server, "analysts", "SELECT name FROM patient ORDER BY id") == [("Ann",), ("Bo",)]
        is_killed(program, server)
        assert "change-me" not in "".join([*program.output, *program.errors])
    with hospital(tmp_path, server) as program:
        refresh(program, "HospitalProtection")
        for role in ("analysts", "nurses"):
            assert read(server, role, "SELECT diagnosis FROM patient") is None
        assert read(server, "nurses", "SELECT name FROM patient", app__ward="south") == [("Bo",)]
        assert read(server, "nurses", "SELECT name FROM patient") == []
        assert any("CREATE POLICY" in line for line in program.output)


def shows_the_statements(program: Running) -> None:
    """A dry run has the statements of the page."""
    shown = "".join(refresh(program, "HospitalProtection", "--dry-run").split())
    page = PAGE.read_text()
    statements = page.partition("```text\n")[2].partition("```")[0].split("would be sent: ")[1:]
    assert len(statements) == 5
    assert [each for each in statements if "".join(each.split()) not in shown] == []


def is_masked(program: Running, server: PostgresServer) -> None:
    """After a refresh, the analysts have the view in place of the column, and the catalogue says so."""
    refresh(program, "HospitalProtection")
    assert read(server, "analysts", "SELECT name FROM patient") is None
    assert read(server, "analysts", "SELECT name FROM masked.patient ORDER BY id") == [("A***",), ("B***",)]
    shown = program.get(f"/api/v1/servers/hospital01/elements/{guid_of(program, server, 'name')}")
    links = {each["typeName"]: each.get("properties") for each in shown["relationships"]}
    state = {"operationName": "SELECT", "requestedState": "MASKED", "actualState": "DENIED"}
    assert links["AssociatedSecurityGroup"] == state


def is_killed(program: Running, server: PostgresServer) -> None:
    """Killed when revokes are made and policies wait for a lock, the program leaves everything as it was."""
    classify(program, server, "diagnosis", "Confidentiality", levelIdentifier=3)
    classify(program, server, "", "SecurityTags", securityProperties={"rows": "own ward"})
    with psycopg.connect(server.url("hospital")) as other:
        other.execute("LOCK TABLE patient IN ACCESS SHARE MODE")
        with refreshing(program):
            wait_for_lock(server)
            program.process.send_signal(signal.SIGKILL)
            program.process.wait()
    assert read(server, "analysts", "SELECT diagnosis FROM patient") is not None
    assert server.rows("SELECT polname FROM pg_policy", "hospital") == []


@contextmanager
def refreshing(program: Running) -> Iterator[None]:
    """A refresh at work, of which nobody waits for the answer."""
    arguments = ["refresh", "--server", "hospital01", "--connector", "HospitalProtection", *program.options]
    with subprocess.Popen([*PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        yield


def wait_for_lock(server: PostgresServer) -> None:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'protector'"
    until = time.monotonic() + PATIENCE
    with psycopg.connect(server.url(), autocommit=True) as connection:
        while connection.execute(sql).fetchone() == (0,):
            assert time.monotonic() < until, "the connector does not wait for a lock"
