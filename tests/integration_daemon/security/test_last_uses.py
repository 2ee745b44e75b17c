"""The last uses of tokens are written now and then, beside the file of tokens."""

from pathlib import Path

import trio
from trio.testing import MockClock

from audit.message import AuditMessage
from integration_daemon.security.last_uses import BETWEEN_WRITES, LastUses
from integration_daemon.security.permissions import Caller, Role
from integration_daemon.security.tokens import TokenFile

THREADS = 0.5
"""Seconds that worker threads have for their work before the clock jumps."""
CALLER = Caller("token ci", (Role.VIEWER,))


async def test_uses_are_written_at_most_once_a_minute_and_at_the_end(tmp_path: Path, mock_clock: MockClock) -> None:
    mock_clock.autojump_threshold = THREADS
    file = TokenFile(tmp_path / "data")
    file.create("ci", (Role.VIEWER,), user=None, expires=None)
    version, uses = file.version(), LastUses(tmp_path / "data")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(uses.run, unexpected)
        await trio.sleep(1)
        uses.note(CALLER)
        uses.note(Caller("the local user", (Role.ADMINISTRATOR,)))
        await trio.sleep(BETWEEN_WRITES / 2)
        assert uses.load() == {}
        await trio.sleep(BETWEEN_WRITES)
        assert set(uses.load()) == {"token ci"}
        uses.note(Caller("token other", (Role.VIEWER,)))
        nursery.cancel_scope.cancel()
    assert set(uses.load()) == {"token ci", "token other"}
    assert file.version() == version


async def test_a_write_that_fails_is_reported_once_and_made_up_for(tmp_path: Path, mock_clock: MockClock) -> None:
    mock_clock.autojump_threshold = THREADS
    recorded: list[str] = []

    def record(message: AuditMessage, error: BaseException | None, inserts: dict[str, object]) -> None:
        recorded.append(message.id)

    uses = LastUses(tmp_path / "data")  # there is no such folder yet
    async with trio.open_nursery() as nursery:
        nursery.start_soon(uses.run, record)
        uses.note(CALLER)
        await trio.sleep(3 * BETWEEN_WRITES)
        assert recorded == ["OMAG-PLATFORM-0232"]
        (tmp_path / "data" / "security").mkdir(parents=True)
        await trio.sleep(2 * BETWEEN_WRITES)
        assert set(uses.load()) == {"token ci"}
        nursery.cancel_scope.cancel()


def unexpected(message: AuditMessage, error: BaseException | None, inserts: dict[str, object]) -> None:
    raise AssertionError(message.id)
