"""The spool in the data directory of a server."""

import errno
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio

from audit.log import AuditLog
from services.errors import InvalidParameterError, PropertyServerError, SpoolFullError
from services.framework.resources import ServiceHome
from services.lineage.intake.dead_letters import DeadLetter, DeadLetters, dead_letter
from services.lineage.intake.messages import SPOOL_FAILED, SPOOL_FULL, SPOOL_NOT_USABLE, TORN_TAIL, WRONG_OPTION
from services.lineage.intake.segments import SegmentLog, SpooledEvent, sync_directory
from services.lineage.intake.spool import MOST_BYTES_READ
from services.worker_threads import WorkerThreads

MEGABYTE = 1_000_000
TRY_AGAIN_AFTER = 5
"""Seconds after which a sender may try again when the spool is full."""
CLOSED_WITHIN = 10.0
"""Seconds that the disk has to finish what is being written."""
_SEGMENT = 32 * MEGABYTE
_POSITIONS = "consumers.json"
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
T = TypeVar("T")


class SpoolLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a spool may keep, in bytes."""

    events: int = 1_000 * MEGABYTE
    dead_letters: int = 100 * MEGABYTE


class _Append:
    """The events of one caller, and what came of them."""

    __slots__ = ("error", "events", "last", "size")

    def __init__(self, events: Sequence[bytes]) -> None:
        self.events = events
        self.size = sum(map(len, events))
        self.last = 0
        self.error: OSError | None = None


class FileSpool:
    """An `EventSpool` of files in one directory.

    All files are written by one thread at a time. The events of all callers that wait are written together, and wait
    for the disk once.
    """

    def __init__(self, files: "_Files", limits: SpoolLimits, configured: Callable[[], Collection[str]]) -> None:
        """`configured` gives the names of the consumers that have a share in it."""
        self.directory = files.directory
        self.log = files.log
        self._dead_letters = files.dead_letters
        self._positions = files.positions
        self._limits = limits
        self._configured = configured
        self._pending: deque[_Append] = deque()
        self._pending_bytes = 0
        self._writer = WorkerThreads("writer of lineage events", slots=1)
        self._readers = WorkerThreads("readers of lineage events", slots=2)
        self._token = trio.lowlevel.current_trio_token()
        self._grown = trio.Event()

    @property
    def last(self) -> int:
        """The position of the newest event."""
        return self.log.last

    async def append(self, events: Sequence[bytes]) -> int:
        """As `EventSpool.append`."""
        if not events:
            return self.log.last
        job = _Append(events)
        self._require_room(job.size)
        self._pending.append(job)
        self._pending_bytes += job.size
        try:
            await self._write(self._write_pending)
        finally:
            self._pending_bytes -= job.size
            with suppress(ValueError):
                self._pending.remove(job)  # it was cancelled before it was written
        if job.error is not None:
            raise self._full() if job.error.errno in _NO_SPACE else self._failed(job.error)
        return job.last

    def _require_room(self, size: int) -> None:
        if self.log.size + self._pending_bytes + size > self._limits.events:
            raise self._full()

    def _full(self) -> SpoolFullError:
        used, most = self.log.size + self._pending_bytes, self._limits.events
        return SpoolFullError(SPOOL_FULL, used=used, most=most, seconds=TRY_AGAIN_AFTER)

    def _write_pending(self) -> None:
        """In the writing thread: write what all callers have, this one's events among them unless they are written."""
        jobs: list[_Append] = []
        while self._pending:
            jobs.append(self._pending.popleft())
        if not jobs:
            return
        error, last = None, 0
        try:
            last = self.log.append([event for job in jobs for event in job.events])
        except OSError as raised:
            error = raised
        for job in reversed(jobs):
            job.error = error
            if error is None:
                job.last = last
                last -= len(job.events)
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._announce, idempotent=True)

    def _announce(self) -> None:
        """On the event loop: wake those who wait for events. The callers of `append` may have been cancelled."""
        self._grown.set()
        self._grown = trio.Event()

    async def acknowledged(self, consumer: str) -> int:
        """As `EventSpool.acknowledged`. A consumer that is new begins with the oldest event that is still there."""
        if consumer not in self._positions:
            await self.acknowledge(consumer, self.log.first - 1)
        return self._positions.get(consumer, self.log.first - 1)

    async def read(self, after: int, limit: int) -> list[SpooledEvent]:
        """As `EventSpool.read`."""
        if after >= self.log.last:
            await trio.lowlevel.checkpoint()
            return []
        return await self._readers.run(lambda: self.log.read(after, limit, MOST_BYTES_READ))

    async def wait(self, after: int) -> None:
        """As `EventSpool.wait`."""
        while self.log.last <= after:
            await self._grown.wait()

    async def acknowledge(self, consumer: str, position: int) -> None:
        """As `EventSpool.acknowledge`."""
        if position > self._positions.get(consumer, -1):
            self._positions[consumer] = min(position, self.log.last)
        for name in self._positions.keys() - set(self._configured()):
            del self._positions[name]
        await self._write(partial(self._write_positions, dict(self._positions)))

    def _write_positions(self, positions: dict[str, int]) -> None:
        _write_whole(self.directory / _POSITIONS, msgspec.json.encode(positions))
        if positions:
            self.log.remove_through(min(positions.values()))

    async def reject(self, consumer: str, event: SpooledEvent, reason: str) -> None:
        """As `EventSpool.reject`."""
        await self.keep_rejected([dead_letter(event.content, origin=consumer, reason=reason, position=event.position)])

    async def keep_rejected(self, letters: Sequence[DeadLetter], *, share: float = 1.0) -> None:
        """Write dead letters; raises `PropertyServerError` if their file has reached this share of its limit."""
        await self._write(lambda: self._dead_letters.add(letters, share=share))

    async def newest_rejected(self, limit: int) -> tuple[int, list[DeadLetter]]:
        """The number of dead letters, and the newest of them."""
        return await self._write(lambda: self._dead_letters.newest(limit))

    async def take_rejected(self) -> list[DeadLetter]:
        """The dead letters, to be replayed; `forget_rejected` ends that."""
        return await self._write(lambda: list(self._dead_letters.take_all()))

    async def forget_rejected(self) -> None:
        """The dead letters that were taken have been replayed."""
        await self._write(self._dead_letters.forget_taken)

    async def close(self) -> None:
        """Close the files, after what is being written."""
        await self._write(self.log.close)

    async def _write(self, function: Callable[[], T]) -> T:
        try:
            return await self._writer.run(function)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> PropertyServerError:
        cause = error.strerror or type(error).__name__
        return PropertyServerError(SPOOL_FAILED, path=self.directory, cause=cause)


class _Files:
    """The files of a spool, opened or created. Blocks."""

    def __init__(self, directory: Path, limits: SpoolLimits) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory = directory
        self.positions = _read_positions(directory / _POSITIONS)
        self.log = SegmentLog(
            directory / "events",
            segment_bytes=min(_SEGMENT, limits.events // 8),
            after=max(self.positions.values(), default=0),
        )
        self.dead_letters = DeadLetters(directory, most_bytes=limits.dead_letters)
        sync_directory(directory)
        sync_directory(directory.parent)


@asynccontextmanager
async def opened_spool(
    directory: Path, limits: SpoolLimits, configured: Callable[[], Collection[str]], audit_log: AuditLog
) -> AsyncIterator[FileSpool]:
    """The spool in a directory. One process at a time may use it.

    Raises `PropertyServerError` if the directory cannot be used.
    """
    try:
        files = await trio.to_thread.run_sync(_Files, directory, limits)
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise PropertyServerError(SPOOL_NOT_USABLE, path=directory, cause=cause) from error
    if files.log.torn is not None:
        path, size = files.log.torn
        audit_log.record(TORN_TAIL, path=path, size=size)
    spool = FileSpool(files, limits, configured)
    try:
        yield spool
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CLOSED_WITHIN):
            await spool.close()


def open_spool(home: ServiceHome) -> AbstractAsyncContextManager[FileSpool]:
    """The spool of a service; raises `InvalidParameterError` for options that cannot be used."""
    limits = SpoolLimits(
        events=_megabytes(home.options, "spoolMegabytes", 1_000),
        dead_letters=_megabytes(home.options, "deadLetterMegabytes", 100),
    )
    return opened_spool(home.directory, limits, home.connectors, home.audit_log)


def _megabytes(options: dict[str, Any], name: str, default: int) -> int:
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 1_000_000:
        raise InvalidParameterError(WRONG_OPTION, option=name, value=value)
    return int(value * MEGABYTE)


def _read_positions(path: Path) -> dict[str, int]:
    """The positions of consumers; without a file that can be read, they begin with the oldest event."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except (FileNotFoundError, msgspec.MsgspecError, ValueError):
        return {}


def _write_whole(path: Path, content: bytes) -> None:
    """Replace a file that only this user can read, completely or not at all."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fdatasync(file.fileno())
    fresh.replace(path)
