"""Reading the protection that open metadata requests for the tables and columns of one database."""

from collections.abc import Sequence

from services.metadata.changes import Query, literally
from services.metadata.table_names import SEPARATOR, table_name
from services.security.context import SecurityIntegratorContext
from services.security.postgres.desired import RequestedProtection, names_in
from services.security.protection import ProtectedElement, Protection, ProtectionSelection

NAMES_AT_ONCE = 200
_TABLE, _COLUMN = "RelationalTable", "RelationalColumn"


async def requested_protection_of(context: SecurityIntegratorContext, path: str) -> list[RequestedProtection]:
    """The protection of all tables and columns of the database with this path, including that of their parents.

    Raises the errors of the metadata store, so that an incomplete answer withdraws no protection.
    """
    requested: dict[str, RequestedProtection] = {}
    above: list[ProtectedElement] = []
    async for element in context.protected_elements(_selection(path)):
        names = names_in(element.qualified_name, path)
        if element.type_name == _COLUMN and len(names) == 3:
            requested[element.qualified_name] = _requested(element, names[2], [element.protection])
        elif element.type_name == _TABLE and len(names) == 2:
            parents = [parent.protection for parent in element.parents]
            requested[element.qualified_name] = _requested(element, "", [element.protection, *parents])
        else:
            above.append(element)
    inherited: dict[str, RequestedProtection] = {}
    for element in above:
        await _add_tables(context, path, element, inherited)
    return [*requested.values(), *(each for name, each in inherited.items() if name not in requested)]


async def is_catalogued(context: SecurityIntegratorContext, path: str) -> bool:
    """True if open metadata contains the database with this path."""
    return bool(await context.find(Query(qualified_name=f"Database{SEPARATOR}{path}", page_size=1)))


async def catalogued_of(
    context: SecurityIntegratorContext, path: str, tables: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """The tables, by schema and name, that open metadata contains in the database with this path."""
    names = {table_name(path, *each): each for each in tables}
    ordered, found = list(names), set()
    for first in range(0, len(ordered), NAMES_AT_ONCE):
        found |= {
            names[each.qualified_name] for each in await context.store.named(ordered[first : first + NAMES_AT_ONCE])
        }
    return found


async def _add_tables(
    context: SecurityIntegratorContext, path: str, element: ProtectedElement, inherited: dict[str, RequestedProtection]
) -> None:
    """Add the tables of a schema or database to `inherited`, with its protection."""
    below = element.qualified_name.partition(SEPARATOR)[2]
    pattern = f"{_TABLE}{SEPARATOR}{literally(below)}{SEPARATOR}*"
    query = Query(type_name=_TABLE, name_pattern=pattern, page_size=context.settings.max_page_size)
    async for table in context.find_each(query):
        name = table.qualified_name
        before = inherited[name].protections if name in inherited else []
        inherited[name] = RequestedProtection(
            guid=table.guid, qualified_name=name, protections=[*before, element.protection]
        )


def _selection(path: str) -> ProtectionSelection:
    name = literally(path)
    below = tuple(f"{kind}{SEPARATOR}{name}{SEPARATOR}*" for kind in (_TABLE, _COLUMN, "DeployedDatabaseSchema"))
    return ProtectionSelection(type_name="Referenceable", include=(f"Database{SEPARATOR}{name}", *below))


def _requested(element: ProtectedElement, column: str, protections: list[Protection]) -> RequestedProtection:
    return RequestedProtection(
        guid=element.guid, qualified_name=element.qualified_name, column=column, protections=protections
    )
