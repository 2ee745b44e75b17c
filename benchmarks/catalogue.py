"""The benchmarks by name."""

import importlib

from benchmarks.measure import Benchmark

MODULES = {
    "refresh": "refresh",
    "status": "status",
    "audit": "audit_log",
    "memory": "memory",
    "files": "files",
    "small": "small",
    "small-databases": "small_databases",
    "queries": "queries",
    "remote": "remote",
    "egeria": "egeria",
    "postgres": "postgres",
    "databases": "databases",
    "catalogues": "catalogues",
    "organization": "organization",
    "lineage": "lineage",
    "lineage-intake": "lineage_intake",
    "start": "start",
    "restart": "restart",
    "lateness": "lateness",
    "metrics": "metrics",
    "rest": "rest",
    "recovery": "recovery",
    "growth": "growth",
    "catalog-targets": "catalog_targets",
}
"""The module of each benchmark, which is imported when the benchmark runs: some need packages of an extra."""


class MissingExtraError(Exception):
    """A benchmark needs a package that is not installed."""


def benchmark(name: str) -> Benchmark:
    """Load a benchmark; raises `MissingExtraError` if it cannot be imported."""
    try:
        found: Benchmark = importlib.import_module(f"benchmarks.{MODULES[name]}").measure
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the benchmark {name} needs the package {error.name}: install integration-daemon[dev]"
        ) from error
    return found
