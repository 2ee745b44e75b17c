"""The folder of event files: each event is received once, when its file is complete."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.errors import RefreshPostponedError
from services.framework.connection import Connection, Endpoint
from services.lineage.intake.file_spool import FileSpool
from services.lineage.receivers import event_files
from services.lineage.receivers import folder as folder_connector
from services.lineage.receivers.folder import OpenLineageFolder
from services.testing import RunningConnector, running_connector


def event(number: int) -> bytes:
    return msgspec.json.encode(
        {"eventTime": "2026-11-26T00:00:00Z", "job": {"namespace": "food", "name": f"job {number}"}}
    )


@asynccontextmanager
async def receiving(tmp_path: Path, **settings: Any) -> AsyncIterator[tuple[Path, RunningConnector]]:
    folder = tmp_path / "events"
    folder.mkdir(exist_ok=True)
    connection = Connection(
        endpoint=Endpoint(address=str(folder)), configuration_properties={"pollSeconds": 0, **settings}
    )
    options = {"spoolMegabytes": 1}
    async with running_connector(
        OpenLineageFolder, tmp_path, connection=connection, service_options=options
    ) as running:
        yield folder, running


def spool_of(running: RunningConnector) -> FileSpool:
    spool: FileSpool = running.connector.context.resources
    return spool


async def received(running: RunningConnector) -> list[bytes]:
    await running.call("refresh")
    return sorted([each.content for each in await spool_of(running).read(0, 1_000_000)])


async def rejected(running: RunningConnector) -> int:
    return (await spool_of(running).status()).dead_letters


async def test_events_of_documents_lists_and_lines_are_received_once(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        (folder / "one.json").write_bytes(msgspec.json.format(event(1), indent=2))
        (folder / "list.json").write_bytes(b"[" + event(2) + b"," + event(3) + b"]")
        (folder / "lines.jsonl").write_bytes(event(4) + b"\n" + event(5) + b"\n")
        (folder / "lines without a suffix").write_bytes(event(6) + b"\n" + event(7))
        (folder / ".hidden").write_bytes(event(8))
        assert len(await received(running)) == 7
        assert len(await received(running)) == 7
        for name in ("one.json", "list.json", "lines.jsonl"):
            (folder / f"marked {name}").write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
        assert len(await received(running)) == 12
        assert await rejected(running) == 0
    async with receiving(tmp_path) as (_, running):
        assert len(await received(running)) == 12


async def test_a_file_that_grows_is_received_line_by_line(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        with (folder / "log.jsonl").open("ab", buffering=0) as log:
            log.write(event(1) + b"\n" + event(2)[:20])
            assert await received(running) == [event(1)]
            log.write(event(2)[20:] + b"\n")
            assert await received(running) == [event(1), event(2)]
    with (folder / "log.jsonl").open("ab") as log:
        log.write(event(3) + b"\n")
    async with receiving(tmp_path) as (_, running):
        assert await received(running) == [event(1), event(2), event(3)]


async def test_a_file_that_grows_while_it_is_read_is_received_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_files, "CHUNK", 1)
    log, left = tmp_path / "events" / "log.jsonl", [2, 3, 4]

    def read_after_growth(*arguments: Any, **more: Any) -> event_files.EventsRead:
        if left:
            log.write_bytes(log.read_bytes() + event(left.pop(0)) + b"\n")
        return event_files.read_events(*arguments, **more)

    monkeypatch.setattr(folder_connector, "read_events", read_after_growth)
    async with receiving(tmp_path) as (_, running):
        log.write_bytes(event(1) + b"\n")
        assert await received(running) == [event(1), event(2), event(3), event(4)]


async def test_another_file_in_the_place_of_a_file_is_received_from_its_beginning(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        (folder / "log.jsonl").write_bytes(event(1) + b"\n")
        assert await received(running) == [event(1)]
        (folder / "log.jsonl").write_bytes(event(2) + b"\n" + event(3) + b"\n")  # with the same inode

        assert await received(running) == [event(1), event(2), event(3)]


@pytest.mark.parametrize("first", [b"\n", b'{"eventTime": "2026-11-26T', b"no event\n"])
async def test_a_damaged_first_line_harms_no_other(tmp_path: Path, first: bytes) -> None:
    async with receiving(tmp_path) as (folder, running):
        log = folder / "log.json"
        log.write_bytes(first + event(0) + b"\n" + event(1) + b"\n")
        os.utime(log, (0, 0))
        assert event(1) in await received(running)
        with log.open("ab") as more:
            more.write(event(2) + b"\n")
        assert await received(running) == [*([] if first[-1:] != b"\n" else [event(0)]), event(1), event(2)]


async def test_an_incomplete_file_is_waited_for_and_then_kept_as_a_dead_letter(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        (folder / "half.json").write_bytes(event(1)[:30])
        assert await received(running) == []
        assert await rejected(running) == 0
        os.utime(folder / "half.json", (0, 0))
        assert await received(running) == []
        assert await rejected(running) == 1

        (folder / "half.json").write_bytes(event(1))
        assert await received(running) == [event(1)]
        assert await rejected(running) == 1


async def test_a_wrong_line_is_a_dead_letter_and_the_others_are_received(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        (folder / "log.jsonl").write_bytes(event(1) + b"\n{}\nno JSON\n" + event(2) + b"\n")
        assert await received(running) == [event(1), event(2)]
        number, letters = await spool_of(running).newest_rejected(10)

        assert number == 2
        assert letters[0].origin == "TestedConnector: log.jsonl"


async def test_a_large_file_is_received_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_files, "CHUNK", 1_000)
    async with receiving(tmp_path) as (folder, running):
        (folder / "log.jsonl").write_bytes(b"".join(event(each) + b"\n" for each in range(500)))

        assert len(await received(running)) == 500


async def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        (tmp_path / "secret.json").write_bytes(event(1))
        (folder / "link.json").symlink_to(tmp_path / "secret.json")

        assert await received(running) == []


async def test_a_full_spool_postpones_the_rest_of_the_folder(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        consumer = running.connector.context.spooled_events
        await consumer.begin()
        for number in range(50):
            (folder / f"{number}.json").write_bytes(event(number) + b" " * 50_000)
        found: set[bytes] = set()
        refreshes = 0
        while len(found) < 50:
            try:
                await running.call("refresh")
            except RefreshPostponedError:
                refreshes += 1
            events = await consumer.read(await consumer.begin(), 100)
            found |= {each.content for each in events}
            await consumer.acknowledge(events[-1].position)

        assert refreshes > 0


async def test_a_folder_is_tried_again_after_the_spool_was_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_connector, "TRY_AGAIN_AFTER", 0)
    async with receiving(tmp_path, pollSeconds=0.01) as (folder, running):
        for number in range(30):
            (folder / f"{number}.json").write_bytes(event(number) + b" " * 50_000)
        for _ in range(3):  # the first one could be requested by the change of the folder
            with pytest.raises(RefreshPostponedError, match="is full"):
                await running.refresh()
            await running.refresh_requested.wait()


async def test_a_spool_that_cannot_be_written_postpones_the_folder(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        (folder / "one.json").write_bytes(event(1))
        files = spool_of(running).directory / "events"
        files.rename(tmp_path / "away")
        with pytest.raises(RefreshPostponedError, match="cannot be read or written"):
            await running.call("refresh")
        (tmp_path / "away").rename(files)
        assert await received(running) == [event(1)]


async def test_the_folder_is_looked_at_between_refreshes(tmp_path: Path) -> None:
    async with receiving(tmp_path, pollSeconds=0.01) as (folder, running):
        await running.refresh()
        (folder / "one.json").write_bytes(event(1))
        await running.refresh_requested.wait()

        assert await received(running) == [event(1)]


async def test_a_file_whose_name_is_no_text_is_received_like_any_other(tmp_path: Path) -> None:
    async with receiving(tmp_path) as (folder, running):
        (folder / os.fsdecode(b"\xff.jsonl")).write_bytes(event(1) + b"\nno event\n")
        (folder / "other.json").write_bytes(event(2))

        assert await received(running) == [event(1), event(2)]
        assert await rejected(running) == 1
    async with receiving(tmp_path) as (_, running):
        assert await received(running) == [event(1), event(2)]
