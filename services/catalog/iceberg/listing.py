"""The listing of an Iceberg catalogue: its namespaces, tables and views.

The listing of the REST API contains only names. The listing of a Nessie server also contains, in one request for many
objects, the properties of namespaces and the location of the current metadata of each table and view. The location
changes with the table or view. Its tables and views without a namespace are left out, because no request of the REST
API can name them.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple, TypeVar
from urllib.parse import quote, unquote

from services.catalog.iceberg.client import IcebergClient, Namespace
from services.catalog.iceberg.settings import IcebergSettings
from services.catalog.iceberg.wire import (
    IdentifierPage,
    NamespaceAnswer,
    NamespacePage,
    NessieBranch,
    NessieEntry,
    NessiePage,
)
from services.catalog.rest.client import ForbiddenError, NotFoundError, RefusedError
from services.catalog.rest.in_parallel import all_results

TABLES, VIEWS = "tables", "views"
NESSIE_PAGE = 2_000
PageT = TypeVar("PageT", NamespacePage, IdentifierPage)
_KINDS = {"ICEBERG_TABLE": TABLES, "ICEBERG_VIEW": VIEWS}
_LIST_VIEWS = "GET /v1/{prefix}/namespaces/{namespace}/views"


class Entry(NamedTuple):
    """A table or view of the listing."""

    namespace: Namespace
    name: str
    kind: str
    """`TABLES` or `VIEWS`, as in the paths of the API."""
    tag: str = ""
    """A value that changes with the table or view, if the listing contains one."""


class Listing(NamedTuple):
    """The contents of a catalogue, as far as they are selected."""

    namespaces: dict[Namespace, dict[str, str]]
    """The namespaces, with their properties."""
    unreadable: list[Namespace]
    """Namespaces that are not completely readable, including all namespaces below them."""
    entries: list[Entry]
    head: str = ""
    """The commit that was listed, for a Nessie server."""


async def listing_of(client: IcebergClient) -> Listing:
    """List the selected part of a catalogue. Raises `ThirdPartyUnavailableError` for a listing that is not complete."""
    listing = Listing({}, [], [])
    if client.nessie:
        return listing._replace(head=await _list_nessie(client, listing))
    await _list(client, listing)
    return listing


async def head_of(client: IcebergClient) -> str:
    """The last commit of the branch at a Nessie server, which changes with every object; empty for other servers."""
    if not client.nessie:
        return ""
    try:
        return (await client.get(_branch_place(client), NessieBranch)).reference.hash
    except (ForbiddenError, NotFoundError, RefusedError):
        return ""  # the listing reports the problem


def dotted(namespace: Namespace) -> str:
    """The name of a namespace as users write it and as settings match it."""
    return ".".join(namespace)


def is_selected(settings: IcebergSettings, entry: Entry) -> bool:
    """True if a table or view of a selected namespace is catalogued."""
    return settings.tables.select(f"{dotted(entry.namespace)}.{entry.name}")


async def _list(client: IcebergClient, listing: Listing) -> None:
    """List the catalogue with the REST API, level by level."""
    level: list[Namespace] = [()]
    at_once = client.rest.requests_at_once
    while level:
        below = [each for found in await all_results(lambda one: _below(client, listing, one), level, at_once)
                 for each in found]  # fmt: skip
        wanted = [each for each in below if client.settings.namespaces.select(dotted(each))]
        for entries in await all_results(lambda one: _content(client, listing, one), wanted, at_once):
            listing.entries.extend(entries)
        level = below


async def _below(client: IcebergClient, listing: Listing, parent: Namespace) -> list[Namespace]:
    parameters = {"parent": "\x1f".join(parent)} if parent else {}
    found: list[Namespace] = []
    try:
        async for page in _pages(client, client.place(), NamespacePage, parameters):
            found += page.namespaces
    except NotFoundError as error:
        if not parent:
            raise client.broken(f"its namespaces cannot be listed: {error}") from None
        listing.unreadable.append(parent)  # dropped since it was listed: the next scan removes its elements
    except ForbiddenError as error:
        if not parent:
            raise client.refused(error) from None
        listing.unreadable.append(parent)
    except RefusedError as error:
        raise client.broken(f"its namespaces cannot be listed: {error}") from None
    return [
        each for each in found if each and each[:-1] == parent
    ]  # some servers ignore `parent`, and list from the top


async def _content(client: IcebergClient, listing: Listing, namespace: Namespace) -> list[Entry]:
    """The tables and views of a namespace; its properties are added to the listing."""
    try:
        answer = await client.get(client.place(namespace), NamespaceAnswer)
        entries = await _identifiers(client, namespace, TABLES)
        if client.config.endpoints is None or _LIST_VIEWS in client.config.endpoints:
            entries += await _views(client, namespace)
    except (NotFoundError, ForbiddenError):
        listing.unreadable.append(namespace)
        return []
    except RefusedError as error:
        raise client.broken(f"{dotted(namespace)} cannot be listed: {error}") from None
    listing.namespaces[namespace] = answer.properties or {}
    return [each for each in entries if is_selected(client.settings, each)]


async def _views(client: IcebergClient, namespace: Namespace) -> list[Entry]:
    try:
        return await _identifiers(client, namespace, VIEWS)
    except (NotFoundError, RefusedError):
        if client.config.endpoints is not None:
            raise
        return []  # the server does not list its routes, and has none for views


async def _identifiers(client: IcebergClient, namespace: Namespace, kind: str) -> list[Entry]:
    found: list[Entry] = []
    async for page in _pages(client, client.place(namespace, kind), IdentifierPage, {}):
        found += [Entry(namespace, each.name, kind) for each in page.identifiers if each.namespace == namespace]
    return found


async def _pages(
    client: IcebergClient, place: str, kind: type[PageT], parameters: dict[str, str]
) -> AsyncIterator[PageT]:
    """All pages of a listing."""
    token, seen = "", set[str]()
    while True:
        page: PageT = await client.get(place, kind, {**parameters, "pageToken": token})
        yield page
        if not page.next_page_token:
            return
        token = page.next_page_token
        if token in seen:
            raise client.broken(f"the listing {place} has a page that leads back to an earlier one")
        seen.add(token)


def _branch_place(client: IcebergClient) -> str:
    prefix = unquote(client.config.get("prefix")).partition("|")[0]
    branch = prefix or client.config.get("nessie.default-branch.name")
    return f"{client.nessie}/trees/{quote(branch, safe='')}"


async def _list_nessie(client: IcebergClient, listing: Listing) -> str:
    """List the whole branch with Nessie's own API, page by page; returns the commit that was listed."""
    branch = _branch_place(client)
    place = f"{branch}/entries"
    token, head, seen = "", "", set[str]()
    while True:
        parameters = {"content": "true", "max-records": str(NESSIE_PAGE), **({"page-token": token} if token else {})}
        try:
            page = await client.get(place, NessiePage, parameters)
        except ForbiddenError as error:
            raise client.refused(error) from None
        except (NotFoundError, RefusedError) as error:
            raise client.broken(f"its branch cannot be listed: {error}") from None
        for entry in page.entries:
            _note(client.settings, listing, entry)
        if not head and page.effective_reference is not None and page.effective_reference.hash:
            head = page.effective_reference.hash
            place = f"{branch}@{head}/entries"  # all pages are of the same commit
        if not page.has_more:
            return head
        token = page.token or ""
        if not token or token in seen:
            raise client.broken("a page of its listing does not lead on")
        seen.add(token)


def _note(settings: IcebergSettings, listing: Listing, entry: NessieEntry) -> None:
    names, content = entry.name.elements, entry.content
    if content.type == "NAMESPACE":
        if settings.namespaces.select(dotted(names)):
            listing.namespaces[names] = content.properties
        return
    kind = _KINDS.get(content.type)
    if len(names) == 1 or kind is None or not settings.namespaces.select(dotted(names[:-1])):
        return
    found = Entry(names[:-1], names[-1], kind, content.metadata_location or content.id)
    if is_selected(settings, found):
        listing.entries.append(found)
