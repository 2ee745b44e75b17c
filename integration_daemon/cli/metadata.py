"""`elements`: querying the metadata that a daemon has gathered."""

import sys
from typing import Annotated, Any

from cyclopts import Parameter, validators

from integration_daemon.cli.client import Platform, Target
from integration_daemon.cli.show import print_json, print_table
from integration_daemon.cli.table import Column

_PAGE = 1_000
_COLUMNS = (
    Column("type", keep=2),
    Column("name", keep=1),
    Column("where", wraps=True, least=40),
    Column("source", keep=0),
    Column("status", keep=3),
)


def elements(
    *,
    type: Annotated[str | None, Parameter(help="An open metadata type; types below it are included.")] = None,
    name: Annotated[str | None, Parameter(help="A shell pattern over names and paths, such as '*.csv'.")] = None,
    text: Annotated[str | None, Parameter(help="Words of names and descriptions; 'rep*' is a beginning.")] = None,
    updated_since: Annotated[str | None, Parameter(help="A time, such as 2026-11-23T18:00:00Z.")] = None,
    source: Annotated[str | None, Parameter(help="Qualified name of a metadata source.")] = None,
    archived: Annotated[bool, Parameter(help="Archived elements too.", negative="")] = False,
    limit: Annotated[int, Parameter(help="Show at most so many; 0: all.", validator=validators.Number(gte=0))] = 0,
    json: Annotated[bool, Parameter(help="For programs: an array of elements.", negative="")] = False,
    target: Target | None = None,
) -> None:
    """Look into the metadata store of a running server."""
    platform = Platform(target or Target())
    query = {
        "type": type,
        "name": name,
        "text": text,
        "updatedSince": updated_since,
        "source": source,
        "archived": "true" if archived else None,
    }
    found: list[dict[str, Any]] = []
    cursor, is_indexed = None, True
    while not limit or len(found) < limit:
        size = min(_PAGE, limit - len(found)) if limit else _PAGE
        page = platform.get(platform.native("elements"), cursor=cursor, limit=size, **query)
        found += page["elements"]
        cursor, is_indexed = page.get("cursor"), is_indexed and "indexedTo" not in page
        if cursor is None:
            break
    if not is_indexed:
        print("words are still being indexed: elements that changed last may be missing; ask again", file=sys.stderr)
    if json:
        print_json(found)
        return
    print_table(
        _COLUMNS,
        [_row(each, with_status=archived) for each in found],
        title="1 element" if len(found) == 1 else f"{len(found):,} elements",
        empty="no elements match; without options all are shown, and 'integration-daemon refresh' looks for new ones",
    )


def _row(element: dict[str, Any], *, with_status: bool) -> tuple[str, ...]:
    properties = element["properties"]
    return (
        element["typeName"],
        properties.get("displayName") or "",
        properties.get("pathName") or properties["qualifiedName"],
        element.get("metadataSource", ""),
        element["status"] if with_status else "",
    )
