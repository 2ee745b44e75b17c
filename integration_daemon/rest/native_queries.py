"""What the queries of the native routes may say."""

from datetime import datetime

from integration_daemon.rest.query import Offset, PageSize, Query, Text

MOST_IN_A_PAGE = 1_000


class ServerQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """The server that is meant, where the path names none and the platform has several."""

    server: Text | None = None


class SelectionQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Which connectors are meant: those for which every condition holds."""

    service: Text | None = None
    """The URL marker of their service."""
    state: Text | None = None
    failure_kind: Text | None = None
    text: Text = ""
    """A part of their name."""


class OperationQuery(SelectionQuery, frozen=True, kw_only=True, rename="camel"):
    """Which connectors are operated: one by its name, or those that are selected."""

    connector: Text | None = None


class ConnectorsQuery(SelectionQuery, frozen=True, kw_only=True, rename="camel"):
    """Which page of which connectors."""

    failed_first: bool = False
    start_from: Offset = 0
    limit: Offset = MOST_IN_A_PAGE
    """0: only how many there are."""


class DeletionsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Which page of the connectors with held deletions."""

    start_from: Offset = 0
    limit: PageSize | None = None
    """None: all."""


class DecisionQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Which of a connector's held deletions a decision is about."""

    scope: Text | None = None
    """None: all."""


class AuditLogQuery(Query, frozen=True, kw_only=True, rename="camel"):
    """Which records of an audit log."""

    after: Offset = 0
    limit: PageSize = 100
    severity: Text = ""
    """Labels, separated by commas; none: all."""
    message_id: Text | None = None
    connector: Text | None = None
    newest_first: bool = False
    wait_seconds: Offset = 0


class ElementsQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Which page of which elements."""

    type: Text | None = None
    name: Text | None = None
    """A shell pattern."""
    text: Text | None = None
    source: Text | None = None
    updated_since: datetime | None = None
    archived: bool = False
    relationships: bool = False
    start_from: Offset = 0
    limit: PageSize = 100


class ChangesQuery(ServerQuery, frozen=True, kw_only=True, rename="camel"):
    """Which changes of a store."""

    after: Offset = 0
    limit: PageSize = 100
