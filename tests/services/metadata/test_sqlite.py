"""The embedded store as a file: damaged files, concurrent opening, and sudden ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest
import trio

from services.errors import PropertyServerError
from services.metadata.changes import Batch, Outcome, Query
from services.metadata.mapping import to_put
from services.metadata.sqlite import open_sqlite_store, schema
from services.metadata.types.files import DataFile


async def opened(path: Path) -> None:
    async with open_sqlite_store(path):
        pass


async def refusal(path: Path) -> str:
    with pytest.RaisesGroup(PropertyServerError, allow_unwrapped=True, flatten_subgroups=True) as caught:
        await opened(path)
    error = caught.value.exceptions[0] if isinstance(caught.value, BaseExceptionGroup) else caught.value
    assert str(path) in str(error)
    return str(error)


def filled(path: Path) -> None:
    async def fill() -> None:
        async with open_sqlite_store(path) as store:
            puts = [to_put(DataFile(qualified_name=f"f{number}", file_name="x" * 200)) for number in range(500)]
            await store.apply(Batch(user="npa", changes=puts))

    trio.run(fill)


async def test_a_file_that_is_not_a_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_text("to whom it may concern" * 100)

    assert "it is not a metadata store" in await refusal(path)
    assert path.read_text() == "to whom it may concern" * 100


async def test_a_truncated_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    await trio.to_thread.run_sync(filled, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])

    assert "it is truncated" in await refusal(path)
    assert path.read_bytes() == whole[: len(whole) // 2]


async def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    await trio.to_thread.run_sync(filled, path)
    content = bytearray(path.read_bytes())
    content[4096:20480] = b"\xff" * 16384
    path.write_bytes(content)

    assert "restore" in await refusal(path)


async def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    await opened(path)
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    assert "written by a newer version of this program (schema 99)" in await refusal(path)


async def test_a_missing_directory_is_reported(tmp_path: Path) -> None:
    assert "it cannot be written to: No such file or directory" in await refusal(tmp_path / "no" / "store.sqlite")


async def test_a_store_can_be_opened_once_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    async with open_sqlite_store(path):
        assert "another process has it open" in await refusal(path)
    await opened(path)


async def test_a_closed_store_refuses_calls(tmp_path: Path) -> None:
    async with open_sqlite_store(tmp_path / "store.sqlite") as store:
        pass
    with pytest.raises(PropertyServerError, match="is closed"):
        await store.find(Query())
    with pytest.raises(PropertyServerError, match="is closed"):
        await store.apply(Batch(user="npa", changes=[]))


async def test_accepted_batches_are_committed_when_the_owner_is_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with trio.CancelScope() as scope:
        async with open_sqlite_store(path) as store, trio.open_nursery() as nursery:
            for number in range(20):
                batch = Batch(user="npa", changes=[to_put(DataFile(qualified_name=f"f{number}"))])
                nursery.start_soon(store.apply, batch)
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()

    async with open_sqlite_store(path) as store:
        assert len(await store.find(Query(type_name="DataFile"))) == 20


WRITER = """
import sys, trio
from pathlib import Path
from services.metadata.changes import Batch
from services.metadata.sqlite import open_sqlite_store, schema
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile

async def main():
    async with open_sqlite_store(Path(sys.argv[1])) as store:
        for number in range(10_000):
            changes = [to_put(DataFile(qualified_name=f"{number}/{part}")) for part in range(20)]
            await store.apply(Batch(user="npa", changes=changes))
            print(number, flush=True)

trio.run(main)
"""


@pytest.mark.parametrize("batches", [1, 7, 40])
async def test_a_sudden_end_loses_no_acknowledged_batch_and_leaves_no_partial_one(batches: int, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    acknowledged = await trio.to_thread.run_sync(_kill_after, path, batches)

    async with open_sqlite_store(path) as store:
        keys = await store.fingerprints("", "")
    found = {int(key.partition("/")[0]) for key in keys}
    assert found >= set(range(acknowledged + 1))
    assert len(keys) == len(found) * 20


def _kill_after(path: Path, batches: int) -> int:
    """Run a writer, kill it after this many acknowledgements, and return the last one."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        last = -1
        for line in process.stdout:
            last = int(line)
            if last >= batches:
                os.kill(process.pid, signal.SIGKILL)
                break
    return last


def make_version_1(path: Path, elements: int) -> None:
    """Create a store in the format of the first version of this program."""
    connection = apsw.Connection(str(path))
    with connection:
        connection.execute(schema.TABLES)
        connection.execute("PRAGMA user_version = 1")
        connection.executemany(
            "INSERT INTO elements (guid, type, qualified_name, source, place, fingerprint, created_by, created_at,"
            " updated_at, properties) VALUES (?, 'DataFile', ?, 0, ?, 'f', 'npa', 0, 0, ?)",
            (
                (f"guid {number}", f"old {number}", f"/{number}", f'{{"qualifiedName": "old {number}"}}')
                for number in range(elements)
            ),
        )
    connection.close()


async def test_a_store_of_the_previous_version_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    make_version_1(path, 10)
    for _ in range(2):
        async with open_sqlite_store(path) as store:
            assert len(await store.fingerprints("", "")) == 10
            assert [each.qualified_name for each in await store.find(Query(text="old 7"))] == ["old 7"]
            assert [each.qualified_name for each in await store.find(Query(name_pattern="*d 7"))] == ["old 7"]
            assert len(await store.find(Query(type_name="DataFile"))) == 10
            page = await store.changes(0, 100)
            assert len(page.changes) == 10
            assert page.is_last
    async with open_sqlite_store(path) as store:
        await store.apply(Batch(user="npa", changes=[to_put(DataFile(qualified_name="new"))]))
        assert [each.qualified_name for each in (await store.changes(page.last, 100)).changes] == ["new"]


OPENER = """
import sys, trio
from pathlib import Path
from services.metadata.sqlite import open_sqlite_store, schema

async def main():
    print("opening", flush=True)
    async with open_sqlite_store(Path(sys.argv[1])):
        print("open", flush=True)

trio.run(main)
"""


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1, 0.2])
async def test_an_interrupted_migration_is_applied_completely_or_not_at_all(delay: float, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    make_version_1(path, 20_000)

    def cut_off() -> None:
        with subprocess.Popen([sys.executable, "-c", OPENER, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.kill()

    await trio.to_thread.run_sync(cut_off)
    async with open_sqlite_store(path) as store:
        assert len(await store.fingerprints("", "")) == 20_000
        assert len((await store.changes(19_990, 100)).changes) == 10


async def test_a_store_that_is_closed_while_indexing_continues_when_reopened(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    make_version_1(path, 20_000)
    query = Query(text="19999")
    async with open_sqlite_store(path) as store:
        assert (await store.find_page(query)).indexed_to is not None
    async with open_sqlite_store(path) as store:
        while (page := await store.find_page(query)).indexed_to is not None:
            assert page.elements == []
        assert [each.qualified_name for each in page.elements] == ["old 19999"]


async def test_accepted_batches_are_committed_without_the_event_loop(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    async with open_sqlite_store(path) as store, trio.open_nursery() as nursery:
        for number in range(200):  # more than one transaction and the queue can hold
            change = to_put(DataFile(qualified_name=f"f{number}", file_name="x"))
            nursery.start_soon(store.apply, Batch(user="npa", changes=[change]))
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        assert store.commit_now(30)  # this blocks the thread of the event loop: no other task runs meanwhile
        assert apsw.Connection(str(path)).execute("SELECT count(*) FROM elements").fetchall() == [(200,)]
    assert apsw.Connection(str(path)).execute("SELECT count(*) FROM elements").fetchall() == [(200,)]


async def test_batches_committed_without_the_event_loop_are_not_committed_again(tmp_path: Path) -> None:
    outcomes: list[Outcome] = []

    async def put(name: str) -> None:
        change = to_put(DataFile(qualified_name=name))
        outcomes.append(await store.apply(Batch(user="npa", changes=[change])))

    async with open_sqlite_store(tmp_path / "store.sqlite") as store, trio.open_nursery() as nursery:
        for number in range(200):
            nursery.start_soon(put, f"f{number}")
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        assert store.commit_now(30)
        assert store.commit_now(30)  # the callers have not received their outcomes yet
    assert [(outcome.created, outcome.unchanged) for outcome in outcomes] == [(1, 0)] * 200
