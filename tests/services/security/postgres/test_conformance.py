"""The connector keeps the rules for connectors, as far as they are not about elements of a third party: it has none."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.framework.connection import Connection, Endpoint
from services.metadata.changes import Batch
from services.metadata.mapping import to_put
from services.metadata.types.relational import RelationalTable
from services.security.postgres.postgres_security import PostgresSecurity
from services.testing.conformance.failures import FailureConformance
from services.testing.conformance.life_cycle import LifeCycleConformance
from services.testing.trial import Trial
from tests.servers.postgres import PostgresServer
from tests.services.security.postgres.hospitals import Hospital, when_pii


class _Security(PostgresSecurity):
    """One whose catalogue another connector has filled, and somebody has classified, whenever it refreshes."""

    path: ClassVar[str]

    async def refresh(self) -> None:
        table = RelationalTable(qualified_name=f"RelationalTable::{self.path}::public::patient", display_name="patient")
        put = to_put(table, classifications={"SecurityTags": {"securityLabels": ["pii"]}})
        await self.context.store.apply(Batch(user="npa", metadata_source="another connector", changes=[put]))
        await super().refresh()


class TestPostgresSecurity(LifeCycleConformance, FailureConformance):
    """The connector with a database of its own."""

    connector_class = _Security
    elements = 0
    sends = True
    unavailable_errors = (ThirdPartyUnavailableError, ConnectorConfigurationError)
    """A database that was dropped is a wrong address."""

    @pytest.fixture(autouse=True)
    def _on_a_server(self, postgres: PostgresServer) -> None:
        self.server = postgres

    def connection(self) -> Connection:
        return self._connection(rules=[when_pii(revokeFrom=[self.hospital.analysts])])

    def make_third_party(self) -> None:
        self.hospital = Hospital(self.server)
        _Security.path = self.hospital.path

    def change(self) -> None:
        """Its elements are what it is given."""

    def make_unavailable(self) -> None:
        self.server.execute(f"DROP DATABASE IF EXISTS {self.hospital.name} WITH (FORCE)")

    def wrong_connections(self) -> Sequence[Connection]:
        mariadb = Connection(endpoint=Endpoint(address="mariadb://host/x"), configuration_properties={"groups": {}})
        return [Connection(), mariadb, self._connection(), self._connection(groups={"a": "b"}, onDrift="x")]

    def test_restart(self, tmp_path: Path) -> None:
        """A new incarnation finds a change by others, after a complete one and after a cancelled one."""

        async def story(trial: Trial) -> None:
            await trial.refreshed()
            await trial.cancelled("refresh", 1)
            self.hospital.execute(f"GRANT SELECT ON patient TO {self.hospital.analysts}")
            await trial.refreshed()
            assert self.hospital.is_refused(self.hospital.analysts, "SELECT id FROM patient")

        self.run(tmp_path, story)

    def _connection(self, **settings: object) -> Connection:
        address = self.server.url(self.hospital.name)
        return Connection(endpoint=Endpoint(address=address), configuration_properties=settings)
