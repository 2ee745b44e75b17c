"""A metadata server that goes away is one event: one record, one probe, and its connectors come back together.

    a connector fails for want of it ─▶ down: probed every second ─▶ it answers ─▶ the connectors return, in a ramp

Only connectors under the automatic restart policy take part; others wait for an operator, as the page says.
"""

import random

import trio

from audit.log import AuditLog
from integration_daemon.supervision import messages
from integration_daemon.supervision.hosted import HostedConnector
from services.errors import MetadataServerUnavailableError
from services.metadata.store import MetadataStore

PROBE_PAUSE = 1.0
"""Seconds between probes, drawn from half to one and a half of it."""
PROBE_DEADLINE = 5.0
RAMP = 500
"""Connectors that return together; the next ones follow after `RAMP_PAUSE` seconds."""
RAMP_PAUSE = 0.1


class MetadataServerWatch:
    """One metadata server, as the connectors of one daemon need it."""

    def __init__(self, name: str, platform_url: str, store: MetadataStore, audit_log: AuditLog) -> None:
        self.error: MetadataServerUnavailableError | None = None
        """Why it is unavailable; `None` while it is not known to be."""
        self._name = name
        self._platform_url = platform_url
        self._store = store
        self._audit_log = audit_log
        self._waiting: dict[HostedConnector, int] = {}
        self._down = trio.Event()

    def failed_for_want_of_it(self, hosted: HostedConnector, error: MetadataServerUnavailableError) -> None:
        """Note a connector that failed because the server is unavailable: it is restarted when the server is back."""
        self._waiting[hosted] = hosted.incarnation
        if self.error is None:
            self.error = error
            self._audit_log.record(
                messages.METADATA_SERVER_DOWN,
                metadata_server=self._name,
                platform_url=self._platform_url,
                message=error,
            )
            self._down.set()

    async def run(self) -> None:
        """Wait for an outage, probe until it is over, bring the connectors back; until cancelled."""
        while True:
            await self._down.wait()
            began = trio.current_time()
            while not await self._answers():  # noqa: ASYNC110 - nobody tells us that it is back
                await trio.sleep(PROBE_PAUSE * random.uniform(0.5, 1.5))
            self.error = None
            self._down = trio.Event()
            waiting, self._waiting = self._waiting, {}
            self._audit_log.record(
                messages.METADATA_SERVER_BACK,
                metadata_server=self._name,
                platform_url=self._platform_url,
                seconds=f"{trio.current_time() - began:.1f}",
                count=len(waiting),
            )
            await self._bring_back(waiting)

    async def _answers(self) -> bool:
        with trio.move_on_after(PROBE_DEADLINE):
            try:
                await self._store.fingerprints("", "", limit=1)
            except MetadataServerUnavailableError:
                return False
            except Exception:
                return True  # whatever it has against the question, it answers
            return True
        return False

    async def _bring_back(self, waiting: dict[HostedConnector, int]) -> None:
        for number, (hosted, incarnation) in enumerate(waiting.items(), 1):
            if hosted.incarnation == incarnation and not hosted.stop_wanted:
                hosted.service.restart_by_policy(hosted)
            if number % RAMP == 0:
                await trio.sleep(RAMP_PAUSE)
