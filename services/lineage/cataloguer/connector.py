"""The cataloguer of the OpenLineage events in the spool of the lineage service."""

from collections.abc import Mapping, Sequence

import trio

from audit.counted import counted
from services.errors import InvalidParameterError, PropertyServerError, RefreshPostponedError
from services.framework.connector import ConnectorProvider, Setting
from services.framework.dry_run import current_dry_run
from services.framework.exchange import Exchange
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.rejections import NAMED_ONE_BY_ONE, record_rejections
from services.framework.settings import wrong_setting
from services.lineage.cataloguer import messages
from services.lineage.cataloguer.cataloguing import Cataloguing
from services.lineage.intake.segments import SpooledEvent
from services.lineage.openlineage.events import OpenLineageEvent, decode_event
from services.lineage.service import LineageIntegratorConnector
from services.metadata.changes import Outcome

EVENTS_AT_ONCE = 20_000
MOST_READS = 3
"""Number of reads of the spool for one batch; each is bounded in bytes."""
LONGEST_REFRESH = 60.0
"""Seconds after which a refresh begins no further batch: if events never cease to arrive, it would exceed its time
limit."""
GATHERED_FOR = 1.0
"""Seconds during which further events are awaited: a refresh for each event would fill the audit log."""
SEARCH_INTERVAL = 10.0
"""Seconds between two searches for data sets that other connectors have catalogued."""
TRY_AGAIN_AFTER = 60.0
"""Seconds after which events that still wait are tried again, for example after a disk was full."""
_JAVA = "org.odpi.openmetadata.adapters.connectors.integration."
_PROVIDER = "OpenLineageCataloguerIntegrationProvider"


class OpenLineageCataloguer(LineageIntegratorConnector):
    """Catalogues jobs as processes, with the data sets that they read and write, from the events in the spool.

    A refresh catalogues the waiting events, in batches, and acknowledges a batch when it is committed. New events, and
    those that still wait after a minute, request another refresh. If no events wait, a refresh looks for data sets that
    other connectors have catalogued.
    """

    names_refused_elements = True
    provider = ConnectorProvider(
        description="Catalogues lineage from OpenLineage events.",
        class_names=(_JAVA + "openlineage." + _PROVIDER, _JAVA + "lineage." + _PROVIDER),
        exchange=Exchange(
            directions=(PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS),
            rights="None: the events are those that the daemon has received.",
            reads="Asset, SchemaAttribute, Schema, AttributeForSchema, NestedSchemaAttribute",
            writes="DeployedSoftwareComponent, DataSet, TabularSchemaType, TabularColumn, DataFlow, ProcessHierarchy, "
            "ProcessCall, LineageMapping, Schema, AttributeForSchema, TypeEmbeddedAttribute, RunMetrics, Ownership",
            example="lineage.md#cataloguing",
        ),
        endpoint="not used",
        settings=(
            Setting(
                name="namespaceAliases",
                description="an object that maps namespaces of data sets in events to other namespaces, such as "
                "those with the host name that database-monitor uses",
            ),
        ),
    )

    async def initialize(self) -> None:
        """Create the state of the connector."""
        self._cataloguing = Cataloguing(self.context, {})
        self._position = 0
        self._has_advanced = trio.Event()

    def read_settings(self) -> None:
        """Read and check the settings."""
        value = self.context.setting("namespaceAliases", {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for item in value.items() for each in item):
            raise wrong_setting(self.context, "namespaceAliases", "it is not an object of texts")
        self._aliases: Mapping[str, str] = value

    async def start(self) -> None:
        """Check the settings, and listen for events."""
        self.read_settings()
        self._cataloguing = Cataloguing(self.context, self._aliases)
        self._position = await self.context.spooled_events.begin()
        if self.context.host is not None:
            self.context.listen(self._follow_spool)
            self.context.listen(self._follow_catalogue)

    async def refresh(self) -> None:
        """Catalogue the waiting events; if there are none, move lineage to elements of other connectors."""
        total, events, until = Outcome(), 0, trio.current_time() + LONGEST_REFRESH
        while batch := await self._read():
            total.add(await self._catalogue(batch))
            events += len(batch)
            if current_dry_run() is not None:
                self._cataloguing.forget()
                return
            self.context.progress = counted(events, "event") + " catalogued"
            if trio.current_time() >= until:
                break
        self.context.progress = None
        if events:
            self._sum_up(total, events)
        if not events or await self._cataloguing.can_move_lineage():
            await self._move()

    async def _read(self) -> list[SpooledEvent]:
        """The waiting events, up to a number and a size: larger batches write fewer elements for each event."""
        batch: list[SpooledEvent] = []
        for _ in range(MOST_READS):
            after = batch[-1].position if batch else self._position
            try:
                part = await self.context.spooled_events.read(after, EVENTS_AT_ONCE - len(batch))
            except PropertyServerError:
                if batch:
                    break  # events before the damage are catalogued first
                raise
            batch += part
            if not part or len(batch) == EVENTS_AT_ONCE:
                break
        return batch

    async def _follow_catalogue(self) -> None:
        """Request a refresh when another connector has catalogued a data set that was new."""
        while self.context.resources is not None:  # until this incarnation has ended
            await trio.sleep(SEARCH_INTERVAL)
            if await self._cataloguing.can_move_lineage():
                self.context.ask_for_refresh()

    async def _follow_spool(self) -> None:
        """Request a refresh whenever events wait."""
        while self.context.resources is not None:
            has_advanced = self._has_advanced
            await self.context.spooled_events.wait(self._position)
            await trio.sleep(GATHERED_FOR)
            if not has_advanced.is_set():
                self.context.ask_for_refresh()
            with trio.move_on_after(TRY_AGAIN_AFTER):
                await has_advanced.wait()

    async def _catalogue(self, batch: Sequence[SpooledEvent]) -> Outcome:
        """Catalogue a batch of events, and acknowledge them unless this is a dry run."""
        is_dry = current_dry_run() is not None
        events, refused = await trio.to_thread.run_sync(_decoded, batch)
        problems: dict[str, str] = {}
        outcome = await self._cataloguing.add(events, problems)
        for place, problem in list(problems.items())[:NAMED_ONE_BY_ONE]:
            self.context.audit_log.record(
                messages.FACET_LEFT_OUT, connector=self.connector_name, place=place, problem=problem
            )
        if not is_dry:
            await self._finish_with(batch[-1].position, refused)
        return outcome

    async def _finish_with(self, position: int, refused: Sequence[tuple[SpooledEvent, str]]) -> None:
        """Store the refused events as dead letters, and acknowledge all events up to a position.

        Raises `RefreshPostponedError` if the disk does not allow it: the events are then catalogued again, which
        changes nothing.
        """
        try:
            for event, reason in refused:
                await self.context.spooled_events.reject(event, reason)
            await self.context.spooled_events.acknowledge(position)
        except PropertyServerError as error:
            raise RefreshPostponedError(error.definition, **error.parameters) from error
        self._position = position
        self._has_advanced.set()
        self._has_advanced = trio.Event()

    async def _move(self) -> None:
        outcome, moved = await self._cataloguing.move_lineage()
        if moved:
            self.context.audit_log.record(messages.MOVED, connector=self.connector_name, data_sets=moved)
        record_rejections(self.context, messages.NOT_CATALOGUED, outcome)

    def _sum_up(self, outcome: Outcome, events: int) -> None:
        record_rejections(self.context, messages.NOT_CATALOGUED, outcome)
        if outcome.created or outcome.updated or outcome.removed or outcome.rejected:
            self.context.audit_log.record(
                messages.CATALOGUED,
                connector=self.connector_name,
                events=events,
                created=outcome.created,
                updated=outcome.updated,
                removed=outcome.removed,
                rejected=len(outcome.rejected),
            )


def _decoded(batch: Sequence[SpooledEvent]) -> tuple[list[OpenLineageEvent], list[tuple[SpooledEvent, str]]]:
    """The valid events, and the others with the reason."""
    events: list[OpenLineageEvent] = []
    refused: list[tuple[SpooledEvent, str]] = []
    for each in batch:
        try:
            events.append(decode_event(each.content))
        except InvalidParameterError as error:
            refused.append((each, str(error)))
    return events, refused
