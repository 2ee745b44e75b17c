"""`status`: the connectors of a running daemon, their problems and the remedies."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import replace
from rich.console import RenderableType

from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.failure import wrong_usage
from integration_daemon.cli.one_connector import connector_shown
from integration_daemon.cli.overview import ConnectorOverview, overview
from integration_daemon.cli.show import console, print_json
from integration_daemon.cli.watch import ChangeFilter, watch_in_place, watch_lines
from integration_daemon.client import ConnectorsQuery, ConnectorSummary, ServerClient

CONNECTORS_EXAMINED = 200
"""Greatest number of connectors that are fetched for causes and rows, in each unhealthy condition."""
NOT_WELL = ("STALE", "DEGRADED")


async def status(
    connector: Annotated[str | None, Parameter(help="Show all fields of one connector.")] = None,
    *,
    service: Annotated[str | None, Parameter(help="URL marker of an integration service; default: all.")] = None,
    group: Annotated[str | None, Parameter(help="Qualified name of an integration group; default: all.")] = None,
    state: Annotated[str | None, Parameter(help="Only connectors in this state, such as FAILED.")] = None,
    condition: Annotated[str | None, Parameter(help="Only connectors in this condition, such as STALE.")] = None,
    failure_kind: Annotated[
        str | None, Parameter(help="Only connectors with this failure kind, such as TIMEOUT.")
    ] = None,
    label: Annotated[str | None, Parameter(help="Only connectors with this label.")] = None,
    all: Annotated[bool, Parameter(help="List every connector, even if there are many.", negative="")] = False,
    target: Target | None = None,
    json: Annotated[bool, Parameter(help="For programs: an array of connectors.", negative="")] = False,
    watch: Annotated[
        bool,
        Parameter(help="Update until interrupted: in place in a terminal, else a line for each change.", negative=""),
    ] = False,
) -> None:
    """Show the connectors of a running daemon, the causes of problems and the remedies; unhealthy connectors first.

    Many connectors are counted, and the unhealthy ones are listed, as many as fit the terminal.
    """
    if json and watch:
        wrong_usage("--json prints one array and ends, --watch does not end: give one of them")
    query = ConnectorsQuery(
        service=service, group=group, state=state, condition=condition, failure_kind=failure_kind, label=label
    )
    async with daemon_of(target) as daemon:

        async def shown() -> RenderableType:
            if connector is not None:
                return connector_shown(await daemon.connector(connector))
            seen = await (_every if all else _worst)(daemon, query)
            return overview(f"{daemon.name} at {daemon.url}", seen, query)

        if json:
            print_json(await _listed(daemon, query, connector))
        elif not watch:
            console().print(await shown())
        elif console().is_terminal:
            await watch_in_place(shown)
        else:
            await watch_lines(daemon, shown, ChangeFilter(query, connector))


async def _listed(daemon: ServerClient, query: ConnectorsQuery, connector: str | None) -> Sequence[ConnectorSummary]:
    if connector is not None:
        return [await daemon.connector(connector)]
    return [each async for each in daemon.every_connector(query)]


async def _every(daemon: ServerClient, query: ConnectorsQuery) -> ConnectorOverview:
    page = await daemon.connectors(replace(query, limit=0))
    return ConnectorOverview(page, [each async for each in daemon.every_connector(query)], is_all=True)


async def _worst(daemon: ServerClient, query: ConnectorsQuery) -> ConnectorOverview:
    """The counts, and the unhealthy connectors; all connectors if they are few or selected by state or condition."""
    page = await daemon.connectors(replace(query, failed_first=True, limit=CONNECTORS_EXAMINED))
    if page.total <= CONNECTORS_EXAMINED or any((query.state, query.condition, query.failure_kind)):
        return ConnectorOverview(page, page.connectors)
    found: list[ConnectorSummary] = []
    for each in NOT_WELL:
        if page.conditions.get(each):
            wanted = replace(query, condition=each, failed_first=True, limit=CONNECTORS_EXAMINED)
            found += (await daemon.connectors(wanted)).connectors
    return ConnectorOverview(page, found)
