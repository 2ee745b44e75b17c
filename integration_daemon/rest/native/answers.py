"""The answers of the native routes, except those about connectors."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from audit.record import NumberedRecord
from integration_daemon.alerts.alert import AlertTestResult
from integration_daemon.config.difference import Difference
from integration_daemon.config.problem import Problem
from integration_daemon.config.versions import How
from integration_daemon.rest.native.connector_answers import ShownRemovals, ShownReport
from integration_daemon.security.permissions import Permission
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from services.connector_description import ConnectorDescription
from services.lineage.intake.dead_letters import DeadLetter
from services.metadata.element import ElementRecord, ElementStatus, RelationshipRecord


class ShownServer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A running server."""

    name: str
    type: str
    start_time: str | None
    """The time of the start; null while the server starts."""
    services: list[str]


class StoppedServer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A server that has a stored document and is not running."""

    name: str
    end_time: str | UnsetType = UNSET
    """The time at which it was stopped; absent: it has not run in this process."""


class ServersAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The servers of the platform."""

    servers: list[ShownServer]
    """The running servers."""
    stopped: list[StoppedServer]


class PermissionsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The permissions of the caller. A server's security connector may still refuse a request."""

    caller: str
    of_platform: list[Permission]
    """The permissions for the whole platform."""
    of_server: list[Permission] = []
    """The permissions for the whole server that the query names."""
    of_connectors: list[Permission] = []
    """The permissions for that server, or for some of its connectors."""
    of_connector: list[Permission] = []
    """The permissions for the connector that the query names."""


class DeletionsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Removals that wait for an operator's approval."""

    total: int
    """The number of connectors with such removals."""
    deletions: list[ShownRemovals]


class AuditLogAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Audit log records."""

    last_number: int
    """The value for the parameter `after` of the next request."""
    records: Sequence[NumberedRecord]


class DryRunAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The changes that a refresh would make."""

    connector_name: str
    dry_run: ShownReport | None
    """Null if the dry run has not ended within the time of the request, or was not made; the operation shows it
    later."""
    outcome: OperationOutcome


class AtWork(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A connector at work on an operation."""

    connector_name: str
    state: str
    progress: str | UnsetType = UNSET


class ShownOperation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An operation that a caller requested."""

    operation_id: str
    state: str
    """RUNNING, DONE, or CANCELLED once a cancelled operation has ended."""
    user: str
    requested: str
    ended: str | UnsetType = UNSET
    cancelled_by: str | UnsetType = UNSET
    connector_name: str | UnsetType = UNSET
    """The connector of an operation on one connector."""
    outcome: OperationOutcome
    at_work: list[AtWork]
    """The first of the connectors that have not finished."""
    report: ShownReport | UnsetType = UNSET
    """The changes of the refresh, or those that a dry run found: counts, and the first names of each kind. Only for an
    operation on one connector that has ended."""


class OperationsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Operations, the newest first."""

    total: int
    operations: list[ShownOperation]


class ShownVersion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A version of a document."""

    number: int
    time: str
    how: How
    """STARTED or REREAD from the command line's document; START_REQUESTED, SENT, CHANGED or RESTORED over REST;
    ROLLED_BACK automatically."""
    caller: str | UnsetType = UNSET
    """The authenticated caller, if the version comes from a request."""
    user: str | UnsetType = UNSET
    """The user that the request named."""
    detail: str | UnsetType = UNSET
    """The part that was changed, or the reason."""
    size: int
    """The size of the document in bytes."""


class ShownTrial(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that is rolled back automatically if its connectors fail."""

    version: int
    """The version on trial."""
    previous: int
    """The version that a rollback restores."""
    ends: str


class VersionsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The versions of a document that are kept, the newest first."""

    versions: list[ShownVersion]
    in_effect: int | UnsetType = UNSET
    """The version that the running server uses; later versions take effect when it is restarted or reloaded."""
    trial: ShownTrial | UnsetType = UNSET
    """The change on trial, if any."""


class DocumentAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A version of a document, without its secrets."""

    version: ShownVersion
    document: dict[str, Any]


class DifferenceAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The difference between two versions of a document."""

    from_: int = msgspec.field(name="from")
    to: int
    differences: list[Difference]


class DocumentChecked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of the check of a changed document."""

    problems: list[Problem]
    """The problems, in the order of the document's lines. A document with an error would be refused."""
    differences: list[Difference]
    """The differences from the stored document; empty if there is an error."""


class ConnectorClass(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A connector that can be configured."""

    connector: ConnectorDescription
    settings_schema: dict[str, Any]
    """The JSON Schema of its settings."""


class ConnectorClasses(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The connectors that can be configured, by name."""

    connector_classes: list[ConnectorClass]


class Validation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of the check of a document."""

    is_valid: bool
    """True if a server can start with the document."""
    problems: Sequence[Problem]
    """The problems, each with its place."""


class ElementsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of elements."""

    elements: list[ElementRecord]
    cursor: str | UnsetType = UNSET
    """The cursor for the next page, if there may be more elements."""
    indexed_to: int | UnsetType = UNSET
    """The number of the last change in the full-text index, if the index is behind."""
    relationships: list[RelationshipRecord] | UnsetType = UNSET


class ElementType(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An open metadata type."""

    name: str
    super_type: str | UnsetType = UNSET


class ElementTypesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The types that elements can have."""

    types: list[ElementType]


class ElementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One element, with its relationships."""

    element: ElementRecord
    relationships: list[RelationshipRecord] | UnsetType = UNSET


class RelatedElement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The element at the other end of a relationship, in short."""

    guid: str
    type_name: str
    display_name: str
    """The display name, or else the qualified name."""
    qualified_name: str
    status: ElementStatus


class Related(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A relationship of an element, with its other element."""

    relationship: RelationshipRecord
    is_end1: bool
    """True if the element is end 1 of the relationship, and the other element is end 2."""
    element: RelatedElement


class RelatedAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of the relationships of an element."""

    total: int
    """The number of relationships that the query selects."""
    types: dict[str, int]
    """The number of relationships of the element by type."""
    related: list[Related]


class ReceiptSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of the events of a request."""

    received: int
    successful: int
    failed: int
    retriable: int = 0
    non_retriable: int


class FailedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that was not accepted."""

    index: int
    reason: str
    retriable: bool = False


class ReceiptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of OpenLineage to a batch of events."""

    status: str
    summary: ReceiptSummary
    failed_events: list[FailedEvent] = []


class DeadLettersAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Rejected events."""

    total: int
    dead_letters: list[DeadLetter]
    """The newest rejected events."""


class ShownIncident(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A problem of one or more connectors with one cause."""

    incident: str
    """The identifier of the incident in the alerts."""
    title: str
    text: str
    """The finding at the first connector; empty if the title states it."""
    action: str
    """The remedy, as a sentence for the operator."""
    condition: str
    since: str
    connectors: int
    """The number of affected connectors."""
    names: Sequence[str]
    """The names of the first affected connectors."""


class IncidentsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The incidents that are not over."""

    is_watched: bool
    """False if the document of the server names no receivers of alerts: then no incidents are recorded."""
    incidents: list[ShownIncident]
    """The incidents, the newest first."""


class AlertsTested(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The responses of the receivers to a test."""

    receivers: Sequence[AlertTestResult]


class ConsoleLink(msgspec.Struct, frozen=True):
    """A link that logs a browser in once."""

    path: str


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error of a native route (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    message_id: str
    parameters: dict[str, str]
    system_action: str
    user_action: str
    problems: Sequence[Problem] | UnsetType = UNSET
    """The errors of a document, each with its place."""


class ShownChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event of the live stream: the status of a connector has changed."""

    number: int
    """The number of the change, from 1."""
    at: str
    connector_name: str
    service: str
    state: str
    condition: str


class Missed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event of the live stream: other events were left out."""

    changes: int | None
    """The number of omitted changes of status; null: unknown, because the server was restarted."""
    records_since: int
    """The number of the audit log record after which records were left out."""
