"""The daemon that benchmarks run: its connectors must succeed before anything is measured."""

import pytest

from benchmarks.hosting import NoOpConnector, NoStore, connector_config, daemon_of
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider


class FailingConnector(FilesIntegratorConnector):
    """Fails whenever it is refreshed."""

    provider = ConnectorProvider(description="Fails.")

    async def refresh(self) -> None:
        raise ValueError("nothing is here")


async def test_a_connector_that_cannot_succeed_is_named_with_its_reason() -> None:
    configs = [connector_config(NoOpConnector, 1), connector_config(FailingConnector, 2)]
    named = pytest.RaisesExc(RuntimeError, match=r"^connector 2 cannot be refreshed: .*nothing is here")
    with pytest.RaisesGroup(named, flatten_subgroups=True):
        async with daemon_of(configs, NoStore()):
            pass
