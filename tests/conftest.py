"""Fixtures and settings of all tests."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from services.secret_sources.access import grant, granted
from tests.servers.kafka import KafkaBroker
from tests.servers.mariadb import MariaDBServer, mariadb_server
from tests.servers.metadata_platform import MetadataPlatform, metadata_platform
from tests.servers.nessie import NessieServer, nessie_server
from tests.servers.openid_provider import OpenIdProvider, openid_provider
from tests.servers.postgres import PostgresServer, postgres_server
from tests.servers.process import server_of
from tests.servers.scim_provider import CursorProvider, ScimProvider, cursor_provider, scim_provider
from tests.servers.slapd import SlapdServer, slapd_server

# The machine may be slow or busy, so no example has a deadline.
settings.register_profile("any machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

REPEATING = (
    "end_to_end/test_canaries.py",
    "end_to_end/test_openapi.py",
    "end_to_end/test_planted_secrets.py",
    "faults/",
)
"""Tests that run the same lines thousands of times. Measuring coverage would triple their processor time."""


@pytest.fixture(autouse=True)
def secret_access() -> Iterator[None]:
    """The bounds of secret references, which are of the process, are as before after each test."""
    before = granted()
    yield
    grant(before)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, in which each test creates its own databases."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDBServer]:
    """A MariaDB server, in which each test creates its own databases."""
    with mariadb_server() as server:
        yield server


@pytest.fixture(scope="session")
def slapd() -> Iterator[SlapdServer]:
    """An OpenLDAP server, in which each test has its own part."""
    with slapd_server() as server:
        yield server


@pytest.fixture(scope="session")
def scim() -> Iterator[ScimProvider]:
    """A SCIM service provider, in which each test has its own tenant."""
    with scim_provider() as server:
        yield server


@pytest.fixture(scope="session")
def scim_by_cursor() -> Iterator[CursorProvider]:
    """A SCIM service provider that pages by cursor."""
    with cursor_provider() as server:
        yield server


@pytest.fixture(scope="session")
def other_platform() -> Iterator[MetadataPlatform]:
    """A platform in a process of its own, in which each test starts metadata servers of its own."""
    with metadata_platform() as platform:
        yield platform


@pytest.fixture(scope="session")
def nessie() -> Iterator[NessieServer]:
    """A Nessie server, in which each test creates its own catalogues of Iceberg tables."""
    with nessie_server() as server:
        yield server


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaBroker]:
    """A Kafka broker, in which each test has topics of its own."""
    with server_of(KafkaBroker) as broker:
        yield broker


@pytest.fixture(scope="session")
def issuer() -> Iterator[OpenIdProvider]:
    """An OpenID Connect issuer; tests make users of their own in it."""
    with openid_provider() as server:
        yield server


def pytest_xdist_auto_num_workers() -> int:
    """One process more than processors, since many tests wait for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage by tests that repeat the same lines."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).as_posix().startswith(REPEATING):
            item.add_marker(pytest.mark.no_cover)


def pytest_collection_finish() -> None:
    """Exempt what stays until the end, such as the modules and thousands of tests, from each collection of garbage."""
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which a test was skipped: untested code is not known to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
