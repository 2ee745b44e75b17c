"""How long a catalogue of Iceberg tables takes to be catalogued, and to be found unchanged.

The catalogue is a Nessie server on the same machine. Beside the first exchange: the bare requests for its listing and
for each table, as many at the same time, by the same HTTP client, and the writing of the rows that the catalogue then
holds. Beside the re-scans, of a restarted connector and of one that knows the last commit: the bare requests for the
listing.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import msgspec
import trio

from benchmarks.baseline import Rows, rows_in, upsert
from benchmarks.measure import Figure, Plan, Stopwatch, beside, interleaved
from services.catalog.context import CatalogIntegratorContext
from services.catalog.iceberg.iceberg_catalog import IcebergCatalog
from services.catalog.iceberg.listing import NESSIE_PAGE
from services.catalog.rest.settings import REQUESTS_AT_ONCE
from services.framework.connection import Connection, Endpoint
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.testing import unhosted_context
from tests.servers.nessie import Catalogue, NessieServer, nessie_server

NAMESPACES = 10
COLUMNS = 10


def measure(plan: Plan) -> Iterator[Figure]:
    """`seconds` of the first exchange and of a re-scan without change, of 2,000 tables with 20,000 columns."""
    tables = 50 if plan.quick else 2_000
    with nessie_server() as server, tempfile.TemporaryDirectory() as directory:
        catalogue = server.new_catalogue()
        fill(server, catalogue, tables)
        path = Path(directory) / "store.sqlite"
        trio.run(_exchanged, catalogue.address, path)  # and Nessie has read what the tables are
        rows, repeats = rows_in(path), min(plan.repeats, 3)
        first, bare = interleaved(
            repeats, lambda: trio.run(_first, catalogue.address), lambda: _bare_exchange(catalogue, tables, rows)
        )
        case = f"{tables:,} tables"
        yield beside("catalogues", f"{case}, first", "seconds", first, "s", "bare requests and write", bare)
        restarted, again, bare = interleaved(
            repeats,
            lambda: trio.run(_exchanged, catalogue.address, path),
            lambda: trio.run(_again, catalogue.address, path),
            lambda: trio.run(_bare_listing, catalogue),
        )
        yield beside("catalogues", f"{case}, unchanged, restarted", "seconds", restarted, "s", "bare listing", bare)
        yield beside("catalogues", f"{case}, unchanged", "seconds", again, "s", "bare listing", bare)


def fill(server: NessieServer, catalogue: Catalogue, tables: int) -> None:
    """Put many tables into a catalogue: their metadata into its object store, and 1,000 at a time into a commit."""
    for number in range(NAMESPACES):
        catalogue.create_namespace(f"n{number}")
    fields = [{"id": each, "name": f"c{each}", "required": False, "type": "long"} for each in range(1, COLUMNS + 1)]
    catalogue.create_table("n0.model", fields, comment="A table")
    model = catalogue.table("n0.model")
    catalogue.drop_table("n0.model")
    for first in range(0, tables, 1_000):
        contents: dict[tuple[str, str], str] = {}
        for number in range(first, min(first + 1_000, tables)):
            name = (f"n{number % NAMESPACES}", f"t{number}")
            uuid = f"00000000-0000-4000-8000-{number:012}"
            metadata = {**model, "table-uuid": uuid, "location": f"s3://bucket/{name[1]}"}
            contents[name] = server.keep(f"{name[1]}/metadata/1.metadata.json", msgspec.json.encode(metadata))
        catalogue.commit(contents)


async def _first(address: str) -> float:
    with tempfile.TemporaryDirectory() as directory:
        return await _exchanged(address, Path(directory) / "store.sqlite")


async def _exchanged(address: str, path: Path) -> float:
    async with open_sqlite_store(path) as store:
        return await _refreshed(address, store)


async def _again(address: str, path: Path) -> float:
    async with open_sqlite_store(path) as store:
        return await _refreshed(address, store, times=2)


async def _refreshed(address: str, store: MetadataStore, times: int = 1) -> float:
    """Refresh a connector to the catalogue; the seconds of the last time."""
    connector = IcebergCatalog()
    connector.context = unhosted_context(
        CatalogIntegratorContext, store, connection=Connection(endpoint=Endpoint(address=address))
    )
    connector.connector_name = connector.context.connector_name
    await connector.start()
    for _ in range(times):
        with Stopwatch() as watch:
            await connector.refresh()
    return watch.seconds


def _bare_exchange(catalogue: Catalogue, tables: int, rows: Rows) -> float:
    with tempfile.TemporaryDirectory() as directory, Stopwatch() as watch:
        trio.run(_bare_tables, catalogue, tables)
        upsert(rows, Path(directory) / "bare.sqlite")
    return watch.seconds


async def _bare_tables(catalogue: Catalogue, tables: int) -> None:
    """The listing, and each table."""
    await _bare_listing(catalogue)
    todo = iter(range(tables))
    limits = httpx2.Limits(max_connections=REQUESTS_AT_ONCE, max_keepalive_connections=REQUESTS_AT_ONCE)
    async with httpx2.AsyncClient(trust_env=False, limits=limits) as http, trio.open_nursery() as nursery:

        async def work() -> None:
            for number in todo:
                place = f"{catalogue.routes}/namespaces/n{number % NAMESPACES}/tables/t{number}"
                (await http.get(place, params={"snapshots": "refs"})).raise_for_status()

        for _ in range(REQUESTS_AT_ONCE):
            nursery.start_soon(work)


async def _bare_listing(catalogue: Catalogue) -> float:
    """The configuration, and the listing page by page."""
    with Stopwatch() as watch:
        async with httpx2.AsyncClient(trust_env=False) as http:
            (await http.get(f"{catalogue.address}/v1/config")).raise_for_status()
            token = ""
            while True:
                parameters = {"content": "true", "max-records": str(NESSIE_PAGE)}
                if token:
                    parameters["page-token"] = token
                page = (await http.get(f"{catalogue.tree}/entries", params=parameters)).raise_for_status()
                token = msgspec.json.decode(page.content, type=_Page).token or ""
                if not token:
                    break
    return watch.seconds


class _Page(msgspec.Struct):
    token: str | None = None
