"""Rate of elements sent to a metadata server in another process over HTTPS, compared with the embedded store."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import trio
import trustme

from benchmarks.files import files_monitor, make_tree
from benchmarks.measure import Figure, Plan, Stopwatch, interleaved, with_baseline
from benchmarks.program import METADATA_SERVER, program, write
from services.metadata.remote import open_remote_store
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from tests.servers.ports import free_port


def measure(plan: Plan) -> Iterator[Figure]:
    """`elements_per_s` of the first scan of 20,000 files."""
    files = 1_000 if plan.quick else 20_000
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "tree"
        make_tree(root, files)
        remote, embedded = interleaved(
            min(plan.repeats, 3), lambda: _over_https(root, files), lambda: trio.run(embedded_first_scan, root, files)
        )
    yield with_baseline(
        "remote", "first scan over HTTPS", "elements_per_s", remote, "1/s", "into the embedded store", embedded
    )


def _over_https(root: Path, files: int) -> float:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        authority = trustme.CA()
        certificate, key, bundle = (directory / each for each in ("server.pem", "server.key", "authority.pem"))
        issued = authority.issue_cert("localhost")
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        authority.cert_pem.write_to_path(bundle)
        document, port = write(directory / "metadata.json", METADATA_SERVER), free_port()
        with program(directory / "data", port, document, "--tls-cert", str(certificate), "--tls-key", str(key)):
            return trio.run(_remote, root, files, f"https://localhost:{port}", bundle)


async def _remote(root: Path, files: int, url: str, bundle: Path) -> float:
    async with open_remote_store(url, "metadata", "benchmark", bundle) as store:
        return await first_scan(root, files, store)


async def embedded_first_scan(root: Path, files: int) -> float:
    """Elements per second of a first scan into a new embedded store."""
    with tempfile.TemporaryDirectory() as directory:
        async with open_sqlite_store(Path(directory) / "store.sqlite") as store:
            return await first_scan(root, files, store)


async def first_scan(root: Path, files: int, store: MetadataStore) -> float:
    """Elements per second of a first scan into any store."""
    monitor = files_monitor(root, store)
    await monitor.start()
    with Stopwatch() as watch:
        await monitor.refresh()
    return files / watch.seconds
