"""The live stream of status changes and audit log records."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from integration_daemon.platform.messages import MAX_PAGE_SIZE
from integration_daemon.rest.native import event_stream
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, daemon_document, served

ONE = "/api/v1/connectors/monitor%200"
PATIENCE = 60.0


class Events:
    """The events that a client reads."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._received = b""
        self.last_id = ""

    async def line(self) -> str:
        """The next line; raises `EOFError` at the end."""
        with trio.fail_after(PATIENCE):
            while b"\n" not in self._received:
                if not (more := await self._stream.receive_some()):
                    raise EOFError
                self._received += more
        line, _, self._received = self._received.partition(b"\n")
        return line.decode().rstrip("\r")

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The kind of the next event, and its data."""
        kind = data = ""
        while True:
            name, _, value = (await self.line()).partition(": ")
            match name:
                case "id":
                    self.last_id = value
                case "event":
                    kind = value
                case "data":
                    data = value
                case "" if data:
                    return kind, json.loads(data)

    async def until(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """The data of the next event of a kind that has these values."""
        while True:
            found, data = await self.next()
            if found == kind and all(data.get(name) == value for name, value in wanted.items()):
                return data


@asynccontextmanager
async def following(
    platform: Served, query: str = "", last_id: str = "", root: str = "/api/v1"
) -> AsyncIterator[Events]:
    """A client of the stream that is connected."""
    port = int(platform.url.rpartition(":")[2])
    header = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(f"GET {root}/events{query} HTTP/1.0\r\nHost: 127.0.0.1\r\n{header}\r\n".encode())
        events = Events(stream)
        headers = []
        while line := await events.line():
            headers.append(line.lower())
        assert "content-type: text/event-stream" in headers
        while not events.last_id:
            events.last_id = (await events.line()).partition("id: ")[2]
        yield events


async def test_a_client_is_told_of_changes_of_status_and_of_records(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=2)
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")
        async with following(platform) as events:
            await platform.post(ONE + "/pause?user=peter")
            paused = await events.until("status", connectorName="monitor 0", state="PAUSED")
            assert (paused["service"], paused["condition"]) == ("files-integrator", "UNKNOWN")
        async with following(platform) as events:
            await platform.post(ONE + "/resume?user=peter")
            record = await events.until("record")
            assert "monitor 0" in json.dumps(record)


async def test_an_event_tells_the_condition_that_belongs_to_its_state(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    async with served(tmp_path, document) as platform:
        await platform.post(ONE + "/refresh")
        async with following(platform) as events:
            (tmp_path / "landing 0").rmdir()
            await platform.post(ONE + "/refresh")
            (tmp_path / "landing 0").mkdir()
            await platform.post(ONE + "/restart")
            seen = [await events.until("status")]
            while seen[-1]["condition"] != "HEALTHY":
                seen.append(await events.until("status"))
        assert [(each["state"], each["condition"]) for each in seen] == [
            ("FAILED", "DEGRADED"),
            ("STOPPING", "UNKNOWN"),
            ("INITIALIZING", "UNKNOWN"),
            ("WAITING", "UNKNOWN"),
            ("WAITING", "HEALTHY"),
        ]


async def test_a_client_that_comes_back_gets_what_it_has_missed(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")
        async with following(platform) as events:
            last_id = events.last_id
        await platform.post(ONE + "/pause")
        async with following(platform, last_id=last_id) as events:
            await events.until("status", connectorName="monitor 0", state="PAUSED")


async def test_a_client_of_an_earlier_run_is_told_that_it_has_missed_events(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    async with served(tmp_path, document) as platform, following(platform, last_id="abc-1-1") as events:
        assert (await events.next())[0] == "missed"
    async with served(tmp_path, document) as platform:
        answer = await platform.http.get(platform.url + "/api/v1/events", headers={"Last-Event-ID": "nonsense"})
        assert (answer.status_code, "Last-Event-ID" in answer.text) == (400, True)


async def test_a_client_follows_the_records_of_a_metadata_server(tmp_path: Path) -> None:
    async with (
        served(tmp_path, METADATA_SERVER_DOCUMENT) as platform,
        following(platform, root="/api/v1/servers/cocoMDS1") as events,
    ):
        log = platform.platform.servers["cocoMDS1"].audit_log
        assert log is not None
        log.record(MAX_PAGE_SIZE, server="cocoMDS1", max_page_size=7)
        await events.until("record")


async def test_a_slow_client_is_told_that_it_has_missed_events(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")
        async with following(platform) as events:
            last_id = events.last_id
        changes = platform.platform.servers["exchangeDL01"].daemon
        assert changes is not None
        for number in range(event_stream.MOST_AT_ONCE + 7):
            changes.environment.changes.note(0.0, f"ward {number}", "files-integrator", "WAITING", "HEALTHY")
        async with following(platform, last_id=last_id) as events:
            missed = await events.until("missed")
            assert missed["changes"] == 7
            first = await events.until("status")
            assert first["connectorName"] == "ward 7"


async def test_a_client_follows_one_connector_and_severity_alone(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=2)
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")
        async with following(platform, "?connector=monitor%201&severity=Exception") as events:
            for name in ("monitor%200", "monitor%201"):
                await platform.post(f"/api/v1/connectors/{name}/pause")
            kind, data = await events.next()
            assert (kind, data["connectorName"]) == ("status", "monitor 1")


async def test_the_stream_ends_when_the_server_stops(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    async with served(tmp_path, document) as platform, following(platform) as events:
        platform.platform.servers["exchangeDL01"].stop.set()
        with trio.fail_after(PATIENCE):
            while True:
                try:
                    await events.next()
                except EOFError:
                    break
