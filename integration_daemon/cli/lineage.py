"""`lineage`: the lineage events that a server has received or rejected."""

from typing import Annotated

from cyclopts import App, Parameter

from audit.counted import counted
from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.show import print_json, print_table, when
from integration_daemon.cli.table import Column
from integration_daemon.client import LettersQuery

lineage = App(name="lineage", help="Manage the lineage events that a server receives.")

_Json = Annotated[bool, Parameter(help="For programs: the answer of the platform.", negative="")]


@lineage.command
async def spool(*, target: Target | None = None, json: _Json = False) -> None:
    """Show the number of received events that wait for each connector that catalogues them."""
    async with daemon_of(target) as daemon:
        found = await daemon.lineage_spool()
    if json:
        print_json(found)
        return
    rows = [(name, f"{waiting:,}") for name, waiting in found.waiting.items()]
    print_table((Column("connector"), Column("waiting events")), rows, empty="no connector catalogues the events")
    share = f"{100 * found.bytes / found.most_bytes:.1f} % of {found.most_bytes:,} bytes"
    print(f"{counted(found.last_position, 'event')} accepted; the spool uses {share}")
    print(f"{counted(found.dead_letters, 'event')} rejected")


@lineage.command
async def dead_letters(
    *,
    limit: Annotated[int, Parameter(help="Number of newest events to show.")] = 20,
    target: Target | None = None,
    json: _Json = False,
) -> None:
    """Show the newest rejected events, each with the reason."""
    async with daemon_of(target) as daemon:
        found = await daemon.dead_letters(LettersQuery(limit=limit))
    if json:
        print_json(found)
        return
    rows = [(when(each.time), each.origin, each.reason) for each in found.dead_letters]
    columns = (Column("time"), Column("from"), Column("reason", wraps=True))
    print_table(columns, rows, empty="no events were rejected")
    if found.total > len(rows):
        print(f"{found.total:,} in total")


@lineage.command
async def replay(*, target: Target | None = None, json: _Json = False) -> None:
    """Receive the rejected events again. Events that are still invalid are rejected again."""
    async with daemon_of(target) as daemon:
        answer = await daemon.replay_dead_letters()
    if json:
        print_json(answer)
        return
    summary = answer.summary
    print(f"{counted(summary.successful, 'event')} accepted, {summary.failed:,} rejected again")
