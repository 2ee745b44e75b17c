"""Rate of audit records written to a file, compared with the standard library's FileHandler for the same lines."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import trio

from audit.destination import ALL_SEVERITIES
from audit.destinations.json_lines import JsonLinesDestination
from audit.destinations.rotated_file import RotatedFile
from audit.destinations.text_file import TextFileDestination
from audit.log import AuditLog, Component
from audit.opening import open_audit_log
from audit.record import Originator
from benchmarks.measure import Figure, Plan, Stopwatch, interleaved, with_baseline
from integration_daemon.supervision.messages import REFRESH_COMPLETED

_CONNECTOR = "OakDeneLandingAreaFilesMonitor"


def measure(plan: Plan) -> Iterator[Figure]:
    """`records_per_s` to a text file and to a file of JSON lines, and the cost of logging for the caller."""
    records = 5_000 if plan.quick else 50_000
    for case, kind in (("text file", "text"), ("json lines", "json")):
        ours, bare = interleaved(
            plan.repeats,
            lambda kind=kind: trio.run(_logged, kind, records),  # type: ignore[misc]
            lambda: _file_handler(records),
        )
        yield with_baseline("audit", case, "records_per_s", ours, "1/s", "logging.FileHandler", bare)
    (caller,) = interleaved(plan.repeats, lambda: trio.run(_caller, records))
    yield Figure(benchmark="audit", case="caller", figure="microseconds_per_record", value=caller, unit="us")


async def _logged(kind: str, records: int) -> float:
    with tempfile.TemporaryDirectory() as directory, Stopwatch() as watch:
        path = Path(directory) / "log"
        destination = (
            TextFileDestination(RotatedFile(path), severities=ALL_SEVERITIES)
            if kind == "text"
            else JsonLinesDestination(RotatedFile(path), severities=ALL_SEVERITIES)
        )
        async with _opened(destination, records) as log:
            for number in range(records):
                log.record(REFRESH_COMPLETED, connector=_CONNECTOR, daemon="exchangeDL01", milliseconds=12)
                if number % 1_000 == 0:
                    await trio.lowlevel.checkpoint()
    return records / watch.seconds


async def _caller(records: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        destination = TextFileDestination(RotatedFile(Path(directory) / "log"), severities=ALL_SEVERITIES)
        async with _opened(destination, records) as log:
            with Stopwatch() as watch:
                for _ in range(records):
                    log.record(REFRESH_COMPLETED, connector=_CONNECTOR, daemon="exchangeDL01", milliseconds=12)
    return watch.seconds / records * 1e6


def _opened(
    destination: TextFileDestination | JsonLinesDestination, records: int
) -> AbstractAsyncContextManager[AuditLog]:
    originator = Originator(server_name="exchangeDL01", server_type="Integration Daemon")
    component = Component(component_id=1, component_name="benchmark")
    return open_audit_log(originator, component, [destination], capacity=records + 1, drain_deadline=60)


def _file_handler(records: int) -> float:
    with tempfile.TemporaryDirectory() as directory, Stopwatch() as watch:
        handler = logging.FileHandler(Path(directory) / "log")
        handler.setFormatter(logging.Formatter("%(asctime)s exchangeDL01 %(levelname)s %(message)s"))
        logger = logging.Logger("benchmark")
        logger.addHandler(handler)
        text = REFRESH_COMPLETED.text.replace("{", "%(").replace("}", ")s")
        for _ in range(records):
            logger.info(text, {"connector": _CONNECTOR, "daemon": "exchangeDL01", "milliseconds": 12})
        handler.close()
    return records / watch.seconds
