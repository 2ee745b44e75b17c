"""The answers of the native routes about connectors: a row of a list, a page, and the details of one connector."""

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
    """The remedy, as a sentence for the operator."""


class ShownLoopUse(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The times that a connector has blocked the event loop."""

    times: int
    seconds: float
    put_off_until: str | UnsetType = UNSET
    moved_to_process: bool | UnsetType = UNSET


class ShownReport(RefreshFigures, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The report of a refresh or a dry run."""

    began: str


class ShownRemoval(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A removal that needs an operator's approval."""

    scope: str
    count: int
    known: int
    sample: list[str]
    """The source keys of the first elements, at most 100."""
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
    """The URL marker of its integration service. The summary of a connector that has only catalog targets, and no
    endpoint of its own, consists of its name and the outcome."""
    group: str | UnsetType = UNSET
    """The qualified name of its integration group, if any."""
    metadata_source: str | UnsetType = UNSET
    """The qualified name of the metadata source that owns its elements, if it has a source of its own."""
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
    """The outcome of the requested operation."""


class ConnectorConfigurationAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The configuration of a connector, and the description of its class and settings."""

    configuration: dict[str, Any]
    """The configuration in effect, without its secrets."""
    connector_class: ConnectorDescription | UnsetType = UNSET
    """The class of the connector, if it can be found."""


class ConnectorDetail(ConnectorSummary, frozen=True, kw_only=True, rename="camel"):
    """The status of a connector with its held deletions, its recent refreshes and its last dry run."""

    deletions: Sequence[ShownRemoval] | UnsetType = UNSET
    recent_refreshes: list[ShownReport] | UnsetType = UNSET
    """The recent refreshes, the newest first."""
    dry_run: ShownReport | UnsetType = UNSET


class ConnectorFacets(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The number of connectors that each value of a parameter would select with the other parameters unchanged."""

    state: dict[str, int]
    condition: dict[str, int]
    failure_kind: dict[str, int]
    service: dict[str, int]


class ConnectorPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One page of connectors."""

    total: int
    """The number of connectors that the query selects."""
    counts: dict[str, int]
    """The number of connectors by state, among those that match the other parameters of the query."""
    conditions: dict[str, int]
    """The number of connectors by condition, among those that match the other parameters of the query."""
    facets: ConnectorFacets
    services: list[str]
    """The URL markers of the services of the daemon."""
    connectors: list[ConnectorSummary]
    cursor: str | UnsetType = UNSET
    """The cursor for the next page, if any."""
