"""How long a catalogue of Iceberg tables takes to be catalogued, and to be found unchanged.

The catalogue of 2,000 tables is a Nessie server, that of 100,000 a stub of one, which answers at once from texts made
before. Both run on the same machine, and the connector in a process of its own. Beside the first exchange: the bare
requests for the listing and for each table, as many at the same time, by the same HTTP client. *Own share* is what the
exchange takes of the processor beyond the bare requests, as a part of the time that it takes.

Beside the re-scans: the bare requests for the listing. They are compared in processor time, since they take a few
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
from benchmarks.measure import Figure, Plan, beside
from tests.servers.nessie import Catalogue, NessieServer, nessie_server

NAMESPACES = 10
COLUMNS = 10


def measure(plan: Plan) -> Iterator[Figure]:
    """The figures of 2,000 tables with 20,000 columns, and of 100,000 with a million."""
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
    bare()  # and Nessie has read what the tables are
    taken, requests = median(repeats, exchange, bare)
    name = "bare requests"
    yield beside("catalogues", case, "seconds", taken.seconds, "s", name, requests.seconds)
    processor = taken.processor_seconds
    yield beside("catalogues", case, "processor seconds", processor, "s", name, requests.processor_seconds)
    share = 100 * (processor - requests.processor_seconds) / taken.seconds
    yield Figure(benchmark="catalogues", case=case, figure="own share", value=share, unit="%")
    yield Figure(benchmark="catalogues", case=case, figure="memory", value=taken.megabytes, unit="MB")


def unchanged(case: str, address: str, repeats: int) -> Iterator[Figure]:
    """Re-scans of a connector that runs, and of one that was restarted, in each direction."""
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
            for what, taken in (("unchanged", again), ("unchanged, restarted", restarted)):
                values = taken.processor_seconds, listing.processor_seconds
                case_ = f"{case}, {what}{name}"
                yield beside("catalogues", case_, "processor seconds", values[0], "s", "bare listing", values[1])


def median(repeats: int, *takes: Callable[[], Taken]) -> list[Taken]:
    """The median of each take and figure, the takes run in turn so that a noisy moment touches all of them."""
    rounds = [[take() for take in takes] for _ in range(repeats)]
    return [
        Taken(**{name: statistics.median(getattr(each, name) for each in some) for name in Taken.__struct_fields__})
        for some in zip(*rounds, strict=True)
    ]


@contextmanager
def filled_nessie(tables: int) -> Iterator[str]:
    """The address of a Nessie server with many tables, until the block ends."""
    with nessie_server() as server:
        catalogue = server.new_catalogue()
        fill(server, catalogue, tables)
        yield catalogue.address


def fill(server: NessieServer, catalogue: Catalogue, tables: int) -> None:
    """Put many tables into a catalogue: their metadata into its object store, and 1,000 at a time into a commit."""
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
