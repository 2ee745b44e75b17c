"""`alerts`: the alerts of a running daemon to people."""

from typing import Annotated

from cyclopts import App, Parameter

from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.failure import FAILED
from integration_daemon.cli.show import print_json, print_table
from integration_daemon.cli.table import Column

alerts = App(name="alerts", help="Try the receivers of the alerts of a running daemon.")
_COLUMNS = (Column("receiver"), Column(""), Column("what it said", wraps=True))


@alerts.command(name="test")
async def try_receivers(
    *,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: an array of receivers.", negative="")] = False,
) -> None:
    """Send a test to every receiver, and show what each said. Exit status 1 if one did not take it."""
    async with daemon_of(target) as daemon:
        said = (await daemon.test_alerts()).receivers
    if json:
        print_json(said)
    else:
        rows = [(each.receiver, "took it" if each.taken else "FAILED", each.said) for each in said]
        print_table(_COLUMNS, rows, empty="there are no receivers")
    if not all(each.taken for each in said):
        raise SystemExit(FAILED)
