"""Committed elements are kept: after a sudden end at any moment, and after a full disk."""

import random
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest
import trio

from services.files.context import FilesIntegratorContext
from services.metadata.changes import Query
from services.metadata.element import ElementRecord
from tests.faults.cataloguer import FILES, SAFETY, STEADY, scanned
from tests.services.contexts import Surroundings, surroundings

POINTS = 10


@pytest.mark.parametrize("series", range(10))
async def test_a_hundred_sudden_ends_lose_no_commit_and_leave_no_partial_one(series: int, tmp_path: Path) -> None:
    moments = random.Random(series)
    last = -1
    for _ in range(POINTS):
        last = max(last, await trio.to_thread.run_sync(killed_after, tmp_path, moments.uniform(0, 0.3)))
        await trio.to_thread.run_sync(is_sound, tmp_path / "store.sqlite")
        async with surroundings(FilesIntegratorContext, tmp_path, safety=SAFETY) as around:
            await all_exist(around, last)
    async with surroundings(FilesIntegratorContext, tmp_path, safety=SAFETY) as around:
        await scanned(around, tmp_path / "tree")
        assert await scanned(around, tmp_path / "tree") == 0
        assert await catalogued(around) == sorted(str(path) for path in (tmp_path / "tree").rglob("*.csv"))


def killed_after(directory: Path, seconds: float) -> int:
    """Let the cataloguer finish a round, kill it this much later, and return the last round that it reported."""
    command = [sys.executable, "-m", "tests.faults.cataloguer", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)  # the test needs different moments
        process.kill()
        return int([first, *process.stdout.read().splitlines()][-1])


def is_sound(path: Path) -> None:
    connection = apsw.Connection(str(path))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


async def all_exist(around: Surroundings[FilesIntegratorContext], last: int) -> None:
    """Check that every reported round is catalogued and that every file has its folder, so that none is partial."""
    files = [element for element in await everything(around) if element.type_name == "CSVFile"]
    for round_number, expected in ((0, STEADY), (last, FILES if last else STEADY)):
        inside = [each for each in files if f"/tree/{round_number}/" in each.properties["pathName"]]
        assert len(inside) == expected
    held = await around.store.relationships([each.guid for each in files], type_name="NestedFile")
    assert sorted(each.end2_guid for each in held) == sorted(each.guid for each in files)


async def everything(around: Surroundings[FilesIntegratorContext]) -> list[ElementRecord]:
    pages: list[ElementRecord] = []
    while page := await around.store.find(Query(type_name="DataFile", start_from=len(pages))):
        pages += page
    return pages


async def catalogued(around: Surroundings[FilesIntegratorContext]) -> list[str]:
    return sorted(each.properties["pathName"] for each in await everything(around))


FULL = """
import resource, signal, sys, trio
from pathlib import Path
from services.errors import MetadataServerUnavailableError
from services.metadata.changes import Batch, Query
from services.metadata.sqlite import open_sqlite_store
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile

def batch(name):
    puts = [to_put(DataFile(qualified_name=f"{name}/{number}", description="x" * 500)) for number in range(400)]
    return Batch(user="npa", changes=puts)

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    async with open_sqlite_store(Path(sys.argv[1])) as store:
        await store.apply(batch("before"))
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
        refused = 0
        for number in range(20):
            try:
                await store.apply(batch(f"full {number}"))
            except MetadataServerUnavailableError as error:
                refused += 1
                text = str(error)
        assert refused, "nothing was refused"
        assert len(await store.find(Query(qualified_name="before/7"))) == 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await store.apply(batch("after"))
        print(text)
        print(refused, len(await store.fingerprints("", "")))

trio.run(main)
"""


async def test_a_full_disk_is_reported_and_the_store_recovers(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path / "store.sqlite")]
    done = await trio.run_process(command, capture_stdout=True)
    text, figures = done.stdout.decode().splitlines()
    refused, places = map(int, figures.split())
    assert "OMRS-REPOSITORY-500-002" in text
    assert "store.sqlite failed: " in text
    assert places == 400 * (1 + 20 - refused + 1)
    await trio.to_thread.run_sync(is_sound, tmp_path / "store.sqlite")
