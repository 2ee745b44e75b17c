"""The routes for lineage events: they receive the events of OpenLineage clients, and manage received events.

An event is acknowledged when it is on the disk. The status of the answer is always the true one, also on the routes
of Egeria, because clients of OpenLineage look only at the status.
"""

from typing import Any

from integration_daemon.rest.body import not_understood
from integration_daemon.rest.ffdc import VoidResponse
from integration_daemon.rest.native.answers import DeadLettersAnswer, FailedEvent, ReceiptAnswer, ReceiptSummary
from integration_daemon.rest.native.queries import LettersQuery, ServerQuery
from integration_daemon.rest.native.routing import ROOTS, native_get, native_post
from integration_daemon.rest.route import Call, Operation, Route, Style, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.lineage.intake.file_spool import FileSpool
from services.lineage.intake.receiving import MOST_EVENTS, Receipt, split_list
from services.lineage.intake.spool_status import SpoolStatus
from services.lineage.openlineage.events import without_mark
from services.lineage.openlineage.messages import EVENT_NOT_UNDERSTOOD
from services.lineage.service import SERVICE


async def _receive(call: Call) -> ReceiptAnswer:
    """Receive an OpenLineage event. The answer comes when the event is on the disk."""
    return _answer(await _received(call, [call.body], ""))


async def _receive_compatibly(call: Call) -> VoidResponse:
    """Receive an OpenLineage event. The answer comes when the event is on the disk."""
    await _received(call, [call.body], "")
    return VoidResponse()


async def _receive_batch(call: Call) -> ReceiptAnswer:
    """Receive a list of OpenLineage events; each is accepted or rejected separately.

    The status is 200 if at least one event was accepted, or the list is empty; the answer lists the rejected events.
    """
    return _answer(await _received(call, call.body, "[{index}]"))


async def _received(call: Call, events: list[bytes], place: str) -> Receipt:
    """Receive events; raises `InvalidParameterError` for the first event if none was accepted.

    `place` is the path of an event in the body.
    """
    origin = f"{call.caller.name if call.caller is not None else '(unknown)'} over HTTP"
    receipt = await _spool(call).receive(events, origin)
    if receipt.rejected and not receipt.accepted:
        first = receipt.rejected[0]
        path = first.place.removeprefix("$")
        raise InvalidParameterError(
            EVENT_NOT_UNDERSTOOD, place=f"${place.format(index=0)}{path}", problem=first.problem
        )
    return receipt


def _answer(receipt: Receipt) -> ReceiptAnswer:
    failed = len(receipt.rejected)
    return ReceiptAnswer(
        status="partial_success" if failed else "success",
        summary=ReceiptSummary(
            received=receipt.received, successful=receipt.accepted, failed=failed, non_retriable=failed
        ),
        failed_events=[
            FailedEvent(
                index=each.index, reason=f"not valid at $[{each.index}]{each.place.removeprefix('$')}: {each.problem}"
            )
            for each in receipt.rejected
        ],
    )


async def _spool_status(call: Call) -> SpoolStatus:
    """Show the number of received events that wait for each connector, and the number of rejected events."""
    return await _spool(call).status()


async def _dead_letters(call: Call) -> DeadLettersAnswer:
    """Show the newest rejected events, each with the reason, and the number of all rejected events."""
    total, letters = await _spool(call).newest_rejected(call.query.limit)
    return DeadLettersAnswer(total=total, dead_letters=letters)


async def _replay(call: Call) -> ReceiptAnswer:
    """Receive the rejected events again. Events that are still not valid remain rejected."""
    return _answer(await _spool(call).replay())


def _spool(call: Call) -> FileSpool:
    spool: FileSpool = call.resources_of(SERVICE)
    return spool


def single_event(content: bytes) -> bytes:
    """The bytes of an event. The spool decodes them."""
    if without_mark(content).lstrip()[:1] == b"[":
        raise not_understood("$", "it is a list; lists of events are sent to the path that ends with /batch")
    return content


def list_of_events(content: bytes) -> list[bytes]:
    """The bytes of each event of a list."""
    events = split_list(content)
    if len(events) > MOST_EVENTS:
        raise not_understood("$", f"it has {len(events):,} events, and at most {MOST_EVENTS:,} are received together")
    return events


def _row(template: str, operation: Operation, body: Any, style: Style, answer: str = "VoidResponse") -> Route:
    return post(
        template,
        operation,
        Permission.SEND_LINEAGE,
        ScopeRule.SERVER,
        body=body,
        body_required=True,
        accepts_gzip=True,
        style=style,
        answer=answer,
        query=ServerQuery,
    )


_COMPATIBLE = tuple(
    f"/servers/{{server}}/open-metadata/{path}"
    for path in (
        "integration-daemon{users}/api/v1/lineage",
        "integration-services/lineage-integrator{users}/api/v1/lineage",
    )
)
_PUBLISH = "/servers/{server}/open-metadata/integration-daemon{users}/publish-open-lineage-event"

ROUTES: tuple[Route, ...] = (
    *(_row(root + "/lineage", _receive, single_event, Style.NATIVE) for root in ROOTS),
    *(_row(root + "/lineage/batch", _receive_batch, list_of_events, Style.NATIVE) for root in ROOTS),
    *(_row(path, _receive_compatibly, single_event, Style.FFDC_BY_CODE) for path in (*_COMPATIBLE, _PUBLISH)),
    *(_row(path + "/batch", _receive_batch, list_of_events, Style.FFDC_BY_CODE) for path in _COMPATIBLE),
    *(native_get(root + "/lineage/spool", _spool_status, Permission.READ_STATUS, ScopeRule.SERVER) for root in ROOTS),
    *(
        native_get(
            root + "/lineage/dead-letters", _dead_letters, Permission.READ_METADATA, ScopeRule.SERVER, LettersQuery
        )
        for root in ROOTS
    ),
    *(native_post(root + "/lineage/dead-letters/replay", _replay, ScopeRule.SERVER) for root in ROOTS),
)
