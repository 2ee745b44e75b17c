"""Lists of connectors: the selection by a query, one page of it, and operations on the whole selection."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

import msgspec
import trio
from msgspec import UNSET

from integration_daemon.rest.cursor import cursor_of, end_of
from integration_daemon.rest.in_scope import chosen_in_scope, names_in_scope
from integration_daemon.rest.native.connector_answers import ConnectorFacets, ConnectorPage, ConnectorSummary
from integration_daemon.rest.native.connector_views import summary_of
from integration_daemon.rest.native.queries import ConnectorsQuery
from integration_daemon.rest.query import require_one_of
from integration_daemon.rest.route import Call
from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from integration_daemon.supervision.connector.roster import Listing
from integration_daemon.supervision.connector.selection import Order, Selection, select
from integration_daemon.supervision.connector.state import ConnectorState, VisibleStatus
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.daemon import Daemon, Placed
from integration_daemon.supervision.operations import Request
from integration_daemon.supervision.recovery.failure import FailureKind
from services.metadata.bounds import MOST_IN_A_PAGE

SHOWN_IN_A_SLICE = 100
"""The number of connectors that are described before other tasks run, which takes one or two milliseconds."""

STATES = {
    VisibleStatus.RUNNING.value: frozenset(each for each in ConnectorState if each.visible is VisibleStatus.RUNNING),
    **{each.label: frozenset({each}) for each in ConnectorState},
}
"""The values of the query's `state`: a precise state, or RUNNING for all states with this name on compatible routes."""
CONDITIONS = {condition.value: condition for condition in Condition}
ORDERS = {order.value: order for order in Order if order not in (Order.DOCUMENT, Order.FAILED_FIRST)}
KINDS = {kind.value: kind for kind in FailureKind}


class Bulk(Protocol):
    """An operation on several connectors."""

    def __call__(
        self, daemon: Daemon, selected: Sequence[Placed], /, *, urgent: bool, by: Request
    ) -> Awaitable[OperationOutcome]:
        """Carry out the operation, and return its outcome."""


def _setting(target_state: TargetState) -> Bulk:
    def work(
        daemon: Daemon, selected: Sequence[Placed], /, *, urgent: bool, by: Request
    ) -> Awaitable[OperationOutcome]:
        return operations.set_target_states(daemon, selected, target_state, by=by)

    return work


BULK: dict[str, Bulk] = {
    "refresh": operations.refresh_selected,
    "restart": operations.restart_selected,
    "pause": _setting(TargetState.PAUSED),
    "resume": _setting(TargetState.RUNNING),
    "stop": _setting(TargetState.STOPPED),
}
"""The operations on all connectors that a query selects."""


def selection_of(call: Call) -> Selection:
    """The selection that a query makes.

    Raises `InvalidParameterError` for a service, group, state, condition or failure kind that does not exist.
    """
    daemon, query = call.daemon, call.query
    groups = call.server.groups.by_name if call.server.groups is not None else ()
    require_one_of("service", query.service, _markers(daemon))
    require_one_of("group", query.group, groups)
    require_one_of("state", query.state, STATES)
    require_one_of("condition", query.condition, CONDITIONS)
    require_one_of("failureKind", query.failure_kind, KINDS)
    return Selection(
        service=query.service,
        group=query.group,
        states=None if query.state is None else STATES[query.state],
        condition=None if query.condition is None else CONDITIONS[query.condition],
        failure_kind=None if query.failure_kind is None else KINDS[query.failure_kind],
        label=query.label,
        source=query.source,
        text=query.text,
    )


def _markers(daemon: Daemon) -> list[str]:
    return list(dict.fromkeys(service.environment.service.url_marker for service in daemon.services))


async def page(call: Call) -> ConnectorPage:
    """One page of the connectors in scope that the query selects, and the counts by state."""
    daemon, selection, listing = call.daemon, selection_of(call), _listing_of(call.query)
    found = await daemon.roster.page(selection, listing, await names_in_scope(call))
    shown: list[ConnectorSummary] = []
    for start in range(0, len(found.connectors), SHOWN_IN_A_SLICE):
        if start:
            await trio.lowlevel.checkpoint()
        shown += map(summary_of, found.connectors[start : start + SHOWN_IN_A_SLICE])
    return ConnectorPage(
        total=found.total,
        counts={each.label: count for each in ConnectorState if (count := found.counts[each])},
        conditions={each.value: count for each in Condition if (count := found.conditions[each])},
        facets=ConnectorFacets(
            state={each.label: count for each, count in found.facets.states.items()},
            condition={each.value: count for each, count in found.facets.conditions.items()},
            failure_kind={each.value: count for each, count in found.facets.failure_kinds.items()},
            service=dict(found.facets.services),
        ),
        services=_markers(daemon),
        connectors=shown,
        cursor=UNSET if found.end is None else cursor_of(_order_name(listing), found.end),
    )


def _listing_of(query: ConnectorsQuery) -> Listing:
    """The order and the range of a query's page.

    Raises `InvalidParameterError` for an unknown order, and for a cursor of another order.
    """
    order = Order.FAILED_FIRST if query.failed_first else Order.DOCUMENT
    if query.sort is not None:
        require_one_of("sort", query.sort.removeprefix("-"), ORDERS)
        order = ORDERS[query.sort.removeprefix("-")]
    listing = Listing(
        order=order,
        descending=query.sort is not None and query.sort.startswith("-"),
        start=query.start_from,
        limit=min(query.limit, MOST_IN_A_PAGE),
    )
    if query.cursor is None:
        return listing
    return msgspec.structs.replace(listing, after=end_of(query.cursor, _order_name(listing)))


def _order_name(listing: Listing) -> str:
    return f"-{listing.order.value}" if listing.descending else listing.order.value


async def operate_on_selected(call: Call, operation: str, by: Request) -> OperationOutcome:
    """Operate on the connectors in scope that the query selects, on its one `connector`, or on those of the body.

    The work of one `connector` is urgent. Raises `InvalidParameterError` for an unknown service or connector,
    `UserNotAuthorizedError` for a connector out of scope.
    """
    daemon, query = call.daemon, call.query
    if call.body is None:
        placed = await chosen_in_scope(call, daemon, query.service, query.connector)
    else:
        placed = await _named(call, daemon, call.body.connectors)
    among = {each.name: (at, each) for at, each in placed}
    chosen = await select([each for _, each in among.values()], selection_of(call))
    selected = [among[each.name] for each in chosen]
    return await BULK[operation](daemon, selected, urgent=query.connector is not None, by=by)


async def _named(call: Call, daemon: Daemon, names: Sequence[str]) -> Sequence[Placed]:
    """The connectors with these names; raises as `operate_on_selected`."""
    names = tuple(dict.fromkeys(names))
    for name in names:
        await call.require_connector(name)
    return [daemon.place_of(name) for name in names]
