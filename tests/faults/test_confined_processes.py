"""The process of a connector gets little of the daemon's environment, no privileges, and no more than its limits."""

import os
from pathlib import Path
from typing import Any

import pytest
import trio

from integration_daemon.config.document import IntegrationConnectorConfig, Isolation, ProcessLimitsConfig
from integration_daemon.supervision import operations
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider
from services.metadata.changes import Put
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile
from services.secret import Secret
from services.secret_sources.access import bounds, grant
from tests.integration_daemon.supervision.rig import Rig, connection_to, running, scripted, until

PLENTY = 2_000_000_000


class Curious(FilesIntegratorConnector):
    """Catalogues what it finds in its process."""

    provider = ConnectorProvider(description="Looks at its own process.")

    async def refresh(self) -> None:
        await self._say(*(f"variable {name}" for name in os.environ))
        if self.connection.clear_password is not None:
            await self._say(f"length of password {len(self.connection.clear_password.reveal())}")
        status = await trio.Path("/proc/self/status").read_text()
        await self._say(*(line for line in status.splitlines() if line.startswith("NoNewPrivs")))
        await self._say(*(await trio.Path("/proc/self/limits").read_text()).splitlines())

    async def _say(self, *lines: str) -> None:
        puts = [to_put(DataFile(qualified_name=" ".join(line.split())), source_key=f"/{line}") for line in lines]
        await self.context.apply(puts)


class Hungry(FilesIntegratorConnector):
    """Takes whatever it is told to take."""

    provider = ConnectorProvider(description="Takes too much.")

    def refresh(self) -> None:
        if self.context.setting("what") == "memory":
            bytearray(PLENTY)
        else:
            self.taken = [open(os.devnull) for _ in range(1_000)]  # noqa: SIM115


def isolated(kind: type, limits: ProcessLimitsConfig | None = None, **settings: Any) -> IntegrationConnectorConfig:
    connection = connection_to(kind)
    connection.configuration_properties = settings
    connection.clear_password = Secret("env:OF_THIS_CONNECTOR")
    return scripted("isolated", connection=connection, isolation=Isolation.PROCESS, process_limits=limits)


def found(rig: Rig) -> list[str]:
    puts = (change for batch in rig.server.applied for change in batch.changes)
    return [change.qualified_name for change in puts if isinstance(change, Put)]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THIS_CONNECTOR", "password")
    monkeypatch.setenv("OF_ANOTHER_CONNECTOR", "hush")
    monkeypatch.setenv("LC_TIME", "C")


@pytest.mark.usefixtures("environment")
async def test_a_connector_process_gets_only_the_environment_variables_of_its_own_secrets() -> None:
    async with running(isolated(Curious)) as rig:
        await until(lambda: rig.state("isolated") == "WAITING" and bool(found(rig)))
        variables = {line.removeprefix("variable ") for line in found(rig) if line.startswith("variable ")}
        assert {"PATH", "LC_TIME", "OF_THIS_CONNECTOR"} <= variables
        assert "OF_ANOTHER_CONNECTOR" not in variables
        allowed = ("LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
        more = variables - {"PATH", "OF_THIS_CONNECTOR", *allowed}
        assert all(name.startswith(("LC_", "PYTHON")) for name in more), more
        assert "length of password 8" in found(rig)


async def test_the_next_refresh_reads_a_rotated_password(tmp_path: Path) -> None:
    grant(bounds(tmp_path / "data", [tmp_path / "document.yaml"]))
    config = isolated(Curious)
    config.connection.clear_password = Secret(f"file:{tmp_path}/password")
    (tmp_path / "password").write_text("first")
    async with running(config) as rig:
        await until(lambda: rig.state("isolated") == "WAITING" and "length of password 5" in found(rig))
        (tmp_path / "password").write_text("second")
        await operations.refresh(rig.daemon, connector="isolated")
        assert "length of password 6" in found(rig)
        assert rig.report("isolated").incarnation == 1


@pytest.mark.usefixtures("environment")
async def test_a_connector_process_cannot_gain_privileges_and_leaves_no_core_dump() -> None:
    async with running(isolated(Curious)) as rig:
        await until(lambda: any(line.startswith("Max core") for line in found(rig)))
        assert "NoNewPrivs: 1" in found(rig)
        assert "Max core file size 0 0 bytes" in found(rig)


@pytest.mark.usefixtures("environment")
async def test_a_connector_process_has_the_limits_of_the_document() -> None:
    limits = ProcessLimitsConfig(memory_megabytes=1_500, open_files=100, processes=1_000)
    async with running(isolated(Curious, limits)) as rig:
        await until(lambda: any(line.startswith("Max open") for line in found(rig)))
        assert "Max address space 1500000000 1500000000 bytes" in found(rig)
        assert "Max open files 100 100 files" in found(rig)
        assert "Max processes 1000 1000 processes" in found(rig)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("what", "limits", "problem"),
    [
        ("memory", ProcessLimitsConfig(memory_megabytes=1_500), "MemoryError"),
        ("files", ProcessLimitsConfig(open_files=200), "Too many open files"),
    ],
)
async def test_a_connector_that_exceeds_its_limits_fails_alone(
    what: str, limits: ProcessLimitsConfig, problem: str
) -> None:
    async with running(isolated(Hungry, limits, what=what), scripted("good")) as rig:
        await until(lambda: rig.state("isolated") == "FAILED")
        failure = rig.report("isolated").failure
        assert failure is not None
        assert problem in failure.message
        await operations.refresh(rig.daemon, connector="good")
        assert rig.state("good") == "WAITING"


@pytest.mark.usefixtures("environment")
async def test_a_connector_process_without_limits_has_those_of_the_daemon() -> None:
    own = await trio.to_thread.run_sync(Path("/proc/self/limits").read_text)
    async with running(isolated(Curious)) as rig:
        await until(lambda: any(line.startswith("Max open") for line in found(rig)))
        expected = [" ".join(line.split()) for line in own.splitlines() if "core" not in line]
        assert [line for line in expected if line not in found(rig)] == []
