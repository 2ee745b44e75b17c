"""Failures of databases: they are distinguished, and never remove a part of the catalogue."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import trio

from audit.errors import DescribedError
from integration_daemon.supervision.recovery.failure import most_telling
from services.database.database_monitor import DatabaseMonitor
from services.database.duckdb_file import DuckDBFile
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Batch, Outcome
from services.metadata.removal import DeletionSafety
from services.testing import running_connector
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PASSWORD, PostgresServer, postgres_server
from tests.services.database.monitors import everything, in_mariadb, in_postgres, monitored, written_again


@pytest.fixture
def mortal() -> Iterator[PostgresServer]:
    """A server that the test may stop."""
    with postgres_server() as server:
        yield server


async def failure(directory: Path, address: str, **settings: Any) -> DescribedError:
    """The error of the first refresh."""
    try:
        async with monitored(directory, address, **settings) as (monitor, _):
            await monitor.refresh()
    except BaseException as error:
        found = most_telling(error)
        assert isinstance(found, DescribedError)
        return found
    raise AssertionError("nothing failed")


async def test_a_wrong_password_is_an_authorization_failure(
    postgres: PostgresServer, mariadb: MariaDBServer, tmp_path: Path
) -> None:
    postgres.execute("DROP ROLE IF EXISTS cataloguer", f"CREATE ROLE cataloguer LOGIN PASSWORD '{PASSWORD}'")
    mariadb.execute(f"CREATE OR REPLACE USER cataloguer IDENTIFIED BY '{PASSWORD}'")
    for address in (postgres.url("postgres", "cataloguer"), mariadb.address(user="cataloguer")):
        for settings in ({}, {"password": "guessed"}):
            error = await failure(tmp_path, address, **settings)
            assert isinstance(error, UserNotAuthorizedError)
            assert "cataloguer" in str(error)
            assert error.definition.user_action.startswith("Correct the user and the reference to its password")
            assert "GRANT" not in error.definition.user_action
            assert "****" not in str(error)  # of the cause, by a word before it that announces a secret
            assert "guessed" not in repr(error) + str(error)
    async with monitored(tmp_path, mariadb.address(), user="cataloguer", password=PASSWORD) as (monitor, _):
        assert await monitor.probe()


async def test_the_error_for_a_missing_privilege_gives_the_grant_statement(
    postgres: PostgresServer, mariadb: MariaDBServer, tmp_path: Path
) -> None:
    hospital, other = in_postgres(postgres, tmp_path), in_mariadb(mariadb, tmp_path)
    database = hospital.address.rpartition("/")[2]
    postgres.execute(
        'DROP ROLE IF EXISTS "Head Nurse"', f"CREATE ROLE \"Head Nurse\" LOGIN PASSWORD '{PASSWORD}'",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    )  # fmt: skip
    mariadb.execute(f"CREATE OR REPLACE USER 'Head Nurse' IDENTIFIED BY '{PASSWORD}'")
    as_owner = {hospital.address: postgres.execute, other.address: mariadb.execute}
    for address, execute in as_owner.items():
        error = await failure(tmp_path, address, user="Head Nurse", password=PASSWORD)
        assert isinstance(error, UserNotAuthorizedError)
        _, _, grant = error.definition.user_action.partition(": ")
        assert grant.startswith("GRANT ")
        execute(grant)
        async with monitored(tmp_path, address, user="Head Nurse", password=PASSWORD) as (monitor, around):
            await monitor.refresh()
            assert await everything(around, "RelationalTable")


async def test_repeated_messages_of_libpq_are_shown_once(mortal: PostgresServer, tmp_path: Path) -> None:
    mortal.execute(f"CREATE ROLE cataloguer LOGIN PASSWORD '{PASSWORD}'")
    mortal.offer_tls()
    error = await failure(tmp_path, mortal.url("postgres", "cataloguer"), password="guessed")
    assert str(error).count("password authentication failed") == 1


async def test_a_server_that_cannot_be_reached_is_unavailable(tmp_path: Path) -> None:
    for address in (
        "postgresql://npa@127.0.0.1:1/db",
        "mariadb://npa@127.0.0.1:1/db",
        "postgresql://npa@nohost.invalid/db",
    ):
        assert isinstance(await failure(tmp_path, address), ThirdPartyUnavailableError)


async def test_a_missing_database_is_a_configuration_failure(
    postgres: PostgresServer, mariadb: MariaDBServer, tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("to whom it may concern" * 1000)
    for address in (
        postgres.url("nowhere"),
        mariadb.address("nowhere"),
        f"sqlite://{tmp_path}/nowhere",
        f"duckdb://{tmp_path}/nowhere",
        f"sqlite://{tmp_path}/text",
        f"duckdb://{tmp_path}/text",
    ):
        error = await failure(tmp_path, address)
        assert isinstance(error, ConnectorConfigurationError), error
        assert "404-001" in str(error)


async def test_a_file_of_another_format_has_duckdb_load_no_extension(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other") as database:
        database.execute("CREATE TABLE customer (name TEXT)")
    assert "extensions is disabled" in str(await failure(tmp_path, f"duckdb://{tmp_path}/other"))


async def test_a_view_that_is_nested_too_deep_keeps_no_other_table_from_being_catalogued(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "hostile") as database:
        database.execute("CREATE TABLE customer (name TEXT)")
        database.execute(f"CREATE VIEW nested AS SELECT {'(' * 80}1{')' * 80} AS x")
    async with monitored(tmp_path, f"sqlite://{tmp_path}/hostile") as (monitor, around):
        await monitor.refresh()
        tables = await everything(around, "RelationalTable")
    assert sorted(name.rpartition("::")[2] for name in tables) == ["customer", "nested"]


def test_a_view_in_a_duckdb_file_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("name\nErin\n")
    with duckdb.connect(tmp_path / "hostile") as connection:
        connection.execute(f"CREATE VIEW secret AS SELECT * FROM read_csv('{tmp_path}/secret.csv')")
    with pytest.raises(ThirdPartyUnavailableError, match="Cannot access file"):
        DuckDBFile(str(tmp_path / "hostile"))._rows("SELECT * FROM secret")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", "it is missing"),
        ("oracle://host/db", "it begins with 'oracle'"),
        ("postgresql://me:hush@host/db", "it contains a password"),
        ("postgresql://host/db?password=hush", "it contains a password"),
        ("mariadb://me:hush@host/db", "it contains a password"),
        ("mariadb:///db", "it names no host"),
        ("mysql://host/db?useSSL=true", "the option useSSL is not known"),
        ("sqlite:", "it names no file"),
        ("postgresql://host/db?nonsense=1", "nonsense"),
        ("postgresql://host/db?hostaddr=10.0.0.1", "the option hostaddr"),  # for which ~/.pgpass has no password
        ("postgresql://host/db?passfile=/etc/passwords", "the option passfile"),
        ("postgresql://host/db?service=elsewhere", "the option service"),
        ("postgresql://host/db?sslkeylogfile=/tmp/anywhere", "the option sslkeylogfile"),
        ("postgresql://host/db?sslkey=engine:key", "the option sslkey is no path"),
        ("postgresql://host/db?gssencmode=prefer", "it asks for Kerberos"),
    ],
)
async def test_an_invalid_address_is_one_clear_error(address: str, problem: str, tmp_path: Path) -> None:
    error = await failure(tmp_path, address)
    assert isinstance(error, ConnectorConfigurationError)
    assert problem in str(error)
    assert "hush" not in str(error) + repr(error)


async def test_invalid_settings_are_named(tmp_path: Path) -> None:
    for settings in ({"statementTimeoutSeconds": "soon"}, {"statementTimeoutSeconds": 0}, {"includeTables": [1]}):
        error = await failure(tmp_path, "sqlite:x", **settings)
        assert next(iter(settings)) in str(error)


async def test_a_query_that_takes_too_long_is_ended_by_the_server(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = in_postgres(postgres, tmp_path)
    hospital.execute("CREATE TABLE big (" + ", ".join(f"c{n} int default {n}" for n in range(1500)) + ")")
    error = await failure(tmp_path, hospital.address, statementTimeoutSeconds=0.001)
    assert isinstance(error, ThirdPartyUnavailableError)
    assert "statement timeout" in str(error)


async def test_nothing_can_be_written_through_a_monitors_connection(postgres: PostgresServer, tmp_path: Path) -> None:
    async with (
        monitored(tmp_path, in_postgres(postgres, tmp_path).address) as (monitor, _),
        monitor.opened() as source,
    ):
        with pytest.raises(ThirdPartyUnavailableError, match="read-only transaction"):
            source.source._rows("CREATE TABLE written (id int)")  # type: ignore[attr-defined]


async def test_a_connection_lost_during_a_scan_leaves_the_catalogue_unchanged(
    mortal: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.database.cataloguing.TABLES_AT_ONCE", 1)
    hospital = in_postgres(mortal, tmp_path)
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        await monitor.refresh()
        before = set(await everything(around, "RelationalColumn"))
        hospital.execute("DROP VIEW crowded", "DROP TABLE patient")
        hospital.execute(*(f"CREATE TABLE other{number} (x int)" for number in range(8)))
        put = around.store.apply

        async def apply_without_a_server(batch: Batch) -> Outcome:
            await trio.to_thread.run_sync(mortal.kill)
            return await put(batch)

        monkeypatch.setattr(around.store, "apply", apply_without_a_server)
        for _ in range(2):
            with pytest.RaisesGroup(ThirdPartyUnavailableError, flatten_subgroups=True, allow_unwrapped=True):
                await monitor.refresh()
        assert before <= set(await everything(around, "RelationalColumn"))

        await trio.to_thread.run_sync(mortal.start)
        monkeypatch.setattr(around.store, "apply", put)
        await monitor.refresh()
        assert set(await everything(around, "RelationalTable")) == {
            "public::ward", *(f"public::other{number}" for number in range(8))
        }  # fmt: skip


async def test_a_table_dropped_during_a_scan_is_left_to_the_next_scan(mariadb: MariaDBServer, tmp_path: Path) -> None:
    hospital = in_mariadb(mariadb, tmp_path)
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        async with monitor.opened() as source:
            outline = source.source.outline([hospital.schema])
            hospital.execute("DROP TABLE patient")
            described = source.source.details(outline)
        assert {table.name for table in described} == {"ward", "crowded"}
        await monitor.refresh()
        assert set(await everything(around, "RelationalTable")) == {
            f"{hospital.schema}::ward", f"{hospital.schema}::crowded",
        }  # fmt: skip


async def test_a_schema_that_can_no_longer_be_read_is_reported_and_kept(mariadb: MariaDBServer, tmp_path: Path) -> None:
    mariadb.execute(
        "CREATE DATABASE open_one", "CREATE TABLE open_one.a (id int)",
        "CREATE DATABASE other_one", "CREATE TABLE other_one.b (id int)",
        "CREATE OR REPLACE USER reader IDENTIFIED BY 'pw'",
        "GRANT REFERENCES, SHOW VIEW ON open_one.* TO reader", "GRANT REFERENCES ON other_one.* TO reader",
    )  # fmt: skip
    both = {"open_one::a", "other_one::b"}
    for sees_names in (False, True):
        async with monitored(tmp_path, mariadb.address(), user="reader", password="pw") as (monitor, around):
            mariadb.execute("GRANT REFERENCES ON other_one.* TO reader")
            if sees_names:
                mariadb.execute("GRANT SHOW DATABASES ON *.* TO reader")
            await monitor.refresh()
            assert set(await everything(around, "RelationalTable")) == both
            mariadb.execute("REVOKE REFERENCES ON other_one.* FROM reader")
            await monitor.refresh()
            assert set(await everything(around, "RelationalTable")) == both
            assert any("other_one" in text for text in around.said("0003"))
            grant = r"GRANT REFERENCES, SHOW VIEW ON `other\_one`.* TO 'reader'@'%';"
            assert any(action.endswith(grant) for action in around.actions("0003"))
    mariadb.execute("DROP DATABASE other_one")
    async with monitored(tmp_path, mariadb.address(), user="reader", password="pw") as (monitor, around):
        await monitor.refresh()
        assert set(await everything(around, "RelationalTable")) == {"open_one::a"}


async def test_databases_of_a_server_are_added_and_removed(mortal: PostgresServer, tmp_path: Path) -> None:
    mortal.execute(
        "CREATE DATABASE one", "CREATE DATABASE two", "CREATE DATABASE closed",
        f"CREATE ROLE cataloguer LOGIN PASSWORD '{PASSWORD}'",
        "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
    )  # fmt: skip
    for name in ("one", "two", "closed"):
        mortal.execute(f"CREATE TABLE in_{name} (id int)", database=name)
    server = mortal.url("", "cataloguer").rstrip("/")
    async with monitored(tmp_path, server, password=PASSWORD, excludeDatabases="postgres") as (monitor, around):
        await monitor.refresh()
        assert set(await everything(around, "RelationalTable")) == {"public::in_one", "public::in_two"}
        assert around.said("0006") == [
            "The integration connector monitor is not permitted to connect to database closed"
        ]
        assert around.actions("0006")[0].endswith(": GRANT CONNECT ON DATABASE closed TO cataloguer;")
        mortal.execute("DROP DATABASE two")
        await monitor.refresh()
        assert set(await everything(around, "RelationalTable")) == {"public::in_one"}
        assert len(await everything(around, "Database")) == 1


async def test_the_loss_of_most_tables_waits_for_an_operator(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = in_postgres(postgres, tmp_path)
    hospital.execute(*(f"CREATE TABLE t{number} (id int)" for number in range(30)))
    async with monitored(tmp_path, hospital.address) as (monitor, around):
        assert around.context.settings.safety == DeletionSafety()
        await monitor.refresh()
        hospital.execute(*(f"DROP TABLE t{number}" for number in range(30)))
        await monitor.refresh()
        assert len(await everything(around, "RelationalTable")) == 33


async def test_a_database_that_temporarily_refuses_connections_is_kept(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = in_postgres(postgres, tmp_path)
    server, _, name = hospital.address.rpartition("/")
    async with monitored(tmp_path, server, includeDatabases=name) as (monitor, around):
        await monitor.refresh()
        before = await everything(around, "RelationalTable")
        assert before
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await monitor.refresh()
        assert await everything(around, "RelationalTable") == before
        assert await written_again(monitor, around) == []


async def test_a_server_is_not_catalogued_without_permission_to_change_open_metadata(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    hospital = in_postgres(postgres, tmp_path)
    server, _, name = hospital.address.rpartition("/")
    connection = Connection(endpoint=Endpoint(address=server), configuration_properties={"includeDatabases": name})
    synchronization = PermittedSynchronization.TO_THIRD_PARTY
    with pytest.raises(UserNotAuthorizedError, match="OIF-CONNECTOR-403-001"):
        async with running_connector(
            DatabaseMonitor, tmp_path, connection=connection, permitted_synchronization=synchronization
        ) as running:
            await running.refresh()
