"""Rate of OpenLineage events acknowledged after they are on the disk, directly and over HTTP.

Eight senders work at the same time. It is compared with writing the same bytes in the same portions, and waiting for
the disk.
"""

import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import httpx2
import msgspec
import trio

from audit.log import AuditLog, Buffer, Component
from benchmarks.measure import Figure, Plan, interleaved, with_baseline
from benchmarks.program import PATIENCE, program, write
from services.lineage.intake.file_spool import SpoolLimits, opened_spool

PORT = 19_467
SENDERS = 8
DOCUMENT = {
    "localServerName": "lineage",
    "localServerType": "Integration Daemon",
    "integrationServicesConfig": [{"integrationServiceURLMarker": "lineage-integrator"}],
}


def measure(plan: Plan) -> Iterator[Figure]:
    """`events_per_s` in batches of 1,000, and of single events over HTTP."""
    batches = 2 if plan.quick else 10
    events = [_event(number) for number in range(1_000)]
    repeats = min(plan.repeats, 3)
    with tempfile.TemporaryDirectory() as found:
        directory = Path(found)
        bare = partial(_bare, directory / "bare", events, batches * SENDERS)
        ours, baseline_value = interleaved(repeats, lambda: trio.run(_directly, directory, events, batches), bare)
        case = f"{SENDERS} senders, batches of {len(events):,}, {len(events[0])} bytes each"
        yield with_baseline(
            "lineage-intake", f"direct: {case}", "events_per_s", ours, "1/s", "write and wait", baseline_value
        )
        with program(directory / "data", PORT, write(directory / "lineage.json", DOCUMENT)):
            body = b"[" + b",".join(events) + b"]"
            over_http = partial(trio.run, _over_http, "/batch", body, batches, len(events))
            ours, baseline_value = interleaved(repeats, over_http, bare)
            yield with_baseline(
                "lineage-intake", f"HTTP: {case}", "events_per_s", ours, "1/s", "write and wait", baseline_value
            )
            single = partial(trio.run, _over_http, "", events[0], 5 if plan.quick else 100, 1)
            ours, baseline_value = interleaved(
                repeats, single, lambda: _bare(directory / "bare", events[:1], 40 if plan.quick else 800)
            )
            case = f"HTTP: {SENDERS} senders, single events"
            yield with_baseline("lineage-intake", case, "events_per_s", ours, "1/s", "write and wait", baseline_value)


def _event(number: int) -> bytes:
    names = [f"public.table_{number % 97}_{each}" for each in range(3)]
    return msgspec.json.encode(
        {
            "eventTime": "2026-11-26T00:00:00Z",
            "eventType": "COMPLETE",
            "producer": "https://example.org/producer",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": f"01936a3e-0000-7000-8000-{number:012}", "facets": {}},
            "job": {"namespace": "food_delivery", "name": f"etl_orders.task_{number % 97}"},
            "inputs": [{"namespace": "postgres://db:5432", "name": f"food.{name}"} for name in names[:2]],
            "outputs": [{"namespace": "postgres://db:5432", "name": f"food.{names[2]}"}],
        }
    )


async def _directly(directory: Path, events: Sequence[bytes], batches: int) -> float:
    log = AuditLog(Buffer(100), Component(component_id=1, component_name="benchmark"))
    with tempfile.TemporaryDirectory(dir=directory) as place:
        async with opened_spool(Path(place) / "spool", SpoolLimits(), list, log) as spool:
            return await _rate(lambda: spool.receive(events, "benchmark"), batches, len(events))


async def _over_http(path: str, body: bytes, requests: int, events: int) -> float:
    async with httpx2.AsyncClient(timeout=PATIENCE) as http:

        async def send() -> None:
            answer = await http.post(f"http://127.0.0.1:{PORT}/api/v1/lineage{path}", content=body)
            answer.raise_for_status()

        return await _rate(send, requests, events)


async def _rate(send: Callable[[], Awaitable[object]], times: int, events: int) -> float:
    async def sender() -> None:
        for _ in range(times):
            await send()

    began = time.perf_counter()
    async with trio.open_nursery() as nursery:
        for _ in range(SENDERS):
            nursery.start_soon(sender)
    return SENDERS * times * events / (time.perf_counter() - began)


def _bare(path: Path, events: Sequence[bytes], times: int) -> float:
    content = b"".join(events)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    began = time.perf_counter()
    for _ in range(times):
        os.write(descriptor, content)
        os.fdatasync(descriptor)
    seconds = time.perf_counter() - began
    os.close(descriptor)
    return times * len(events) / seconds
