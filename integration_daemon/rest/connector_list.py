"""Lists of connectors: the selection that a query makes, a page of it, and what is done with all of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import trio

from integration_daemon.rest.messages import BODY_NOT_UNDERSTOOD
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.failure import FailureKind
from integration_daemon.supervision.hosted import HostedConnector
from integration_daemon.supervision.selection import Selection, select
from integration_daemon.supervision.state import READY, ConnectorState, VisibleStatus
from services.errors import InvalidParameterError

Value = TypeVar("Value")

SHOWN_IN_A_SLICE = 25
"""Connectors that are described before other tasks of the event loop run: about a millisecond."""

STATES = {
    VisibleStatus.RUNNING.value: frozenset(each for each in ConnectorState if each.visible is VisibleStatus.RUNNING),
    **{each.label: frozenset({each}) for each in ConnectorState},
}
"""What the query's `state` can name: a precise state, or RUNNING for any that the compatible routes call so."""
FAILED = frozenset({ConnectorState.FAILED})
RESTING = frozenset({ConnectorState.PAUSED, ConnectorState.STOPPED})
NAMED = 100
"""Connectors of one request that are named with the reason of their failure; the others are counted."""

KINDS = {kind.value: kind for kind in FailureKind}

BULK: dict[str, Callable[[Daemon, Sequence[HostedConnector]], Awaitable[None]]] = {
    "refresh": Daemon.refresh_selected,
    "restart": Daemon.restart_selected,
}
"""What can be done with all connectors that a query selects."""


def selection_of(query: Mapping[str, str]) -> Selection:
    """The selection by `service`, `state`, `failureKind` and `text`, a part of the connector's name.

    Raises `InvalidParameterError` for a state or a failure kind that does not exist.
    """
    return Selection(
        service=query.get("service"),
        states=_known(query, "state", STATES),
        failure_kind=_known(query, "failureKind", KINDS),
        text=query.get("text", ""),
    )


def _known(query: Mapping[str, str], name: str, known: Mapping[str, Value]) -> Value | None:
    named = query.get(name)
    if named is None or named in known:
        return None if named is None else known[named]
    problem = f"{named!r} is none of {', '.join(sorted(known))}"
    raise InvalidParameterError(BODY_NOT_UNDERSTOOD, place=name, problem=problem)


async def page(
    daemon: Daemon,
    query: Mapping[str, str],
    *,
    start: int,
    limit: int,
    show: Callable[[HostedConnector], dict[str, Any]],
) -> dict[str, Any]:
    """One page of what the query selects, failed connectors first if `failedFirst` is true, and the counts by state."""
    selection, failed_first = selection_of(query), query.get("failedFirst") == "true"
    selected = await select(daemon.connectors, selection, failed_first=failed_first)
    shown = []
    for number, hosted in enumerate(selected.connectors[start : start + limit], 1):
        shown.append(show(hosted))
        if number % SHOWN_IN_A_SLICE == 0:
            await trio.lowlevel.checkpoint()
    return {
        "total": len(selected.connectors),
        "counts": _by_label(selected.counts),
        "services": [service.hosting.service.url_marker for service in daemon.services],
        "connectors": shown,
    }


async def do_with_selected(daemon: Daemon, what: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Refresh or restart what the query selects; answers how many of them run after that, and which do not."""
    selected = (await select(daemon.connectors, selection_of(query))).connectors
    await BULK[what](daemon, selected)
    after = await select(selected, Selection(), failed_first=True)
    done, failed, resting = (sum(after.counts[state] for state in states) for states in (READY, FAILED, RESTING))
    return {
        "operation": what,
        "asked": len(selected),
        "done": done,
        "failed": failed,
        "resting": resting,
        "atWork": len(selected) - done - failed - resting,
        "notDone": [
            {"connectorName": hosted.name, "state": hosted.state.label, "reason": hosted.failure.message}
            for hosted in after.connectors[: min(failed, NAMED)]
            if hosted.failure is not None
        ],
    }


def _by_label(counts: Mapping[ConnectorState, int]) -> dict[str, int]:
    return {state.label: counts[state] for state in ConnectorState if counts.get(state)}
