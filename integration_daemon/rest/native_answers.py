"""The answers of the native routes, except those about connectors."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from audit.record import NumberedRecord
from integration_daemon.alerts.alert import Said
from integration_daemon.config.difference import Difference
from integration_daemon.config.problem import Problem
from integration_daemon.config.versions import How
from integration_daemon.rest.connector_answers import ShownRemovals, ShownReport
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
    """None while it starts."""
    services: list[str]


class StoppedServer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A server whose document the platform keeps, and that is not running."""

    name: str
    end_time: str | UnsetType = UNSET
    """When it was stopped; it was not running in this process if there is none."""


class ServersAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The servers of the platform."""

    servers: list[ShownServer]
    """Those that are running."""
    stopped: list[StoppedServer]


class PermissionsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the caller may do. A server's security connector may still refuse a request."""

    caller: str
    of_platform: list[Permission]
    """For the whole platform."""
    of_server: list[Permission] = []
    """For the whole server that the query names."""
    of_connectors: list[Permission] = []
    """For that server, or for some of its connectors."""
    of_connector: list[Permission] = []
    """For the connector that the query names."""


class DeletionsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Removals that wait for an operator's approval."""

    total: int
    """Connectors with such removals."""
    deletions: list[ShownRemovals]


class AuditLogAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Audit log records."""

    last_number: int
    """For the parameter `after` of the next request."""
    records: Sequence[NumberedRecord]


class DryRunAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a refresh would change."""

    connector_name: str
    dry_run: ShownReport | None
    """None if it has not ended within the time of the request, or was not made; the operation shows it later."""
    outcome: OperationOutcome


class AtWork(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A connector that is at work on an operation."""

    connector_name: str
    state: str
    progress: str | UnsetType = UNSET


class ShownOperation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An operation that a caller requested."""

    operation_id: str
    state: str
    """RUNNING, DONE, or CANCELLED once nothing of it is left to do."""
    user: str
    requested: str
    ended: str | UnsetType = UNSET
    cancelled_by: str | UnsetType = UNSET
    connector_name: str | UnsetType = UNSET
    """The connector, if it is one."""
    outcome: OperationOutcome
    at_work: list[AtWork]
    """The first of the connectors that have not finished."""
    report: ShownReport | UnsetType = UNSET
    """What the refresh did, or what it would do if this is a dry run: counts, and the first names of each kind. Of
    operations on one connector alone, once they have ended."""


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
    ROLLED_BACK by itself."""
    caller: str | UnsetType = UNSET
    """The authenticated caller, if it was a request."""
    user: str | UnsetType = UNSET
    """The user that the request named."""
    detail: str | UnsetType = UNSET
    """What was changed, or why."""
    size: int
    """Bytes."""


class ShownTrial(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that is rolled back by itself if it does not come up healthy."""

    version: int
    """The version on trial."""
    previous: int
    """The version that is restored if it fails."""
    ends: str


class VersionsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The versions of a document that are kept, the newest first."""

    versions: list[ShownVersion]
    in_effect: int | UnsetType = UNSET
    """The version that the running server has; later ones take effect when it is started again, or reloaded."""
    trial: ShownTrial | UnsetType = UNSET
    """The change that is on trial now."""


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
    """What was found in a document."""

    problems: list[Problem]
    """In the order of the document's lines. With an error among them, the document would be refused."""
    differences: list[Difference]
    """From the stored document; none if there is an error."""


class ConnectorClass(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A connector that can be configured."""

    connector: ConnectorDescription
    settings_schema: dict[str, Any]
    """The JSON Schema of its settings."""


class ConnectorClasses(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The connectors that can be configured, by name."""

    connector_classes: list[ConnectorClass]


class Validation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the check of a document has found."""

    is_valid: bool
    """A server starts with the document."""
    problems: Sequence[Problem]
    """Each names its place."""


class ElementsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of elements."""

    elements: list[ElementRecord]
    cursor: str | UnsetType = UNSET
    """For the next page, if there may be more."""
    indexed_to: int | UnsetType = UNSET
    """The number of the last change that the index of words has seen, if it is behind."""
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
    """Its display name, or else its qualified name."""
    qualified_name: str
    status: ElementStatus


class Related(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A relationship of an element, as seen from it."""

    relationship: RelationshipRecord
    is_end1: bool
    """True if the element is end 1, and the other one is end 2."""
    element: RelatedElement


class RelatedAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of the relationships of an element."""

    total: int
    """Relationships that the query selects."""
    types: dict[str, int]
    """How many relationships of each type the element has."""
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
    """The newest of them."""


class ShownIncident(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is wrong with some connectors, for one cause."""

    incident: str
    """Its identifier, as the alerts have it."""
    title: str
    text: str
    """What was found at the first connector; empty if the title tells it."""
    action: str
    """What an operator can do."""
    condition: str
    since: str
    connectors: int
    """How many have it now."""
    names: Sequence[str]
    """The first of them."""


class IncidentsAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The incidents that are not over."""

    is_watched: bool
    """False if the document of the server names no receivers of alerts: then there are no incidents."""
    incidents: list[ShownIncident]
    """The newest first."""


class AlertsTested(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the receivers said to a test."""

    receivers: Sequence[Said]


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
    """An event of the live stream: a connector has another status than before."""

    number: int
    """From 1, in the order of the changes."""
    at: str
    connector_name: str
    service: str
    state: str
    condition: str


class Missed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An event of the live stream: it has left something out."""

    changes: int | None
    """Changes of status that were left out; none: it is not known how many, because the server was started again."""
    records_since: int
    """The number of the audit log record after which some were left out."""
