"""The folder of event files, each of which is received once, when it is complete."""

import math
from functools import partial
from pathlib import Path

import msgspec
import trio

from audit.counted import counted
from services.errors import (
    PropertyServerError,
    RefreshPostponedError,
    SpoolFullError,
    ThirdPartyUnavailableError,
)
from services.framework.connector import ConnectorProvider, Setting
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.settings import wrong_setting
from services.lineage.receivers import messages
from services.lineage.receivers.event_files import FileMark, files_in, read_events
from services.lineage.service import LineageIntegratorConnector
from services.metadata.stored_names import system_name

AT_ONCE = 16
"""Maximum number of files received at the same time, which share one wait for the disk."""
TOGETHER = 10_000
"""Maximum number of events that are received together."""
REMEMBERED_EVERY = 2.0
"""Seconds between two records of the received parts of files. After a sudden end, the events since the last record are
received again, which changes nothing."""
TRY_AGAIN_AFTER = 60.0
"""Seconds after which files are tried again that were not received, because the spool was full or failed."""
MANY = 1_000
"""Number of events of one file from which the audit log records their receipt."""
Marks = dict[str, FileMark]
"""File marks by stored name, because a file name may contain bytes that are not text."""


class OpenLineageFolder(LineageIntegratorConnector):
    """Receives events from files in a folder, and records how much of each file has been received.

    A file is a JSON document with an event or a list of events, or has a line for each event and may grow. Files are
    neither changed nor removed.
    """

    provider = ConnectorProvider(
        description="Receives OpenLineage events from files.",
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="To list the folder and read its files.",
            example="lineage.md#from-files",
        ),
        endpoint="the path of the folder",
        endpoint_is_path=True,
        hands_over=True,
        settings=(
            Setting(
                name="pollSeconds",
                description="seconds between two checks for new events; 0: only at refreshes",
                default=5,
            ),
            Setting(
                name="settleSeconds",
                description="seconds without a change after which an incomplete file is read as complete",
                default=60,
            ),
        ),
    )

    def read_settings(self) -> None:
        """Read and check the settings."""
        self._poll, self._settle = self._seconds("pollSeconds", 5), self._seconds("settleSeconds", 60)
        self._folder = self._required_folder()

    async def start(self) -> None:
        """Check the settings, and start looking for new files."""
        self.read_settings()
        self._marks: Marks | None = None
        self._content = b""
        """The last content that was stored with `remember`."""
        self._remembered_at = trio.current_time()
        self._try_again_at = math.inf
        self.context.audit_log.record(messages.CONFIGURED, connector=self.connector_name, source=self._folder)
        if self._poll and self.context.host is not None:
            self.context.listen(self._look)

    async def refresh(self) -> None:
        """Receive the new events in the folder."""
        files, marks = await self._files(), await self._remembered()
        waiting = iter([name for name, state in files.items() if _has_news(marks.get(name), state)])
        self._refusal: SpoolFullError | PropertyServerError | None = None
        self._try_again_at = math.inf

        async def receive_some() -> None:
            for name in waiting:
                if self._refusal is None:
                    await self._receive(name, marks)

        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(receive_some)
        for name in marks.keys() - files.keys():
            del marks[name]
        self.context.progress = None
        if self._refusal is not None:
            raise RefreshPostponedError(self._refusal.definition, **self._refusal.parameters) from self._refusal
        await self._remember(marks)

    async def probe(self) -> str:
        """The number of files in the folder, for an operator who checks a document."""
        self._folder = self._required_folder()
        return counted(len(await self._files()), "file")

    async def _receive(self, name: str, marks: Marks) -> None:
        """Receive the new events of a file."""
        path = self._folder / system_name(name)
        accepted = rejected = 0
        is_end = False
        while not is_end:
            read = partial(read_events, path, marks.get(name), self._settle)
            try:
                found = await trio.to_thread.run_sync(read, abandon_on_cancel=True)
                for start in range(0, len(found.events), TOGETHER):
                    events = found.events[start : start + TOGETHER]
                    receipt = await self.context.receive_events(events, f"{self.connector_name}: {name}")
                    accepted, rejected = accepted + receipt.accepted, rejected + len(receipt.rejected)
            except FileNotFoundError:
                return
            except OSError as error:
                self._not_read(name, error)
                return
            except (SpoolFullError, PropertyServerError) as error:
                self._refusal = error
                self._try_again_at = trio.current_time() + TRY_AGAIN_AFTER
                return
            marks[name], is_end = found.mark, found.is_end
            self.context.progress = f"{counted(accepted, 'event')} from {name}"
            if not is_end or trio.current_time() - self._remembered_at > REMEMBERED_EVERY:
                await self._remember(marks)
        if rejected or accepted >= MANY:
            self.context.audit_log.record(
                messages.RECEIVED,
                connector=self.connector_name,
                source=name,
                accepted=accepted,
                rejected=rejected,
            )

    def _not_read(self, name: str, error: OSError) -> None:
        path, cause = f"{self._folder}/{name}", error.strerror or str(error)
        self.context.audit_log.record(messages.FILE_NOT_READ, connector=self.connector_name, path=path, cause=cause)

    async def _look(self) -> None:
        """Request a refresh whenever the folder has changed, contains an incomplete file, or is to be tried again."""
        last: Marks = {}
        while True:
            await trio.sleep(self._poll)
            try:
                files = await self._files()
            except ThirdPartyUnavailableError:
                files = {}
            is_waiting = any(mark.done < mark.size for mark in (self._marks or {}).values())
            if files != last or is_waiting or trio.current_time() >= self._try_again_at:
                self.context.ask_for_refresh()
            last = files

    async def _files(self) -> Marks:
        try:
            return await trio.to_thread.run_sync(files_in, self._folder, abandon_on_cancel=True)
        except NotADirectoryError:
            raise wrong_setting(self.context, "endpoint", f"{self._folder} is not a folder") from None
        except OSError as error:
            raise ThirdPartyUnavailableError(
                messages.FOLDER_NOT_AVAILABLE,
                connector=self.connector_name,
                folder=self._folder,
                cause=error.strerror or type(error).__name__,
            ) from error

    async def _remembered(self) -> Marks:
        if self._marks is None:
            self._content = await self.context.spool.recall(self.connector_name)
            try:
                self._marks = msgspec.json.decode(self._content or b"{}", type=Marks)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                self._marks = {}  # the files are received again, which changes nothing
        return self._marks

    async def _remember(self, marks: Marks) -> None:
        self._remembered_at = trio.current_time()
        content = msgspec.json.encode(marks)
        if content != self._content:
            await self.context.spool.remember(self.connector_name, content)
            self._content = content

    def _required_folder(self) -> Path:
        if not self.connection.address:
            raise wrong_setting(self.context, "endpoint", "it has no address, which is the path of the folder")
        return Path(self.connection.address)

    def _seconds(self, name: str, default: float) -> float:
        value = self.context.setting(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e9:
            raise wrong_setting(self.context, name, "it is not a number of seconds")
        return float(value)


def _has_news(before: FileMark | None, state: FileMark) -> bool:
    return before is None or not before.is_same(state) or before.done < state.size
