"""`deletions`: removals from the catalogue that wait for an operator's approval."""

from typing import Annotated

from cyclopts import App, Parameter

from audit.counted import counted
from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.failure import fail
from integration_daemon.cli.outcomes import reason_of
from integration_daemon.cli.show import plain, print_json, print_table, when
from integration_daemon.cli.table import Column
from integration_daemon.client import ConnectorDetail, DecisionQuery

deletions = App(name="deletions", help="List held deletions, and approve or reject them.")

_COLUMNS = (
    Column("connector"),
    Column("scope", wraps=True),
    Column("missing"),
    Column("since", keep=0),
    Column("", keep=2),
    Column("examples", keep=1, wraps=True),
)
_DONE = {"approve": "approved", "reject": "rejected"}
_Json = Annotated[bool, Parameter(help="For programs: the connector.", negative="")]
_Scope = Annotated[str | None, Parameter(help="Only the elements held in this scope; default: all held elements.")]


@deletions.command(name="list")
async def list_(
    *,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: an array of connectors.", negative="")] = False,
) -> None:
    """List the held deletions: elements that connectors no longer find, and may not remove without approval."""
    async with daemon_of(target) as daemon:
        waiting = (await daemon.deletions()).deletions
    if json:
        print_json(waiting)
        return
    rows = [
        (
            each.connector_name,
            held.scope,
            f"{held.count:,} of {held.known:,}",
            when(held.since),
            "rejected" if held.rejected else "held",
            ", ".join(held.sample[:3]),
        )
        for each in waiting
        for held in each.held
    ]
    print_table(_COLUMNS, rows, empty="no deletions wait for a decision")


@deletions.command
async def approve(connector: str, *, scope: _Scope = None, target: Target | None = None, json: _Json = False) -> None:
    """Approve held deletions: the connector is refreshed, and removes at most as many elements as are held."""
    await _decide("approve", connector, scope, target, json=json)


@deletions.command
async def reject(connector: str, *, scope: _Scope = None, target: Target | None = None, json: _Json = False) -> None:
    """Reject held deletions: the elements stay in the catalogue, and are held again only if more are missing."""
    await _decide("reject", connector, scope, target, json=json)


async def _decide(decision: str, connector: str, scope: str | None, target: Target | None, *, json: bool) -> None:
    async with daemon_of(target) as daemon:
        decide = daemon.approve if decision == "approve" else daemon.reject
        answer = await decide(connector, DecisionQuery(scope=scope))
    if json:
        print_json(answer)
    _require_removed(connector, scope, answer)
    if not json:
        waiting = counted(answer.held_deletions or 0, "element")
        print(f"{plain(connector)}: {_DONE[decision]}; waiting for a decision: {waiting}")


def _require_removed(connector: str, scope: str | None, answer: ConnectorDetail) -> None:
    """End the command with the reason if the approved elements have not been removed yet."""
    outcome = answer.outcome
    if not outcome:
        return  # nothing was approved
    for each in outcome.not_done:
        fail(f"the approval for {connector} is stored, but no elements are removed yet: {reason_of(each)}")
    if outcome.at_work:
        fail(f"the approval for {connector} is stored; the refresh that removes the elements is still in progress")
    held = [each for each in answer.deletions or () if scope in (None, each.scope) and not each.rejected]
    if held:
        kept = counted(sum(each.count for each in held), "element")
        fail(f"{connector} keeps {kept}: more elements are missing than were approved")
