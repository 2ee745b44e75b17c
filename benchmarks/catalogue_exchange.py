"""One exchange with a catalogue of Iceberg tables, or the bare requests of an exchange, in a separate process."""

import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import msgspec
import trio

from benchmarks.measure import peak_megabytes
from integration_daemon.platform.interpreter import freeze_heap, shorten_switch_interval
from services.catalog.context import CatalogIntegratorContext
from services.catalog.iceberg.iceberg_catalog import IcebergCatalog
from services.catalog.iceberg.listing import NESSIE_PAGE
from services.catalog.rest.settings import REQUESTS_AT_ONCE
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.sqlite import open_sqlite_store
from services.testing import unhosted_context

FROM, BOTH = PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS


class Taken(msgspec.Struct):
    """Time, processor time and memory of one run."""

    seconds: float
    processor_seconds: float
    megabytes: float
    """Peak memory of the process."""


def exchanged(address: str, path: Path, synchronization: PermittedSynchronization = FROM, *, times: int = 1) -> Taken:
    """Refresh a new connector, with the store in a file; the last refresh is measured."""
    return _in_a_process("connector", address, str(path), synchronization.value, str(times))


def requested(address: str, tables: int, namespaces: int) -> Taken:
    """The bare requests for the listing, and for each table."""
    return _in_a_process("requests", address, str(tables), str(namespaces))


def listed(address: str) -> Taken:
    """The bare requests for the listing."""
    return _in_a_process("listing", address)


def _in_a_process(*arguments: str) -> Taken:
    done = subprocess.run([sys.executable, "-m", __name__, *arguments], stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Taken)


async def _taken(work: Callable[[], Awaitable[None]]) -> Taken:
    freeze_heap()
    began, cpu = time.perf_counter(), time.process_time()
    await work()
    most = peak_megabytes()
    return Taken(time.perf_counter() - began, time.process_time() - cpu, most)


async def _connector(address: str, path: str, synchronization: str, times: str) -> Taken:
    async with open_sqlite_store(Path(path)) as store:
        context = unhosted_context(
            CatalogIntegratorContext, store, connection=Connection(endpoint=Endpoint(address=address))
        )
        context.settings = msgspec.structs.replace(
            context.settings, permitted_synchronization=PermittedSynchronization(synchronization)
        )
        connector = IcebergCatalog()
        connector.context, connector.connector_name = context, context.connector_name
        await connector.start()
        for _ in range(int(times) - 1):
            await connector.refresh()
        return await _taken(connector.refresh)


async def _requests(address: str, tables: str, namespaces: str) -> Taken:
    todo = iter(range(int(tables)))
    limits = httpx2.Limits(max_connections=REQUESTS_AT_ONCE, max_keepalive_connections=REQUESTS_AT_ONCE)

    async def work() -> None:
        async with httpx2.AsyncClient(trust_env=False, limits=limits) as http:
            routes = await _list(http, address)

            async def ask() -> None:
                for number in todo:
                    place = f"{routes}/namespaces/n{number % int(namespaces)}/tables/t{number}"
                    (await http.get(place, params={"snapshots": "refs"})).raise_for_status()

            async with trio.open_nursery() as nursery:
                for _ in range(REQUESTS_AT_ONCE):
                    nursery.start_soon(ask)

    return await _taken(work)


async def _listing(address: str) -> Taken:
    async def work() -> None:
        async with httpx2.AsyncClient(trust_env=False) as http:
            await _list(http, address)

    return await _taken(work)


async def _list(http: httpx2.AsyncClient, address: str) -> str:
    """Request the configuration, and the listing page by page; returns the prefix of the paths of tables."""
    config = (await http.get(f"{address}/v1/config")).raise_for_status().json()
    properties = {**config["defaults"], **config["overrides"]}
    base, branch = properties["nessie.core-base-uri"].rstrip("/"), properties["prefix"].partition("%7C")[0]
    tree = f"{base}/v2/trees/{branch.partition('|')[0]}"
    token = ""
    while True:
        parameters = {"content": "true", "max-records": str(NESSIE_PAGE), **({"page-token": token} if token else {})}
        page = (await http.get(f"{tree}/entries", params=parameters)).raise_for_status()
        token = msgspec.json.decode(page.content, type=_Page).token or ""
        if not token:
            return f"{address.partition('/iceberg')[0]}/iceberg/v1/{properties['prefix']}"


class _Page(msgspec.Struct):
    token: str | None = None


if __name__ == "__main__":
    WORK: dict[str, Callable[..., Awaitable[Taken]]] = {
        "connector": _connector,
        "requests": _requests,
        "listing": _listing,
    }
    shorten_switch_interval()  # as in the program
    print(msgspec.json.encode(trio.run(WORK[sys.argv[1]], *sys.argv[2:])).decode())
