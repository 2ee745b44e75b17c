"""The query parameters of the native routes."""

from datetime import datetime
from typing import Annotated

import msgspec

from audit.severity import Severity
from integration_daemon.rest.query import Offset, PageSize, Query, Text, not_understood
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.lineage import MOST_NODES, Direction

LONGEST_WAIT = 20
"""The longest time, in seconds, that a request may wait for work or for an event."""


class ServerQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """Selects the server if the path does not name it and the platform runs several."""

    server: Text | None = None
    """The name of the server."""


class SelectionQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the connectors that match every parameter."""

    service: Text | None = None
    """The URL marker of their service."""
    group: Text | None = None
    """The qualified name of their integration group."""
    state: Text | None = None
    """Their state."""
    condition: Text | None = None
    """Their condition."""
    failure_kind: Text | None = None
    """The kind of their failure."""
    label: Text | None = None
    """One of their labels."""
    source: Text | None = None
    """The qualified name of the metadata source that owns their elements; empty: the metadata server itself."""
    text: Text = ""
    """A part of their name."""


class WaitQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """The longest time that the answer waits for the work."""

    wait_seconds: Offset = LONGEST_WAIT
    """Seconds to wait for the work, at most 20. After that time, the work continues, and the answer has status 202."""


class OperationQuery(SelectionQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the connectors to operate on: one by its name, or all that match the other parameters."""

    connector: Text | None = None
    """The name of the connector."""
    wait_seconds: Offset = LONGEST_WAIT
    """Seconds to wait for the work, at most 20. After that time, the work continues, and the answer has status 202."""


class NamedConnectors(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of an operation on connectors by name. They must match the query as well."""

    connectors: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST_IN_A_PAGE)]
    """The names of the connectors, at most 1000."""


class ConnectorsQuery(SelectionQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the connectors that match the parameters."""

    failed_first: bool = False
    """True: failed connectors come before the others."""
    sort: Text | None = None
    """`name`, `state`, `condition`, `lastAttempt`, `lastSuccess`, `lastFailure` or `restarts`; with `-` before it: the
    greatest first. None: the order of the document."""
    cursor: Text | None = None
    """The `cursor` of the previous page; none: the first page. The other parameters must be those of the previous page.
    A connector that keeps its position in the order is in exactly one page, even if others move meanwhile."""
    start_from: Offset = 0
    """The number of connectors to skip."""
    limit: Offset = MOST_IN_A_PAGE
    """The number of connectors in the answer; 0: only their counts."""


class DeletionsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the connectors with held deletions."""

    start_from: Offset = 0
    """The number of connectors to skip."""
    limit: PageSize | None = None
    """The number of connectors in the answer; none: all."""


class PermissionsQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """The server and the connector whose permissions are shown."""

    server: Text | None = None
    """The name of the server; none: the whole platform."""
    connector: Text | None = None
    """The name of a connector of the server."""


class LettersQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the newest rejected events."""

    limit: Offset = 20
    """The number of events in the answer; 0: only their total number."""


class OperationsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the operations, the newest first."""

    start_from: Offset = 0
    """The number of operations to skip."""
    limit: PageSize = 50
    """The number of operations in the answer."""


class DecisionQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the held deletions for a decision."""

    scope: Text | None = None
    """The scope of the deletions; none: all scopes."""


class ApprovalQuery(DecisionQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the held deletions to approve."""

    seen: PageSize | None = None
    """The number of elements shown to the caller; if more are held by now, nothing is approved."""


class AuditLogQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """Selects audit log records."""

    after: Offset = 0
    """Only records with a higher number."""
    before: PageSize | None = None
    """Only records with a lower number; with `newestFirst`, the number of the last record of the previous page."""
    limit: PageSize = 100
    """The number of records in the answer."""
    severity: Text = ""
    """Labels of severities, separated by commas; empty: all."""
    message_id: Text | None = None
    """The identifier of their message."""
    connector: Text | None = None
    """The connector that they name."""
    text: Text = ""
    """A part of the id or the text of their message; upper and lower case are equal."""
    since: datetime | None = None
    """The earliest time of a record."""
    until: datetime | None = None
    """The time before which a record was made."""
    newest_first: bool = False
    """True: the newest record comes first."""
    wait_seconds: Offset = 0
    """Seconds to wait for a record if there is none, at most 20."""


def severities_of(labels: str) -> frozenset[str]:
    """The severities of the parameter `severity`; none: all. Raises `InvalidParameterError` for an unknown one."""
    try:
        return frozenset(Severity.from_label(label).label for label in labels.split(",") if label)
    except ValueError as error:
        raise not_understood("severity", error) from None


class EventsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the events of a live stream."""

    severity: Text = ""
    """Severities of records, separated by commas; empty: all."""
    message_id: Text | None = None
    """The identifier of the message of records."""
    connector: Text | None = None
    """The connector of changes and records."""


class ElementsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the elements that match the parameters."""

    type: Text | None = None
    """Their open metadata type; subtypes are included."""
    name: Text | None = None
    """A shell pattern for their names and paths."""
    text: Text | None = None
    """Words of their names and descriptions."""
    source: Text | None = None
    """The qualified name of their metadata source; empty: the metadata server itself."""
    connector: Text | None = None
    """A connector whose metadata source they have; other connectors can have the same source."""
    updated_since: datetime | None = None
    """The earliest time of their last change."""
    archived: bool = False
    """True: archived elements are included."""
    relationships: bool = False
    """True: the answer has their relationships as well."""
    cursor: Text | None = None
    """The `cursor` of the previous page; none: the first page."""
    start_from: Offset = 0
    """The number of elements to skip. A large number takes long; a cursor does not."""
    limit: PageSize = 100
    """The number of elements in the answer, at most."""


class ElementQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """The parts of an element in the answer."""

    relationships: bool = True
    """False: the answer does not have the relationships, which can be very many."""


class RelatedQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the relationships of an element."""

    type: Text | None = None
    """The type of the relationships; none: every type."""
    start_from: Offset = 0
    """The number of relationships to skip."""
    limit: PageSize = 100
    """The number of relationships in the answer."""


class LineageOfElementQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """The direction and the extent of the lineage of an element."""

    direction: Direction = Direction.BOTH
    """`upstream`: the sources of its data; `downstream`: the destinations of its data; `both`."""
    depth: PageSize = 10
    """The number of relationships to follow, at most. A process between two tables counts as two."""
    columns: bool = False
    """True: the lineage of its columns is included."""
    limit: PageSize = MOST_NODES
    """The number of elements in the answer, at most; the nearest are kept."""


class ChangesQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects changes of a metadata store."""

    after: Offset = 0
    """The number of the last change that the caller knows."""
    limit: PageSize = 100
    """The number of changes in the answer."""


class RestoreQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """The version on which a change of a document is based."""

    expected_version: Offset | None = None
    """The number of the newest version that the change is based on. If another version is the newest, the change is
    refused with status 409. None: the change is not compared with other changes."""


class ReloadQuery(RestoreQuery, frozen=True, kw_only=True, rename="camel"):
    """The base of a changed document, and the reaction to failures of its connectors."""

    rollback_after_seconds: PageSize | None = None
    """Seconds, at most 3600, after which the change is undone if a connector that it added or changed has failed; none:
    the change is not undone."""


class DifferenceQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects two versions of a document."""

    from_: PageSize | None = msgspec.field(name="from", default=None)
    """The number of the first version; none: the version before the second."""
    to: PageSize | None = None
    """The number of the second version; none: the newest."""
