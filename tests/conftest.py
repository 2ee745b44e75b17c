"""What every test shares."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers.mariadb import MariaDBServer, mariadb_server
from tests.servers.postgres import PostgresServer, postgres_server

# The machine may be slow or busy: no test of ours is about how long an example takes.
settings.register_profile("any machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; tests make databases of their own in it."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDBServer]:
    """A MariaDB server; tests make databases of their own in it."""
    with mariadb_server() as server:
        yield server


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failed run: what is not tested here is not known to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
