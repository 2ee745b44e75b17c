"""`elements`: queries of the metadata in a daemon's catalogue."""

import sys
from datetime import datetime
from typing import Annotated

from cyclopts import Parameter, validators
from msgspec import UNSET
from msgspec.structs import replace

from audit.counted import counted
from integration_daemon.cli.client import Target, daemon_of
from integration_daemon.cli.show import print_json, print_table
from integration_daemon.cli.table import Column
from integration_daemon.client import ElementsQuery
from services.metadata.bounds import MOST_IN_A_PAGE
from services.metadata.element import ElementRecord

_COLUMNS = (
    Column("type", keep=2),
    Column("name", keep=1),
    Column("location", wraps=True, least=40),
    Column("source", keep=0),
    Column("status", keep=3),
)


async def elements(
    *,
    type: Annotated[str | None, Parameter(help="An open metadata type; its subtypes are included.")] = None,
    name: Annotated[str | None, Parameter(help="A shell pattern over names and paths, such as '*.csv'.")] = None,
    text: Annotated[
        str | None, Parameter(help="Words in names and descriptions; 'rep*' finds words that begin with rep.")
    ] = None,
    updated_since: Annotated[datetime | None, Parameter(help="A time, such as 2026-11-23T18:00:00Z.")] = None,
    source: Annotated[str | None, Parameter(help="Qualified name of a metadata source.")] = None,
    archived: Annotated[bool, Parameter(help="Include archived elements.", negative="")] = False,
    limit: Annotated[
        int, Parameter(help="Maximum number of elements; 0: all.", validator=validators.Number(gte=0))
    ] = 0,
    json: Annotated[bool, Parameter(help="For programs: an array of elements.", negative="")] = False,
    target: Target | None = None,
) -> None:
    """Show elements of the metadata store of a running server."""
    query = ElementsQuery(
        type=type,
        name=name,
        text=text,
        source=source,
        updated_since=updated_since and updated_since.astimezone(),
        archived=archived,
    )
    found: list[ElementRecord] = []
    cursor, is_indexed = None, True
    async with daemon_of(target) as daemon:
        while not limit or len(found) < limit:
            size = min(MOST_IN_A_PAGE, limit - len(found)) if limit else MOST_IN_A_PAGE
            page = await daemon.elements(replace(query, cursor=cursor, limit=size))
            found += page.elements
            cursor, is_indexed = page.cursor or None, is_indexed and page.indexed_to is UNSET
            if cursor is None:
                break
    if not is_indexed:
        print(
            "the full-text index is not up to date: the latest changes may be missing; repeat the search later",
            file=sys.stderr,
        )
    if json:
        print_json(found)
        return
    print_table(
        _COLUMNS,
        [_row(each, with_status=archived) for each in found],
        title=counted(len(found), "element"),
        empty="no elements match the options; 'integration-daemon refresh' finds new elements",
    )


def _row(element: ElementRecord, *, with_status: bool) -> tuple[str, ...]:
    properties = element.properties
    return (
        element.type_name,
        properties.get("displayName") or "",
        properties.get("pathName") or element.qualified_name,
        element.metadata_source,
        element.status.value if with_status else "",
    )
