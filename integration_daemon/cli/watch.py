"""Watching a daemon until interrupted: in place in a terminal, otherwise a line for each change."""

import sys
from collections.abc import Awaitable, Callable

import msgspec
import trio
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from integration_daemon.cli.failure import wrong_usage
from integration_daemon.cli.show import console, plain, when
from integration_daemon.client import ConnectorsQuery, EventsQuery, Missed, NoAnswerError, ServerClient, ShownChange

INTERVAL = 2.0
"""Seconds between two updates."""
Render = Callable[[], Awaitable[RenderableType]]


class ChangeFilter(msgspec.Struct, frozen=True):
    """The connectors whose changes are shown."""

    query: ConnectorsQuery
    connector: str | None

    def matches(self, change: ShownChange) -> bool:
        """True for a change of one of the connectors."""
        return all(
            wanted in (None, value)
            for wanted, value in (
                (self.query.service, change.service),
                (self.query.state, change.state),
                (self.query.condition, change.condition),
            )
        )


async def watch_in_place(render: Render) -> None:
    """Update the status in the whole terminal until interrupted, and restore the terminal at the end."""
    last = shown = await render()
    with Live(shown, console=console(), auto_refresh=False, screen=True) as live:
        while True:
            live.update(shown, refresh=True)
            await trio.sleep(INTERVAL)
            try:
                last = shown = await render()
            except NoAnswerError as error:
                shown = Group(Text(plain(f"{error}; trying again"), style="bold red"), last)


async def watch_lines(daemon: ServerClient, render: Render, changes: ChangeFilter) -> None:
    """Print the status, and then a line for each change of state or condition."""
    for option, value in (("--group", changes.query.group), ("--failure-kind", changes.query.failure_kind)):
        if value is not None:
            wrong_usage(f"{option} does not select lines of --watch, only what is shown in a terminal")
    async with daemon.events(EventsQuery(connector=changes.connector)) as events:
        _print(await render())
        async for event in events:
            if isinstance(event, Missed):
                _print(await render())
            elif isinstance(event, ShownChange) and changes.matches(event):
                _print(Text(plain(f"{when(event.at)} {event.connector_name} {event.state} {event.condition}")))


def _print(shown: RenderableType) -> None:
    console().print(shown)
    sys.stdout.flush()
