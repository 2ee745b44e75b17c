"""Connectors as the native routes answer them: a row of a list, a page, and all details of one."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from integration_daemon.supervision.connector.refresh_report import RefreshFigures
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.recovery.failure import Failure
from services.connector_description import ConnectorDescription


class ShownFinding(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One reason why a connector is not healthy."""

    reason: str
    since: str
    text: str
    action: str
    """What an operator can do."""


class ShownLoopUse(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a connector has held the event loop."""

    times: int
    seconds: float
    put_off_until: str | UnsetType = UNSET
    moved_to_process: bool | UnsetType = UNSET


class ShownReport(RefreshFigures, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a refresh, or a dry run, did or failed to do."""

    began: str


class ShownRemoval(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A removal that needs an operator's approval."""

    scope: str
    count: int
    known: int
    sample: list[str]
    since: str
    rejected: bool


class ShownRemovals(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The removals of one connector that need an operator's approval."""

    connector_name: str
    held: Sequence[ShownRemoval]


class ConnectorSummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The status of a connector, as a page of connectors shows it."""

    connector_name: str
    connector_id: str | UnsetType = UNSET
    service: str | UnsetType = UNSET
    """The URL marker of its integration service. A connector that works for catalog targets alone has its name only."""
    group: str | UnsetType = UNSET
    """The qualified name of its integration group, if it has one."""
    metadata_source: str | UnsetType = UNSET
    """The qualified name of the metadata source that owns what it catalogues, if it has one of its own."""
    labels: Sequence[str] | UnsetType = UNSET
    state: str | UnsetType = UNSET
    condition: Condition | UnsetType = UNSET
    condition_since: str | UnsetType = UNSET
    findings: list[ShownFinding] | UnsetType = UNSET
    target_state: TargetState | UnsetType = UNSET
    lane: str | UnsetType = UNSET
    last_status_change: str | UnsetType = UNSET
    last_refresh_time: str | UnsetType = UNSET
    last_attempt: str | UnsetType = UNSET
    last_success: str | UnsetType = UNSET
    last_failure: str | UnsetType = UNSET
    next_due: str | UnsetType = UNSET
    restart_due: str | UnsetType = UNSET
    refresh_interval: float | UnsetType = UNSET
    """Minutes."""
    consecutive_failures: int | UnsetType = UNSET
    restarts: int | UnsetType = UNSET
    abandoned: int | UnsetType = UNSET
    incarnation: int | UnsetType = UNSET
    failure: Failure | UnsetType = UNSET
    restart_awaits: str | UnsetType = UNSET
    refresh_problem: str | UnsetType = UNSET
    progress: str | UnsetType = UNSET
    event_loop: ShownLoopUse | UnsetType = UNSET
    held_deletions: int | UnsetType = UNSET
    held_reason: str | UnsetType = UNSET
    outcome: OperationOutcome | UnsetType = UNSET
    """Of the operation that the request asked for."""


class ConnectorConfigurationAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The configuration of a connector, and what its class says of its settings."""

    configuration: dict[str, Any]
    """As the connector is run with it, without its secrets."""
    connector_class: ConnectorDescription | UnsetType = UNSET
    """Its class, if that can be found."""


class ConnectorDetail(ConnectorSummary, frozen=True, kw_only=True, rename="camel"):
    """The status of a connector with its whole story."""

    deletions: Sequence[ShownRemoval] | UnsetType = UNSET
    recent_refreshes: list[ShownReport] | UnsetType = UNSET
    """The newest first."""
    dry_run: ShownReport | UnsetType = UNSET


class ConnectorFacets(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How many connectors each choice of a parameter would select while the other parameters stay as they are."""

    state: dict[str, int]
    condition: dict[str, int]
    failure_kind: dict[str, int]
    service: dict[str, int]


class ConnectorPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One page of connectors."""

    total: int
    """All that the query selects."""
    counts: dict[str, int]
    """By state, of those for which the other conditions of the query hold."""
    conditions: dict[str, int]
    """The same by condition."""
    facets: ConnectorFacets
    services: list[str]
    """The URL markers of the services of the daemon."""
    connectors: list[ConnectorSummary]
    cursor: str | UnsetType = UNSET
    """For the next page, if there is one."""
