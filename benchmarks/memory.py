"""Memory of a connector that waits for its next refresh and has no state of its own."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import trio

from benchmarks.hosting import running_daemon
from benchmarks.measure import Figure, Plan


def measure(plan: Plan) -> Iterator[Figure]:
    """`bytes_per_connector`: growth of the resident memory of a new process, by the number of connectors."""
    for connectors in plan.sizes(10_000, 100_000):
        yield Figure(
            benchmark="memory",
            case=f"{connectors} connectors",
            figure="bytes_per_connector",
            value=bytes_per_connector(connectors),
            unit="bytes",
        )


def bytes_per_connector(connectors: int) -> float:
    """The cost of one connector among this number."""
    few, many = _resident(10), _resident(connectors)
    return (many - few) / (connectors - 10)


def _resident(connectors: int) -> int:
    command = [sys.executable, "-m", "benchmarks.memory", str(connectors)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def _at_rest(connectors: int) -> int:
    async with running_daemon(connectors):
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 - a file of the kernel
        return pages * 4096


if __name__ == "__main__":
    print(trio.run(_at_rest, int(sys.argv[1])))
