"""The status of a large number of connectors is sent in slices, in the same form as a small status."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import trio

from integration_daemon.rest.slices import SLICE, encoded, sliced
from tests.integration_daemon.rest.platforms import daemon_document, served

STATUS = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke/status"
STATUS_OF_6X = "/servers/exchangeDL01/open-metadata/integration-daemon/status"


def document_of(connectors: int, directory: Path) -> dict[str, Any]:
    document = daemon_document("exchangeDL01", directory, connectors=1)
    (service,) = document["integrationServicesConfig"]
    (monitor,) = service["integrationConnectorConfigs"]
    service["integrationConnectorConfigs"] = [
        {**monitor, "connectorName": f"monitor {number}", "refreshTimeInterval": 0} for number in range(connectors)
    ]
    return document


@pytest.mark.parametrize("connectors", [1, 99, 100, 101, 700])
async def test_the_status_has_the_same_form_at_every_size(connectors: int, tmp_path: Path) -> None:
    async with served(tmp_path, document_of(connectors, tmp_path)) as platform:
        response = await platform.http.get(platform.url + STATUS)
        status = response.json()
        assert list(status) == ["class", "relatedHTTPCode", "integrationServiceSummaries", "integrationDaemonStatus"]
        (summary,) = status["integrationServiceSummaries"]
        assert list(summary) == [
            "integrationServiceId",
            "integrationServiceFullName",
            "integrationServiceURLMarker",
            "integrationServiceDescription",
            "integrationServiceWiki",
            "integrationConnectorReports",
        ]
        names = [f"monitor {number}" for number in range(connectors)]
        nested = status["integrationDaemonStatus"]
        assert list(nested) == ["integrationServiceSummaries", "integrationConnectorReports"]
        for reports in (
            summary["integrationConnectorReports"],
            nested["integrationServiceSummaries"][0]["integrationConnectorReports"],
            nested["integrationConnectorReports"],
        ):
            assert [report["connectorName"] for report in reports] == names
        assert (
            json.dumps(status, separators=(",", ":")) == response.text
        )  # the same JSON formatting in slices as in one piece
        assert ("content-length" in response.headers) == (len(response.content) < SLICE)

        newest = await platform.get(STATUS_OF_6X)
        assert list(newest) == ["class", "relatedHTTPCode", "integrationDaemonStatus"]
        reports = newest["integrationDaemonStatus"]["integrationConnectorReports"]
        assert [report["connectorName"] for report in reports] == names


async def test_an_unknown_server_is_reported_before_the_first_slice(tmp_path: Path) -> None:
    async with served(tmp_path, document_of(700, tmp_path)) as platform:
        answer = await platform.get(STATUS.replace("exchangeDL01", "nowhere"))
        assert answer["relatedHTTPCode"] == 404
        assert answer["class"] == "IntegrationDaemonStatusResponse"


async def test_a_client_that_disconnects_in_the_middle_does_not_affect_others(tmp_path: Path) -> None:
    async with served(tmp_path, document_of(700, tmp_path)) as platform:
        host, _, port = platform.url.rpartition("/")[2].rpartition(":")
        async with await trio.open_tcp_stream(host, int(port)) as client:
            await client.send_all(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % STATUS.encode())
            await client.receive_some(1)
        assert len((await platform.get(STATUS))["integrationServiceSummaries"]) == 1


async def test_items_are_produced_as_they_are_sent() -> None:
    made = 0

    def items() -> Any:
        nonlocal made
        for number in range(100_000):
            made += 1
            yield f"item {number}"

    answer = await sliced(chain([b"["], encoded(items()), [b"]"]))
    assert not isinstance(answer, bytes)
    assert made < 20_000
    pieces = [piece async for piece in answer]
    assert max(map(len, pieces)) < 2 * SLICE
    assert json.loads(b"".join(pieces)) == [f"item {number}" for number in range(100_000)]


async def test_other_tasks_run_while_a_slice_is_produced() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        await sliced(encoded(range(20_000)))
        assert turns >= 10
        nursery.cancel_scope.cancel()
