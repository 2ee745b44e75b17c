"""Lineage events over HTTP: acknowledged when they are kept, or refused with the reason or a time to wait."""

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, Run, RunEvent, RunState
from openlineage.client.transport.http import HttpConfig, HttpTransport
from openlineage.client.uuid import generate_new_uuid

from integration_daemon.config.limits import Limits
from integration_daemon.config.platform_file import PlatformFile
from integration_daemon.rest.reading_bodies import MOST_PARTS
from tests.integration_daemon.rest.platforms import QUIET, Served, daemon_document, served

EVENT = {
    "eventTime": "2026-11-26T08:00:00Z",
    "eventType": "START",
    "run": {"runId": "01936a3e-0000-7000-8000-000000000001"},
    "job": {"namespace": "food", "name": "orders"},
}
DAEMON = "/servers/lineage01/open-metadata/integration-daemon"
SPOOL = "/api/v1/lineage/spool"


@asynccontextmanager
async def receiving(tmp_path: Path, *, megabytes: float = 10, **settings: Any) -> AsyncIterator[Served]:
    document = {
        "localServerName": "lineage01",
        "localServerType": "Integration Daemon",
        "repositoryServicesConfig": QUIET,
        "integrationServicesConfig": [
            {
                "integrationServiceURLMarker": "lineage-integrator",
                "integrationServiceOptions": {"spoolMegabytes": megabytes},
            }
        ],
    }
    async with served(tmp_path, document, **settings) as platform:
        yield platform


async def accepted(platform: Served) -> int:
    number: int = (await platform.get(SPOOL))["lastPosition"]
    return number


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/lineage",
        "/api/v1/servers/lineage01/lineage",
        f"{DAEMON}/users/npa/api/v1/lineage",
        f"{DAEMON}/publish-open-lineage-event",
        "/servers/lineage01/open-metadata/integration-services/lineage-integrator/users/npa/api/v1/lineage",
    ],
)
async def test_an_event_is_accepted_on_every_route_and_a_wrong_one_is_refused_with_its_place(
    tmp_path: Path, path: str
) -> None:
    async with receiving(tmp_path) as platform:
        answer = await platform.http.post(platform.url + path, json=EVENT)
        refused = await platform.http.post(platform.url + path, json={**EVENT, "job": {"namespace": "food"}})

        assert answer.status_code == 200
        assert refused.status_code == 400
        assert "not valid at $.job: Object missing required field `name`" in refused.text
        assert await accepted(platform) == 1
        assert (await platform.get("/api/v1/lineage/dead-letters"))["total"] == 1


@pytest.mark.parametrize(("path", "body"), [("", EVENT), ("/batch", [EVENT, EVENT])], ids=["one", "batch"])
async def test_a_body_may_begin_with_a_byte_order_mark(tmp_path: Path, path: str, body: Any) -> None:
    async with receiving(tmp_path) as platform:
        content = b"\xef\xbb\xbf" + msgspec.json.encode(body)
        answer = await platform.http.post(f"{platform.url}/api/v1/lineage{path}", content=content)
        assert answer.status_code == 200, answer.text
        assert await accepted(platform) == (2 if path else 1)


async def test_of_a_batch_the_valid_events_are_accepted_and_the_others_reported(tmp_path: Path) -> None:
    async with receiving(tmp_path) as platform:
        answer = await platform.post("/api/v1/lineage/batch", [EVENT, {"eventTime": 7}, EVENT])
        none = await platform.http.post(platform.url + "/api/v1/lineage/batch", json=[{"eventTime": 7}])

        assert answer["status"] == "partial_success"
        assert answer["summary"] == {
            "received": 3, "successful": 2, "failed": 1, "retriable": 0, "non_retriable": 1
        }  # fmt: skip
        assert answer["failed_events"][0]["index"] == 1
        assert "$[1].eventTime" in answer["failed_events"][0]["reason"]
        assert none.status_code == 400
        assert "$[0].eventTime" in none.text
        assert await accepted(platform) == 2


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"[" + b"1," * 60_000 + b"1]", "60,001 events"),
        (b"[" + b"1," * 4_000_001 + b"1]", "more than 4,000,000 values"),
    ],
)
async def test_a_list_of_very_many_values_is_refused_as_a_whole(tmp_path: Path, body: bytes, problem: str) -> None:
    async with receiving(tmp_path) as platform:
        answer = await platform.http.post(platform.url + "/api/v1/lineage/batch", content=body)

        assert answer.status_code == 400
        assert problem in answer.text
        assert (await platform.get("/api/v1/lineage/dead-letters"))["total"] == 0


async def test_a_full_spool_answers_when_to_try_again(tmp_path: Path) -> None:
    async with receiving(tmp_path, megabytes=1) as platform:
        large = {**EVENT, "job": {**EVENT["job"], "facets": {"x": "x" * 700_000}}}  # type: ignore[dict-item]
        assert (await platform.http.post(platform.url + "/api/v1/lineage", json=large)).status_code == 200
        for path in ("/api/v1/lineage", f"{DAEMON}/publish-open-lineage-event"):
            answer = await platform.http.post(platform.url + path, json=large)

            assert answer.status_code == 429
            assert answer.headers["Retry-After"] == "5"
        assert await accepted(platform) == 1


async def test_a_compressed_body_is_read_up_to_the_limit_of_its_content(tmp_path: Path) -> None:
    file = PlatformFile(limits=Limits(body_bytes=4_000))
    packed = gzip.compress(json.dumps(EVENT).encode())
    in_parts = gzip.compress(b"") * MOST_PARTS + packed
    bodies = (packed, gzip.compress(json.dumps(EVENT).encode() + b" " * 4_000), packed[:-5], b"no gzip", in_parts)
    async with receiving(tmp_path, file=file) as platform:
        statuses = []
        for body in bodies:
            headers = {"Content-Encoding": "gzip"}
            answer = await platform.http.post(platform.url + "/api/v1/lineage", content=body, headers=headers)
            statuses.append(answer.status_code)
        other = await platform.http.post(
            platform.url + "/api/v1/servers/lineage01/reload", content=packed, headers={"Content-Encoding": "gzip"}
        )

        assert statuses == [200, 413, 400, 400, 400]
        assert "OMAG-COMMON-400-041" in other.text
        assert await accepted(platform) == 1


async def test_the_client_of_openlineage_needs_the_url_alone(tmp_path: Path) -> None:
    def emit(url: str) -> None:
        for compression in (None, "gzip"):
            config = HttpConfig.from_dict({"type": "http", "url": url, "compression": compression})
            client = OpenLineageClient(transport=HttpTransport(config))
            client.emit(
                RunEvent(
                    eventType=RunState.COMPLETE,
                    eventTime=datetime.now(UTC).isoformat(),
                    run=Run(runId=str(generate_new_uuid())),
                    job=Job(namespace="food", name="orders"),
                    inputs=[InputDataset(namespace="postgres://db", name="food.public.orders")],
                    producer="https://example.org/producer",
                )
            )
            client.close()

    async with receiving(tmp_path) as platform:
        await trio.to_thread.run_sync(partial(emit, platform.url))

        assert await accepted(platform) == 2


async def test_dead_letters_are_replayed(tmp_path: Path) -> None:
    async with receiving(tmp_path) as platform:
        await platform.http.post(platform.url + "/api/v1/lineage", json={"eventTime": "now"})
        letters = next((tmp_path / "data").rglob("dead-letters.jsonl"))
        letters.write_text(letters.read_text().replace('{"eventTime":"now"}', json.dumps(EVENT)))

        answer = await platform.post("/api/v1/lineage/dead-letters/replay")

        assert answer["summary"]["successful"] == 1
        assert await accepted(platform) == 1
        assert (await platform.get("/api/v1/lineage/dead-letters"))["total"] == 0


async def test_a_server_without_the_lineage_service_receives_no_events(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("files01", tmp_path)) as platform:
        answer = await platform.http.post(platform.url + "/api/v1/lineage", json=EVENT)

        assert answer.status_code == 404
        assert "OMAG-MULTI-TENANT-404-002" in answer.text
