"""Files for enforcement points are written whole or not at all, whatever is in their place."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.framework.connection import Connection, Endpoint
from services.security.opa.opa_bundle import OPABundle
from services.security.ranger.ranger_tags import RangerTags
from services.testing.running import running_connector
from tests.services.security.protected import fill

CONNECTORS = [OPABundle, RangerTags]


def connection(path: Path) -> Connection:
    return Connection(endpoint=Endpoint(address=str(path)), configuration_properties={"serviceName": "hive"})


async def publish(connector: Any, directory: Path, path: Path) -> None:
    async with running_connector(connector, directory, connection=connection(path)) as work:
        await fill(work.store)
        await work.refresh()


@pytest.mark.parametrize("connector", CONNECTORS)
async def test_a_link_in_place_of_the_file_is_not_followed(connector: Any, tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    path.symlink_to(victim)

    with pytest.raises(ConnectorConfigurationError, match="it is a symbolic link"):
        await publish(connector, tmp_path, path)
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("kind", ["lock", "new"])
async def test_a_link_in_place_of_a_file_beside_it_is_not_followed(kind: str, tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    (tmp_path / f".out.{kind}").symlink_to(victim)

    if kind == "lock":
        with pytest.raises(ThirdPartyUnavailableError):
            await publish(OPABundle, tmp_path, path)
    else:
        await publish(OPABundle, tmp_path, path)
        assert path.is_file()
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
async def test_what_is_no_file_is_not_replaced(make: Any, tmp_path: Path) -> None:
    make(tmp_path / "out")

    with pytest.raises(ConnectorConfigurationError, match="it is there, and is not a file"):
        await publish(OPABundle, tmp_path, tmp_path / "out")


@pytest.mark.parametrize("connector", CONNECTORS)
async def test_a_missing_directory_is_named(connector: Any, tmp_path: Path) -> None:
    with pytest.raises(ThirdPartyUnavailableError, match=r"nowhere/out: No such file or directory"):
        await publish(connector, tmp_path, tmp_path / "nowhere" / "out")


async def test_two_connectors_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    (tmp_path / "other").mkdir()
    async with running_connector(OPABundle, tmp_path, connection=connection(path)) as first:
        await first.refresh()
        before = path.read_bytes()
        with pytest.raises(ConnectorConfigurationError, match="another connector writes it"):
            await publish(RangerTags, tmp_path / "other", path)
        assert path.read_bytes() == before
    await publish(RangerTags, tmp_path / "other", path)
    assert path.read_bytes() != before


async def test_a_file_keeps_its_mode_and_a_new_one_has_that_of_the_process(tmp_path: Path) -> None:
    path = tmp_path / "out"
    before = os.umask(0o027)
    try:
        await publish(RangerTags, tmp_path, path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    path.write_text("stale")
    path.chmod(0o604)
    async with running_connector(RangerTags, tmp_path, connection=connection(path)) as work:
        await work.refresh()
    assert path.stat().st_mode & 0o777 == 0o604


FULL = """
import resource, sys
from pathlib import Path
from services.security.publishing.output_file import OutputFile

resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
file = OutputFile(Path(sys.argv[1]))
try:
    file.write(b"x" * 10_000)
except OSError as error:
    print(error.strerror)
"""


def test_a_file_that_there_is_no_room_for_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old")

    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True)

    assert done.stdout == "File too large\n"
    assert path.read_text() == "old"
    assert {each.name for each in tmp_path.iterdir()} == {"out", ".out.lock"}
