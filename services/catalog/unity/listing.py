"""The listing of a Unity Catalog server, which contains every catalogued object.

Pages have no guaranteed order, and contain each object completely: an object is decoded only when it is needed.
"""

from collections.abc import AsyncIterator
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from services.catalog.rest.client import ForbiddenError, NotFoundError, RefusedError
from services.catalog.rest.in_parallel import all_results
from services.catalog.unity.client import Names, UnityClient
from services.catalog.unity.wire import CATALOGS, IN_SCHEMAS, SCHEMAS, Kind


class Item(NamedTuple):
    """An object of the listing."""

    kind: Kind
    names: Names
    content: msgspec.Raw


class Unreadable(NamedTuple):
    """A part of the listing that cannot be read: all of a catalog, or one kind of objects in a schema."""

    names: Names
    kind: Kind | None
    is_refused: bool
    """True if the server refused the request; false if the part does not exist."""


class Listing(NamedTuple):
    """The contents of a server, as far as they are selected."""

    items: list[Item]
    unreadable: list[Unreadable]

    def digest(self) -> str:
        """A text that changes with every object of the listing."""
        digest = blake2b(digest_size=16)
        for item in sorted(self.items, key=lambda each: (each.names, each.kind.place)):
            digest.update(msgspec.json.encode((item.kind.place, item.names)))
            digest.update(item.content)
        return digest.hexdigest()


class _Named(msgspec.Struct):
    name: str


async def listing_of(client: UnityClient) -> Listing:
    """List the selected part of a server. Raises `ThirdPartyUnavailableError` for a listing that is not complete."""
    try:
        catalogs = await _objects(client, CATALOGS, ())
    except ForbiddenError as error:
        raise client.refused(error) from None
    except (NotFoundError, RefusedError) as error:
        raise client.not_expected(error) from None
    at_once = client.rest.requests_at_once
    schemas: list[Item] = []
    unreadable: list[Unreadable] = []
    async for found in _each(client, [(each.names, SCHEMAS) for each in catalogs], at_once):
        (unreadable if isinstance(found, Unreadable) else schemas).append(found)  # type: ignore[arg-type]
    todo = [(each.names, kind) for each in schemas for kind in IN_SCHEMAS]
    items = [*catalogs, *schemas]
    async for found in _each(client, todo, at_once):
        (unreadable if isinstance(found, Unreadable) else items).append(found)  # type: ignore[arg-type]
    return Listing(items, unreadable)


async def _each(client: UnityClient, todo: list[tuple[Names, Kind]], at_once: int) -> AsyncIterator[Item | Unreadable]:
    async def listed(one: tuple[Names, Kind]) -> list[Item] | Unreadable:
        names, kind = one
        try:
            return await _objects(client, kind, names)
        except (ForbiddenError, NotFoundError) as error:
            return Unreadable(names, None if kind == SCHEMAS else kind, isinstance(error, ForbiddenError))
        except RefusedError as error:
            raise client.broken(f"{kind.place} of {'.'.join(names)} cannot be listed: {error}") from None

    for found in await all_results(listed, todo, at_once):
        if isinstance(found, Unreadable):
            yield found
            continue
        for item in found:
            yield item


async def _objects(client: UnityClient, kind: Kind, parent: Names) -> list[Item]:
    """The selected objects of a kind, from all pages."""
    parameters = {"max_results": str(kind.page)}
    parameters |= dict(zip(("catalog_name", "schema_name"), parent, strict=False))
    found: dict[Names, Item] = {}
    seen: set[str] = set()
    while True:
        objects, token = await client.page(kind, parameters)
        for content in objects:
            names = (*parent, client.decoded(bytes(content), _Named).name)
            if not names[-1]:
                raise client.broken(f"one of the {kind.place} has no name")
            if client.settings.select(kind, names):
                found[names] = Item(kind, names, content)
        if not token:
            return list(found.values())
        if token in seen:
            raise client.broken(f"the listing of {kind.place} has a page that leads back to an earlier one")
        seen.add(token)
        parameters["page_token"] = token
