"""The query parameters of the native routes."""

from datetime import datetime
from typing import Annotated

import msgspec

from audit.severity import Severity
from integration_daemon.rest.query import Offset, PageSize, Query, Text, not_understood
from services.metadata.lineage import MOST_NODES, Direction

MOST_IN_A_PAGE = 1_000
LONGEST_WAIT = 20
"""Seconds that a request may wait for work, or for something to happen."""


class ServerQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """Selects the server if the path does not name it and the platform runs several."""

    server: Text | None = None
    """The name of the server."""


class SelectionQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the connectors that meet every condition."""

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
    """The qualified name of the metadata source that owns what they catalogue; empty: the metadata server itself."""
    text: Text = ""
    """A part of their name."""


class WaitQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Tells how long the answer may wait for the work."""

    wait_seconds: Offset = LONGEST_WAIT
    """Seconds to wait for the work, at most 20. The work goes on after that, and the answer has status 202."""


class OperationQuery(SelectionQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the connectors to operate: one by its name, or all that meet the conditions."""

    connector: Text | None = None
    """The name of the connector."""
    wait_seconds: Offset = LONGEST_WAIT
    """As of an operation on one connector."""


class NamedConnectors(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of an operation on connectors by name. The conditions of the query hold for them as well."""

    connectors: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MOST_IN_A_PAGE)]
    """Their names, at most 1000."""


class ConnectorsQuery(SelectionQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the connectors that meet the conditions."""

    failed_first: bool = False
    """True: failed connectors come before the others."""
    sort: Text | None = None
    """`name`, `state`, `condition`, `lastAttempt`, `lastSuccess`, `lastFailure` or `restarts`; with `-` before it: the
    greatest first. None: the order of the document."""
    cursor: Text | None = None
    """The `cursor` of the page before; none: the first page. The other parameters must be those of the page before.
    A connector that stays where it is in the order is in exactly one page, whatever happens to others meanwhile."""
    start_from: Offset = 0
    """How many connectors to pass over."""
    limit: Offset = MOST_IN_A_PAGE
    """The number of connectors in the answer; 0: only their counts."""


class DeletionsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the connectors with held deletions."""

    start_from: Offset = 0
    """How many connectors to pass over."""
    limit: PageSize | None = None
    """The number of connectors in the answer; none: all."""


class PermissionsQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """Names what the permissions are shown for."""

    server: Text | None = None
    """The name of the server; none: the whole platform."""
    connector: Text | None = None
    """The name of a connector of the server."""


class LettersQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the newest rejected events."""

    limit: Offset = 20
    """The number of events in the answer; 0: only how many there are."""


class OperationsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the operations, the newest first."""

    start_from: Offset = 0
    """How many operations to pass over."""
    limit: PageSize = 50
    """The number of operations in the answer."""


class DecisionQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the held deletions that a decision is about."""

    scope: Text | None = None
    """The scope of the deletions; none: all scopes."""


class ApprovalQuery(DecisionQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects the held deletions that are approved."""

    seen: PageSize | None = None
    """The number of elements that the caller was shown; if more are held by now, nothing is approved."""


class AuditLogQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """Selects audit log records."""

    after: Offset = 0
    """Only records with a higher number."""
    before: PageSize | None = None
    """Only records with a lower number: with `newestFirst`, the page after the one that ends with this record."""
    limit: PageSize = 100
    """The number of records in the answer."""
    severity: Text = ""
    """Labels of severities, separated by commas; none: all."""
    message_id: Text | None = None
    """The identifier of their message."""
    connector: Text | None = None
    """The connector that they name."""
    text: Text = ""
    """A part of the id or the text of their message, in letters of either case."""
    since: datetime | None = None
    """The time of the first record."""
    until: datetime | None = None
    """The time before which the last record was made."""
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
    """Severities of records, separated by commas; none: all."""
    message_id: Text | None = None
    """The identifier of the message of records."""
    connector: Text | None = None
    """The connector that changes and records are about."""


class ElementsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the elements that meet the conditions."""

    type: Text | None = None
    """Their open metadata type; types below it are included."""
    name: Text | None = None
    """A shell pattern for their names and paths."""
    text: Text | None = None
    """Words of their names and descriptions."""
    source: Text | None = None
    """The qualified name of their metadata source; empty: the metadata server itself."""
    connector: Text | None = None
    """A connector whose metadata source they have; other connectors can have the same one."""
    updated_since: datetime | None = None
    """The time since which they were changed."""
    archived: bool = False
    """True: archived elements are included."""
    relationships: bool = False
    """True: the answer has their relationships as well."""
    cursor: Text | None = None
    """The `cursor` of the page before; none: the first page."""
    start_from: Offset = 0
    """The number of elements to skip. A large number takes long; a cursor does not."""
    limit: PageSize = 100
    """The number of elements in the answer, at most."""


class ElementQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Tells what the answer has of an element."""

    relationships: bool = True
    """False: the answer does not have its relationships, of which there can be very many."""


class RelatedQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects one page of the elements that are related to one."""

    type: Text | None = None
    """The type of the relationships; none: every type."""
    start_from: Offset = 0
    """How many relationships to pass over."""
    limit: PageSize = 100
    """The number of relationships in the answer."""


class LineageOfElementQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Tells how far to follow the lineage of an element."""

    direction: Direction = Direction.BOTH
    """`upstream`: what it is made from; `downstream`: what is made from it; `both`."""
    depth: PageSize = 10
    """The number of relationships to follow, at most. A process between two tables makes two."""
    columns: bool = False
    """True: the lineage of its columns as well."""
    limit: PageSize = MOST_NODES
    """The number of elements in the answer, at most; the nearest are kept."""


class ChangesQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects changes of a metadata store."""

    after: Offset = 0
    """The number of the last change that is known already."""
    limit: PageSize = 100
    """The number of changes in the answer."""


class ReloadQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Tells what follows if the changed document does not come up healthy."""

    rollback_after_seconds: PageSize | None = None
    """Seconds, at most 3600, after which the change is undone if a connector that it added or changed has failed; none:
    it is not undone."""


class DifferenceQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects two versions of a document."""

    from_: PageSize | None = msgspec.field(name="from", default=None)
    """The number of the first version; none: the one before the second."""
    to: PageSize | None = None
    """The number of the second version; none: the newest."""
