"""The connectors that publish protections pass the part of the conformance suite that is not about cataloguing."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import trio

from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.framework.connection import Connection, Endpoint
from services.security.opa.opa_bundle import OPABundle
from services.security.ranger.ranger_tags import RangerTags
from services.testing.conformance.life_cycle import LifeCycleConformance
from services.testing.trial import Trial


class _Publishing(LifeCycleConformance):
    """A connector that writes one file, and nothing to open metadata."""

    elements = 0
    sends = True
    unavailable_errors = (ThirdPartyUnavailableError, ConnectorConfigurationError)

    def connection(self) -> Connection:
        properties = {"serviceName": "hive", "bundleName": "hospital"}
        return Connection(endpoint=Endpoint(address=str(self._file)), configuration_properties=properties)

    def make_third_party(self) -> None:
        self._file.parent.mkdir()

    def make_unavailable(self) -> None:
        self._file.parent.rename(self.directory / "elsewhere")

    def wrong_connections(self) -> Sequence[Connection]:
        return [Connection(), Connection(endpoint=Endpoint(address=str(self.directory)))]

    def test_restart(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            await trial.refreshed()
            await trial.cancelled("refresh", 1)
            for connection in self.wrong_connections():
                assert await trial.errors_of(partial(trial.refreshed, connection))
            await trio.to_thread.run_sync(self._file.unlink)
            await trial.refreshed()
            assert self._file.exists()

        self.run(tmp_path, story)

    @property
    def _file(self) -> Path:
        return self.directory / "published" / "out"


class TestOPABundle(_Publishing):
    """The connector with a file and a name."""

    connector_class = OPABundle


class TestRangerTags(_Publishing):
    """The connector with the least settings."""

    connector_class = RangerTags
