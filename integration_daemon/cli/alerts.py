"""`alerts`: tests of the receivers of a running daemon's alerts."""

from typing import Annotated

from cyclopts import App, Parameter

from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.failure import FAILED
from integration_daemon.cli.show import print_json, print_table
from integration_daemon.cli.table import Column

alerts = App(name="alerts", help="Try the receivers of the alerts of a running daemon.")
_COLUMNS = (Column("receiver"), Column(""), Column("answer", wraps=True))


@alerts.command(name="test")
async def try_receivers(
    *,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: an array of receivers.", negative="")] = False,
) -> None:
    """Send a test alert to every receiver, and show each answer. Exit status 1 if a receiver did not accept it."""
    async with daemon_of(target) as daemon:
        results = (await daemon.test_alerts()).receivers
    if json:
        print_json(results)
    else:
        rows = [(each.receiver, "accepted" if each.taken else "FAILED", each.said) for each in results]
        print_table(_COLUMNS, rows, empty="there are no receivers")
    if not all(each.taken for each in results):
        raise SystemExit(FAILED)
