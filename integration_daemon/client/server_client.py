"""A client of one server of a platform, for the native routes of a server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal

import msgspec
import trio
from msgspec.structs import replace

from integration_daemon.client.event_stream import EventStream, open_events
from integration_daemon.client.requests import Requests, segment
from integration_daemon.rest.native import queries
from integration_daemon.rest.native.answers import (
    AlertsTested,
    AuditLogAnswer,
    DeadLettersAnswer,
    DeletionsAnswer,
    DifferenceAnswer,
    DocumentAnswer,
    DocumentChecked,
    DryRunAnswer,
    ElementAnswer,
    ElementsAnswer,
    IncidentsAnswer,
    OperationsAnswer,
    ReceiptAnswer,
    RelatedAnswer,
    ShownOperation,
    VersionsAnswer,
)
from integration_daemon.rest.native.connector_answers import (
    ConnectorConfigurationAnswer,
    ConnectorDetail,
    ConnectorPage,
    ConnectorSummary,
)
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from integration_daemon.supervision.reconfigured import Reconfigured
from services.lineage.intake.spool_status import SpoolStatus
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.changes import ChangePage
from services.metadata.element import ElementRecord
from services.metadata.lineage import LineageGraph

Operation = Literal["refresh", "restart", "pause", "resume", "stop"]
"""An operation on connectors."""
POLL_INTERVAL = 0.5
"""Seconds between two requests for the progress of an operation that is followed."""


class ServerClient:
    """The native routes of one server. Every method raises `ClientError`."""

    def __init__(self, requests: Requests, name: str) -> None:
        self.name = name
        self._requests = requests
        self._root = f"/api/v1/servers/{segment(name)}"

    @property
    def url(self) -> str:
        """The address of the platform."""
        return self._requests.url

    async def connectors(self, query: queries.ConnectorsQuery | None = None) -> ConnectorPage:
        """One page of the connectors that the query selects, and their counts by state and condition."""
        return await self._requests.get(ConnectorPage, f"{self._root}/connectors", query)

    async def every_connector(self, query: queries.ConnectorsQuery | None = None) -> AsyncIterator[ConnectorSummary]:
        """All connectors that the query selects, from its `start_from` on, page by page."""
        wanted = query or queries.ConnectorsQuery()
        while True:
            page = await self.connectors(wanted)
            for each in page.connectors:
                yield each
            if not page.cursor:
                return
            wanted = replace(wanted, cursor=page.cursor, start_from=0)

    async def connector(self, name: str) -> ConnectorDetail:
        """One connector with its status, its held deletions and its recent refreshes."""
        return await self._requests.get(ConnectorDetail, self._connector(name))

    async def configuration(self, name: str) -> ConnectorConfigurationAnswer:
        """The configuration of a connector without its secrets, and its class with its settings."""
        return await self._requests.get(ConnectorConfigurationAnswer, f"{self._connector(name)}/configuration")

    async def operate(
        self, operation: Operation, query: queries.OperationQuery | None = None, names: Sequence[str] | None = None
    ) -> OperationOutcome:
        """Operate on all connectors that the query selects, or on those of them that have one of these names.

        The answer comes when the operation has ended, or after the `wait_seconds` of the query; `follow` reports the
        rest of its progress.
        """
        body: object = msgspec.UNSET if names is None else queries.NamedConnectors(connectors=tuple(names))
        return await self._requests.post(OperationOutcome, f"{self._root}/connectors/{operation}", query, body)

    async def operate_connector(
        self, operation: Operation, name: str, query: queries.WaitQuery | None = None
    ) -> ConnectorSummary:
        """Operate on one connector, or on its catalog targets; its summary has the outcome."""
        return await self._requests.post(ConnectorSummary, f"{self._connector(name)}/{operation}", query)

    async def dry_run(self, name: str, query: queries.WaitQuery | None = None) -> DryRunAnswer:
        """The changes that a refresh of a connector would make. Nothing is written."""
        return await self._requests.post(DryRunAnswer, f"{self._connector(name)}/dry-run", query)

    async def operations(self, query: queries.OperationsQuery | None = None) -> OperationsAnswer:
        """The operations in progress, and the last that have ended; the newest first."""
        return await self._requests.get(OperationsAnswer, f"{self._root}/operations", query)

    async def operation(self, operation_id: str) -> ShownOperation:
        """The progress of an operation, and its outcome."""
        return await self._requests.get(ShownOperation, f"{self._root}/operations/{segment(operation_id)}")

    async def follow(self, operation_id: str) -> AsyncIterator[ShownOperation]:
        """The operation after each change of its progress; the last item is its outcome."""
        last = None
        while True:
            shown = await self.operation(operation_id)
            if shown is not last:
                last = shown
                yield shown
            if shown.state != "RUNNING":
                return
            await trio.sleep(POLL_INTERVAL)

    async def cancel(self, operation_id: str) -> ShownOperation:
        """Cancel a refresh, a restart or a dry run: connectors at work are interrupted, and the others do not begin."""
        return await self._requests.post(ShownOperation, f"{self._root}/operations/{segment(operation_id)}/cancel")

    async def deletions(self, query: queries.DeletionsQuery | None = None) -> DeletionsAnswer:
        """Removals that wait for an operator's approval."""
        return await self._requests.get(DeletionsAnswer, f"{self._root}/deletions", query)

    async def approve(
        self, name: str, query: queries.ApprovalQuery | queries.DecisionQuery | None = None
    ) -> ConnectorDetail:
        """Approve the held deletions of a connector; the answer has the outcome of the refresh that makes them.

        Raises `RefusedRequestError` if more deletions are held than the query states as `seen`.
        """
        return await self._requests.post(ConnectorDetail, f"{self._connector(name)}/deletions/approve", query)

    async def reject(self, name: str, query: queries.DecisionQuery | None = None) -> ConnectorDetail:
        """Reject the held deletions of a connector: the elements are kept."""
        return await self._requests.post(ConnectorDetail, f"{self._connector(name)}/deletions/reject", query)

    async def audit_log(self, query: queries.AuditLogQuery | None = None) -> AuditLogAnswer:
        """Audit log records that the query selects."""
        return await self._requests.get(AuditLogAnswer, f"{self._root}/audit-log", query)

    def events(self, query: queries.EventsQuery | None = None) -> AbstractAsyncContextManager[EventStream]:
        """The live stream of changes of status and of audit log records, from now on, as an async iterator.

        After a lost connection, the stream continues where it ended, and may repeat an event. A platform that does not
        answer for a minute ends the stream with `NoAnswerError`.
        """
        return open_events(self._requests, f"{self._root}/events", query or queries.EventsQuery())

    async def versions(self) -> VersionsAnswer:
        """The versions of the server's document that are kept, the newest first."""
        return await self._requests.get(VersionsAnswer, f"{self._root}/documents")

    async def version(self, number: int) -> DocumentAnswer:
        """A version of the document, without its secrets."""
        return await self._requests.get(DocumentAnswer, f"{self._root}/documents/{number}")

    async def difference(self, query: queries.DifferenceQuery | None = None) -> DifferenceAnswer:
        """The differences between two versions of the document, without secrets."""
        return await self._requests.get(DifferenceAnswer, f"{self._root}/documents/difference", query)

    async def check_document(self, document: object) -> DocumentChecked:
        """Check a changed document as if it were applied, and compare it with the stored one."""
        return await self._requests.post(DocumentChecked, f"{self._root}/documents/check", body=document)

    async def restore(self, number: int, query: queries.RestoreQuery | None = None) -> Reconfigured:
        """Apply a version of the document again, as the newest.

        Raises `RefusedRequestError` if another version than the query states as `expected_version` is the newest.
        """
        return await self._requests.post(Reconfigured, f"{self._root}/documents/{number}/restore", query)

    async def reload(self, document: object = msgspec.UNSET, query: queries.ReloadQuery | None = None) -> Reconfigured:
        """Apply a changed document; without one, the server reads its own again.

        Raises `RefusedRequestError` if another version than the query states as `expected_version` is the newest.
        """
        return await self._requests.post(Reconfigured, f"{self._root}/reload", query, document)

    async def elements(self, query: queries.ElementsQuery | None = None) -> ElementsAnswer:
        """One page of the elements that the query selects."""
        return await self._requests.get(ElementsAnswer, f"{self._root}/elements", query)

    async def every_element(self, query: queries.ElementsQuery | None = None) -> AsyncIterator[ElementRecord]:
        """All elements that the query selects, page by page."""
        wanted = query or queries.ElementsQuery(limit=MOST_IN_A_PAGE)
        while True:
            page = await self.elements(wanted)
            for each in page.elements:
                yield each
            if not page.cursor:
                return
            wanted = replace(wanted, cursor=page.cursor, start_from=0)

    async def element(self, guid: str, query: queries.ElementQuery | None = None) -> ElementAnswer:
        """One element with its relationships."""
        return await self._requests.get(ElementAnswer, f"{self._root}/elements/{segment(guid)}", query)

    async def related(self, guid: str, query: queries.RelatedQuery | None = None) -> RelatedAnswer:
        """One page of the relationships of an element, each with its other element."""
        return await self._requests.get(RelatedAnswer, f"{self._root}/elements/{segment(guid)}/related", query)

    async def lineage_of(self, guid: str, query: queries.LineageOfElementQuery | None = None) -> LineageGraph:
        """The elements upstream or downstream of an element in the lineage of data."""
        return await self._requests.get(LineageGraph, f"{self._root}/elements/{segment(guid)}/lineage", query)

    async def changes(self, query: queries.ChangesQuery | None = None) -> ChangePage:
        """One page of the changes in the metadata store."""
        return await self._requests.get(ChangePage, f"{self._root}/changes", query)

    async def send_lineage(self, event: object) -> ReceiptAnswer:
        """Send an OpenLineage event. The answer comes when it is on the disk."""
        return await self._requests.post(ReceiptAnswer, f"{self._root}/lineage", body=event)

    async def send_lineage_batch(self, events: list[object]) -> ReceiptAnswer:
        """Send OpenLineage events; the answer names the rejected events."""
        return await self._requests.post(ReceiptAnswer, f"{self._root}/lineage/batch", body=events)

    async def lineage_spool(self) -> SpoolStatus:
        """The number of received lineage events that wait for each connector."""
        return await self._requests.get(SpoolStatus, f"{self._root}/lineage/spool")

    async def dead_letters(self, query: queries.LettersQuery | None = None) -> DeadLettersAnswer:
        """The newest lineage events that were rejected, each with the reason."""
        return await self._requests.get(DeadLettersAnswer, f"{self._root}/lineage/dead-letters", query)

    async def replay_dead_letters(self) -> ReceiptAnswer:
        """Receive the rejected lineage events again."""
        return await self._requests.post(ReceiptAnswer, f"{self._root}/lineage/dead-letters/replay")

    async def incidents(self) -> IncidentsAnswer:
        """The incidents that have been reported to receivers of alerts and are not over."""
        return await self._requests.get(IncidentsAnswer, f"{self._root}/incidents")

    async def test_alerts(self) -> AlertsTested:
        """Send a test to every receiver of alerts; the answer has the response of each."""
        return await self._requests.post(AlertsTested, f"{self._root}/alerts/test")

    def _connector(self, name: str) -> str:
        return f"{self._root}/connectors/{segment(name)}"
