"""The context of connectors that capture lineage."""

from collections.abc import Sequence
from pathlib import Path

import trio

from services.errors import InvalidParameterError
from services.framework.context import IntegrationContext
from services.lineage.intake.messages import NO_SPOOL
from services.lineage.intake.receiving import Receipt
from services.lineage.intake.spool import EventSpool, SpoolConsumer
from services.metadata.changes import Link, Outcome, Relate
from services.metadata.element import ElementRecord
from services.metadata.lineage import LINEAGE
from services.metadata.mapping import to_put
from services.metadata.types.lineage import Process


class LineageIntegratorContext(IntegrationContext):
    """Open metadata as processes, and the data that flows between them and assets."""

    __slots__ = ()

    @property
    def spool(self) -> EventSpool:
        """The events that the server has received and not yet catalogued.

        Raises `InvalidParameterError` after the end of this context's incarnation, and outside a server.
        """
        if self.resources is None:
            raise InvalidParameterError(NO_SPOOL, connector=self.connector_name)
        spool: EventSpool = self.resources
        return spool

    async def receive_events(self, events: Sequence[bytes], origin: str) -> Receipt:
        """Accept the valid events for cataloguing, and keep the others as dead letters with the reason.

        When this returns, the events are on the disk, and the sender may discard them. Raises `SpoolFullError` if there
        is no room for them, and `UserNotAuthorizedError` if the permitted synchronization does not allow it.
        """
        self.require_receiving()
        return await self.spool.receive(events, origin)

    def require_receiving(self) -> None:
        """Raise `UserNotAuthorizedError` if the permitted synchronization does not allow receiving events."""
        self._require_metadata_changes("receive lineage events")

    @property
    def directory(self) -> Path | None:
        """A directory for files of the connectors; `None` in a connector process, and outside a server."""
        directory: Path | None = getattr(self.resources, "directory", None)
        return directory

    @property
    def spooled_events(self) -> SpoolConsumer:
        """The spool for a connector that catalogues its events, as a consumer with the connector's name."""
        return SpoolConsumer(lambda: self.spool, self.connector_name)

    async def state_process(
        self, process: Process, *, inputs: Sequence[str] = (), outputs: Sequence[str] = ()
    ) -> Outcome:
        """State a process with the assets it reads and writes, by qualified name.

        Earlier flows of the process that are not given now are removed. An asset that is not catalogued is reported in
        the outcome; the process and its other flows are kept.
        """
        links = [
            *(Link("DataFlow", asset, at_end1=True) for asset in inputs),
            *(Link("DataFlow", asset, at_end1=False) for asset in outputs),
        ]
        return await self.apply([to_put(process, links=links)])

    async def map_lineage(self, source: str, target: str) -> Outcome:
        """State that one element is made from another, by qualified name."""
        return await self.apply([Relate(type_name="LineageMapping", end1=source, end2=target)])

    async def upstream(self, guid: str, *, steps: int = 10) -> list[ElementRecord]:
        """The elements that an element is made from, nearest first, at most `steps` away; including archived ones."""
        return await self._walk(guid, steps, upstream=True)

    async def downstream(self, guid: str, *, steps: int = 10) -> list[ElementRecord]:
        """The elements made from an element, nearest first, at most `steps` away; including archived ones."""
        return await self._walk(guid, steps, upstream=False)

    async def _walk(self, guid: str, steps: int, *, upstream: bool) -> list[ElementRecord]:
        found: dict[str, None] = {}
        edge = {guid}
        for _ in range(steps):
            edge = await self._next(edge, upstream=upstream) - found.keys() - {guid}
            if not edge:
                break
            found.update(dict.fromkeys(sorted(edge)))
            await trio.lowlevel.checkpoint()
        records = {record.guid: record for record in await self.get(list(found))}
        return [records[each] for each in found if each in records]

    async def _next(self, edge: set[str], *, upstream: bool) -> set[str]:
        related = await self.relationships(sorted(edge))
        flows = [each for each in related if each.type_name in LINEAGE]
        if upstream:
            return {each.end1_guid for each in flows if each.end2_guid in edge}
        return {each.end2_guid for each in flows if each.end1_guid in edge}
