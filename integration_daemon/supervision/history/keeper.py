"""The last refreshes of every connector, kept across restarts of the daemon."""

import time
from collections.abc import Callable, Sequence

import apsw
import trio

from audit.log import AuditLog
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.refresh_report import REPORTS_KEPT, RefreshReport
from integration_daemon.supervision.history import messages
from integration_daemon.supervision.history.file import HistoryFile

INTERVAL = 10.0
"""Seconds between two writes. A process that is killed loses the reports since its last write."""
SLICE = 1_000
"""Connectors that are processed before other tasks run."""
LAST_WRITE = 2.0
"""Seconds that the last write may take when the daemon stops."""
MARGIN = 1.0
"""Tolerance in seconds, since reports have rounded times."""


class History:
    """Writes the reports of refreshes to a file every few seconds, and reads those of earlier processes."""

    def __init__(
        self, file: HistoryFile | None, connectors: Callable[[], Sequence[ManagedConnector]], audit_log: AuditLog
    ) -> None:
        """Without a file, reports are lost at a restart."""
        self._file = file
        self._connectors = connectors
        self._audit_log = audit_log
        self._written_until = 0.0
        self._problem = ""

    async def begin(self) -> None:
        """Prepare the file before the first refresh."""
        await self._guarded(self._begin)

    async def run(self) -> None:
        """Write new reports every few seconds, until cancelled."""
        while self._file is not None:
            await trio.sleep(INTERVAL)
            await self._write()

    async def end(self) -> None:
        """Write the remaining reports, within a deadline."""
        with trio.move_on_after(LAST_WRITE):
            await self._write()

    async def _write(self) -> None:
        """Write the reports since the last write."""
        began = time.time()
        fresh: list[tuple[str, tuple[RefreshReport, ...]]] = []
        connectors = self._connectors()
        for start in range(0, len(connectors), SLICE):
            some = connectors[start : start + SLICE]
            fresh += [(each.name, each.recent) for each in some if each.recent and self._is_new(each.recent[0])]
            await trio.lowlevel.checkpoint()
        if not fresh or await self._guarded(lambda file: file.write(fresh, began)):
            self._written_until = began

    def _is_new(self, report: RefreshReport) -> bool:
        return report.began + report.seconds >= self._written_until - MARGIN

    async def reports_of(self, connector: ManagedConnector) -> list[RefreshReport]:
        """The last reports of a connector, the newest first, including those of earlier processes."""
        earlier: list[RefreshReport] = []
        if len(connector.recent) < REPORTS_KEPT:
            await self._guarded(lambda file: earlier.extend(file.earlier(connector.name)))
        return [*connector.recent, *earlier][:REPORTS_KEPT]

    def _begin(self, file: HistoryFile) -> None:
        if not file.begin(time.time()):
            self._audit_log.record(messages.HISTORY_DAMAGED)

    async def _guarded(self, work: Callable[[HistoryFile], None]) -> bool:
        """Use the file on a worker thread; false if it cannot be used, which is reported once."""
        if self._file is None:
            return True
        try:
            await trio.to_thread.run_sync(work, self._file, abandon_on_cancel=True)
        except (apsw.Error, OSError) as error:
            problem = str(error) or type(error).__name__
            if problem != self._problem:
                self._audit_log.record(messages.HISTORY_NOT_USABLE, problem=problem)
            self._problem = problem
            return False
        self._problem = ""
        return True
