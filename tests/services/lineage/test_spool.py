"""The spool of lineage events: what was accepted is kept until it is catalogued, whatever happens in between."""

import errno
import os
import stat
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio

from audit.log import AuditLog, Buffer, Component
from audit.severity import Severity
from services.errors import PropertyServerError, SpoolFullError
from services.lineage.intake.file_spool import FileSpool, SpoolLimits, opened_spool
from services.lineage.intake.remote_spool import RemoteSpool
from services.lineage.intake.spool import SpoolConsumer

CONSUMER = "cataloguer"
VALID = b'{"eventTime":"2026-11-26T00:00:00Z","job":{"namespace":"food","name":"orders"}}'


@asynccontextmanager
async def spool_in(
    directory: Path, *, most: int = 1_000_000, consumers: Collection[str] = (CONSUMER,), log: Buffer | None = None
) -> AsyncIterator[FileSpool]:
    audit_log = AuditLog(log or Buffer(100), Component(component_id=1, component_name="spool"))
    async with opened_spool(
        directory / "spool", SpoolLimits(events=most, dead_letters=10_000), lambda: consumers, audit_log
    ) as spool:
        yield spool


def some_events(number: int, size: int = 100) -> list[bytes]:
    return [msgspec.json.encode({"number": each, "text": "x" * size}) for each in range(number)]


async def contents(spool: FileSpool, after: int = 0) -> list[bytes]:
    found: list[bytes] = []
    while events := await spool.read(after, 7):
        assert [each.position for each in events] == list(range(after + 1, after + 1 + len(events)))
        found += [each.content for each in events]
        after = events[-1].position
    return found


def files(directory: Path) -> list[Path]:
    return sorted((directory / "spool" / "events").iterdir())


async def test_a_spool_returns_its_events_in_order_after_it_is_opened_again(tmp_path: Path) -> None:
    events = some_events(100)
    async with spool_in(tmp_path) as spool:
        assert await spool.append(events[:60]) == 60
    async with spool_in(tmp_path) as spool:
        assert await spool.append(events[60:]) == 100

        assert await contents(spool) == events


async def test_the_events_of_many_callers_are_all_kept(tmp_path: Path) -> None:
    positions: list[int] = []
    async with spool_in(tmp_path) as spool:

        async def send(event: bytes) -> None:
            positions.append(await spool.append([event]))

        async with trio.open_nursery() as nursery:
            for event in some_events(50):
                nursery.start_soon(send, event)

        assert sorted(positions) == list(range(1, 51))
        assert sorted(await contents(spool)) == sorted(some_events(50))


async def test_an_event_that_was_cut_off_is_ignored_and_the_ones_before_it_are_kept(tmp_path: Path) -> None:
    events, log = some_events(10), Buffer(100)
    async with spool_in(tmp_path) as spool:
        await spool.append(events)
    with files(tmp_path)[0].open("r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) - 3)

    async with spool_in(tmp_path, log=log) as spool:
        assert await spool.append([b"{}"]) == 10
        assert await contents(spool) == [*events[:9], b"{}"]
    assert [each.message.id for each in log.entries] == ["LINEAGE-INTAKE-0001"]


async def test_a_file_that_ends_in_zeros_holds_no_further_events(tmp_path: Path) -> None:
    async with spool_in(tmp_path) as spool:
        await spool.append(some_events(2))
    with files(tmp_path)[0].open("ab") as file:
        file.write(bytes(5_000))

    async with spool_in(tmp_path) as spool:
        assert spool.last == 2


async def test_a_damaged_event_is_reported_with_its_place_and_its_successors_are_read_without_the_file(
    tmp_path: Path,
) -> None:
    events = some_events(20)
    async with spool_in(tmp_path) as spool:
        await spool.append(events[:10])
    async with spool_in(tmp_path) as spool:
        await spool.append(events[10:])
    damaged = files(tmp_path)[0]
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)

    async with spool_in(tmp_path) as spool:
        with pytest.raises(PropertyServerError, match=f"{damaged.name} is damaged at byte .*: event 6 cannot be read"):
            await contents(spool, 4)
    damaged.unlink()
    async with spool_in(tmp_path) as spool:
        assert [each.position for each in await spool.read(4, 100)] == list(range(11, 21))


async def test_a_file_that_cannot_be_read_is_an_error_of_the_spool_until_it_is_back(tmp_path: Path) -> None:
    events = some_events(20)
    for some in (events[:10], events[10:]):
        async with spool_in(tmp_path) as spool:
            await spool.append(some)
    file = files(tmp_path)[1]
    async with spool_in(tmp_path) as spool:
        file.rename(tmp_path / "away")
        assert [each.content for each in await spool.read(0, 100)] == events[:10]
        with pytest.raises(PropertyServerError, match="cannot be read or written: No such file or directory"):
            await contents(spool, 10)
        (tmp_path / "away").rename(file)
        assert await contents(spool) == events


@pytest.mark.parametrize("byte", [3, 16 + 20], ids=["in a header", "in an event"])
async def test_damage_before_intact_events_of_the_last_file_is_an_error_and_none_of_them_is_passed_over(
    tmp_path: Path, byte: int
) -> None:
    events, log = some_events(9), Buffer(100)
    async with spool_in(tmp_path) as spool:
        await spool.append(events)
    damaged = files(tmp_path)[0]
    content = bytearray(damaged.read_bytes())
    offset = 4 * len(content) // 9
    content[offset + byte] ^= 1
    damaged.write_bytes(content)

    async with spool_in(tmp_path, log=log) as spool:
        assert await spool.append([b"{}"]) == 10
        assert [each.content for each in await spool.read(0, 100)] == events[:4]
        with pytest.raises(PropertyServerError, match=f"damaged at byte {offset}: event 5 cannot be read"):
            await contents(spool)
    [entry] = log.entries
    assert (entry.message.id, entry.message.severity) == ("LINEAGE-INTAKE-0005", Severity.ERROR)
    assert entry.parameters == {"path": damaged, "offset": offset, "count": 4}


async def test_a_full_spool_refuses_events_until_they_are_acknowledged(tmp_path: Path) -> None:
    async with spool_in(tmp_path, most=20_000) as spool:
        await spool.acknowledged(CONSUMER)
        accepted = 0

        async def fill() -> None:
            nonlocal accepted
            while True:
                accepted = await spool.append(some_events(10))

        with pytest.raises(SpoolFullError, match="is full"):
            await fill()
        assert len(await contents(spool)) == accepted

        await spool.acknowledge(CONSUMER, accepted)

        assert await spool.append(some_events(10)) == accepted + 10


async def test_an_event_is_kept_until_every_consumer_has_acknowledged_it(tmp_path: Path) -> None:
    consumers = ["one", "other"]
    async with spool_in(tmp_path, most=8_000, consumers=consumers) as spool:
        for consumer in consumers:
            assert await spool.acknowledged(consumer) == 0
        for _ in range(5):
            await spool.append(some_events(8))
        await spool.acknowledge("one", 40)
    async with spool_in(tmp_path, most=8_000, consumers=consumers) as spool:
        assert await spool.acknowledged("one") == 40
        assert len(await contents(spool)) == 40
        await spool.acknowledge("other", 40)
        assert len(files(tmp_path)) == 1

        assert await spool.append([b"{}"]) == 41


async def test_a_consumer_that_is_no_longer_configured_keeps_no_events(tmp_path: Path) -> None:
    consumers = ["one", "other"]
    async with spool_in(tmp_path, most=8_000, consumers=consumers) as spool:
        for consumer in consumers:
            await spool.acknowledged(consumer)
        await spool.append(some_events(40))
        consumers.remove("other")
        await spool.acknowledge("one", 40)

        assert await contents(spool) == []


async def test_a_consumer_waits_for_an_event(tmp_path: Path) -> None:
    found: list[bytes] = []
    async with spool_in(tmp_path) as spool, trio.open_nursery() as nursery:

        async def consume() -> None:
            await spool.wait(0)
            found.extend(await contents(spool))

        nursery.start_soon(consume)
        await trio.testing.wait_all_tasks_blocked()
        await spool.append([b"{}"])
    assert found == [b"{}"]


async def test_a_failed_write_accepts_nothing_and_the_next_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with spool_in(tmp_path) as spool:
        await spool.append([b"1"])

        def fail(_: int) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patched:
            patched.setattr(os, "fdatasync", fail)
            with pytest.raises(PropertyServerError, match="cannot be read or written: Input/output error"):
                await spool.append([b"2"])

        assert await spool.append([b"3"]) == 2
        assert await contents(spool) == [b"1", b"3"]


async def test_a_full_disk_is_a_full_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with spool_in(tmp_path) as spool:
        await spool.append([b"1"])

        def fail(_: int, content: bytes) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(os, "write", fail)
            with pytest.raises(SpoolFullError, match="the disk has no space left"):
                await spool.append([b"2"])

        assert await spool.append([b"3"]) == 2
        assert await contents(spool) == [b"1", b"3"]


async def test_on_a_full_disk_events_that_are_catalogued_make_room_for_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def write_to_a_small_disk(descriptor: int, content: bytes) -> int:
        used = sum(each.stat().st_size for each in files(tmp_path))
        if used + len(content) > 1_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", write_to_a_small_disk)
    event = b"x" * 600
    async with spool_in(tmp_path) as spool:
        await spool.acknowledged(CONSUMER)
        await spool.append([event])
        with pytest.raises(SpoolFullError):
            await spool.append([event])
        await spool.acknowledge(CONSUMER, 1)
        assert await spool.append([event]) == 2
        with pytest.raises(SpoolFullError):
            await spool.append([event])
    async with spool_in(tmp_path) as spool:
        assert [each.position for each in await spool.read(1, 10)] == [2]


async def test_the_files_of_a_spool_are_private(tmp_path: Path) -> None:
    async with spool_in(tmp_path) as spool:
        await spool.append(some_events(1))
        await spool.acknowledged(CONSUMER)
        await spool.reject(CONSUMER, (await spool.read(0, 1))[0], "for a test")

    modes = {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "spool").rglob("*") if each.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "spool", files(tmp_path)[0].parent)} == {0o700}


async def test_a_connector_in_another_process_uses_the_spool_of_the_daemon(tmp_path: Path) -> None:
    async with spool_in(tmp_path, most=1_000) as spool:
        remote = RemoteSpool(spool.answer)
        consumer = SpoolConsumer(lambda: remote, CONSUMER)
        assert await consumer.begin() == 0
        receipt = await remote.receive([VALID, b"no event"], "another process")
        assert [each.index for each in receipt.rejected] == [1]
        await remote.append([b"\xff"])
        await consumer.wait(1)
        events = await consumer.read(0, 10)
        assert [each.content for each in events] == [VALID, b"\xff"]
        await consumer.reject(events[1], "it is no event")
        await consumer.acknowledge(2)
        await remote.remember("a receiver/../x", b"a place")

        assert await remote.recall("a receiver/../x") == b"a place"
        assert await remote.recall("another") == b""
        assert (await spool.status()).waiting == {CONSUMER: 0}
        assert (await spool.status()).dead_letters == 2
        with pytest.raises(SpoolFullError):
            await remote.append([b"x" * 1_001])
