"""The last refreshes of a connector, over restarts of the daemon."""

from pathlib import Path
from typing import Any

from tests.integration_daemon.rest.platforms import Served, daemon_document, served

ONE = "/api/v1/connectors/monitor%200"


async def _recent(platform: Served) -> list[dict[str, Any]]:
    """The reports after one more refresh."""
    await platform.post(ONE + "/refresh")
    recent: list[dict[str, Any]] = (await platform.get(ONE))["recentRefreshes"]
    return recent


def _file_in(directory: Path) -> Path:
    (file,) = directory.rglob("refreshes.db")
    return file


async def test_refreshes_are_shown_after_a_restart_of_the_daemon_the_newest_first(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    (tmp_path / "landing 0" / "wards.csv").write_text("a,b")
    async with served(tmp_path, document) as platform:
        before = await _recent(platform)
        assert before[-1]["created"] > 0
    (tmp_path / "landing 0").rename(tmp_path / "elsewhere")
    async with served(tmp_path, document) as platform:
        now = await _recent(platform)
        assert "landing 0" in now[0]["failure"]
        assert now[-len(before) :] == before
    (tmp_path / "elsewhere").rename(tmp_path / "landing 0")
    async with served(tmp_path, document) as platform:
        assert (await _recent(platform))[-len(now) :] == now


async def test_at_most_ten_refreshes_are_kept_over_restarts(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    began = []
    for _ in range(3):
        async with served(tmp_path, document) as platform:
            for _ in range(4):
                began = [each["began"] for each in await _recent(platform)]
            assert began == sorted(began, reverse=True)
    assert len(began) == 10


async def test_a_damaged_history_is_put_aside_and_nothing_else_is_lost(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    async with served(tmp_path, document) as platform:
        await _recent(platform)
    file = _file_in(tmp_path)
    file.write_bytes(b"this is no database, and long enough to be looked at as one" * 100)
    async with served(tmp_path, document) as platform:
        await _recent(platform)
        assert (await platform.get(ONE))["condition"] == "HEALTHY"
        log = await platform.get("/api/v1/servers/exchangeDL01/audit-log?messageId=INTEGRATION-DAEMON-SERVICES-0102")
        assert len(log["records"]) == 1
    assert file.with_suffix(".damaged").exists()
    async with served(tmp_path, document) as platform:
        assert len(await _recent(platform)) >= 2


async def test_the_list_filters_and_counts_by_condition_and_names_what_to_do(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=4)
    (tmp_path / "landing 3").rmdir()
    async with served(tmp_path, document) as platform:
        await platform.post("/api/v1/connectors/refresh")
        page = await platform.get("/api/v1/connectors?limit=0")
        assert page["conditions"] == {"HEALTHY": 3, "DEGRADED": 1}
        (degraded,) = (await platform.get("/api/v1/connectors?condition=DEGRADED"))["connectors"]
        assert (degraded["connectorName"], degraded["condition"]) == ("monitor 3", "DEGRADED")
        (finding,) = degraded["findings"]
        assert finding["reason"] == "FAILED"
        assert finding["action"] == degraded["failure"]["userAction"]
        assert degraded["conditionSince"] == finding["since"]
        wrong = await platform.get("/api/v1/connectors?condition=SICK")
        assert wrong["status"] == 400
