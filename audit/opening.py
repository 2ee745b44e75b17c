"""Opening an audit log, and closing it without losing records."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import trio

from audit.destination import Destination
from audit.log import AuditLog, Buffer, Component
from audit.pump import Feed, Pump
from audit.record import Originator
from audit.report import SeverityCounts


@asynccontextmanager
async def open_audit_log(
    originator: Originator,
    component: Component,
    destinations: Sequence[Destination],
    *,
    counts: SeverityCounts | None = None,
    capacity: int = 65_536,
    drain_deadline: float = 5.0,
) -> AsyncIterator[AuditLog]:
    """Open a log that writes to these destinations until the block ends.

    At the end of the block, even after a cancellation, all logged records are written within `drain_deadline` seconds;
    the number of unwritten records is printed on standard error.
    """
    buffer = Buffer(capacity)
    log = AuditLog(buffer, component)
    counted = counts or SeverityCounts()
    feeds = [Feed(destination, originator, log, counted) for destination in destinations]
    pump = Pump(buffer, log, feeds, counted)
    # the log must survive a cancelled caller: the work is shielded, and its deadline is set at the end of the block
    work = trio.CancelScope(shield=True)
    buffer.write_now = pump.write_now
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_run, work, pump, feeds, name=f"audit log of {originator.server_name}")
        try:
            yield log
        finally:
            pump.end()
            work.deadline = trio.current_time() + drain_deadline
    buffer.write_now = buffer.wake = None  # records are not garbage collected, so they must not be in a cycle
    left = sum(feed.behind for feed in feeds) + (0 if pump.has_drained else len(buffer.entries))
    if left:
        sys.stderr.write(f"integration-daemon: {left} audit log records could not be written within their time\n")


async def _run(scope: trio.CancelScope, pump: Pump, feeds: Sequence[Feed]) -> None:
    with scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pump.run, name="audit log pump")
            for feed in feeds:
                nursery.start_soon(feed.run, name=f"audit log destination {feed.destination.name}")
