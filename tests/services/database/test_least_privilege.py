"""With the grants that docs/catalogue.md names, everything is catalogued and no data can be read."""

from pathlib import Path

import psycopg
import pymysql
import pytest

from services.errors import ThirdPartyUnavailableError, UserNotAuthorizedError
from tests.servers.mariadb import MariaDBServer
from tests.servers.postgres import PASSWORD, PostgresServer
from tests.services.database.monitors import everything, in_mariadb, in_postgres, monitored, related


async def test_the_connect_privilege_is_enough_in_postgresql(postgres: PostgresServer, tmp_path: Path) -> None:
    hospital = in_postgres(postgres, tmp_path)
    database = hospital.address.rpartition("/")[2]
    postgres.execute(
        "DROP ROLE IF EXISTS least", f"CREATE ROLE least LOGIN PASSWORD '{PASSWORD}'",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC", f"GRANT CONNECT ON DATABASE {database} TO least",
    )  # fmt: skip
    hospital.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    address = hospital.address.replace("owner@", "least@")
    async with monitored(tmp_path, address, password=PASSWORD) as (monitor, around):
        await monitor.refresh()
        assert len(await everything(around, "RelationalColumn")) == 8
        assert len(await related(around, "DataFlow")) == 2
        assert len(await related(around, "ForeignKey")) == 1
    with (
        psycopg.connect(address, password=PASSWORD) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT * FROM public.ward")
    postgres.execute(f"REVOKE CONNECT ON DATABASE {database} FROM least")
    async with monitored(tmp_path, address, password=PASSWORD) as (monitor, around):
        with pytest.raises(UserNotAuthorizedError, match="permission denied"):
            await monitor.refresh()
        assert len(await everything(around, "RelationalColumn")) == 8


@pytest.mark.parametrize("granted_on", ["*.*", "one database"])
async def test_references_and_show_view_are_enough_in_mariadb(
    granted_on: str, mariadb: MariaDBServer, tmp_path: Path
) -> None:
    hospital = in_mariadb(mariadb, tmp_path)
    mariadb.execute(f"CREATE OR REPLACE USER least IDENTIFIED BY '{PASSWORD}'")
    if granted_on == "*.*":
        mariadb.execute("GRANT REFERENCES, SHOW VIEW, SHOW DATABASES ON *.* TO least")
    else:
        mariadb.execute(f"GRANT REFERENCES, SHOW VIEW ON {hospital.schema}.* TO least")
    async with monitored(tmp_path, hospital.address, user="least", password=PASSWORD) as (monitor, around):
        await monitor.refresh()
        assert len(await everything(around, "RelationalColumn")) == 8
        assert len(await related(around, "ForeignKey")) == 1
        assert await related(around, "DataFlow") == set()
        mariadb.execute(f"GRANT SELECT ON {hospital.schema}.crowded TO least")  # for the definition of the view
        await monitor.refresh()
        assert len(await related(around, "DataFlow")) == 2
    with (
        pymysql.connect(host="127.0.0.1", port=mariadb.port, user="least", password=PASSWORD) as connection,
        connection.cursor() as cursor,
        pytest.raises(pymysql.OperationalError, match="denied"),
    ):
        cursor.execute(f"SELECT * FROM {hospital.schema}.ward")


async def test_mariadb_ends_slow_queries_and_the_session_is_read_only(mariadb: MariaDBServer, tmp_path: Path) -> None:
    hospital = in_mariadb(mariadb, tmp_path)
    async with (
        monitored(tmp_path, hospital.address, statementTimeoutSeconds=0.1) as (monitor, _),
        monitor.opened() as source,
    ):
        rows = source.source._rows  # type: ignore[attr-defined]
        with pytest.raises(ThirdPartyUnavailableError, match="max_statement_time"):
            rows("SELECT SLEEP(20) FROM information_schema.TABLES")
        with pytest.raises(ThirdPartyUnavailableError, match="READ ONLY"):
            rows("INSERT INTO ward VALUES (1, 'a', 1)")
