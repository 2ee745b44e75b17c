"""A database monitor connects to nothing that the platform does not allow, whatever its driver makes of the address."""

import os
import sqlite3
from pathlib import Path

import pytest

from services.allowance import Allowance
from services.database.context import DatabaseIntegratorContext
from services.database.database_monitor import DatabaseMonitor
from services.errors import ConnectorConfigurationError
from services.framework.connection import Connection, Endpoint
from tests.services.contexts import surroundings


async def refusal(directory: Path, address: str, *allowed: str) -> str:
    """The reason why a monitor refuses to connect to this address."""
    connection, allowance = Connection(endpoint=Endpoint(address=address)), Allowance(endpoints=allowed)
    async with surroundings(DatabaseIntegratorContext, directory, connection=connection, allowance=allowance) as around:
        monitor = DatabaseMonitor()
        monitor.context, monitor.connector_name = around.context, "monitor"

        async def works() -> None:
            await monitor.start()
            await monitor.refresh()

        with pytest.raises(ConnectorConfigurationError) as refused:
            await works()
    return str(refused.value)


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("postgresql://db.example/sales?host=evil.example", "evil.example:5432/sales"),
        ("postgresql://db.example,evil.example/sales", "evil.example:5432/sales"),
        ("postgresql:///sales?host=/tmp/no%20such%20socket", "/tmp/no such socket"),
        ("postgresql://db.example/sales?sslkey=/root/key", "/root/key"),
        ("mariadb://evil.example/sales", "evil.example:3306/sales"),
        ("mysql://db.example/sales?ssl_ca=/etc/shadow", "/etc/shadow"),
    ],
)
async def test_a_host_or_a_file_that_is_not_allowed(address: str, target: str, tmp_path: Path) -> None:
    said = await refusal(tmp_path, address, "db.example", "localhost")
    assert f"OMAG-PLATFORM-400-102 The platform does not allow connections to {target}, the endpoint of" in said


@pytest.mark.parametrize("port", ["%205433", "5433%20", "%2B5433", "5432,%205433"])
async def test_a_port_that_only_libpq_takes_for_a_number(port: str, tmp_path: Path) -> None:
    address = f"postgresql://db.example,db.example/sales?port={port}"
    assert "is no number" in await refusal(tmp_path, address, "db.example:5432")


@pytest.mark.parametrize("slashes", ["/", "///", "////", "//////"])
async def test_an_absolute_path_is_the_same_however_many_slashes_are_before_it(slashes: str, tmp_path: Path) -> None:
    said = await refusal(tmp_path, f"sqlite:{slashes}elsewhere/sales.db", str(tmp_path))
    assert "connections to /elsewhere/sales.db, the endpoint of" in said


async def test_a_file_that_is_a_symbolic_link_is_held_to_where_it_leads(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "secret.db") as database:
        database.execute("CREATE TABLE customer (name TEXT)")
    (tmp_path / "allowed").mkdir()
    os.symlink(tmp_path / "secret.db", tmp_path / "allowed" / "sales.db")
    said = await refusal(tmp_path, f"sqlite://{tmp_path}/allowed/sales.db", str(tmp_path / "allowed"))
    assert f"{tmp_path}/allowed/sales.db, which is {tmp_path}/secret.db" in said
