"""`lineage`: the lineage events that a server has received, and those that it has rejected."""

from typing import Annotated, Any

from cyclopts import App, Parameter

from integration_daemon.cli.client import Platform, Target
from integration_daemon.cli.show import print_json, print_table, when
from integration_daemon.cli.table import Column

lineage = App(name="lineage", help="Look after the lineage events that a server receives.")

_Json = Annotated[bool, Parameter(help="For programs: the answer of the platform.", negative="")]


@lineage.command
def spool(*, target: Target | None = None, json: _Json = False) -> None:
    """Show how many received events wait for each connector that catalogues them."""
    platform = Platform(target or Target())
    found: dict[str, Any] = platform.get(platform.native("lineage/spool"))
    if json:
        print_json(found)
        return
    rows = [(name, f"{waiting:,}") for name, waiting in found["waiting"].items()]
    print_table((Column("connector"), Column("events that wait")), rows, empty="no connector catalogues the events")
    share = 100 * found["bytes"] / found["mostBytes"]
    print(f"{found['lastPosition']:,} events accepted; the spool uses {share:.1f} % of {found['mostBytes']:,} bytes")
    print(f"{found['deadLetters']:,} events rejected")


@lineage.command
def dead_letters(
    *,
    limit: Annotated[int, Parameter(help="How many to show, of the newest.")] = 20,
    target: Target | None = None,
    json: _Json = False,
) -> None:
    """Show the newest events that were rejected, each with the reason."""
    platform = Platform(target or Target())
    found: dict[str, Any] = platform.get(platform.native("lineage/dead-letters"), limit=limit)
    if json:
        print_json(found)
        return
    rows = [(when(each["time"]), each["origin"], each["reason"]) for each in found["deadLetters"]]
    columns = (Column("time"), Column("from"), Column("reason", wraps=True))
    print_table(columns, rows, empty="no events were rejected")
    if found["total"] > len(rows):
        print(f"{found['total']:,} in all")


@lineage.command
def replay(*, target: Target | None = None) -> None:
    """Receive the rejected events again. Those that are still not valid are kept again."""
    platform = Platform(target or Target())
    summary = platform.post(platform.native("lineage/dead-letters/replay"), user=platform.user)["summary"]
    print(f"{summary['successful']:,} events accepted, {summary['failed']:,} rejected again")
