"""Waiting for the end of an operation, with a display of its progress."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from integration_daemon.cli.failure import show_error
from integration_daemon.cli.show import plain
from integration_daemon.client import OperationOutcome, ServerClient, ShownOperation

AT_ONCE = 1
"""Seconds that the first request waits; most operations take less."""


async def end_of(daemon: ServerClient, begun: OperationOutcome) -> ShownOperation:
    """Wait for the end of an operation, and show its progress on a terminal."""
    with _live() as live:
        try:
            async for shown in daemon.follow(begun.operation_id):
                live.update(_progress(shown), refresh=True)
        except KeyboardInterrupt:
            show_error(f"the {begun.operation} continues; 'integration-daemon operations' shows its progress")
            raise
    return shown


@contextmanager
def _live() -> Iterator[Live]:
    """A line on standard error that vanishes at the end; none if the output is not a terminal."""
    is_seen = sys.stderr.isatty() and sys.stdout.isatty()
    out = Console(stderr=True, quiet=not is_seen)
    with Live(console=out, auto_refresh=False, transient=True) as live:
        yield live


def _progress(shown: ShownOperation) -> Text:
    outcome = shown.outcome
    parts = [f"{outcome.operation}: {outcome.asked - outcome.at_work:,} of {outcome.asked:,}"]
    parts += [f"{outcome.failed:,} failed"] if outcome.failed else []
    parts += [f"{each.connector_name} {each.progress or each.state}" for each in shown.at_work[:1]]
    return Text(plain(", ".join(parts)), no_wrap=True, overflow="ellipsis")
