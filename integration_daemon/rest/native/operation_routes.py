"""The native routes that follow and cancel operations."""

from collections.abc import Callable

from msgspec import UNSET

from integration_daemon.rest.in_scope import names_in_scope
from integration_daemon.rest.native.answers import AtWork, OperationsAnswer, ShownOperation
from integration_daemon.rest.native.connector_views import shown_report
from integration_daemon.rest.native.queries import OperationsQuery
from integration_daemon.rest.native.routing import ROOTS, native_get, native_post
from integration_daemon.rest.route import Call, Route
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.waiting import awaits
from integration_daemon.supervision.requested import RequestedOperation
from integration_daemon.supervision.requested_messages import UNKNOWN_OPERATION
from services.errors import InvalidParameterError

NAMED = 20
"""The largest number of connectors that the answer names."""


async def _operations(call: Call) -> OperationsAnswer:
    """List the operations whose connectors are all in scope: those in progress, and the last that have ended."""
    has = await names_in_scope(call)
    found = [each for each in call.daemon.requested if _is_in_scope(each, has)]
    query: OperationsQuery = call.query
    end = query.start_from + query.limit
    return OperationsAnswer(total=len(found), operations=[_shown(each) for each in found[query.start_from : end]])


async def _operation(call: Call) -> ShownOperation:
    """Show the progress of an operation, and its outcome."""
    return _shown(await _in_scope(call))


async def _cancel(call: Call) -> ShownOperation:
    """Cancel a refresh, a restart or a dry run: connectors at work are interrupted, and the others do not begin."""
    await _in_scope(call)
    return _shown(operations.cancel(call.daemon, call.parameters["operation"], user=call.user))


async def _in_scope(call: Call) -> RequestedOperation:
    """The operation that the URL names; raises `InvalidParameterError` if it is unknown or out of scope."""
    identifier = call.parameters["operation"]
    found = operations.requested(call.daemon, identifier)
    if not _is_in_scope(found, await names_in_scope(call)):
        raise InvalidParameterError(UNKNOWN_OPERATION, operation=identifier)
    return found


def _is_in_scope(requested: RequestedOperation, has: Callable[[str], bool] | None) -> bool:
    return has is None or all(has(connector.name) for _, connector in requested.placed)


def _shown(requested: RequestedOperation) -> ShownOperation:
    operation = requested.operation
    ended = operation.ended
    only = requested.placed[0][1] if len(requested.placed) == 1 else None
    waiting = [each for _, each in requested.placed if awaits(each, operation)] if ended is None else []
    state = "RUNNING" if ended is None else "CANCELLED" if operation.is_cancelled else "DONE"
    return ShownOperation(
        operation_id=operation.id,
        state=state,
        user=requested.user,
        requested=shown_time(requested.requested),
        ended=UNSET if ended is None else shown_time(ended),
        cancelled_by=requested.cancelled_by or UNSET,
        connector_name=UNSET if only is None else only.name,
        outcome=operation.outcome(),
        at_work=[
            AtWork(connector_name=each.name, state=each.state.label, progress=each.progress or UNSET)
            for each in waiting[:NAMED]
        ],
        report=UNSET if operation.report is None else shown_report(operation.report),
    )


ROUTES: tuple[Route, ...] = (
    *(
        native_get(root + "/operations", _operations, Permission.READ_STATUS, ScopeRule.CONNECTORS, OperationsQuery)
        for root in ROOTS
    ),
    *(
        native_get(root + "/operations/{operation}", _operation, Permission.READ_STATUS, ScopeRule.CONNECTORS)
        for root in ROOTS
    ),
    *(native_post(root + "/operations/{operation}/cancel", _cancel, ScopeRule.CONNECTORS) for root in ROOTS),
)
