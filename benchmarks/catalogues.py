"""Time to catalogue a catalogue of Iceberg tables, and to find it unchanged.

The catalogue of 2,000 tables is a Nessie server, and that of 100,000 a stub, which responds immediately from prepared
texts. Both run on the same machine, and the connector in a separate process. The first exchange is compared with the
bare requests for the listing and for each table, by the same HTTP client with the same number of simultaneous requests.
*Own share* is the exchange's processor time beyond that of the bare requests, as a percentage of its duration.

The re-scans are compared with the bare requests for the listing, by processor time, because they take a few
milliseconds.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.catalogue_exchange import BOTH, FROM, Taken, exchanged, listed, requested
from benchmarks.iceberg_stub import NAMESPACES as STUB_NAMESPACES
from benchmarks.iceberg_stub import stub_of
from benchmarks.measure import Figure, Plan, with_baseline
from tests.servers.nessie import Catalogue, NessieServer, nessie_server

NAMESPACES = 10
COLUMNS = 10


def measure(plan: Plan) -> Iterator[Figure]:
    """The figures for 2,000 tables with 20,000 columns, and for 100,000 tables with a million columns."""
    tables = 50 if plan.quick else 2_000
    with filled_nessie(tables) as address:
        case, repeats = f"{tables:,} tables", min(plan.repeats, 3)
        yield from first(case, address, repeats, partial(requested, address, tables, NAMESPACES))
        yield from unchanged(case, address, repeats)
    tables = 200 if plan.quick else 100_000
    with stub_of(tables) as address:
        case = f"{tables:,} tables of a stub"
        yield from first(case, address, 1, partial(requested, address, tables, STUB_NAMESPACES))
        yield from unchanged(case, address, 1)


def first(case: str, address: str, repeats: int, bare: Callable[[], Taken]) -> Iterator[Figure]:
    """The first exchange, with a new store each time."""

    def exchange() -> Taken:
        with tempfile.TemporaryDirectory() as directory:
            return exchanged(address, Path(directory) / "store.sqlite")

    case += ", first"
    bare()  # afterwards, Nessie has the tables in memory
    taken, requests = median(repeats, exchange, bare)
    name = "bare requests"
    yield with_baseline("catalogues", case, "seconds", taken.seconds, "s", name, requests.seconds)
    processor = taken.processor_seconds
    yield with_baseline("catalogues", case, "processor seconds", processor, "s", name, requests.processor_seconds)
    share = 100 * (processor - requests.processor_seconds) / taken.seconds
    yield Figure(benchmark="catalogues", case=case, figure="own share", value=share, unit="%")
    yield Figure(benchmark="catalogues", case=case, figure="memory", value=taken.megabytes, unit="MB")


def unchanged(case: str, address: str, repeats: int) -> Iterator[Figure]:
    """Re-scans by a running connector, and by a restarted one, in each direction."""
    with tempfile.TemporaryDirectory() as directory:
        for name, synchronization in (("", FROM), (", both directions", BOTH)):
            path = Path(directory) / f"{synchronization.value}.sqlite"
            exchanged(address, path, synchronization, times=2)
            again, restarted, listing = median(
                repeats,
                partial(exchanged, address, path, synchronization, times=2),
                partial(exchanged, address, path, synchronization),
                partial(listed, address),
            )
            for state, taken in (("unchanged", again), ("unchanged, restarted", restarted)):
                values = taken.processor_seconds, listing.processor_seconds
                case_ = f"{case}, {state}{name}"
                yield with_baseline("catalogues", case_, "processor seconds", values[0], "s", "bare listing", values[1])


def median(repeats: int, *takes: Callable[[], Taken]) -> list[Taken]:
    """The median of each kind of run and figure; the runs alternate, so that noise affects all of them equally."""
    rounds = [[take() for take in takes] for _ in range(repeats)]
    return [
        Taken(**{name: statistics.median(getattr(each, name) for each in some) for name in Taken.__struct_fields__})
        for some in zip(*rounds, strict=True)
    ]


@contextmanager
def filled_nessie(tables: int) -> Iterator[str]:
    """The address of a Nessie server with many tables, until the end of the block."""
    with nessie_server() as server:
        catalogue = server.new_catalogue()
        fill(server, catalogue, tables)
        yield catalogue.address


def fill(server: NessieServer, catalogue: Catalogue, tables: int) -> None:
    """Put tables into a catalogue: their metadata into its object store, and 1,000 of them into each commit."""
    for number in range(NAMESPACES):
        catalogue.create_namespace(f"n{number}")
    fields = [{"id": each, "name": f"c{each}", "required": False, "type": "long"} for each in range(1, COLUMNS + 1)]
    catalogue.create_table("n0.model", fields, comment="A table")
    model = catalogue.table("n0.model")
    catalogue.drop_table("n0.model")
    for start in range(0, tables, 1_000):
        contents: dict[tuple[str, str], str] = {}
        for number in range(start, min(start + 1_000, tables)):
            name = (f"n{number % NAMESPACES}", f"t{number}")
            uuid = f"00000000-0000-4000-8000-{number:012}"
            metadata = {**model, "table-uuid": uuid, "location": f"s3://bucket/{name[1]}"}
            contents[name] = server.keep(f"{name[1]}/metadata/1.metadata.json", msgspec.json.encode(metadata))
        catalogue.commit(contents)
