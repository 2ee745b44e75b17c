"""Watches directory trees for changed folders.

Watching is only an optimization: a refresh always scans the whole tree. All trees of the process share one inotify
instance, and one of the waiting tasks reads the events for all. Folders that the kernel cannot watch are polled for
changed modification times.
"""

import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from errno import ENOSPC

import trio

from services.files.inotify import IN_IGNORED, IN_MOVE_SELF, IN_Q_OVERFLOW, Inotify


class Watch:
    """The watched folders of one tree, by path; its creator must close it."""

    def __init__(self) -> None:
        self.refused: OSError | None = None
        """The reason why some folders are not watched, if any."""
        self.overflowed = False
        """True if events were lost, so that only a scan can find the changes."""
        self.numbers: dict[str, int] = {}
        """The kernel's number of the watch, by folder."""
        self.polled: dict[str, int] = {}
        """The folders that are not watched, with their modification times in nanoseconds."""
        self._is_polled = trio.lowlevel.ParkingLot()
        self._changed: set[str] = set()
        self._lot = trio.lowlevel.ParkingLot()
        self._reading: trio.CancelScope | None = None
        self._hub = _hub_of_this_run()
        self._hub.watches.add(self)

    async def add(self, folders: Mapping[str, int]) -> None:
        """Watch folders; the values are their modification times when they were read."""
        new = [(path, time) for path, time in folders.items() if path not in self.numbers]
        if new:
            await self._hub.add(self, new)

    async def changed(self) -> None:
        """Wait until a folder has changed."""
        while not (self._changed or self.overflowed):
            if self._hub.is_read or self._hub.inotify is None:
                with self._hub.waiting(self):
                    await self._lot.park()
            else:
                await self._read()

    async def _read(self) -> None:
        """Read events for all tasks, until there is work for this one."""
        with self._hub.reading(), trio.CancelScope() as self._reading:
            while not (self._changed or self.overflowed):
                await self._hub.read()
        self._reading = None

    def take(self) -> set[str]:
        """The folders that have changed since the last call."""
        taken, self._changed = self._changed, set()
        return taken

    async def not_watched(self) -> None:
        """Wait until a folder is to be polled: an idle timer for each of many trees would cost a part of a core."""
        while not self.polled:
            await self._is_polled.park()

    def refuse(self, path: str, modified: int, error: OSError) -> None:
        """Poll a folder that the kernel cannot watch; `modified` is its modification time in nanoseconds."""
        self.polled[path] = modified
        self.refused = error
        self._is_polled.unpark_all()

    async def poll(self) -> None:
        """Check the folders that are not watched."""
        for path in await trio.to_thread.run_sync(_modified, dict(self.polled)):
            self.mark(path)
            self.polled.pop(path, None)  # until the folder is read again

    def mark(self, *folders: str) -> None:
        """Mark folders as changed."""
        self._changed.update(folders)
        self.wake()

    def wake(self) -> None:
        """Wake the waiting task, so that it checks again."""
        self._lot.unpark_all()
        if self._reading is not None:
            self._reading.cancel(reason="there is something to do")

    def close(self) -> None:
        """Stop watching all folders."""
        self._hub.leave(self)


class _Hub:
    """The inotify instance of this process, and its watches."""

    def __init__(self) -> None:
        self.is_read = False
        """True if a task reads events for all."""
        self.inotify: Inotify | None = None
        self._why_not: OSError | None = None
        try:
            self.inotify = Inotify()
        except OSError as error:
            self._why_not = error
        self.watches: set[Watch] = set()
        self._waiting: OrderedDict[Watch, None] = OrderedDict()
        """The watches whose tasks wait without reading events; the first is found at once, also among very many."""
        self._paths: dict[int, dict[Watch, str]] = {}
        self._adding = 0
        self._early: set[int] = set()
        """Numbers of watches whose events arrived before the watch was recorded."""

    async def add(self, watch: Watch, folders: list[tuple[str, int]]) -> None:
        self._adding += 1
        try:
            added, refused = await trio.to_thread.run_sync(self._add_all, folders)
        finally:
            self._adding -= 1
            self._close_if_unused()
        for path, number, is_as_it_was in added:
            watch.numbers[path] = number
            watch.polled.pop(path, None)
            self._paths.setdefault(number, {})[watch] = path
            if number in self._early or not is_as_it_was:
                watch.mark(path)
        for path, modified, error in refused:
            watch.refuse(path, modified, error)
        if not self._adding:
            self._early.clear()

    def _add_all(
        self, folders: Iterable[tuple[str, int]]
    ) -> tuple[list[tuple[str, int, bool]], list[tuple[str, int, OSError]]]:
        """On a worker thread: return the added watches, with whether each folder is unchanged, and the refused ones."""
        added: list[tuple[str, int, bool]] = []
        refused: list[tuple[str, int, OSError]] = []
        error = self._why_not
        for path, modified in folders:
            try:
                if error is not None or self.inotify is None:
                    raise error or OSError("nothing is watched any more")
                number = self.inotify.add(path)
                added.append((path, number, _modified_at(path) == modified))
            except OSError as problem:
                if problem.errno == ENOSPC:
                    error = problem  # further attempts would also fail
                if error is not None:
                    refused.append((path, modified, error))
        return added, refused

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Become the task that reads events."""
        self.is_read = True
        try:
            yield
        finally:
            self.is_read = False
            self._call_reader()

    @contextmanager
    def waiting(self, watch: Watch) -> Iterator[None]:
        """Wait without reading events, until the task of this watch is called to read."""
        self._waiting[watch] = None
        try:
            yield
        finally:
            self._waiting.pop(watch, None)

    async def read(self) -> None:
        """Wait for events, and distribute them."""
        assert self.inotify is not None
        await trio.lowlevel.wait_readable(self.inotify.descriptor)
        self._hand_out(self.inotify)

    def _call_reader(self) -> None:
        """Let another waiting task read, if there is one. A cancelled task calls the next one when it leaves."""
        if self._waiting and not self.is_read:
            next(iter(self._waiting)).wake()

    def _hand_out(self, inotify: Inotify) -> None:
        for event in inotify.read():
            if event.mask & IN_Q_OVERFLOW:
                for watch in self.watches:
                    watch.overflowed = True
                    watch.wake()
                continue
            paths = self._paths.get(event.watch)
            if paths is None:
                if self._adding:
                    self._early.add(event.watch)
                continue
            for watch, path in paths.items():
                watch.mark(path)
            if event.mask & (IN_IGNORED | IN_MOVE_SELF):  # the folder was removed or renamed
                self._forget(event.watch)

    def _forget(self, number: int) -> None:
        for watch, path in self._paths.pop(number, {}).items():
            watch.numbers.pop(path, None)
        if self.inotify is not None:
            self.inotify.remove(number)

    def leave(self, watch: Watch) -> None:
        self.watches.discard(watch)
        for number in watch.numbers.values():
            paths = self._paths.get(number, {})
            paths.pop(watch, None)
            if not paths:
                self._forget(number)
        watch.numbers.clear()
        self._close_if_unused()
        self._call_reader()  # this one may have been chosen to read, and is closing

    def _close_if_unused(self) -> None:
        if not self.watches and not self._adding and self.inotify is not None:
            self.inotify.close()
            self.inotify = None
            _hub.set(None)


_hub: trio.lowlevel.RunVar["_Hub | None"] = trio.lowlevel.RunVar("_hub", None)


def _hub_of_this_run() -> _Hub:
    hub = _hub.get()
    if hub is None:
        hub = _Hub()
        _hub.set(hub)
    return hub


def _modified(folders: Mapping[str, int]) -> list[str]:
    return [path for path, modified in folders.items() if _modified_at(path) != modified]


def _modified_at(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
