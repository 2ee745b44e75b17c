"""Requests whose changes cannot be stored, or that fail unexpectedly while no server runs."""

from pathlib import Path

import pytest

from integration_daemon.config.store import DocumentStore
from tests.integration_daemon.rest.administered import SERVER, SERVERS, done, stored, versions
from tests.integration_daemon.rest.platforms import served

VARIABLES = "/open-metadata/admin-services/stores/placeholder-variables"


async def test_a_change_that_cannot_be_stored_is_refused_with_the_cause_and_does_not_count(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        await done(platform, "/organization-name?name=Coco")
        file = tmp_path / "data/servers/exchangeDL01/config/exchangeDL01.config"
        file.unlink()
        (file / "in the way").mkdir(parents=True)
        refused = await platform.post(SERVER + "/organization-name?name=Cocoa")
        assert refused["exceptionErrorMessageId"] == "INTEGRATION-DAEMON-CONFIG-500-003"
        assert refused["exceptionErrorMessage"].endswith("exchangeDL01 cannot be stored: Is a directory")
        assert (await stored(platform))["organizationName"] == "Coco"
        assert await versions(platform) == [(1, "organizationName")]


async def test_variables_that_cannot_be_stored_are_refused_with_the_cause(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        refused = await platform.post(VARIABLES, {"landing": "/srv"})  # nothing has made the data directory yet
        assert refused["exceptionErrorMessageId"] == "INTEGRATION-DAEMON-CONFIG-500-003"
        assert refused["exceptionErrorMessage"].endswith("variables cannot be stored: No such file or directory")


async def test_a_server_name_is_as_long_as_the_name_of_a_file_can_be(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        for name in ("é" * 100, "界" * 66):
            assert (await platform.post(f"{SERVERS}/{name}/organization-name?name=x"))["relatedHTTPCode"] == 200
        refused = await platform.post(f"{SERVERS}/{'界' * 67}/organization-name?name=x")
        assert refused["exceptionErrorMessageId"] == "INTEGRATION-DAEMON-CONFIG-400-004"
        assert "200 bytes" in refused["exceptionErrorMessage"]


async def test_an_unexpected_error_is_reported_also_if_no_server_has_an_audit_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(store: DocumentStore) -> list[str]:
        raise RuntimeError("lost\nintegration-daemon: forged password=hunter2")

    monkeypatch.setattr(DocumentStore, "names", broken)
    async with served(tmp_path) as platform:
        answer = await platform.get("/open-metadata/platform-services/server-platform/servers")
    assert answer["exceptionErrorMessageId"] == "OMAG-COMMON-400-016"
    (line,) = capsys.readouterr().err.splitlines()
    assert "OMAG-COMMON-0001" in line
    assert "lost\\nintegration-daemon: forged" in line
    assert "hunter2" not in line
