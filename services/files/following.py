"""Follows a directory tree: changes in a folder are catalogued immediately, without scanning the rest.

Only small changes are handled here. Larger changes (many folders, a large new folder, removals beyond the deletion
safety, lost events) request a refresh, which handles them.
"""

import os
from collections.abc import Sequence

import trio

from services.allowance import file_target
from services.files import messages
from services.files.context import FilesIntegratorContext, folder_source_key
from services.files.directory import Directory
from services.files.inotify import limit_of_watches
from services.files.scan import Step, scan
from services.files.scan_reporter import ScanReporter
from services.files.watching import Watch
from services.metadata.removal import CompletedScan
from services.metadata.stored_names import stored_name, system_name

SETTLE = 0.2
"""Seconds for which changes are collected before they are processed."""
REST = 4
"""Pause after processing, as a multiple of its duration, so that a busy folder uses only a part of one thread."""
MANY = 64
"""Number of changed folders above which a refresh is requested instead."""
POLL = 5.0
"""Minimum number of seconds between checks of folders that cannot be watched."""


class Following:
    """Follows the directory of one connector."""

    def __init__(
        self, context: FilesIntegratorContext, directory: Directory, *, delete: bool, by_content: bool
    ) -> None:
        self.lock = trio.Lock()
        """Held while the tree, or a part of it, is compared with the catalogue."""
        self._context = context
        self._directory = directory
        self._delete = delete
        self._by_content = by_content
        self._watch = Watch()
        self._is_told = False
        self._may_remove = 0
        """The number of elements that may still be removed before the next complete scan."""
        self._is_too_much = False

    async def run(self) -> None:
        """Follow, until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._poll)
                while True:
                    await self._watch.changed()
                    await trio.sleep(SETTLE)
                    began = trio.current_time()
                    await self._catch_up()
                    await trio.sleep((trio.current_time() - began) * REST)
        finally:
            self._watch.close()

    async def add(self, step: Step) -> None:
        """Follow the folders that a step has read."""
        if step.folders:
            await self._watch.add({_path_of(source_key): modified for source_key, modified in step.folders.items()})

    def scanned(self) -> None:
        """Record that the whole tree has been compared."""
        safety = self._context.settings.safety
        self._may_remove = 0 if safety.confirm else safety.few
        if not self._is_told:
            self._is_told = True
            self._tell()

    def _tell(self) -> None:
        inserts = {"connector": self._context.connector_name, "directory": self._directory.name}
        self._context.audit_log.record(messages.WATCHING, count=len(self._watch.numbers), **inserts)
        if self._watch.polled and self._watch.refused is not None:
            self._context.audit_log.record(
                messages.NOT_WATCHED,
                count=len(self._watch.polled),
                cause=self._watch.refused.strerror or self._watch.refused,
                limit=limit_of_watches(),
                **inserts,
            )

    async def _poll(self) -> None:
        pause = POLL
        while True:
            await self._watch.not_watched()
            await trio.sleep(pause)
            began = trio.current_time()
            await self._watch.poll()
            pause = max(POLL, (trio.current_time() - began) * REST)

    async def _catch_up(self) -> None:
        changed = self._watch.take()
        if self._watch.overflowed:
            self._watch.overflowed = False
            self._context.audit_log.record(
                messages.CHANGES_LOST, connector=self._context.connector_name, directory=self._directory.name
            )
            self._context.ask_for_refresh()
            return
        if await self._context.is_paused():
            return  # a refresh scans everything once the connector is resumed
        folders = await trio.to_thread.run_sync(self._existing_folders, changed)
        if len(folders) > MANY or self._directory.path in folders - changed:
            self._context.ask_for_refresh()
            return
        async with self.lock:
            for folder in sorted(folders):
                await self._look_at(folder)

    def _existing_folders(self, changed: set[str]) -> set[str]:
        """The changed folders; a missing folder is replaced by its nearest existing parent."""
        root, found = self._directory.path, set[str]()
        for folder in changed:
            while folder != root and folder.startswith(root) and not os.path.isdir(folder):
                folder = os.path.dirname(folder)
            found.add(folder)
        self._context.require_allowed(*map(file_target, found))  # one of them may have become a symbolic link
        return found

    async def _look_at(self, folder: str) -> None:
        root, reporter = self._directory.path, ScanReporter(self._context, folder)
        self._is_too_much = False
        scope = folder_source_key(stored_name(folder))
        try:
            async with self._context.reconcile_in_order(scope, delete=self._delete, policy=self) as catalog:
                comparison = await catalog.comparison()
                step = await trio.to_thread.run_sync(
                    next, scan(root, comparison, part=folder, by_content=self._by_content)
                )
                self._is_too_much = step.last != ""
                catalog.compared(step.known, step.unchanged, step.missing, is_last=True)  # otherwise nothing is removed
                reporter.add_step(step)
                if step.puts:
                    reporter.catalogued(await catalog.put_changed(step.puts, without=step.dropped))
                await self.add(step)
            reporter.sum_up(catalog.outcome, deleted=self._delete)
        except OSError:
            self._is_too_much = True  # it has just been removed; a refresh finds the reason
        if self._is_too_much:
            self._context.ask_for_refresh()

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        """Allow a small number of removals (`RemovalPolicy`)."""
        if self._is_too_much or scan.missing_count > self._may_remove:
            self._is_too_much = True
            return ()
        self._may_remove -= scan.missing_count
        return None


def _path_of(source_key: str) -> str:
    return system_name(source_key[:-1]) or "/"
