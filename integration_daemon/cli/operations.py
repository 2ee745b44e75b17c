"""`operations`: the operations that callers have requested of a running daemon."""

from typing import Annotated

from cyclopts import App, Parameter, validators

from audit.counted import counted
from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.outcomes import shown_counts
from integration_daemon.cli.progress import end_of
from integration_daemon.cli.show import ago, print_json, print_table
from integration_daemon.cli.table import Column
from integration_daemon.client import OperationsQuery, ShownOperation

operations = App(name="operations", help="List the requested operations on connectors, or cancel one.")

_COLUMNS = (
    Column("id"),
    Column("operation"),
    Column("connectors"),
    Column("requested", keep=1),
    Column("by", keep=0),
    Column("state", wraps=True, least=12),
)


@operations.default
async def list_(
    *,
    limit: Annotated[int, Parameter(help="Maximum number of operations.", validator=validators.Number(gte=1))] = 20,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: an array of operations.", negative="")] = False,
) -> None:
    """List the operations in progress, and the last completed ones since the start of the daemon; newest first."""
    async with daemon_of(target) as daemon:
        found = await daemon.operations(OperationsQuery(limit=limit))
    if json:
        print_json(found.operations)
        return
    print_table(_COLUMNS, map(_row, found.operations), empty="no operations since the daemon was started")
    if more := found.total - len(found.operations):
        print(f"and {counted(more, 'older operation')}; --limit shows more")


@operations.command
async def cancel(
    operation_id: str,
    /,
    *,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: the operation.", negative="")] = False,
) -> None:
    """Cancel a refresh, a restart or a dry run: connectors that have begun are interrupted, the others do not begin.

    Parameters
    ----------
    operation_id
        The identifier of the operation, which the list shows.
    """
    async with daemon_of(target) as daemon:
        ended = await end_of(daemon, (await daemon.cancel(operation_id)).outcome)
    if json:
        print_json(ended)
    else:
        print(f"{ended.outcome.operation} cancelled: {shown_counts(ended.outcome, 'done')}")


def _row(each: ShownOperation) -> tuple[str, ...]:
    outcome = each.outcome
    return (
        each.operation_id,
        outcome.operation,
        each.connector_name or f"{outcome.asked:,}",
        ago(each.requested),
        each.user,
        f"{each.state} {shown_counts(outcome)}",
    )
