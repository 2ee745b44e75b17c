"""A daemon that keeps its metadata in PostgreSQL: writing, reading, and recovery after an outage."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.program import Running, command, running
from tests.end_to_end.test_reload import document
from tests.servers.postgres import PASSWORD, PostgresServer, postgres_server


@pytest.fixture
def mortal() -> Iterator[PostgresServer]:
    """A server that the test may stop."""
    with postgres_server() as server:
        yield server


def with_store(directory: Path, url: str, **more: object) -> None:
    content = json.loads(document("a")) | {"metadataStore": url, "restartPolicy": "automatic", **more}
    (directory / "daemon.json").write_text(json.dumps(content))


def catalogued(program: Running) -> list[str]:
    shown = json.loads(program.command("elements", "--type", "DataFile", "--json").stdout)
    return sorted(each["properties"]["fileName"] for each in shown)


def test_metadata_is_kept_in_the_database_and_survives_an_outage(tmp_path: Path, mortal: PostgresServer) -> None:
    url = mortal.new_database().replace("owner@", "metadata@")
    mortal.execute(
        f"CREATE ROLE metadata LOGIN PASSWORD '{PASSWORD}'", "GRANT CREATE ON DATABASE database_1 TO metadata"
    )
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.csv").write_text("x")
    with_store(tmp_path, url, metadataStorePassword=f"file:{tmp_path / 'password'}")

    with running(tmp_path, "daemon.json") as program:
        program.command("refresh", "--connector", "a")
        assert catalogued(program) == ["one.csv"]
        mortal.kill()
        (tmp_path / "a" / "two.csv").write_text("x")
        program.command("refresh", "--connector", "a")
        assert "does not answer" in program.command("status").stdout
        mortal.start()
        for _ in range(100):
            if "does not answer" not in program.command("status").stdout:
                break
        program.command("refresh", "--connector", "a")
        assert catalogued(program) == ["one.csv", "two.csv"]
    assert not list(tmp_path.rglob("*.sqlite"))
    assert PASSWORD not in "".join([*program.output, *program.errors])


def test_an_unusable_store_is_reported_in_one_line(tmp_path: Path, postgres: PostgresServer) -> None:
    with_store(tmp_path, postgres.url("nowhere"))
    done = command("run", "daemon.json", "--port", "0", cwd=tmp_path)
    assert done.returncode == 1
    assert 'database "nowhere" does not exist' in done.stderr
    with_store(tmp_path, "postgresql://me:hush@localhost/metadata")
    done = command("check", "daemon.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "the URL contains a password" in done.stdout + done.stderr
    assert "hush" not in done.stdout + done.stderr
