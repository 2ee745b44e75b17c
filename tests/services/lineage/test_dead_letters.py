"""Rejected events are kept as dead letters, and can be replayed."""

from pathlib import Path

import pytest

from audit.log import Buffer
from services.errors import PropertyServerError, SpoolFullError
from tests.services.lineage.test_spool import CONSUMER, VALID, contents, spool_in


async def test_a_rejected_event_is_kept_with_the_reason_and_can_be_replayed(tmp_path: Path) -> None:
    async with spool_in(tmp_path) as spool:
        await spool.append([VALID, b"\xff no JSON"])
        for event in await spool.read(0, 10):
            await spool.reject(CONSUMER, event, "it cannot be catalogued")
    with (tmp_path / "spool" / "dead-letters.jsonl").open("ab") as file:
        file.write(b'{"time":"2026-')  # cut off, as when the machine stops

    async with spool_in(tmp_path) as spool:
        number, letters = await spool.newest_rejected(3)
        receipt = await spool.replay()

        assert (number, letters[-1].origin) == (3, "dead-letters.jsonl, line 3")
        assert (letters[0].origin, letters[0].position, letters[0].reason) == (CONSUMER, 1, "it cannot be catalogued")
        assert [each.index for each in receipt.rejected] == [1, 2]
        assert await contents(spool, 2) == [VALID]
        number, letters = await spool.newest_rejected(2)
        assert (number, letters[0].content) == (2, b"\xff no JSON")
        assert letters[0].reason.startswith("$: ")


async def test_a_dead_letter_that_was_edited_wrongly_harms_no_other(tmp_path: Path) -> None:
    async with spool_in(tmp_path) as spool:
        await spool.receive([b"\xff no JSON", b"{}"], "a test")
        file = tmp_path / "spool" / "dead-letters.jsonl"
        file.write_bytes(
            file.read_bytes().replace(b'"base64":"', b'"base64":"x').replace(b'"event":{}', b'"event":' + VALID)
        )
        receipt = await spool.replay()

        assert (receipt.accepted, [each.index for each in receipt.rejected]) == (1, [0])
        number, (letter,) = await spool.newest_rejected(10)
        assert number == 1
        assert b'"base64":"x' in letter.content  # the line, to be corrected


async def test_a_replay_that_does_not_end_loses_nothing(tmp_path: Path) -> None:
    async with spool_in(tmp_path, most=1_000) as spool:
        await spool.acknowledged(CONSUMER)
        await spool.append([VALID] * 7)
        for event in await spool.read(0, 10):
            await spool.reject(CONSUMER, event, "for a test")
        with pytest.raises(SpoolFullError):
            await spool.replay()

        assert (await spool.status()).dead_letters == 7
        await spool.acknowledge(CONSUMER, 7)
        assert (await spool.replay()).accepted == 7
        assert (await spool.status()).dead_letters == 0


async def test_of_received_events_the_valid_ones_are_accepted_and_the_place_of_each_problem_is_named(
    tmp_path: Path,
) -> None:
    log = Buffer(100)
    async with spool_in(tmp_path, log=log) as spool:
        for _ in range(3):
            receipt = await spool.receive([VALID, b"{", b'{"eventTime":"now"}', VALID], "a test")

        assert (receipt.accepted, [each.index for each in receipt.rejected]) == (2, [1, 2])
        assert receipt.rejected[1].place == "$.eventTime"
        assert await contents(spool) == [VALID] * 6
        assert (await spool.status()).dead_letters == 6
    assert [each.message.id for each in log.entries] == ["LINEAGE-INTAKE-0002"]


async def test_rejected_events_that_were_never_accepted_leave_room_for_those_that_were(tmp_path: Path) -> None:
    log = Buffer(100)
    async with spool_in(tmp_path, log=log) as spool:
        for _ in range(200):
            await spool.receive([b"no event"], "a test")
        await spool.append([b"{}"])
        await spool.reject(CONSUMER, (await spool.read(0, 1))[0], "it was accepted")

        assert (await spool.newest_rejected(1))[1][0].reason == "it was accepted"
    assert "LINEAGE-INTAKE-0004" in [each.message.id for each in log.entries]


async def test_full_dead_letters_are_an_error_so_that_nothing_accepted_is_lost(tmp_path: Path) -> None:
    async with spool_in(tmp_path) as spool:
        await spool.append([b'"%s"' % (b"x" * 11_000)])
        event = (await spool.read(0, 1))[0]
        await spool.reject(CONSUMER, event, "too long")

        with pytest.raises(PropertyServerError, match="is full: 10000 bytes"):
            await spool.reject(CONSUMER, event, "too long")
