"""The spool in the data directory of a server."""

import errno
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import trio

from audit.log import AuditLog
from services.errors import InvalidParameterError, PropertyServerError, SpoolFullError
from services.framework.resources import ServiceHome
from services.lineage.intake.dead_letters import DeadLetter, DeadLetters, dead_letter
from services.lineage.intake.messages import (
    EVENTS_BEHIND_DAMAGE,
    SPOOL_FAILED,
    SPOOL_FULL,
    SPOOL_NOT_USABLE,
    TORN_TAIL,
    WRONG_OPTION,
)
from services.lineage.intake.receiving import Receipt, sort_events
from services.lineage.intake.remote_spool import answer_request
from services.lineage.intake.reports import IntakeReports
from services.lineage.intake.segments import Damage, SegmentLog, SpooledEvent, sync_directory
from services.lineage.intake.spool import MOST_BYTES_READ
from services.lineage.intake.spool_status import SpoolStatus
from services.worker_threads import WorkerThreads

MEGABYTE = 1_000_000
TRY_AGAIN_AFTER = 5
"""Seconds after which a sender may try again if the spool is full."""
CLOSED_WITHIN = 10.0
"""Time limit, in seconds, for finishing writes when the spool is closed."""
_QUICK = 64 * 1024
"""Size of events, in bytes, up to which they are decoded on the event loop; larger ones are decoded on a thread."""
_SHARE_OF_RECEIPT = 0.5
"""Share of the dead letters' limit for events that were never accepted. The rest is for accepted events, none of which
may be lost."""
_SEGMENT = 32 * MEGABYTE
_POSITIONS = "consumers.json"
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
T = TypeVar("T")


class SpoolLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a spool, in bytes."""

    events: int = 1_000 * MEGABYTE
    dead_letters: int = 100 * MEGABYTE


class _Append:
    """The events of one caller, and the result of writing them."""

    __slots__ = ("error", "events", "last", "size")

    def __init__(self, events: Sequence[bytes]) -> None:
        self.events = events
        self.size = sum(map(len, events))
        self.last = 0
        self.error: OSError | None = None


class FileSpool:
    """An `EventSpool` of files in one directory.

    One thread at a time writes all files. The events of all waiting callers are written together, with one wait for the
    disk.
    """

    def __init__(
        self,
        files: "_Files",
        limits: SpoolLimits,
        configured: Callable[[], Collection[str]],
        reports: IntakeReports,
    ) -> None:
        """`configured` returns the names of the configured consumers, whose acknowledgements are awaited."""
        self.directory = files.directory
        self.log = files.log
        self._dead_letters = files.dead_letters
        self._positions = files.positions
        self._limits = limits
        self._configured = configured
        self._reports = reports
        self._is_closed = False
        self._replaying = trio.Lock()
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

    async def receive(self, events: Sequence[bytes], origin: str) -> Receipt:
        """As `EventSpool.receive`."""
        return await self._receive(events, origin, _SHARE_OF_RECEIPT)

    async def _receive(self, events: Sequence[bytes], origin: str, share: float) -> Receipt:
        decode = partial(sort_events, events, origin)
        is_quick = sum(map(len, events)) < _QUICK
        found = decode() if is_quick else await trio.to_thread.run_sync(decode, abandon_on_cancel=True)
        await self.append(found.valid)
        if found.letters:
            self._reports.rejected(found.receipt, origin)
            try:
                await self.keep_rejected(found.letters, share=share)
            except PropertyServerError as error:
                self._reports.not_kept(len(found.letters), error)
        return found.receipt

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
            raise self._full("the disk has no space left") if job.error.errno in _NO_SPACE else self._failed(job.error)
        return job.last

    def _require_room(self, size: int) -> None:
        used, most = self.log.size + self._pending_bytes, self._limits.events
        if used + size > most:
            raise self._full(f"{used} of {most} bytes are in use")

    def _full(self, reason: str) -> SpoolFullError:
        self._reports.refused(reason)
        return SpoolFullError(SPOOL_FULL, reason=reason, seconds=TRY_AGAIN_AFTER)

    def _write_pending(self) -> None:
        """On the writing thread: write the pending events of all callers."""
        jobs: list[_Append] = []
        while self._pending:
            jobs.append(self._pending.popleft())
        if not jobs:
            return
        events = [event for job in jobs for event in job.events]
        error, last = None, 0
        try:
            last = self._with_room(lambda: self.log.append(events))
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
        """On the event loop: wake the tasks that wait for events. The callers of `append` may have been cancelled."""
        self._grown.set()
        self._grown = trio.Event()

    def _with_room(self, write: Callable[[], T]) -> T:
        """Write; if the disk is full, remove the events that all consumers have acknowledged, and try once more."""
        try:
            return write()
        except OSError as error:
            positions = list(self._positions.values())
            if error.errno not in _NO_SPACE or not positions:
                raise
            self.log.remove_through(min(positions), even_small=True)
            return write()

    async def acknowledged(self, consumer: str) -> int:
        """As `EventSpool.acknowledged`. A new consumer starts with the oldest event in the spool."""
        if consumer not in self._positions:
            await self.acknowledge(consumer, self.log.first - 1)
        return self._positions.get(consumer, self.log.first - 1)

    async def read(self, after: int, limit: int) -> list[SpooledEvent]:
        """As `EventSpool.read`."""
        if after >= self.log.last:
            await trio.lowlevel.checkpoint()
            return []
        try:
            return await self._readers.run(lambda: self.log.read(after, limit, MOST_BYTES_READ))
        except OSError as error:
            raise self._failed(error) from error

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
        self._with_room(lambda: _write_whole(self.directory / _POSITIONS, msgspec.json.encode(positions)))
        if positions:
            self.log.remove_through(min(positions.values()))

    async def reject(self, consumer: str, event: SpooledEvent, reason: str) -> None:
        """As `EventSpool.reject`."""
        await self.keep_rejected([dead_letter(event.content, origin=consumer, reason=reason, position=event.position)])

    async def keep_rejected(self, letters: Sequence[DeadLetter], *, share: float = 1.0) -> None:
        """Write dead letters; raises `PropertyServerError` if their file has reached this share of its limit."""
        await self._write(lambda: self._dead_letters.add(letters, share=share))

    async def newest_rejected(self, limit: int) -> tuple[int, list[DeadLetter]]:
        """The number of dead letters, and the newest ones."""
        return await self._write(lambda: self._dead_letters.newest(limit))

    async def recall(self, receiver: str) -> bytes:
        """As `EventSpool.recall`."""
        return await self._write(partial(_content_of, self._memory_of(receiver)))

    async def remember(self, receiver: str, content: bytes) -> None:
        """As `EventSpool.remember`."""
        await self._write(partial(_write_whole, self._memory_of(receiver), content))

    def _memory_of(self, receiver: str) -> Path:
        """A file whose name is independent of the characters in the receiver's name."""
        return self.directory / f"receiver-{blake2b(receiver.encode(), digest_size=12).hexdigest()}.json"

    async def answer(self, request: bytes) -> bytes:
        """As `SharedResources.answer`."""
        return await answer_request(self, request)

    async def status(self) -> SpoolStatus:
        """The position of each consumer, and the size of the spool."""
        dead_letters, _ = await self.newest_rejected(0)
        waiting = {name: self.log.last - position for name, position in sorted(self._positions.items())}
        return SpoolStatus(
            last_position=self.log.last,
            bytes=self.log.size,
            most_bytes=self._limits.events,
            waiting=waiting,
            dead_letters=dead_letters,
        )

    async def replay(self) -> Receipt:
        """Receive the dead letters again; those that are still invalid become dead letters again."""
        async with self._replaying:
            letters = await self._write(lambda: list(self._dead_letters.take_all()))
            try:
                receipt = await self._receive([each.content for each in letters], "a replay", 1.0)
            except Exception:
                await self._write(self._dead_letters.put_back)
                raise
            await self._write(self._dead_letters.forget_taken)
            return receipt

    async def close(self) -> None:
        """Accept no more events, after pending writes are on the disk."""
        await self._write(self._close)

    def _close(self) -> None:
        """On the writing thread, so that no write is in progress."""
        self._is_closed = True

    async def _write(self, function: Callable[[], T]) -> T:
        if self._is_closed:
            raise PropertyServerError(SPOOL_FAILED, path=self.directory, cause="the server has stopped")
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
    _report_damage(files.log.damage, audit_log)
    spool = FileSpool(files, limits, configured, IntakeReports(audit_log))
    try:
        yield spool
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + CLOSED_WITHIN):
            await spool.close()


def _report_damage(damage: Damage | None, audit_log: AuditLog) -> None:
    if damage is None:
        return
    if damage.intact:
        audit_log.record(EVENTS_BEHIND_DAMAGE, path=damage.path, offset=damage.offset, count=damage.intact)
    else:
        audit_log.record(TORN_TAIL, path=damage.path, size=damage.size)


def open_spool(home: ServiceHome) -> AbstractAsyncContextManager[FileSpool]:
    """The spool of a service; raises `InvalidParameterError` for unusable options."""
    return opened_spool(home.directory, limits_in(home.options), home.connectors, home.audit_log)


def limits_in(options: Mapping[str, Any]) -> SpoolLimits:
    """The limits in the options of a service; raises `InvalidParameterError`."""
    return SpoolLimits(
        events=_megabytes(options, "spoolMegabytes", 1_000),
        dead_letters=_megabytes(options, "deadLetterMegabytes", 100),
    )


def _megabytes(options: Mapping[str, Any], name: str, default: int) -> int:
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= 1_000_000:
        raise InvalidParameterError(WRONG_OPTION, option=name, value=value)
    return int(value * MEGABYTE)


def _read_positions(path: Path) -> dict[str, int]:
    """The positions of consumers. Without a readable file, consumers start with the oldest event."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except (FileNotFoundError, msgspec.MsgspecError, ValueError):
        return {}


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step, readable only by this user."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fdatasync(file.fileno())
    fresh.replace(path)
