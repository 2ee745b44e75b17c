"""The operations of a running daemon: refresh, restart, dry run, pause, resume, stop.

Each operation waits for its work, and returns its outcome connector by connector.
"""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial

import msgspec
import trio

from integration_daemon.supervision import messages, requested_messages
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.operation_outcome import Goal, OperationOutcome
from integration_daemon.supervision.connector.outcomes import GOAL_OF, Operation
from integration_daemon.supervision.connector.state import ConnectorState, VisibleStatus
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.connector.waiting import detach, withdraw, works_for
from integration_daemon.supervision.daemon import (
    Daemon,
    Placed,
    looking_up_sources,
    request_of_each,
)
from integration_daemon.supervision.requested import MOST_IN_PROGRESS, RequestedOperation
from integration_daemon.supervision.service import ServiceSupervisor
from integration_daemon.supervision.timetable import request_refresh
from services.errors import InvalidParameterError
from services.framework.permitted_synchronization import PermittedSynchronization

REQUEST_PATIENCE = 20.0
"""Seconds that an operation waits for its work, at most; the work goes on after that."""
RETRY_AFTER = 60
"""Seconds after which a refused operation may be requested again."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The user who requests an operation, and the time to wait for its work."""

    user: str = ""
    """Empty for a request without a user."""
    patience: float = REQUEST_PATIENCE
    """Seconds to wait for the work."""


UNATTRIBUTED = Request()

CANCELLABLE = (Goal.REFRESH, Goal.RESTART, Goal.DRY_RUN)
"""Operations that can be cancelled; each of the others has an opposite."""


def requested(daemon: Daemon, operation_id: str) -> RequestedOperation:
    """A requested operation by its id; raises `InvalidParameterError` for an unknown or forgotten id."""
    try:
        return daemon.requested[operation_id]
    except KeyError:
        raise InvalidParameterError(requested_messages.UNKNOWN_OPERATION, operation=operation_id) from None


async def refresh(
    daemon: Daemon, *, service: str | None = None, connector: str | None = None, by: Request = UNATTRIBUTED
) -> OperationOutcome:
    """Refresh one connector, the connectors of a service or all connectors, and wait for the refreshes.

    Raises `InvalidParameterError` for an unknown service or connector. A connector that has failed is not refreshed:
    it must be restarted first.
    """
    return await refresh_selected(daemon, select(daemon, service, connector), urgent=connector is not None, by=by)


async def restart(
    daemon: Daemon, *, service: str | None = None, connector: str | None = None, by: Request = UNATTRIBUTED
) -> OperationOutcome:
    """Restart one connector, the connectors of a service or all, interrupting their work; refresh them, and wait.

    Raises `InvalidParameterError` for an unknown service or connector.
    """
    return await restart_selected(daemon, select(daemon, service, connector), urgent=connector is not None, by=by)


async def refresh_selected(
    daemon: Daemon, selected: Sequence[Placed], *, urgent: bool = False, by: Request = UNATTRIBUTED
) -> OperationOutcome:
    """Refresh these connectors as `refresh` does; urgent requests go before others."""
    daemon.require_running()
    request = partial(request_refresh, urgent=True) if urgent else request_refresh
    operation = _begun(daemon, Goal.REFRESH, selected, by)
    await request_of_each(selected, request, operation)
    await operation.wait(by.patience)
    return operation.outcome()


async def restart_selected(
    daemon: Daemon,
    selected: Sequence[Placed],
    *,
    urgent: bool = False,
    keeps_paused: bool = True,
    by: Request = UNATTRIBUTED,
) -> OperationOutcome:
    """Restart these connectors as `restart` does; urgent requests go before others.

    Paused connectors keep their incarnations, unless `keeps_paused` is false: then they restart when they are resumed.
    """
    daemon.require_running()

    def request(at: ServiceSupervisor, each: ManagedConnector) -> None:
        if each.target_state is TargetState.PAUSED and keeps_paused:
            at.submit(each, urgent=urgent)
            return
        each.last_refresh_time = time.time()
        at.restart(each, urgent=urgent)

    operation = _begun(daemon, Goal.RESTART, selected, by)
    async with AsyncExitStack() as stack:
        for service in dict.fromkeys(service for service, _ in selected):
            connectors = [each for at, each in selected if at is service]
            await stack.enter_async_context(looking_up_sources(service, connectors))
        await request_of_each(selected, request, operation)
        await operation.wait(by.patience)
    return operation.outcome()


async def dry_run(daemon: Daemon, connector: str, *, by: Request = UNATTRIBUTED) -> Operation:
    """Have a connector refresh without changing anything, and wait for the report of the changes it would make.

    Raises `InvalidParameterError` for an unknown connector, and for a connector that cannot make a dry run: it is not
    running, it may change its third party, or its refresh hands work to a listener.
    """
    service, chosen = daemon.place_of(connector)
    if reason := _no_dry_run_because(chosen):
        raise InvalidParameterError(messages.DRY_RUN_NOT_POSSIBLE, connector=connector, reason=reason)
    daemon.require_running()

    def request(at: ServiceSupervisor, each: ManagedConnector) -> None:
        each.request().dry_run = True
        at.submit(each, urgent=True)

    operation = _begun(daemon, Goal.DRY_RUN, [(service, chosen)], by)
    await request_of_each([(service, chosen)], request, operation)
    await operation.wait(by.patience)
    return operation


def _no_dry_run_because(connector: ManagedConnector) -> str:
    incarnation = connector.incarnation
    can_run = connector.state is ConnectorState.INITIALIZED or connector.state.visible is VisibleStatus.RUNNING
    if incarnation is None or incarnation.context is None or not can_run:
        return f"it is {connector.state.label}"
    provider = incarnation.connector.provider if incarnation.connector is not None else None
    changes_catalogue_alone = (
        incarnation.context.settings.permitted_synchronization is PermittedSynchronization.FROM_THIRD_PARTY
    )
    if not changes_catalogue_alone and not (provider is not None and provider.supposes_sending):
        return "it may change its third party"
    if provider is not None and provider.hands_over:
        return "its refresh hands work to a listener, which is not part of a dry run"
    return ""


async def set_target_state(
    daemon: Daemon, connector: str, target_state: TargetState, *, by: Request = UNATTRIBUTED
) -> OperationOutcome:
    """Set the target state of a connector and its catalog targets until an operator changes it, across restarts too.

    Raises `InvalidParameterError` for an unknown connector.
    """
    return await set_target_states(daemon, daemon.units_of(connector), target_state, by=by)


async def set_target_states(
    daemon: Daemon, placed: Sequence[Placed], target_state: TargetState, *, by: Request = UNATTRIBUTED
) -> OperationOutcome:
    """As `set_target_state`, for several connectors."""
    daemon.require_running()
    for _, each in placed:
        each.audit_log.record(
            messages.TARGET_STATE_CHANGED,
            user=by.user,
            connector=each.name,
            daemon=daemon.name,
            target_state=target_state.value,
        )
    operation = _begun(daemon, GOAL_OF[target_state], placed, by)
    with trio.CancelScope(shield=True):  # a caller that disconnects must not leave some connectors out
        await request_of_each(placed, lambda at, each: at.set_target_state(each, target_state), operation)
        if daemon.decisions is not None:
            await daemon.decisions.save_target_states(daemon.connectors)
    await operation.wait(by.patience)
    return operation.outcome()


def cancel(daemon: Daemon, operation_id: str, *, user: str) -> RequestedOperation:
    """Cancel a refresh, a restart or a dry run: withdraw the work that has not begun, and interrupt the rest.

    Work that another operation waits for continues. An interrupted connector is restarted, and refreshed when it is due
    next. Raises `InvalidParameterError` for an operation that is unknown, has ended, or is of another kind.
    """
    found = requested(daemon, operation_id)
    operation = found.operation
    if operation.ended is not None:
        raise InvalidParameterError(requested_messages.OPERATION_ENDED, operation=operation_id)
    if operation.goal not in CANCELLABLE:
        raise InvalidParameterError(
            requested_messages.NOT_CANCELLABLE, operation=operation_id, kind=operation.goal.value
        )
    found.cancelled_by = user or "(unknown)"
    operation.is_cancelled = True
    interrupted = withdrawn = 0
    for service, connector in found.placed:
        was_withdrawn = _withdraw(connector, operation)
        withdrawn += was_withdrawn
        if not was_withdrawn and works_for(connector, operation):
            interrupted += 1
            service.interrupt(connector)
    daemon.environment.audit_log.record(
        requested_messages.OPERATION_CANCELLED,
        user=found.cancelled_by,
        operation=operation.goal.value,
        id=operation_id,
        withdrawn=withdrawn,
        interrupted=interrupted,
    )
    return found


def _withdraw(connector: ManagedConnector, operation: Operation) -> bool:
    """Withdraw an operation's request, except the parts that others requested; false if it alone is being carried out.

    A dry run requests no refresh, and the schedule requests no dry run.
    """
    if withdraw(connector, operation):
        requests, may_restart = connector.requests, True
    elif detach(connector, operation):
        requests, may_restart = connector.in_progress, False  # the restart may already have ended the incarnation
    else:
        return False
    if requests is not None:
        is_dry = [isinstance(each, Operation) and each.goal is Goal.DRY_RUN for each in requests.completions]
        requests.dry_run = requests.dry_run and any(is_dry)
        if all(is_dry) and connector.due is None:
            requests.refresh = False
            requests.restart = requests.restart and not may_restart
    return True


def _begun(daemon: Daemon, goal: Goal, placed: Sequence[Placed], by: Request) -> Operation:
    """Begin an operation; raises `InvalidParameterError` if too many are in progress and it changes no target state."""
    if goal in CANCELLABLE and (count := daemon.requested.in_progress) >= MOST_IN_PROGRESS:
        raise InvalidParameterError(
            requested_messages.TOO_MANY_OPERATIONS,
            daemon=daemon.name,
            count=count,
            kind=goal.value,
            seconds=RETRY_AFTER,
        )
    operation = Operation(goal, [each for _, each in placed])
    daemon.requested.add(operation, placed, by.user)
    return operation


def select(daemon: Daemon, service: str | None, connector: str | None) -> list[Placed]:
    """The connectors of a service, or of all services, or one of them by name with its catalog targets.

    Raises `InvalidParameterError` for an unknown service or connector.
    """
    daemon.require_running()
    selected = daemon.services if service is None else daemon.services_of(service)
    if connector is None:
        return [(each, one) for each in selected for one in each.connectors.values()]
    found = [placed for placed in daemon.units_of(connector) if placed[0] in selected]
    if not found:
        raise InvalidParameterError(messages.UNKNOWN_CONNECTOR, connector=connector, daemon=daemon.name)
    return found
