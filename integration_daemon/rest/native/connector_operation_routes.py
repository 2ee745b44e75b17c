"""The native routes that operate on connectors. Each answers with the outcome for each connector.

An operation that takes longer than the request waits is answered with status 202, and can be followed.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import quote

import msgspec

from integration_daemon.rest.native import connector_list
from integration_daemon.rest.native.answers import DryRunAnswer
from integration_daemon.rest.native.connector_answers import ConnectorDetail, ConnectorSummary
from integration_daemon.rest.native.connector_views import shown_connector, shown_report, summary_of
from integration_daemon.rest.native.queries import (
    LONGEST_WAIT,
    ApprovalQuery,
    DecisionQuery,
    NamedConnectors,
    OperationQuery,
    WaitQuery,
)
from integration_daemon.rest.native.routing import ROOTS, native_post
from integration_daemon.rest.route import Call, Operation, Route, Unfinished
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision import messages, operations, removals
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.operations import Request
from services.errors import InvalidParameterError

Body = TypeVar("Body", bound=msgspec.Struct)

Work = Callable[[Daemon, str, Request], Awaitable[OperationOutcome]]
"""An operation on the connector with this name."""


def _setting(target_state: TargetState) -> Work:
    return lambda daemon, connector, by: operations.set_target_state(daemon, connector, target_state, by=by)


async def _refresh(daemon: Daemon, connector: str, by: Request) -> OperationOutcome:
    """Refresh one connector; raises `InvalidParameterError` if its state does not allow a refresh.

    The outcome of a connector with catalog targets has all of these, and raises no error.
    """
    outcome = await operations.refresh(daemon, connector=connector, by=by)
    for each in outcome.not_done:
        if not each.was_called and outcome.asked == 1:
            raise InvalidParameterError(messages.NOT_REFRESHED, connector=connector, reason=each.reason)
    return outcome


OPERATIONS: dict[str, Work] = {
    "refresh": _refresh,
    "restart": lambda daemon, connector, by: operations.restart(daemon, connector=connector, by=by),
    "pause": _setting(TargetState.PAUSED),
    "resume": _setting(TargetState.RUNNING),
    "stop": _setting(TargetState.STOPPED),
}
"""The operations on one connector. Each waits for its work, as the compatible routes do."""

_MEANINGS = {
    "refresh": "Refresh a connector, and show it with the outcome.",
    "restart": "Restart a connector, and show it with the outcome.",
    "pause": "Pause a connector: it keeps its connections and is not refreshed.",
    "resume": "Resume a paused or stopped connector.",
    "stop": "Disconnect a connector, which is not called again until it is resumed.",
}


def _on_one(name: str, work: Work) -> Operation:
    async def operation(call: Call) -> ConnectorSummary | Unfinished:
        daemon, connector = call.daemon, call.parameters["connector"]
        outcome = await work(daemon, connector, request_of(call))
        own = next((each for _, each in daemon.units_of(connector) if each.name == connector), None)
        if own is None:  # it has catalog targets, and no endpoint of its own
            return _answer(call, outcome, ConnectorSummary(connector_name=connector, outcome=outcome))
        return _answer(call, outcome, summary_of(own, outcome))

    operation.__name__, operation.__doc__ = name, _MEANINGS[name]
    return operation


def _on_selected(name: str) -> Operation:
    async def operation(call: Call) -> OperationOutcome | Unfinished:
        outcome = await connector_list.operate_on_selected(call, name, request_of(call))
        return _answer(call, outcome, outcome)

    operation.__name__ = f"{name}_selected"
    operation.__doc__ = (
        f"{name.capitalize()} the connectors in scope that the query selects, or those of them that the body names, "
        "and return the outcome."
    )
    return operation


def request_of(call: Call) -> Request:
    """The user who requests the operation, and the time that the answer waits."""
    return Request(user=call.user, patience=min(call.query.wait_seconds, LONGEST_WAIT))


def _answer(call: Call, outcome: OperationOutcome, body: Body) -> Body | Unfinished:
    if not outcome.at_work:
        return body
    server = quote(call.parameters["server"], safe="")
    return Unfinished(body, f"/api/v1/servers/{server}/operations/{outcome.operation_id}")


async def _dry_run(call: Call) -> DryRunAnswer | Unfinished:
    """Refresh a connector without writing, and return the changes that it would make."""
    name = call.parameters["connector"]
    operation = await operations.dry_run(call.daemon, name, by=request_of(call))
    shown, outcome = None if operation.report is None else shown_report(operation.report), operation.outcome()
    return _answer(call, outcome, DryRunAnswer(connector_name=name, dry_run=shown, outcome=outcome))


async def _approve(call: Call) -> ConnectorDetail:
    """Approve held deletions, and show the connector after the refresh that makes them, with its outcome."""
    daemon, connector = call.daemon, call.parameters["connector"]
    query: ApprovalQuery = call.query
    outcome = await removals.approve(daemon, connector, query.scope, user=call.user, seen=query.seen)
    return await shown_connector(daemon, connector, outcome)


async def _reject(call: Call) -> ConnectorDetail:
    """Reject held deletions: the elements are kept, and only further deletions need another decision."""
    daemon, connector = call.daemon, call.parameters["connector"]
    await removals.reject(daemon, connector, call.query.scope, user=call.user)
    return await shown_connector(daemon, connector)


ROUTES: tuple[Route, ...] = (
    *(
        native_post(
            f"{root}/connectors/{name}", _on_selected(name), ScopeRule.CONNECTORS, OperationQuery, NamedConnectors
        )
        for root in ROOTS
        for name in connector_list.BULK
    ),
    *(
        native_post(f"{root}/connectors/{{connector}}/{name}", _on_one(name, work), ScopeRule.CONNECTOR, WaitQuery)
        for root in ROOTS
        for name, work in OPERATIONS.items()
    ),
    *(
        native_post(root + "/connectors/{connector}/dry-run", _dry_run, ScopeRule.CONNECTOR, WaitQuery)
        for root in ROOTS
    ),
    *(
        native_post(root + "/connectors/{connector}/deletions/approve", _approve, ScopeRule.CONNECTOR, ApprovalQuery)
        for root in ROOTS
    ),
    *(
        native_post(root + "/connectors/{connector}/deletions/reject", _reject, ScopeRule.CONNECTOR, DecisionQuery)
        for root in ROOTS
    ),
)
