"""The pump: moves entries from the buffer to the destinations, each at its own pace.

callers ─▶ Buffer ─▶ pump ─┬─▶ Feed ─▶ destination     each feed has a queue, a task and a worker thread of
                           ├─▶ Feed ─▶ destination     its own: a slow or failing destination delays no other
                           └─▶ Feed ─▶ destination
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

import trio

from audit.batch import RecordBatch
from audit.destination import ALL_SEVERITIES, Destination
from audit.foreign import named_text, raise_contained
from audit.log import AuditLog, Buffer, Entry, ForeignAuditLog, measured
from audit.message import AuditMessage
from audit.messages import DESTINATION_FAILED, DESTINATION_RECOVERED, RECORD_NOT_RENDERED, RECORDS_DROPPED
from audit.record import Originator
from audit.report import SeverityCounts
from audit.safe_text import safe_text

BATCH = 1_000
"""Records moved before other tasks get a turn, or a quarter of the waiting records if that is more: otherwise several
busy services would log faster than the pump moves records."""
WRITTEN_AT_ONCE = 4_000
"""Maximum size of a batch; encoding so many records holds the interpreter lock for some milliseconds."""
FEED_CAPACITY = 100_000
"""Maximum length of a destination's queue; further records are dropped and counted."""
FAR_BEHIND = FEED_CAPACITY // 4
"""Length of a queue beyond which the texts of new records are measured."""
FEED_CHARACTERS = 64 * 1024 * 1024
"""Measured characters in a destination's queue beyond which records are dropped and counted, too."""
FIRST_RETRY, LONGEST_RETRY = 0.5, 30.0
"""Shortest and longest delay between attempts to write to a failing destination, in seconds."""


class Feed:
    """One destination with the records it has not written yet."""

    def __init__(self, destination: Destination, originator: Originator, log: AuditLog, counts: SeverityCounts) -> None:
        self.destination = destination
        self._counts = counts
        self._originator = originator
        self._log = log
        self._queue: deque[Entry] = deque()
        self._more = trio.Event()
        self._ending = False
        self._failures = 0
        self._dropped = 0
        self._characters = 0
        """Characters of the queued records that have been measured."""
        self._severities = destination.severities
        self._wants_all = destination.severities >= ALL_SEVERITIES
        self._thread = trio.CapacityLimiter(1)
        self._writing = threading.Lock()
        self._being_written = 0

    def put(self, entries: Sequence[Entry]) -> None:
        """Queue the records that the destination accepts."""
        self._add(entries)
        self._more.set()

    def _add(self, entries: Sequence[Entry]) -> None:
        if not self._wants_all:
            entries = [entry for entry in entries if entry.message.severity in self._severities]
        room = FEED_CAPACITY - len(self._queue) if self._characters < FEED_CHARACTERS else 0
        if len(entries) > room:
            self._dropped += len(entries) - room
            entries = entries[:room]
        if len(self._queue) >= FAR_BEHIND:
            self._characters += sum(map(measured, entries))
        self._queue.extend(entries)

    def end(self) -> None:
        """Finish once the queue is written."""
        self._ending = True
        self._more.set()

    async def run(self) -> None:
        """Write queued records until ended."""
        while self._queue or not self._ending:
            if not self._queue:
                self._more = trio.Event()
                await self._more.wait()
                continue
            if await self._try_write():
                self._report_drops()
        await self._close()

    def write_now(self, entries: Sequence[Entry], deadline: float) -> None:
        """Write these and all queued records on the calling thread, after any write in progress.

        `deadline` is a time of `time.monotonic`. Raises the error of the destination.
        """
        self._add(entries)
        while self._queue and (left := deadline - time.monotonic()) > 0:
            self._write_some(left)

    @property
    def behind(self) -> int:
        """Records not yet written."""
        return len(self._queue) + self._being_written

    def _write_some(self, patience: float = -1) -> None:
        """Write a batch on the calling thread. During the write its records are not in the queue."""
        if not self._writing.acquire(timeout=patience):
            return
        try:
            entries = [self._queue.popleft() for _ in range(min(len(self._queue), WRITTEN_AT_ONCE))]
            self._being_written = len(entries)
            try:
                self.destination.write(RecordBatch(entries, self._originator))
            except BaseException:
                self._queue.extendleft(reversed(entries))
                raise
            finally:
                self._being_written = 0
            if self._characters:
                self._characters = max(0, self._characters - sum([entry.characters for entry in entries]))
        finally:
            self._writing.release()

    async def _try_write(self) -> bool:
        """Write a batch; after a failure, report the first of a series, wait, and return false."""
        try:
            await self._on_thread(self._write_some)
        except Exception as error:
            self._failures += 1
            if self._failures == 1:
                self._log.record(DESTINATION_FAILED, destination=self.destination.name, cause=named_text(error))
            await trio.sleep(min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(self._failures - 1, 10)))
            return False
        if self._failures:
            self._log.record(DESTINATION_RECOVERED, destination=self.destination.name, failures=self._failures)
            self._failures = 0
        return True

    def _report_drops(self) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._counts.dropped[self.destination.name] += dropped
            where = f"the queue of destination {self.destination.name}"
            self._log.record(RECORDS_DROPPED, count=dropped, where=where)

    async def _close(self) -> None:
        try:
            await self._on_thread(self.destination.close)
        except Exception as error:  # no task is left to write it
            sys.stderr.write(f"integration-daemon: {self.destination.name} cannot be closed: {named_text(error)}\n")

    async def _on_thread(self, call: Callable[..., None], *arguments: object) -> None:
        """Call a method of the destination, which is foreign code."""
        try:
            await trio.to_thread.run_sync(call, *arguments, abandon_on_cancel=True, limiter=self._thread)
        except Exception:
            raise
        except BaseException as error:
            raise_contained(error)


class Pump:
    """Moves entries from the buffer to the feeds. It does not poll: the buffer wakes it."""

    def __init__(self, buffer: Buffer, log: AuditLog, feeds: Sequence[Feed], counts: SeverityCounts) -> None:
        self._buffer = buffer
        self._log = log
        self._feeds = feeds
        self._counts = counts
        self._woken = trio.Event()
        self._ending = False
        self._moving = threading.Lock()
        self.has_drained = False
        """True once all records logged before the end have been passed to the feeds; later records are discarded."""
        self._token: trio.lowlevel.TrioToken | None = None

    async def run(self) -> None:
        """Move entries until ended and the buffer is empty."""
        self._token = trio.lowlevel.current_trio_token()
        while True:
            if self._move_batch():
                await trio.lowlevel.checkpoint()
            elif self._ending:
                break
            else:
                await self._wait()
        self._buffer.wake = None
        self.has_drained = True
        for feed in self._feeds:
            feed.end()

    def end(self) -> None:
        """Finish once the buffer is empty."""
        self._ending = True
        self._woken.set()

    def write_now(self, seconds: float) -> bool:
        """Write the logged records on separate threads, without the event loop, which may be held for ever.

        Returns true if every destination has written all records within this time. For the end of the process:
        records logged in the meantime are not waited for.
        """
        deadline = time.monotonic() + seconds
        if not self._moving.acquire(timeout=seconds):  # the loop is held while rendering a record
            return False
        try:
            entries = self._take(len(self._buffer.entries))
        finally:
            self._moving.release()
        writers = [
            threading.Thread(target=_write_quietly, args=(feed, entries, deadline), daemon=True) for feed in self._feeds
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(max(0.0, deadline - time.monotonic()))
        return not any(feed.behind for feed in self._feeds)

    def _move_batch(self) -> bool:
        waiting = len(self._buffer.entries)
        with self._moving:
            entries = self._take(max(BATCH, waiting // 4))
        if self._buffer.dropped:
            dropped, self._buffer.dropped = self._buffer.dropped, 0
            self._counts.dropped["buffer"] += dropped
            self._log.record(RECORDS_DROPPED, count=dropped, where="the audit log's buffer")
        if not entries:
            return False
        for feed in self._feeds:
            feed.put(entries)
        return True

    def _take(self, most: int) -> list[Entry]:
        waiting = self._buffer.entries
        entries = [waiting.popleft() for _ in range(min(len(waiting), most))]
        if self._buffer.foreign_characters:
            foreign = [entry.characters for entry in entries if isinstance(entry.log, ForeignAuditLog)]
            # several threads change this number without a lock; it is corrected when the buffer is empty
            left = self._buffer.foreign_characters - sum(foreign) if waiting else 0
            self._buffer.foreign_characters = max(0, left)
        entries = [entry for entry in entries if type(entry.message) is AuditMessage or self._report_unreadable(entry)]
        self._counts.add(entries)
        return entries

    def _report_unreadable(self, entry: Entry) -> bool:
        """Report a record with an invalid message; any other record can be rendered."""
        component, message = safe_text(entry.log.component, 200), safe_text(entry.message, 200)
        self._log.record(RECORD_NOT_RENDERED, message=message, component=component, cause="it is no AuditMessage")
        return False

    async def _wait(self) -> None:
        self._woken = trio.Event()
        self._buffer.wake = self._wake
        if self._buffer.entries or self._ending:  # a record that arrived before `wake` was set woke no task
            self._buffer.wake = None
            return
        await self._woken.wait()

    def _wake(self) -> None:
        """Called in the thread that logged a record."""
        assert self._token is not None
        with suppress(trio.RunFinishedError):  # a thread outlived the event loop: no task is left to write
            self._token.run_sync_soon(self._wake_in_loop, idempotent=True)

    def _wake_in_loop(self) -> None:
        self._woken.set()


def _write_quietly(feed: Feed, entries: Sequence[Entry], deadline: float) -> None:
    """Ignore errors at the end of the process: `behind` shows the records that a destination could not write."""
    with suppress(Exception):
        feed.write_now(entries, deadline)
